import { Alert, App, Button, Form, Input, Radio } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { fieldFaults, problemText } from "../api/problem";
import { useSession, useZone } from "../app/session";
import { chooseLanguage, type Language } from "../i18n";
import { whenText } from "../ui/status";
import "./pages.css";

interface Values { current: string; new: string; repeat: string }

export function AccountPage() {
  const { t, i18n } = useTranslation();
  const { message } = App.useApp();
  const session = useSession();
  const zone = useZone();
  const [form] = Form.useForm<Values>();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const { person } = session;

  const change = async (v: Values): Promise<void> => {
    setBusy(true);
    setFault(undefined);
    try {
      await api.session.password({ current: v.current, new: v.new });
      form.resetFields();
      message.success(t("account.changed"));
    } catch (e) {
      setFault(e);
      form.setFields(fieldFaults(t, e).map((f) => ({ name: f.name as never, errors: [f.text] })));
    } finally {
      setBusy(false);
    }
  };
  const needed = [{ required: true, message: t("common.required") }];
  return (
    <div className="page account">
      <header className="page-head"><h1>{t("account.title")}</h1></header>
      <section className="panel panel-pad">
        <dl className="facts">
          <dt>{t("people.displayName")}</dt><dd>{person.displayName}</dd>
          <dt>{t("people.username")}</dt><dd>{person.username}</dd>
          <dt>{t("account.positions")}</dt><dd>{person.positions.length > 0 ? person.positions.map((p) => <span key={p} className="tag first">{t(`position.${p}`, { defaultValue: p })}</span>) : t("account.none")}</dd>
          <dt>{t("account.rights")}</dt><dd><ul className="rights">{session.actions.map((a) => <li key={a}>{t(`action.${a.replace(".", "_")}`, { defaultValue: a })}</li>)}</ul></dd>
          <dt>{t("language.label")}</dt>
          <dd>
            <Radio.Group value={i18n.language} onChange={(e) => chooseLanguage(e.target.value as Language)}>
              <Radio value="zh"><span lang="zh-CN">{t("language.zh")}</span></Radio>
              <Radio value="en"><span lang="en">{t("language.en")}</span></Radio>
            </Radio.Group>
          </dd>
        </dl>
        {session.expiresAt ? <p className="dim num account-expires">{t("account.expires", { time: whenText(Date.parse(session.expiresAt), zone) })}</p> : null}
      </section>
      <section className="panel panel-pad">
        <h2>{t("account.password")}</h2>
        <div role="alert">{fault ? <Alert type="error" showIcon title={problemText(t, fault)} className="form-alert" /> : null}</div>
        <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => void change(v)} className="account-form">
          <input type="text" name="username" autoComplete="username" value={person.username} readOnly hidden />
          <Form.Item name="current" label={t("account.current")} rules={needed}><Input.Password autoComplete="current-password" /></Form.Item>
          <Form.Item name="new" label={t("account.new")} extra={t("setup.passwordHint")} rules={needed}><Input.Password autoComplete="new-password" /></Form.Item>
          <Form.Item
            name="repeat"
            label={t("account.repeat")}
            dependencies={["new"]}
            rules={[...needed, ({ getFieldValue }) => ({ validator: async (_, v: string) => { if (v && v !== getFieldValue("new")) throw new Error(t("setup.differ")); } })]}
          >
            <Input.Password autoComplete="new-password" />
          </Form.Item>
          <Button type="primary" htmlType="submit" loading={busy}>{t("account.change")}</Button>
        </Form>
      </section>
    </div>
  );
}
