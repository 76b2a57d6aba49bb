import { Alert, Button, Form, Input, Modal } from "antd";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { asProblem, problemText } from "../api/problem";
import type { Assertion, KeyRequest } from "../api/types";
import { showPasskey, wasLeft } from "../api/webauthn";
import { SecondStep } from "../pages/second";
import "../second/second.css";

/** The steps by which somebody shows who they are and does one thing with it: the password, and what they have besides. */
export interface Signing<O> {
  password: (body: { username: string; password: string }) => Promise<O>;
  code: (kind: "totp" | "recovery", code: string) => Promise<O>;
  card: (card: string, pin: string) => Promise<O>;
  askPasskey: () => Promise<KeyRequest>;
  passkey: (answer: Assertion) => Promise<O>;
}

interface Props<O> {
  /** Gives the steps when they are first needed; what it throws is shown. */
  begin: () => Promise<Signing<O>> | Signing<O>;
  submit: string; // what the signature is for
  onDone: (o: O) => void;
  /** Told of a refusal first; true: it is shown elsewhere. */
  onRefused?: (e: unknown) => boolean;
  /** Who signs, where it is one certain person: their user name. */
  username?: string;
}

/** Somebody signs at this screen, as at a sign-in, whoever is signed in here; no session comes of it. */
export function SignHere<O>({ begin, submit, onDone, onRefused, username }: Props<O>) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ username: string; password: string }>();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const [wait, setWait] = useState(0);
  const [step, setStep] = useState<{ signing: Signing<O>; kinds: string[] }>();
  useEffect(() => {
    if (wait <= 0) return;
    const timer = window.setTimeout(() => setWait(wait - 1), 1000);
    return () => window.clearTimeout(timer);
  }, [wait]);

  const show = async (signing: Signing<O>, way: () => Promise<O>): Promise<void> => {
    setBusy(true);
    setFault(undefined);
    try {
      onDone(await way());
    } catch (e) {
      const p = asProblem(e);
      const seconds = Number(p.params.retryAfterSeconds);
      if (wasLeft(e)) return;
      form.setFieldValue("password", "");
      if (p.code === "second_factor_needed" && Array.isArray(p.params.kinds)) setStep({ signing, kinds: p.params.kinds.map(String) });
      else if (p.code === "too_many_attempts" && seconds > 0) setWait(Math.ceil(seconds));
      else {
        // Only what was shown wrongly is shown once more; any other refusal used it up.
        if (p.status >= 400 && p.status < 500 && p.status !== 401) setStep(undefined);
        if (!onRefused?.(e)) setFault(e);
      }
    } finally {
      setBusy(false);
    }
  };
  const first = async (v: { username: string; password: string }): Promise<void> => {
    let signing: Signing<O>;
    setBusy(true);
    setFault(undefined);
    try {
      signing = await begin();
    } catch (e) {
      setFault(e);
      setBusy(false);
      return;
    }
    await show(signing, () => signing.password(v));
  };
  return (
    <>
      <div aria-live="assertive">
        {wait > 0 ? <Alert className="pair-alert" type="warning" showIcon title={t("pair.wait", { count: wait })} /> : null}
        {wait === 0 && fault ? <Alert className="pair-alert" type="error" showIcon title={problemText(t, fault)} /> : null}
      </div>
      {step ? (
        <div className="pair-step">
          <SecondStep kinds={step.kinds} busy={busy} blocked={wait > 0} back={() => { setStep(undefined); setFault(undefined); }} submit={submit}
            byCode={(kind, code) => void show(step.signing, () => step.signing.code(kind, code))}
            byCard={(card, pin) => show(step.signing, () => step.signing.card(card, pin))}
            byPasskey={() => void show(step.signing, async () => step.signing.passkey(await showPasskey(await step.signing.askPasskey())))} />
        </div>
      ) : (
        <Form form={form} layout="vertical" requiredMark={false} initialValues={{ username: username ?? "", password: "" }} onFinish={(v) => void first(v)} autoComplete="off">
          <Form.Item name="username" label={t("signIn.username")} rules={[{ required: true, message: t("common.required") }]}>
            <Input autoFocus={!username} autoComplete="off" autoCapitalize="none" spellCheck={false} />
          </Form.Item>
          <Form.Item name="password" label={t("signIn.password")} rules={[{ required: true, message: t("common.required") }]}>
            <Input.Password autoFocus={Boolean(username)} autoComplete="new-password" visibilityToggle={false} />
          </Form.Item>
          <div className="form-end"><Button type="primary" htmlType="submit" loading={busy} disabled={wait > 0}>{submit}</Button></div>
        </Form>
      )}
    </>
  );
}

/** A dialog in which somebody signs for one thing at this screen. */
export function ProofDialog<O>({ open, title, lead, onClose, ...signs }: Props<O> & { open: boolean; title: string; lead?: ReactNode; onClose: () => void }) {
  return (
    <Modal open={open} title={title} onCancel={onClose} footer={null} width={520} destroyOnHidden className="dialog-long">
      {lead ? <div className="dim form-lead">{lead}</div> : null}
      <SignHere {...signs} />
    </Modal>
  );
}
