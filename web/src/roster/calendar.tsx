import { CheckCircleFilled, EditOutlined, ExclamationCircleFilled, StarFilled, WarningFilled } from "@ant-design/icons";
import { useState, type DragEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { DutyShift, Roster, RosterPerson } from "../api/roster";
import { useZone } from "../app/session";
import { dateText, dateTimeText } from "../time/zone";
import { useNarrow } from "../ui/narrow";
import { gapsOf, gapTimes, hoursOf, rowKey, rowsOf, shiftDay, timesText, weekday } from "./days";

const carried = "application/x-watchroom-person";

interface Acts { onOpen: (s: DutyShift) => void; onPut: (s: DutyShift, person: string) => void }

interface Shown extends Acts { view: "week" | "month"; days: readonly string[]; today: string; roster: Roster; name: (id: string) => string; picked: string | undefined; busy: boolean }

/** The roster: a week has its shifts as rows, a month its days; on a phone the days stand below each other. */
export function Calendar(p: Shown) {
  const { t } = useTranslation();
  const zone = useZone();
  const narrow = useNarrow();
  const rows = rowsOf(p.roster.shifts, zone);
  const at = (day: string, key?: string): DutyShift[] => p.roster.shifts.filter((s) => shiftDay(s, zone) === day && (key === undefined || rowKey(s, zone) === key));
  const head = (day: string): ReactNode => <span className={day === p.today ? "roster-day roster-today" : "roster-day"}><span>{t(`roster.weekday.d${weekday(day)}`)}</span><span className="num">{day.slice(5)}</span></span>;
  const cells = (list: DutyShift[], titled = false): ReactNode => list.map((s) => <Cell key={s.id} shift={s} titled={titled} {...p} />);
  if (narrow) {
    return (
      <ol className="roster-stack">
        {p.days.filter((d) => at(d).length > 0 || gapsOf(p.roster.plans ? p.roster.drawn : p.roster.gaps, d, zone).length > 0).map((d) => (
          <li key={d} className="panel"><h2>{head(d)}</h2><DayGaps roster={p.roster} day={d} />{cells(at(d), true)}</li>
        ))}
      </ol>
    );
  }
  if (p.view === "month") {
    return (
      <div className="roster-scroll panel">
        <table className="roster-table roster-month">
          <thead><tr><th scope="col">{t("roster.day")}</th>{rows.map((r) => <th key={r.key} scope="col"><span className="roster-row"><span>{r.name}</span><span className="num dim">{r.times}</span></span></th>)}<th scope="col">{t("roster.gaps")}</th></tr></thead>
          <tbody>{p.days.map((d) => <tr key={d} className={weekday(d) % 6 === 0 ? "roster-weekend" : undefined}><th scope="row">{head(d)}</th>{rows.map((r) => <td key={r.key}>{cells(at(d, r.key))}</td>)}<td><DayGaps roster={p.roster} day={d} /></td></tr>)}</tbody>
        </table>
      </div>
    );
  }
  return (
    <div className="roster-scroll panel">
      <table className="roster-table">
        <thead><tr><th scope="col" className="roster-corner">{t("roster.edit")}</th>{p.days.map((d) => <th key={d} scope="col" className={weekday(d) % 6 === 0 ? "roster-weekend" : undefined}>{head(d)}</th>)}</tr></thead>
        <tbody>
          {rows.map((r) => <tr key={r.key}><th scope="row"><span className="roster-row"><span>{r.name}</span><span className="num dim">{r.times}</span></span></th>{p.days.map((d) => <td key={d} className={weekday(d) % 6 === 0 ? "roster-weekend" : undefined}>{cells(at(d, r.key))}</td>)}</tr>)}
          <tr className="roster-gaps"><th scope="row">{t("roster.gaps")}</th>{p.days.map((d) => <td key={d}><DayGaps roster={p.roster} day={d} /></td>)}</tr>
        </tbody>
      </table>
    </div>
  );
}

/** One shift: who is in it, and how many are missing. */
function Cell({ shift: s, titled, roster, name, picked, busy, onOpen, onPut }: Shown & { shift: DutyShift; titled: boolean }) {
  const { t } = useTranslation();
  const zone = useZone();
  const [over, setOver] = useState(false);
  const missing = Math.max(0, s.staff - s.people.length);
  const ended = Date.parse(s.to) <= Date.now();
  const takes = roster.plans && !ended;
  const tone = s.people.length === 0 ? " roster-none" : missing > 0 ? " roster-short" : "";
  const names = s.people.map((x) => (x.charge ? t("roster.chargeOf", { name: name(x.person) }) : name(x.person))).join(t("common.comma")) || t("roster.nobody");
  const drop = (e: DragEvent): void => {
    e.preventDefault();
    setOver(false);
    const person = e.dataTransfer.getData(carried);
    if (person && takes) onPut(s, person);
  };
  return (
    <button
      type="button" className={`roster-cell${tone}${s.state === "draft" ? " roster-draft" : ""}${over ? " roster-over" : ""}${ended ? " roster-ended" : ""}`} aria-busy={busy}
      aria-label={t("roster.shiftOf", { name: s.name, day: shiftDay(s, zone), time: timesText(s, zone), people: names })}
      onClick={() => (picked && takes ? onPut(s, picked) : onOpen(s))}
      onDragOver={(e) => { if (takes && e.dataTransfer.types.includes(carried)) { e.preventDefault(); setOver(true); } }} onDragLeave={() => setOver(false)} onDrop={drop}
    >
      {titled ? <span className="roster-title"><strong>{s.name}</strong><span className="num dim">{timesText(s, zone)}</span></span> : null}
      {s.people.map((x) => <span key={x.person} className={x.charge ? "roster-who roster-charge" : "roster-who"}>{x.charge ? <StarFilled title={t("roster.charge")} aria-hidden /> : null}{name(x.person)}</span>)}
      {s.people.length === 0 ? <span className="roster-lack tone-red"><ExclamationCircleFilled aria-hidden />{t("roster.nobody")}</span> : missing > 0 ? <span className="roster-lack tone-amber"><WarningFilled aria-hidden />{t("roster.short", { count: missing })}</span> : null}
      {s.state === "draft" ? <span className="roster-mark dim"><EditOutlined aria-hidden />{t("roster.draft")}</span> : null}
    </button>
  );
}

/** The pieces of a day in which there are too few. */
function DayGaps({ roster, day }: { roster: Roster; day: string }) {
  const { t } = useTranslation();
  const zone = useZone();
  const gaps = gapsOf(roster.plans ? roster.drawn : roster.gaps, day, zone);
  if (gaps.length === 0) return null;
  return (
    <ul className="roster-daygaps">
      {gaps.slice(0, 4).map((g) => (
        <li key={g.from} className={g.have === 0 ? "tone-red" : "tone-amber"}>{g.have === 0 ? <ExclamationCircleFilled aria-hidden /> : <WarningFilled aria-hidden />}<span><span className="num">{gapTimes(g, day, zone)}</span> {g.have === 0 ? t("roster.nobody") : t("roster.ofStaff", { n: g.have, of: g.need })}</span></li>
      ))}
    </ul>
  );
}

/** All of them over the days that are shown. */
export function GapList({ roster, days }: { roster: Roster; days: readonly string[] }) {
  const { t } = useTranslation();
  const zone = useZone();
  const gaps = roster.plans ? roster.drawn : roster.gaps;
  const when = (from: string, to: string): string => {
    const [a, b] = [dateTimeText(Date.parse(from), zone), dateTimeText(Date.parse(to), zone)];
    return `${a.slice(0, 16)} – ${a.slice(0, 10) === b.slice(0, 10) ? b.slice(11, 16) : b.slice(0, 16)}`;
  };
  const drafts = roster.shifts.some((s) => s.state === "draft");
  return (
    <section className="panel panel-pad roster-gaplist" aria-label={t("roster.gaps")}>
      <h2>{t("roster.gaps")}</h2>
      {gaps.length === 0 ? <p className="status tone-ok status-wrap"><CheckCircleFilled aria-hidden /><span>{t("roster.gapsNone")}</span></p> : null}
      {gaps.length > 0 ? <ul>{gaps.slice(0, days.length * 6).map((g) => (
        <li key={g.from} className={g.have === 0 ? "tone-red" : "tone-amber"}>{g.have === 0 ? <ExclamationCircleFilled aria-hidden /> : <WarningFilled aria-hidden />}<span className="num">{g.have === 0 ? t("roster.gapNobody", { time: when(g.from, g.to) }) : t("roster.gapShort", { time: when(g.from, g.to), have: g.have, need: g.need })}</span></li>
      ))}</ul> : null}
      {roster.plans && drafts ? <p className="dim">{t("roster.drawn")}</p> : null}
    </section>
  );
}

/** Those who could be put into shifts: dragged, or chosen with a click or a key. */
export function People({ people, shifts, picked, onPick }: { people: readonly RosterPerson[]; shifts: readonly DutyShift[]; picked: string | undefined; onPick: (id: string | undefined) => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  return (
    <aside className="roster-people panel">
      <h2>{t("roster.people")}</h2>
      <p className="dim">{t("roster.peopleHint")}</p>
      <ul>
        {people.map((p) => (
          <li key={p.id}>
            <button type="button" draggable className={picked === p.id ? "roster-person picked" : "roster-person"} aria-pressed={picked === p.id} aria-label={t("roster.pick", { name: p.name })} onClick={() => onPick(picked === p.id ? undefined : p.id)}
              onDragStart={(e) => { e.dataTransfer.setData(carried, p.id); e.dataTransfer.effectAllowed = "copy"; }}>
              <span className="roster-personname"><span className="cut">{p.name}</span><span className="num dim">{t("roster.hours", { n: hoursOf(p.id, shifts) })}</span></span>
              <Lacks person={p} zone={zone} />
            </button>
          </li>
        ))}
      </ul>
    </aside>
  );
}

/** What keeps somebody from the roster, or does not yet. */
export function Lacks({ person: p, zone }: { person: Pick<RosterPerson, "lacks" | "pendingUntil">; zone: string }) {
  const { t } = useTranslation();
  if (p.lacks && p.lacks.length > 0) return <span className="roster-lacks tone-red"><ExclamationCircleFilled aria-hidden /><span>{t("roster.lacks", { what: p.lacks.map((l) => t(`roster.lack.${l}`)).join(t("common.comma")) })}</span></span>;
  if (p.pendingUntil) return <span className="roster-lacks tone-amber"><WarningFilled aria-hidden /><span>{t("roster.pending", { day: dateText(Date.parse(p.pendingUntil) - 1, zone) })}</span></span>;
  return null;
}
