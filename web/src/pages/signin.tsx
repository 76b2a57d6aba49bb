import { KeyOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Form, Input } from "antd";
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

export function SignInPage() {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const ended = useSessionEnded();
  const [fault, setFault] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [wait, setWait] = useState(0);
  const [kinds, setKinds] = useState<string[]>();
  const { data: setup } = useQuery({ queryKey: ["session", "setup"], queryFn: api.setup.needed, retry: false });

  useEffect(() => {
    if (wait <= 0) return;
    const timer = window.setTimeout(() => setWait(wait - 1), 1000);
    return () => window.clearTimeout(timer);
  }, [wait]);

  const enter = async (open: () => Promise<Session>): Promise<void> => {
    setBusy(true);
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
      {wait === 0 && !fault && ended && !kinds ? <Alert type="info" showIcon title={t("signIn.expired")} /> : null}
    </div>
  );
  if (kinds) {
    return (
      <Door title={t("second.title")}>
        {message}
        <SecondStep kinds={kinds} busy={busy} blocked={wait > 0} enter={(open) => void enter(open)} back={() => { setKinds(undefined); setFault(undefined); }} />
      </Door>
    );
  }
  return (
    <Door title={t("signIn.title")}>
      {message}
      <Form layout="vertical" size="large" onFinish={(v: { username: string; password: string }) => void enter(() => api.session.open(v))} requiredMark={false}>
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
