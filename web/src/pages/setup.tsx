import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Alert, Button, Form, Input, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { sessionKey } from "../app/session";
import { useAttempt } from "../ui/attempt";
import { RepeatPassword } from "./repeat";
import { Door } from "./signin";

interface Values { username: string; displayName: string; password: string; repeat: string }

/** Makes the first account. The code comes in the fragment, which no log ever sees. */
export function SetupPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const [token] = useState(() => new URLSearchParams(location.hash.slice(1)).get("token") ?? "");
  const { data, isPending } = useQuery({ queryKey: ["session", "setup"], queryFn: api.setup.needed });

  const submit = (v: Values) => attempt(async () => {
    const s = await api.setup.run({ token, username: v.username, displayName: v.displayName, password: v.password });
    cache.setQueryData(sessionKey, s);
    cache.setQueryData(["session", "setup"], { needed: false, passwordLeast: data?.passwordLeast ?? 0 });
    await navigate({ to: "/", replace: true });
  });

  if (isPending) return <Door title={t("setup.title")}><Skeleton active paragraph={{ rows: 6 }} /></Door>;
  if (data && !data.needed) {
    return (
      <Door title={t("setup.title")}>
        <p className="door-text">{t("setup.done")}</p>
        <Link to="/"><Button type="primary" size="large" block>{t("setup.toSignIn")}</Button></Link>
      </Door>
    );
  }
  if (!token) return <Door title={t("setup.title")}><p className="door-text">{t("setup.noToken")}</p></Door>;

  const needed = [{ required: true, message: t("common.required") }];
  return (
    <Door title={t("setup.title")}>
      <p className="door-text">{t("setup.intro")}</p>
      <p className="door-text">{t("setup.rules")}</p>
      <div aria-live="assertive" className="door-message">
        {fault ? <Alert type="error" showIcon title={problemText(t, fault)} /> : null}
      </div>
      <Form form={form} layout="vertical" size="large" requiredMark={false} onFinish={(v) => void submit(v)}>
        <Form.Item name="username" label={t("setup.username")} rules={needed}>
          <Input autoComplete="username" autoFocus autoCapitalize="none" spellCheck={false} />
        </Form.Item>
        <Form.Item name="displayName" label={t("setup.displayName")} rules={needed}>
          <Input autoComplete="name" />
        </Form.Item>
        <Form.Item name="password" label={t("setup.password")} extra={data ? t("setup.passwordHint", { count: data.passwordLeast }) : undefined} rules={needed}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <RepeatPassword of="password" label={t("setup.repeat")} />
        <Button type="primary" htmlType="submit" block loading={busy}>{t("setup.submit")}</Button>
      </Form>
    </Door>
  );
}
