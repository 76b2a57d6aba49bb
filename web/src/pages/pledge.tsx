import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Form } from "antd";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { PledgeSignature } from "../api/types";
import { useSession } from "../app/session";
import { LoadFault } from "../app/states";
import { useAttempt } from "../ui/attempt";
import { Signature } from "../ui/signature";

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
  const sign = (password: string) => attempt(async () => {
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
          <Signature name="pledge" words={data[language]} form={form} password={person.directory ? undefined : t("signIn.password")} ok={t("papers.sign")} note={t("papers.signText", { date: data.signed })} busy={busy} fault={fault} onSign={data.until >= data.signed ? undefined : (p) => void sign(p)} />
        </>
      ) : null}
    </section>
  );
}
