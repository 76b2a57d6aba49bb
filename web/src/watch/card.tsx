import { CheckCircleFilled, ClockCircleOutlined, ExclamationCircleFilled, MinusCircleFilled, PhoneOutlined, WarningFilled } from "@ant-design/icons";
import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Attendance, Tenure, WatchRoom } from "../api/watch";
import { useSession, useZone } from "../app/session";
import { ShortAbsence } from "../presence/absence";
import { AskedDepartures, OwnDeparture } from "../presence/departure";
import { MissedPrompts } from "../presence/missed";
import { clockText, dateText, dateTimeText } from "../time/zone";
import { durationText } from "../ui/duration";
import { useHandover } from "./use";

/** Looks of the states in which a room is answered for. */
export const looks: Record<Tenure["state"], { tone: "ok" | "red" | "grey"; sign: ReactNode }> = {
  kept: { tone: "ok", sign: <CheckCircleFilled aria-hidden /> },
  vacant: { tone: "red", sign: <ExclamationCircleFilled aria-hidden /> },
  closed: { tone: "grey", sign: <MinusCircleFilled aria-hidden /> },
};

/** A time of the site, with the day where it is not that of now. */
export function timeText(at: string, now: number, zone: string): string {
  const ms = Date.parse(at);
  return dateText(ms, zone) === dateText(now, zone) ? clockText(ms, zone).replace(/^(\d\d:\d\d):\d\d/, "$1") : dateTimeText(ms, zone).replace(/(\d\d:\d\d):\d\d/, "$1");
}

/** Whether somebody had to say why they signed on; whoever took over says another thing with it. */
const unplanned = (a: Attendance, answers: Tenure | undefined): boolean => !a.plannedTo && Boolean(a.reason) && !(a.charge && answers?.how === "taken_over" && answers.reason === a.reason);

/** What of a length of time is worth saying on a clock that runs. */
const span = (t: ReturnType<typeof useTranslation>["t"], ms: number): string => durationText(t, ms < 60_000 ? Math.max(1000, Math.floor(ms / 1000) * 1000) : Math.floor(ms / 60_000) * 60_000);

export type CardAct = "on" | "another" | "off" | "take" | "close" | "when";

/** One room at a glance: who answers, who is there, and what the reader may do about it. */
export function RoomCard({ room, now, grace, elsewhere, onAct }: { room: WatchRoom; now: number; grace: number; elsewhere: boolean; onAct: (a: CardAct) => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const me = useSession().person.id;
  const handOver = useHandover();
  const own = room.on.find((a) => a.person === me);
  const state = room.answers?.state ?? "vacant";
  const look = looks[state];
  const charge = own?.charge ?? false;
  return (
    <section className={`watch-card panel watch-${state}${room.mine ? " watch-mine" : ""}`} aria-labelledby={`room-${room.id}`} data-room={room.id}>
      <header className="watch-head">
        <h2 id={`room-${room.id}`} className="wrap">{room.name}</h2>
        <span className={`status status-wrap tone-${look.tone}`}>{look.sign}<span>{t(`watch.state_${state}`)}</span></span>
      </header>
      {own ? <Mine own={own} charge={charge} unplanned={unplanned(own, room.answers)} now={now} zone={zone} /> : null}
      {own ? <ShortAbsence room={room} now={now} /> : null}
      {own ? <OwnDeparture room={room} since={own.onAt} now={now} /> : null}
      {room.decides ? <AskedDepartures room={room} now={now} /> : null}
      {room.answers ? <Answers answers={room.answers} now={now} zone={zone} /> : null}
      <div className="watch-on">
        <h3>{t("watch.on")} <Staff room={room} /></h3>
        {room.on.length === 0 ? <p className="dim">{t("watch.onNone")}</p> : (
          <ul>{room.on.map((a) => <li key={a.id}><Present of={a} unplanned={unplanned(a, room.answers)} now={now} zone={zone} grace={grace} /></li>)}</ul>
        )}
      </div>
      <dl className="watch-facts">
        {room.phone ? <div><dt>{t("watch.phone")}</dt><dd><Phone number={room.phone} /></dd></div> : null}
        <div><dt>{t("watch.head")}</dt><dd className="wrap">{room.headName}</dd></div>
      </dl>
      {room.decides ? <MissedPrompts room={room} now={now} /> : null}
      <div className="watch-acts" role="group" aria-label={t("watch.actsOf", { name: room.name })}>
        {room.stands && !own && !elsewhere ? <Button type="primary" onClick={() => onAct("on")}>{t("watch.signOn")}</Button> : null}
        {own && charge && handOver ? <Button type="primary" onClick={() => handOver(room.id)}>{t("watch.handOver")}</Button> : null}
        {own ? <Button onClick={() => onAct("off")}>{t("watch.signOff")}</Button> : null}
        {room.here ? <Button onClick={() => onAct("another")}>{t("watch.another")}</Button> : null}
        {own && charge && room.hours === "business" ? <Button onClick={() => onAct("close")}>{t("watch.close")}</Button> : null}
        {room.decides && room.stands && !charge && (own || !elsewhere) ? <Button danger onClick={() => onAct("take")}>{t("watch.takeOver")}</Button> : null}
        <Button type="text" icon={<ClockCircleOutlined />} onClick={() => onAct("when")}>{t("watch.when")}</Button>
      </div>
    </section>
  );
}

/** The own watch, with a clock that runs. */
function Mine({ own, charge, unplanned, now, zone }: { own: Attendance; charge: boolean; unplanned: boolean; now: number; zone: string }) {
  const { t } = useTranslation();
  const to = own.plannedTo ? Date.parse(own.plannedTo) : undefined;
  const over = to !== undefined && now > to;
  const text = to === undefined ? t(unplanned ? "watch.mineForUnplanned" : "watch.mineFor", { time: span(t, now - Date.parse(own.onAt)) })
    : over ? t("watch.mineOver", { time: timeText(own.plannedTo ?? "", now, zone), over: span(t, now - to) })
    : t("watch.mineUntil", { time: timeText(own.plannedTo ?? "", now, zone), left: span(t, to - now) });
  return (
    <p className={over ? "watch-own over" : "watch-own"}>
      <strong>{t(charge ? "watch.mineCharge" : "watch.mine")}</strong> <span className="num">{text}</span>
    </p>
  );
}

function Answers({ answers: a, now, zone }: { answers: Tenure; now: number; zone: string }) {
  const { t } = useTranslation();
  return (
    <div className="watch-answers">
      <p className="watch-who wrap">{a.name}</p>
      <p className="dim">
        <span>{t(`watch.as_${a.state}`)}</span> · <span className="num">{t("watch.since", { time: timeText(a.since, now, zone) })}</span> · <span>{t(`watch.how_${a.how}`)}</span>
      </p>
      {a.reason ? <p className="wrap dim">{t("watch.because", { reason: a.reason })}</p> : null}
      {a.phone ? <p><Phone number={a.phone} /></p> : null}
    </div>
  );
}

function Staff({ room }: { room: WatchRoom }) {
  const { t } = useTranslation();
  const few = room.answers?.state !== "closed" && room.on.length < room.staff;
  const text = t("watch.staff", { n: room.on.length, of: room.staff });
  return few
    ? <span className="status tone-amber watch-staff"><WarningFilled aria-hidden /><span className="num">{text} · {t("watch.few")}</span></span>
    : <span className="dim num watch-staff">{text}</span>;
}

function Present({ of: a, unplanned, now, zone, grace }: { of: Attendance; unplanned: boolean; now: number; zone: string; grace: number }) {
  const { t } = useTranslation();
  return (
    <>
      <span className="watch-name wrap">{a.name}</span>
      {a.charge ? <span className="tag">{t("watch.inCharge")}</span> : null}
      {a.late && a.late > grace ? <span className="tag tag-amber num">{t("watch.late", { time: span(t, a.late * 1000) })}</span> : null}
      {unplanned ? <span className="tag tag-amber" title={a.reason}>{t("watch.unplanned")}</span> : null}
      <span className="dim num watch-since">{t("watch.since", { time: timeText(a.onAt, now, zone) })}</span>
    </>
  );
}

export function Phone({ number }: { number: string }) {
  return <a className="num watch-phone" href={`tel:${number.replace(/[^\d+*#,]/g, "")}`}><PhoneOutlined aria-hidden /> {number}</a>;
}
