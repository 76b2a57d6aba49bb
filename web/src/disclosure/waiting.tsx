import { ArrowRightOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { Purpose, PurposeProposal } from "../api/types";
import { useSession, useZone } from "../app/session";
import { Decide, Sign, useQuestion, type Decision } from "../keeping/parts";
import { dateTimeText } from "../time/zone";
import { durationText } from "../ui/duration";
import { usePeopleNames } from "../ui/people";
import { Terms } from "./terms";
import { wordsOf } from "./words";
import "../regime/regime.css";

/** A proposal that waits: what it does with a purpose, who asks for it and why, and what the reader may do about it. */
export function Waiting({ proposal: p }: { proposal: PurposeProposal }) {
  const { t, i18n } = useTranslation();
  const zone = useZone();
  const me = useSession().person.id;
  const names = usePeopleNames();
  const { ask, done, dialog } = useQuestion("purposes");
  const words = { approve: t("parameters.approve"), reject: t("parameters.reject"), withdraw: t("parameters.withdraw") };
  const decide = (d: Decision): void => ask({
    title: words[d], text: t(`purposes.${d}Text`), needed: d === "reject", ok: words[d],
    run: async (note) => {
      await api.purposes[d](p.id, note);
      await done(t(`purposes.done_${d}`));
    },
  });
  return (
    <article className="panel panel-pad proposal">
      <header className="proposal-head">
        <h3>{t(`purposes.step_${p.step}`, { name: wordsOf(p.after.name, i18n.language) })}</h3>
        <Sign tone={p.overtaken ? "red" : "amber"}>{t(p.overtaken ? "purposes.overtaken" : "purposes.waits")}</Sign>
      </header>
      {p.step === "change" && p.before ? <Differences before={p.before} after={p.after} /> : <p className="wrap">{wordsOf(p.after.basis, i18n.language)} <Terms purpose={p.after} /></p>}
      <p className="wrap proposal-reason">{p.reason}</p>
      <p className="dim">{t("parameters.proposedBy", { name: names(p.proposedBy), time: dateTimeText(Date.parse(p.proposedAt), zone) })}</p>
      <Decide own={p.proposedBy === me} house proposes="purpose.configure" decides="rights.approve" overtaken={p.overtaken} words={words} onDecide={decide} />
      {dialog}
    </article>
  );
}

/** What becomes another thing, before and after. */
function Differences({ before, after }: { before: Purpose; after: Purpose }) {
  const { t } = useTranslation();
  const yes = (on: boolean): string => t(on ? "purposes.yes" : "purposes.no");
  const back = (minutes: number): string => (minutes === 0 ? t("purposes.backNone") : durationText(t, minutes * 60_000));
  const texts = (p: Purpose): [string, string][] => [
    [t("purposes.needsReason"), yes(p.needsReason)], [t("purposes.reasonAfter"), yes(p.reasonAfter)], [t("purposes.needsRequest"), yes(p.needsRequest)], [t("purposes.needsSecond"), yes(p.needsSecond)],
    [t("purposes.back"), back(p.backMinutes)], [t("purposes.nameZh"), p.name.zh], [t("purposes.nameEn"), p.name.en], [t("purposes.basisZh"), p.basis.zh],
    [t("purposes.basisEn"), p.basis.en], [t("purposes.clauses"), p.clauses.join(" ")],
  ];
  const was = texts(before);
  return (
    <ul className="steps-list">
      {texts(after).map(([name, is], i) => (is === was[i]?.[1] ? null : (
        <li key={name}>
          <span className="steps-name">{name}</span>
          <span className="steps-values"><span className="dim">{was[i]?.[1] || "–"}</span> <ArrowRightOutlined aria-label={t("parameters.becomes")} /> <strong>{is || "–"}</strong></span>
        </li>
      )))}
    </ul>
  );
}
