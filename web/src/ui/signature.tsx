import { Button, Form, Input } from "antd";
import type { FormInstance } from "antd";
import { useTranslation } from "react-i18next";
import { problemText } from "../api/problem";
import type { SignedWords } from "../api/types";
import "./signature.css";

/** What somebody reads and signs: points, the promise, then the own signature with a proof of who sits there. */
export function Signature({ name, words, form, password, ok, note, busy, fault, focus = false, wait, onSign }: {
  name: string; words: SignedWords; form?: FormInstance; password: string | undefined; ok: string; note?: string; busy: boolean; fault: unknown; focus?: boolean;
  wait?: string; // what is waited for before it can be signed
  onSign?: (password: string) => void; // nothing is to be signed without
}) {
  const { t } = useTranslation();
  return (
    <>
      {words.points.length > 0 ? <ol className="signature-points">{words.points.map((p) => <li key={p}>{p}</li>)}</ol> : null}
      <blockquote className="signature-words">{words.pledge}</blockquote>
      {wait ? <p className="tone-amber num" role="status">{wait}</p> : null}
      {onSign && !wait ? (
        <Form name={name} form={form} layout="vertical" requiredMark={false} className="signature-form" onFinish={(v: { password?: string }) => onSign(v.password ?? "")}>
          {password === undefined ? null : <Form.Item name="password" label={password} rules={[{ required: true, message: t("common.required") }]}><Input.Password autoFocus={focus} autoComplete="current-password" /></Form.Item>}
          <Button type="primary" htmlType="submit" loading={busy}>{ok}</Button>
          {note ? <span className="dim">{note}</span> : null}
        </Form>
      ) : null}
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
    </>
  );
}
