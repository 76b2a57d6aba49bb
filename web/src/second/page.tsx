import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { SecondAsk } from "../api/types";
import { useZone } from "../app/session";
import { LoadFault, Notice } from "../app/states";
import { leftText } from "../emergency/use";
import { Ask, Sign, type Question } from "../keeping/parts";
import { dateTimeText } from "../time/zone";
import { useNow } from "../ui/now";
import type { Tone } from "../ui/status";
import { AskFacts } from "./facts";
import { useSeconds } from "./use";
import "../pages/pages.css";
import "./second.css";

const tones: Record<SecondAsk["state"], Tone> = { waiting: "busy", agreed: "busy", refused: "red", withdrawn: "grey", expired: "grey", used: "ok" };

/** Asks that wait for the person who reads this, and what became of those of the last day. */
export function SecondsPage() {
  const { t } = useTranslation();
  const { data, error, refetch } = useSeconds();
  const [question, setQuestion] = useState<Question>();
  const mine = data?.filter((a) => a.answerable) ?? [];
  const others = data?.filter((a) => !a.answerable) ?? [];
  return (
    <div className="page">
      <header className="page-head"><h1>{t("pair.title")}</h1></header>
      <p className="page-lead dim">{t("pair.lead")}</p>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 6 }} /></div> : null}
      {data && mine.length === 0 ? <Notice title={t("pair.none")}>{t("pair.noneText")}</Notice> : null}
      {mine.length > 0 ? (
        <section aria-label={t("pair.forYou")}>
          <h2 className="section-title">{t("pair.forYou")}</h2>
          <ul className="pair-cards">{mine.map((a) => <li key={a.id} className="panel panel-pad"><Waiting ask={a} onRefuse={setQuestion} /></li>)}</ul>
        </section>
      ) : null}
      {others.length > 0 ? (
        <section aria-label={t("pair.last")}>
          <h2 className="section-title">{t("pair.last")}</h2>
          <ul className="rows panel">{others.map((a) => <li key={a.id} className="pair-row"><Past ask={a} /></li>)}</ul>
        </section>
      ) : null}
      <Ask question={question} onClose={() => setQuestion(undefined)} />
    </div>
  );
}

function Waiting({ ask, onRefuse }: { ask: SecondAsk; onRefuse: (q: Question) => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const now = useNow();
  const [busy, setBusy] = useState(false);
  const renewed = (): Promise<void> => cache.invalidateQueries({ queryKey: ["second-asks"] });
  const agree = async (): Promise<void> => {
    setBusy(true);
    try {
      await api.secondAsks.agree(ask.id);
      message.success(t("pair.agreed"));
    } catch (e) {
      message.error(problemText(t, e));
    }
    await renewed();
    setBusy(false);
  };
  return (
    <article aria-label={t("pair.wants", { name: ask.personName || ask.person })}>
      <div className="pair-head"><strong>{t("pair.wants", { name: ask.personName || ask.person })}</strong><span className="num dim">{t("pair.left", { left: leftText(Date.parse(ask.expiresAt) - now) })}</span></div>
      <AskFacts ask={ask} who />
      <div className="form-end">
        <Button type="primary" loading={busy} onClick={() => void agree()}>{t("pair.agree")}</Button>
        <Button danger onClick={() => onRefuse({
          title: t("pair.refuseTitle"), text: t("pair.refuseText", { name: ask.personName || ask.person }), needed: true, ok: t("pair.refuse"), danger: true,
          run: async (note) => { await api.secondAsks.refuse(ask.id, note); await renewed(); message.success(t("pair.refused")); },
        })}>{t("pair.refuse")}</Button>
      </div>
    </article>
  );
}

function Past({ ask }: { ask: SecondAsk }) {
  const { t } = useTranslation();
  const zone = useZone();
  const a = ask.answer;
  return (
    <>
      <span className="pair-who"><strong className="wrap">{ask.personName || ask.person}</strong><span className="dim">{t(`pair.kind_${ask.kind}`)}</span></span>
      <span className="pair-who"><span className="num dim">{dateTimeText(Date.parse(ask.askedAt), zone)}</span>{ask.reason ? <span className="dim wrap">{ask.reason}</span> : null}</span>
      <span className="pair-who">{a ? <><span className="wrap">{t("pair.by", { name: a.name, position: t(`position.${a.position}`, { defaultValue: a.position }) })}</span><span className="dim wrap">{a.note || t(`pair.way_${a.way}`)}</span></> : null}</span>
      <Sign tone={tones[ask.state]}>{t(`pair.state_${ask.state}`)}</Sign>
    </>
  );
}
