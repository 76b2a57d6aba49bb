import { KeyOutlined } from "@ant-design/icons";
import { Button, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { offersPasskeys } from "../api/webauthn";
import { CardForm } from "../card/fields";

interface Props {
  kinds: string[]; // what the person has
  busy: boolean;
  blocked: boolean; // too many attempts
  submit: string; // what the code is for
  byCode: (kind: "totp" | "recovery", code: string) => void;
  byCard: (card: string, pin: string) => Promise<void>;
  byPasskey: () => void;
  back: () => void;
}

/** The second step of showing who one is. The password was right; nothing is open yet. */
export function SecondStep({ kinds, busy, blocked, submit, byCode, byCard, byPasskey, back }: Props) {
  const { t } = useTranslation();
  const shown = kinds.filter((k) => k !== "passkey" || offersPasskeys());
  const [kind, setKind] = useState(["card", "totp"].find((k) => shown.includes(k)) ?? shown[0] ?? "");
  const [form] = Form.useForm<{ code: string }>();
  const others = shown.filter((k) => k !== kind);
  return (
    <>
      {kind === "" ? <p className="door-text">{t("second.noPasskeyHere")}</p> : <p className="door-text">{t(`second.text_${kind}`)}</p>}
      {kind === "passkey" ? (
        <Button type="primary" size="large" block icon={<KeyOutlined />} loading={busy} disabled={blocked} onClick={byPasskey}>{t("second.usePasskey")}</Button>
      ) : null}
      {kind === "totp" || kind === "recovery" ? (
        <Form key={kind} form={form} layout="vertical" size="large" requiredMark={false} onFinish={(v) => byCode(kind, v.code)}>
          <Form.Item name="code" label={t(`second.code_${kind}`)} rules={[{ required: true, whitespace: true, message: t("common.required") }]}>
            <Input autoFocus autoComplete="one-time-code" inputMode={kind === "totp" ? "numeric" : "text"} spellCheck={false} autoCapitalize="none" maxLength={64} />
          </Form.Item>
          <Button type="primary" htmlType="submit" block loading={busy} disabled={blocked}>{submit}</Button>
        </Form>
      ) : null}
      {kind === "card" ? <CardForm busy={busy} blocked={blocked} submit={submit} onShow={byCard} /> : null}
      <div className="door-choices">
        {others.map((k) => <Button key={k} type="link" onClick={() => { form.resetFields(); setKind(k); }}>{t(`second.choose_${k}`)}</Button>)}
        <Button type="link" onClick={back}>{t("common.back")}</Button>
      </div>
      <p className="door-hint">{t("second.lost")}</p>
    </>
  );
}
