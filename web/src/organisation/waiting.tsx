import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { Camera, Person, Proposal } from "../api/types";
import { useCan, useSession, useZone } from "../app/session";
import { Sketch } from "../masks/sketch";
import { recordingText } from "../coverage/hours";
import { Decide, Sign, useQuestion, type Decision } from "../keeping/parts";
import { dateTimeText } from "../time/zone";
import { usePeopleNames } from "../ui/people";
import { PositionTag } from "./holdings";
import { rowsOf } from "./tree";
import "../regime/regime.css";

/** What one person proposes and another confirms. */
export function useProposals(): readonly Proposal[] {
  const can = useCan();
  return useQuery({ queryKey: ["proposals"], queryFn: api.proposals.open, enabled: can("people.read") || can("rights.approve") || can("camera.configure") || can("area.configure") || can("schedule.configure") }).data ?? [];
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

/** Fewer masks that wait for another person. */
export function WaitingMasks({ cameras }: { cameras: readonly Camera[] }) {
  const { t } = useTranslation();
  const waiting = useProposals().filter((p) => p.kind === "mask");
  if (waiting.length === 0) return null;
  return (
    <section className="proposals" aria-label={t("masks.waiting")}>
      <h2 className="section-title">{t("masks.waiting")}</h2>
      {waiting.map((p) => <Waiting key={p.id} proposal={p} name={cameras.find((c) => c.id === p.subject)?.name ?? p.subject} />)}
    </section>
  );
}

/** Control rooms that are to lose their camera and wait for another person. */
export function WaitingRooms({ cameras }: { cameras: readonly Camera[] }) {
  const { t } = useTranslation();
  const waiting = useProposals().filter((p) => p.kind === "room");
  if (waiting.length === 0) return null;
  return (
    <section className="proposals" aria-label={t("controlRoom.waiting")}>
      <h2 className="section-title">{t("controlRoom.waiting")}</h2>
      {waiting.map((p) => <Waiting key={p.id} proposal={p} name={cameras.find((c) => c.id === p.subject)?.name ?? p.subject} />)}
    </section>
  );
}

/** Other places that wait for another person: areas of cameras, or what areas lie in. */
export function WaitingPlaces({ kind, cameras }: { kind: "area" | "parent"; cameras: readonly Camera[] }) {
  const { t } = useTranslation();
  const waiting = useProposals().filter((p) => p.kind === kind);
  const { data } = useQuery({ queryKey: ["areas"], queryFn: api.areas.list, enabled: waiting.length > 0 });
  if (waiting.length === 0) return null;
  const camera = (id: string | undefined): string | undefined => cameras.find((c) => c.id === id)?.name;
  const area = (id: string | undefined): string => rowsOf(data ?? []).find((r) => r.node.id === id)?.path ?? data?.find((a) => a.id === id)?.name ?? t(id ? "org.elsewhere" : "org.top");
  return (
    <section className="proposals" aria-label={t("people.waitingPlaces")}>
      <h2 className="section-title">{t("people.waitingPlaces")}</h2>
      {waiting.map((p) => <Waiting key={p.id} proposal={p} name={(kind === "area" ? camera(p.subject) : data?.find((a) => a.id === p.subject)?.name) ?? p.subject} earlier={camera(p.earlier)} from={area(p.areaBefore)} to={area(p.areaAfter)} />)}
    </section>
  );
}

/** Schedules by which less is recorded that wait for another person. */
export function WaitingSchedules({ nameOf }: { nameOf: (camera: string) => string }) {
  const { t } = useTranslation();
  const waiting = useProposals().filter((p) => p.kind === "schedule");
  if (waiting.length === 0) return null;
  return (
    <section className="proposals" aria-label={t("people.waitingSchedules")}>
      <h2 className="section-title">{t("people.waitingSchedules")}</h2>
      {waiting.map((p) => <Waiting key={p.id} proposal={p} name={p.subject === "site" ? t("schedule.wholeSite") : nameOf(p.subject)} from={recordingText(t, p.scheduleBefore)} to={recordingText(t, p.scheduleAfter)} />)}
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

const words = { positions: "", grade: "Grade", area: "Place", parent: "Place", mask: "Mask", schedule: "Schedule", room: "Room" } as const;
const rights = { positions: "people.manage", grade: "camera.configure", area: "camera.configure", parent: "area.configure", mask: "camera.configure", room: "camera.configure", schedule: "schedule.configure" } as const;

function Waiting({ proposal: p, name, earlier, from, to }: { proposal: Proposal; name: string; earlier?: string; from?: string; to?: string }) {
  const { t } = useTranslation();
  const zone = useZone();
  const me = useSession().person.id;
  const names = usePeopleNames();
  const { ask, done, dialog } = useQuestion("proposals", "people", "cameras", "areas", "schedules");
  const positions = p.kind === "positions";
  const word = words[p.kind];
  const buttons = { approve: t("people.approve"), reject: t("people.reject"), withdraw: t("people.withdraw") };
  const decide = (d: Decision): void => ask({
    title: t(`people.${d}${word}Title`, { name }), text: t(`people.${d}${d === "withdraw" ? "" : word}Text`), needed: d === "reject", ok: buttons[d],
    run: async (note) => {
      await api.proposals[d](p.id, note);
      await done(t(`people.done_${d}${d === "withdraw" ? "" : word}`, { name }));
    },
  });
  const time = dateTimeText(Date.parse(p.proposedAt), zone);
  return (
    <article className="panel panel-pad proposal">
      <header className="proposal-head">
        <h3>{name}</h3>
        <Sign tone={p.overtaken ? "red" : "amber"}>{t(p.overtaken ? `people.overtaken${word}` : "people.positionsWait")}</Sign>
      </header>
      {p.kind === "grade" ? <p>{t("people.gradeFromTo", { from: p.gradeBefore, to: p.gradeAfter })}</p> : p.kind === "room" ? <p className="wrap">{t("people.roomIs", { name: p.roomBefore ?? "" })}</p> : p.kind === "schedule" ? <><p className="wrap">{t("people.scheduleFrom", { terms: from })}</p><p className="wrap">{t("people.scheduleTo", { terms: to })}</p></> : p.masksBefore && p.masksAfter ? <div className="mask-list">
        <Sketch before={p.masksBefore} after={p.masksAfter} label={t("masks.fromTo", { from: p.masksBefore.masks.length, to: p.masksAfter.masks.length })} />
        <ul>
          {p.masksBefore.masks.map((m) => <li key={m.name}><strong className="wrap">{m.name}</strong> <span className="dim">{t((p.masksAfter?.masks ?? []).some((n) => JSON.stringify(n.points) === JSON.stringify(m.points)) ? "masks.stays" : (p.masksAfter?.masks ?? []).some((n) => n.name === m.name) ? "masks.differs" : "masks.goes")}</span></li>)}
        </ul>
      </div> : !positions ? <p className="wrap">{t("people.placeFromTo", { from, to })}</p> : <>
      <p className="waiting-holdings"><span className="dim">{t("people.holdsNow")}</span>{(p.holdingsBefore ?? []).length > 0 ? (p.holdingsBefore ?? []).map((h) => <PositionTag key={h.position} holding={h} />) : <span className="dim">{t("people.noPosition")}</span>}</p>
      <p className="waiting-holdings"><span className="dim">{t("people.holdsThen")}</span>{(p.holdingsAfter ?? []).map((h) => <PositionTag key={h.position} holding={h} />)}</p></>}
      {p.again ? <p>{positions ? t("people.heldBefore") : p.kind === "area" ? t(earlier ? "people.sameDevice" : "people.sameDeviceOther", { name: earlier }) : earlier ? t("people.sameAddress", { name: earlier }) : t("people.sameAddressOther")}</p> : null}
      {p.reason ? <p className="wrap proposal-reason">{p.reason}</p> : null}
      <p className="dim">{p.proposedBy ? t("parameters.proposedBy", { name: names(p.proposedBy), time }) : t("people.byDirectory", { time })}</p>
      <Decide own={p.proposedBy === me} proposes={rights[p.kind]} decides="rights.approve" bar={p.subject === me ? t("problem.positions_receiver") : undefined} overtaken={p.overtaken} words={buttons} onDecide={decide} />
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
