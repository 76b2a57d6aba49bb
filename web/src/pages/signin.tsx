import { KeyOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Divider, Form, Input, Radio } from "antd";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { asProblem, problemText } from "../api/problem";
import type { Session } from "../api/types";
import { offersPasskeys, showPasskey, wasLeft } from "../api/webauthn";
import { sessionEnded, sessionKey, useSessionEnded } from "../app/session";
import { chooseLanguage } from "../i18n";
import { Logo } from "../ui/logo";
import { SecondStep } from "./second";

/** The door: used by sign-in and set-up. */
export function Door({ title, children }: { title: string; children: ReactNode }) {
  const { t, i18n } = useTranslation();
  const other = i18n.language === "zh" ? "en" : "zh";
  return (
    <div className="door">
      <main className="door-card">
        <header className="door-head">
          <Logo size={40} />
          <div>
            <div className="door-name">{t("product.name")}</div>
            <div className="door-line">{t("product.line")}</div>
          </div>
        </header>
        <h1>{title}</h1>
        {children}
      </main>
      <footer className="door-foot">
        <button type="button" className="plain" lang={other === "zh" ? "zh-CN" : "en"} onClick={() => chooseLanguage(other)}>
          {t(`language.${other}`)}
        </button>
      </footer>
    </div>
  );
}

/** The code of a refusal with which a provider's answer was sent back here. */
const refusedCode = (): string => {
  const code = new URLSearchParams(location.hash.slice(1)).get("sign-in") ?? "";
  return /^[a-z_]{1,60}$/.test(code) ? code : "";
};

/** The seconds after which it may be tried again. */
const refusedWait = (): number => Math.min(Math.max(Number(new URLSearchParams(location.hash.slice(1)).get("wait")) || 0, 0), 3600);

export function SignInPage() {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const ended = useSessionEnded();
  const [fault, setFault] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [wait, setWait] = useState(refusedWait);
  const [kinds, setKinds] = useState<string[]>();
  const [sentBack, setSentBack] = useState(refusedCode);
  const { data: directories } = useQuery({ queryKey: ["session", "directories"], queryFn: api.directories.list, retry: false });
  const typed = directories?.filter((d) => d.kind === "ldap") ?? [];
  const providers = directories?.filter((d) => d.kind === "oidc") ?? [];
  const { data: setup } = useQuery({ queryKey: ["session", "setup"], queryFn: api.setup.needed, retry: false });

  useEffect(() => {
    if (wait <= 0) return;
    const timer = window.setTimeout(() => setWait(wait - 1), 1000);
    return () => window.clearTimeout(timer);
  }, [wait]);

  // The address keeps the refusal no longer than it is shown.
  useEffect(() => {
    if (sentBack) window.history.replaceState(window.history.state, "", location.pathname + location.search);
  }, [sentBack]);

  const enter = async (open: () => Promise<Session>): Promise<void> => {
    setBusy(true);
    setSentBack("");
    setFault(undefined);
    try {
      const s = await open();
      sessionEnded.set(false);
      cache.setQueryData(sessionKey, s);
    } catch (e) {
      const p = asProblem(e);
      const seconds = Number(p.params.retryAfterSeconds);
      if (wasLeft(e)) return;
      if (p.code === "second_factor_needed" && Array.isArray(p.params.kinds)) setKinds(p.params.kinds.map(String));
      else if (p.code === "step_expired" || p.code === "step_used") {
        setKinds(undefined);
        setFault(e);
      } else if (p.code === "too_many_attempts" && seconds > 0) setWait(Math.ceil(seconds));
      else setFault(e);
    } finally {
      setBusy(false);
    }
  };

  if (setup?.needed) {
    return (
      <Door title={t("setup.title")}>
        <p className="door-text">{t("setup.needed")}</p>
      </Door>
    );
  }
  const message = (
    <div aria-live="assertive" className="door-message">
      {wait > 0 ? <Alert type="warning" showIcon title={t("signIn.wait", { count: wait })} /> : null}
      {wait === 0 && fault ? <Alert type="error" showIcon title={problemText(t, fault)} /> : null}
      {wait === 0 && !fault && sentBack ? <Alert type="error" showIcon title={t(`problem.${sentBack}`, { defaultValue: t("problem.directory_refused"), directory: "" })} /> : null}
      {wait === 0 && !fault && !sentBack && ended && !kinds ? <Alert type="info" showIcon title={t("signIn.expired")} /> : null}
    </div>
  );
  if (kinds) {
    return (
      <Door title={t("second.title")}>
        {message}
        <SecondStep kinds={kinds} busy={busy} blocked={wait > 0} submit={t("signIn.submit")} byCode={(kind, code) => void enter(() => api.second.code(kind, code))} byCard={(card, pin) => enter(() => api.second.card(card, pin))} byPasskey={() => void enter(async () => api.second.passkey(await showPasskey(await api.second.ask())))} back={() => { setKinds(undefined); setFault(undefined); }} />
      </Door>
    );
  }
  return (
    <Door title={t("signIn.title")}>
      {message}
      {providers.length > 0 ? (
        <>
          <div className="door-ways">
            {providers.map((d) => <Button key={d.name} size="large" block href={api.directories.beginURL(d.name, location.pathname + location.search)}>{t("signIn.through", { directory: d.title })}</Button>)}
          </div>
          <Divider plain>{t("signIn.or")}</Divider>
        </>
      ) : null}
      <Form layout="vertical" size="large" initialValues={{ directory: typed[0]?.name ?? "" }} key={typed[0]?.name ?? ""} onFinish={({ directory, ...v }: { username: string; password: string; directory?: string }) => void enter(() => api.session.open(directory ? { ...v, directory } : v))} requiredMark={false}>
        {typed.length > 0 ? (
          <Form.Item name="directory" label={t("signIn.account")}>
            <Radio.Group>
              {typed.map((d) => <Radio key={d.name} value={d.name}>{d.title}</Radio>)}
              <Radio value="">{t("signIn.local")}</Radio>
            </Radio.Group>
          </Form.Item>
        ) : null}
        <Form.Item name="username" label={t("signIn.username")} rules={[{ required: true, message: t("common.required") }]}>
          <Input autoComplete="username" autoFocus autoCapitalize="none" spellCheck={false} />
        </Form.Item>
        <Form.Item name="password" label={t("signIn.password")} rules={[{ required: true, message: t("common.required") }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Button type="primary" htmlType="submit" block loading={busy} disabled={wait > 0}>{t("signIn.submit")}</Button>
      </Form>
      {offersPasskeys() ? <Button size="large" block className="door-other" disabled={busy || wait > 0} icon={<KeyOutlined />} onClick={() => void enter(async () => api.second.alone(await showPasskey(await api.second.askAlone())))}>{t("signIn.passkey")}</Button> : null}
      <p className="door-hint">{t("signIn.forgotten")}</p>
    </Door>
  );
}
