import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { Camera, Person, Proposal } from "../api/types";
import { useCan, useSession, useZone } from "../app/session";
import { Decide, Sign, useQuestion, type Decision } from "../keeping/parts";
import { dateTimeText } from "../time/zone";
import { usePeopleNames } from "../ui/people";
import { PositionTag } from "./holdings";
import "../regime/regime.css";

/** What one person proposes and another confirms. */
export function useProposals(): readonly Proposal[] {
  const can = useCan();
  return useQuery({ queryKey: ["proposals"], queryFn: api.proposals.open, enabled: can("people.read") || can("rights.approve") || can("camera.configure") }).data ?? [];
}

/** Lower security grades that wait for another person. */
export function WaitingGrades({ cameras }: { cameras: readonly Camera[] }) {
  const { t } = useTranslation();
  const waiting = useProposals().filter((p) => p.kind === "grade");
  if (waiting.length === 0) return null;
  return (
    <section className="proposals" aria-label={t("people.waitingGrades")}>
      <h2 className="section-title">{t("people.waitingGrades")}</h2>
      {waiting.map((p) => <Waiting key={p.id} proposal={p} name={cameras.find((c) => c.id === p.subject)?.name ?? p.subject} earlier={cameras.find((c) => c.id === p.earlier)?.name} />)}
    </section>
  );
}

/** The positions that wait for another person, those that the reader may confirm first. */
export function WaitingPositions({ people }: { people: readonly Person[] }) {
  const { t } = useTranslation();
  const me = useSession().person.id;
  const waiting = useProposals().filter((p) => p.kind === "positions");
  if (waiting.length === 0) return null;
  const mine = (p: Proposal): number => Number(p.proposedBy === me || p.subject === me);
  return (
    <section className="proposals" aria-label={t("people.waiting")}>
      <h2 className="section-title">{t("people.waiting")}</h2>
      {[...waiting].sort((a, b) => mine(a) - mine(b)).map((p) => <Waiting key={p.id} proposal={p} name={people.find((x) => x.id === p.subject)?.displayName ?? p.subject} />)}
    </section>
  );
}

function Waiting({ proposal: p, name, earlier }: { proposal: Proposal; name: string; earlier?: string }) {
  const { t } = useTranslation();
  const zone = useZone();
  const me = useSession().person.id;
  const names = usePeopleNames();
  const { ask, done, dialog } = useQuestion("proposals", "people", "cameras");
  const grade = p.kind === "grade";
  const words = { approve: t("people.approve"), reject: t("people.reject"), withdraw: t("people.withdraw") };
  const decide = (d: Decision): void => ask({
    title: t(`people.${d}${grade ? "Grade" : ""}Title`, { name }), text: t(`people.${d}${grade && d !== "withdraw" ? "Grade" : ""}Text`), needed: d === "reject", ok: words[d],
    run: async (note) => {
      await api.proposals[d](p.id, note);
      await done(t(`people.done_${d}${grade && d !== "withdraw" ? "Grade" : ""}`, { name }));
    },
  });
  const time = dateTimeText(Date.parse(p.proposedAt), zone);
  return (
    <article className="panel panel-pad proposal">
      <header className="proposal-head">
        <h3>{name}</h3>
        <Sign tone={p.overtaken ? "red" : "amber"}>{t(p.overtaken ? grade ? "people.overtakenGrade" : "people.overtaken" : "people.positionsWait")}</Sign>
      </header>
      {grade ? <p>{t("people.gradeFromTo", { from: p.gradeBefore, to: p.gradeAfter })}</p> : <>
      <p className="waiting-holdings"><span className="dim">{t("people.holdsNow")}</span>{(p.holdingsBefore ?? []).length > 0 ? (p.holdingsBefore ?? []).map((h) => <PositionTag key={h.position} holding={h} />) : <span className="dim">{t("people.noPosition")}</span>}</p>
      <p className="waiting-holdings"><span className="dim">{t("people.holdsThen")}</span>{(p.holdingsAfter ?? []).map((h) => <PositionTag key={h.position} holding={h} />)}</p></>}
      {p.again ? <p>{!grade ? t("people.heldBefore") : earlier ? t("people.sameAddress", { name: earlier }) : t("people.sameAddressOther")}</p> : null}
      {p.reason ? <p className="wrap proposal-reason">{p.reason}</p> : null}
      <p className="dim">{p.proposedBy ? t("parameters.proposedBy", { name: names(p.proposedBy), time }) : t("people.byDirectory", { time })}</p>
      <Decide own={p.proposedBy === me} proposes={grade ? "camera.configure" : "people.manage"} decides="rights.approve" bar={p.subject === me ? t("problem.positions_receiver") : undefined} overtaken={p.overtaken} words={words} onDecide={decide} />
      {dialog}
    </article>
  );
}

/** What waits for this person, on the person's own page. */
export function WaitsFor({ person }: { person: Person }) {
  const { t } = useTranslation();
  if (!person.waiting) return null;
  return <div className="waiting-holdings" role="status"><Sign tone="amber">{t("people.waitsFor")}</Sign>{person.waiting.map((h) => <PositionTag key={h.position} holding={h} />)}</div>;
}
