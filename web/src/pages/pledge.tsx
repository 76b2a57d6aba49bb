import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { PledgeSignature } from "../api/types";
import { useSession } from "../app/session";
import { LoadFault } from "../app/states";
import { useAttempt } from "../ui/attempt";

/** The pledge of secrecy: its words, until when one's own is good, and the signature. */
export function OwnPledge() {
  const { t, i18n } = useTranslation();
  const { message } = App.useApp();
  const { person } = useSession();
  const cache = useQueryClient();
  const [form] = Form.useForm<{ password: string }>();
  const { busy, fault, attempt } = useAttempt(form);
  // Who only stands in for a shift signs with the briefing.
  const asked = person.positions.length === 0 || person.positions.some((p) => p !== "stand_in");
  const { data, error, refetch } = useQuery({ queryKey: ["session", "pledge"], queryFn: api.session.pledge, enabled: asked });
  if (!asked) return null;
  const language: PledgeSignature["language"] = i18n.language === "en" ? "en" : "zh";
  const sign = ({ password = "" }: { password?: string }) => attempt(async () => {
    const signed = await api.session.signPledge({ language, password });
    await cache.invalidateQueries({ queryKey: ["session"] });
    form.resetFields();
    message.success(t("papers.pledgeSigned", { date: signed.until }));
  });
  return (
    <section className="panel panel-pad" id="pledge" aria-label={t("papers.pledge")}>
      <h2>{t("papers.pledge")}</h2>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {data ? (
        <>
          <p>{data.until ? t("papers.pledgeUntil", { date: data.until }) : t("papers.pledgeNone")} {data.counts ? t("papers.pledgeCounts") : null}</p>
          <blockquote className="pledge-words">{data[language]}</blockquote>
          {data.until >= data.signed ? null : (
            <Form name="pledge" form={form} layout="vertical" requiredMark={false} className="pledge-sign" onFinish={(v) => void sign(v)}>
              {person.directory ? null : <Form.Item name="password" label={t("signIn.password")} rules={[{ required: true, message: t("common.required") }]}><Input.Password autoComplete="current-password" /></Form.Item>}
              <Button type="primary" htmlType="submit" loading={busy}>{t("papers.sign")}</Button>
              <span className="dim">{t("papers.signText", { date: data.signed })}</span>
              <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
            </Form>
          )}
        </>
      ) : null}
    </section>
  );
}
