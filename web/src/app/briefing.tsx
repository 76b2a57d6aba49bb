import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Skeleton } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Session } from "../api/types";
import { durationText } from "../ui/duration";
import { useAttempt } from "../ui/attempt";
import { Signature } from "../ui/signature";
import { sessionKey } from "./session";
import { LoadFault } from "./states";
import "../pages/pages.css";
import "./briefing.css";

const second = 1000; // ms

/** What a stand-in reads and signs before any picture is shown. The server counts the time. */
export function BriefingPage({ session }: { session: Session }) {
  const { t, i18n } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const language = i18n.language === "zh" ? "zh" : "en";
  const { data, error, refetch } = useQuery({ queryKey: ["briefing"], queryFn: api.briefing.get });
  const { busy, fault, attempt } = useAttempt();
  const opened = data?.begunAt !== undefined;
  // How far the server is ahead of this machine, so that both count the same time.
  const [ahead] = useState(() => Date.parse(session.serverTime) - Date.now());
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), second);
    return () => window.clearInterval(timer);
  }, []);
  const left = data?.openAt ? Math.max(0, Math.ceil((Date.parse(data.openAt) - now - ahead) / second) * second) : 0;
  const begin = () => attempt(async () => {
    await api.briefing.begin();
    await refetch();
  });
  const sign = (password: string) => attempt(async () => {
    await api.briefing.sign({ language, password });
    message.success(t("briefing.signed"));
    await cache.invalidateQueries({ queryKey: sessionKey });
  });
  const words = data?.[language];
  return (
    <div className="page briefing">
      <header className="page-head"><h1>{t("briefing.title")}</h1></header>
      <p className="dim page-lead">{t("briefing.lead")}</p>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 8 }} /></div> : null}
      {data && !opened ? <Button type="primary" size="large" loading={busy} onClick={() => void begin()}>{t("briefing.begin")}</Button> : null}
      {data && words && opened ? (
        <section className="panel panel-pad">
          <Signature name="briefing" words={words} password={t("briefing.password", { name: session.person.displayName })} ok={t("briefing.sign")} busy={busy} fault={fault} focus wait={left > 0 ? t("briefing.wait", { left: durationText(t, left) }) : undefined} onSign={(p) => void sign(p)} />
        </section>
      ) : null}
      <div role="alert">{fault && !opened ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
    </div>
  );
}
