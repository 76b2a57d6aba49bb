import { Alert, Button, Form, Input, Modal, Typography } from "antd";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Factor, TOTPBeginning } from "../api/types";
import { createPasskey, wasLeft } from "../api/webauthn";
import { useAttempt } from "../ui/attempt";

interface Props { open: boolean; onClose: () => void; onDone: (codes: string[]) => void }

const fault = (t: Parameters<typeof problemText>[0], e: unknown): ReactNode => <div role="alert">{e ? <Alert type="error" showIcon title={problemText(t, e)} className="form-alert" /> : null}</div>;

// Whoever changes how they sign in shows once more that it is them.
function Password() {
  const { t } = useTranslation();
  return (
    <Form.Item name="password" label={t("factor.password")} extra={t("factor.passwordWhy")} rules={[{ required: true, message: t("common.required") }]}>
      <Input.Password autoComplete="current-password" autoFocus />
    </Form.Item>
  );
}

function Name({ label, focus }: { label: string; focus?: boolean }) {
  const { t } = useTranslation();
  return (
    <Form.Item name="name" label={label} rules={[{ required: true, whitespace: true, message: t("common.required") }, { max: 60, message: t("problem.field_too_long") }]}>
      <Input autoComplete="off" autoFocus={focus} />
    </Form.Item>
  );
}

/** An authenticator app: the password, then the picture, then the first code. */
export function AddApp({ open, replaces, onClose, onDone }: Props & { replaces: boolean }) {
  const { t } = useTranslation();
  return (
    <Modal open={open} title={t(replaces ? "factor.replaceApp" : "factor.addApp")} onCancel={onClose} footer={null} destroyOnHidden mask={{ closable: false }}>
      <App replaces={replaces} onDone={onDone} />
    </Modal>
  );
}

function App({ replaces, onDone }: { replaces: boolean; onDone: (codes: string[]) => void }) {
  const { t } = useTranslation();
  const [begun, setBegun] = useState<TOTPBeginning>();
  const [first] = Form.useForm<{ password: string }>();
  const [second] = Form.useForm<{ code: string; name: string }>();
  const begin = useAttempt(first);
  const enrol = useAttempt(second);
  if (!begun) {
    return (
      <Form key="first" form={first} layout="vertical" requiredMark={false} onFinish={(v: { password: string }) => void begin.attempt(async () => setBegun(await api.factors.beginTOTP(v.password)))}>
        {fault(t, begin.fault)}
        <p>{t(replaces ? "factor.replaceText" : "factor.appText")}</p>
        <Password />
        <Button type="primary" htmlType="submit" loading={begin.busy}>{t("factor.go")}</Button>
      </Form>
    );
  }
  return (
    <Form key="second" form={second} layout="vertical" requiredMark={false} initialValues={{ name: t("factor.appName"), code: "" }} onFinish={(v: { code: string; name: string }) => void enrol.attempt(async () => onDone((await api.factors.enrolTOTP({ ticket: begun.ticket, ...v })).codes ?? []))}>
      {fault(t, enrol.fault)}
      <p>{t("factor.scan")}</p>
      <svg className="qr" viewBox={`0 0 ${begun.qr.size} ${begun.qr.size}`} role="img" aria-label={t("factor.qr")} shapeRendering="crispEdges"><path d={begun.qr.path} fill="#000" /></svg>
      <p className="dim">{t("factor.key")} <Typography.Text code copyable={{ text: begun.secret, tooltips: [t("common.copy"), t("common.copied")] }}>{begun.secret.replace(/(.{4})(?=.)/g, "$1 ")}</Typography.Text></p>
      <Form.Item name="code" label={t("second.code_totp")} extra={t("factor.codeWhy")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}>
        <Input autoComplete="one-time-code" inputMode="numeric" autoFocus maxLength={64} />
      </Form.Item>
      <Name label={t("factor.name")} />
      <Button type="primary" htmlType="submit" loading={enrol.busy}>{t("factor.check")}</Button>
    </Form>
  );
}

/** A passkey: the password and a name, then the browser asks. */
export function AddPasskey({ open, onClose, onDone }: Props) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ password: string; name: string }>();
  const { busy, fault: refused, attempt, forget } = useAttempt(form);
  const [left, setLeft] = useState<unknown>();
  useEffect(() => { forget(); setLeft(undefined); }, [open]);
  const add = (v: { password: string; name: string }) => attempt(async () => {
    setLeft(undefined);
    const { ticket, options } = await api.factors.beginPasskey(v.password);
    let credential;
    try {
      credential = await createPasskey(options);
    } catch (e) {
      setLeft(e);
      return;
    }
    onDone((await api.factors.enrolPasskey({ ticket, name: v.name, credential })).codes ?? []);
  });
  const taken = left instanceof DOMException && left.name === "InvalidStateError";
  return (
    <Modal open={open} title={t("factor.addPasskey")} onCancel={onClose} footer={null} destroyOnHidden mask={{ closable: false }}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ name: t("factor.keyName") }} onFinish={(v) => void add(v)}>
        {fault(t, refused)}
        {left ? <Alert type={wasLeft(left) ? "info" : "error"} showIcon className="form-alert" title={t(taken ? "problem.passkey_taken" : wasLeft(left) ? "factor.left" : "factor.browserRefused")} /> : null}
        <p>{t("factor.passkeyText")}</p>
        <Name label={t("factor.name")} focus />
        <Password />
        <Button type="primary" htmlType="submit" loading={busy}>{t("factor.go")}</Button>
      </Form>
    </Modal>
  );
}

export function NewCodes({ open, onClose, onDone }: Props) {
  const { t } = useTranslation();
  return <Confirmed open={open} title={t("factor.newCodes")} text={t("factor.newCodesText")} submit={t("factor.newCodes")} onClose={onClose} act={async (password) => onDone((await api.factors.codes(password)).codes ?? [])} />;
}

export function RemoveFactor({ factor, last, onClose, onDone }: { factor: Factor | undefined; last: boolean; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  return (
    <Confirmed
      open={factor !== undefined} danger title={t("factor.removeTitle", { name: factor?.name ?? "" })} text={t(last ? "factor.removeLast" : "factor.removeText")} submit={t("factor.remove")} onClose={onClose}
      act={async (password) => {
        if (factor) await api.factors.remove(factor.id, password);
        onDone();
      }}
    />
  );
}

function Confirmed({ open, title, text, submit, danger, onClose, act }: { open: boolean; title: string; text: string; submit: string; danger?: boolean; onClose: () => void; act: (password: string) => Promise<void> }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ password: string }>();
  const { busy, fault: refused, attempt, forget } = useAttempt(form);
  useEffect(forget, [open]);
  return (
    <Modal open={open} title={title} onCancel={onClose} footer={null} destroyOnHidden>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(v: { password: string }) => void attempt(() => act(v.password))}>
        {fault(t, refused)}
        <p>{text}</p>
        <Password />
        <Button type="primary" danger={danger} htmlType="submit" loading={busy}>{submit}</Button>
      </Form>
    </Modal>
  );
}

export function RenameFactor({ factor, onClose, onDone }: { factor: Factor | undefined; onClose: () => void; onDone: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ name: string }>();
  const { busy, fault: refused, attempt, forget } = useAttempt(form);
  useEffect(forget, [factor]);
  const save = (v: { name: string }) => attempt(async () => {
    if (factor) await api.factors.rename(factor.id, v.name);
    onDone();
  });
  return (
    <Modal open={factor !== undefined} title={t("factor.renameTitle", { name: factor?.name ?? "" })} onCancel={onClose} footer={null} destroyOnHidden>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ name: factor?.name }} onFinish={(v) => void save(v)}>
        {fault(t, refused)}
        <Name label={t("factor.name")} focus />
        <Button type="primary" htmlType="submit" loading={busy}>{t("common.save")}</Button>
      </Form>
    </Modal>
  );
}

/** Recovery codes, shown this once. */
export function Codes({ codes, onClose }: { codes: string[] | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const text = (codes ?? []).join("\n");
  return (
    <Modal open={codes !== undefined} title={t("factor.codesTitle")} onCancel={onClose} mask={{ closable: false }} footer={<Button type="primary" onClick={onClose}>{t("factor.codesKept")}</Button>}>
      <p>{t("factor.codesOnce")}</p>
      <ol className="recovery-list">{(codes ?? []).map((c) => <li key={c}>{c}</li>)}</ol>
      <div className="recovery-acts">
        <Button onClick={() => window.print()}>{t("factor.print")}</Button>
        <Typography.Text copyable={{ text, tooltips: [t("common.copy"), t("common.copied")] }}>{t("common.copy")}</Typography.Text>
      </div>
    </Modal>
  );
}
