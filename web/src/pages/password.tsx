import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Session } from "../api/types";
import { useLeave } from "../app/leave";
import { sessionKey } from "../app/session";
import { dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { RepeatPassword } from "./repeat";
import { Door } from "./signin";

interface Values { current: string; new: string; repeat: string }

/** Changes one's own password. */
export function PasswordForm({ username, onChanged }: { username: string; onChanged?: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const { data: rules } = useQuery({ queryKey: ["session", "setup"], queryFn: api.setup.needed });

  const change = (v: Values) => attempt(async () => {
    await api.session.password({ current: v.current, new: v.new });
    form.resetFields();
    message.success(t("account.changed"));
    onChanged?.();
  });
  const needed = [{ required: true, message: t("common.required") }];
  return (
    <>
      <div role="alert">{fault ? <Alert type="error" showIcon title={problemText(t, fault)} className="form-alert" /> : null}</div>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => void change(v)} className="account-form">
        <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
        <Form.Item name="current" label={t("account.current")} rules={needed}><Input.Password autoComplete="current-password" /></Form.Item>
        <Form.Item name="new" label={t("account.new")} extra={rules ? t("setup.passwordHint", { count: rules.passwordLeast }) : undefined} rules={needed}><Input.Password autoComplete="new-password" /></Form.Item>
        <RepeatPassword of="new" label={t("account.repeat")} />
        <Button type="primary" htmlType="submit" loading={busy}>{t("account.change")}</Button>
      </Form>
    </>
  );
}

/** All that a password opens which somebody else made: the change to one's own. */
export function OwnPasswordPage({ session, made }: { session: Session; made: NonNullable<Session["passwordMade"]> }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const leave = useLeave();
  return (
    <Door title={t("account.ownTitle")}>
      <p className="door-text">{t("account.own", { name: made.byName, time: dateTimeText(Date.parse(made.at), session.siteTimeZone || "UTC") })}</p>
      <PasswordForm username={session.person.username} onChanged={() => void cache.invalidateQueries({ queryKey: sessionKey, exact: true })} />
      <p className="door-hint">{t("account.ownUnexpected")}</p>
      <Button type="link" onClick={() => void leave()}>{t("nav.signOut")}</Button>
    </Door>
  );
}
