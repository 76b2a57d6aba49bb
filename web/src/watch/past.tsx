import { useQueries, useQuery } from "@tanstack/react-query";
import { Drawer, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { watchApi, type Attendance, type RoomPast, type Tenure, type WatchRoom } from "../api/watch";
import { useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { clockText } from "../time/zone";
import { durationText } from "../ui/duration";
import { DayBar, Hours } from "./bar";
import { looks, Phone, timeText } from "./card";
import { during, presentAt, spans, type Day } from "./day";
import { useWhen, WhenFields } from "./when";

const question = (room: string, day: Day) => ({ queryKey: ["watch", "answers", room, day.from, day.to], queryFn: () => watchApi.answers(room, day.from, day.to) });
const hourMinute = (ms: number, zone: string): string => clockText(ms, zone).replace(/^(\d\d:\d\d):\d\d/, "$1");

/** Who answered for each room, a line a room over a day; and at the minute that is asked about. */
export function AllPast({ rooms, now, onRoom }: { rooms: readonly WatchRoom[]; now: number; onRoom: (room: WatchRoom) => void }) {
  const { t } = useTranslation();
  const { when, set } = useWhen(now);
  const past = useQueries({ queries: rooms.map((r) => question(r.id, when.whole)) });
  return (
    <>
      <WhenFields when={when} now={now} set={set} />
      <div className="panel day-rooms">
        <div className="day-row day-top"><span /><span /><Hours day={when.whole} /></div>
        {rooms.map((r, i) => {
          const q = past[i];
          return (
            <div key={r.id} className="day-row" data-room={r.id}>
              <button type="button" className="plain day-name wrap" onClick={() => onRoom(r)} title={t("watch.when")}>{r.name}</button>
              <span className="day-then">{q?.data ? <Then past={q.data} day={when.whole} at={when.at} now={now} /> : null}</span>
              {q?.error && !q.data ? <LoadFault error={q.error} retry={() => void q.refetch()} /> : <DayBar name={r.name} day={when.whole} all={q?.data ? spans(q.data.answers, when.whole, now) : []} at={when.at} onAt={(at) => set(when.day, at)} />}
            </div>
          );
        })}
      </div>
      <p className="day-legend" aria-label={t("watch.legend")}>{(["kept", "vacant", "closed"] as const).map((s) => <span key={s}><i className={`day-key day-${s}`} aria-hidden /> {t(`watch.state_${s}`)}</span>)}</p>
    </>
  );
}

/** Who answered at a minute, in a line. */
function Then({ past, day, at, now }: { past: RoomPast; day: Day; at: number; now: number }) {
  const { t } = useTranslation();
  if (at > now) return <span className="dim">{t("watch.ahead")}</span>;
  const then = during(spans(past.answers, day, now), at);
  const last = then.at(-1);
  if (!last) return <span className="dim">{t("watch.before")}</span>;
  const look = looks[last.tenure.state];
  return <span className={`status status-wrap tone-${look.tone}`}>{look.sign}<span className="day-then-who">{then.map((s) => s.tenure.name).join(" → ")}</span></span>;
}

/** The past of one room: a day and a minute of it. */
export function PastDrawer({ room, now, onClose }: { room: WatchRoom | undefined; now: number; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer open={room !== undefined} onClose={onClose} size={680} destroyOnHidden title={room ? <span className="wrap">{room.name} · {t("watch.when")}</span> : ""}>
      {room ? <OnePast key={room.id} room={room} now={now} /> : null}
    </Drawer>
  );
}

function OnePast({ room, now }: { room: WatchRoom; now: number }) {
  const { t } = useTranslation();
  const zone = useZone();
  const { when, set } = useWhen(now);
  const { data, error, refetch } = useQuery(question(room.id, when.whole));
  const all = data ? spans(data.answers, when.whole, now) : [];
  const then = during(all, when.at);
  const on = data ? presentAt(data.on, when.at) : [];
  return (
    <>
      <WhenFields when={when} now={now} set={set} />
      <div className="day-one"><Hours day={when.whole} /><DayBar name={room.name} day={when.whole} all={all} at={when.at} onAt={(at) => set(when.day, at)} /></div>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active title={false} paragraph={{ rows: 4 }} /> : null}
      {data ? (
        <>
          <section className="past-minute" aria-live="polite">
            <h3>{t("watch.atMinute", { time: `${when.day} ${hourMinute(when.at, zone)}` })}</h3>
            {when.at > now ? <p className="dim">{t("watch.ahead")}</p> : then.length === 0 ? <p className="dim">{t("watch.before")}</p> : (
              <>
                {then.map((s) => <Who key={s.tenure.seq} tenure={s.tenure} now={now} zone={zone} />)}
                {then.length > 1 ? <p className="dim">{t("watch.passed")}</p> : null}
                <p className="dim wrap">{on.length > 0 ? t("watch.presentThen", { names: on.map((a) => a.name).join(t("common.comma")) }) : t("watch.presentNone")}</p>
              </>
            )}
          </section>
          <h3 className="detail-sub">{t("watch.ofDay", { day: when.day })}</h3>
          <ol className="past-list">
            {all.map((s) => (
              <li key={s.tenure.seq}>
                <span className="num past-time">{hourMinute(s.from, zone)} – {s.to >= Math.min(now, when.whole.to) && now < when.whole.to ? t("watch.untilNow") : hourMinute(s.to, zone)}</span>
                <Who tenure={s.tenure} now={now} zone={zone} />
              </li>
            ))}
            {all.length === 0 ? <li className="dim">{t("watch.before")}</li> : null}
          </ol>
          <h3 className="detail-sub">{t("watch.onOfDay")}</h3>
          {data.on.length === 0 ? <p className="dim">{t("watch.onOfDayNone")}</p> : <ol className="past-list">{data.on.map((a) => <li key={a.id}><There of={a} taken={data.answers.some((x) => x.how === "taken_over" && x.person === a.person && x.reason === a.reason)} now={now} zone={zone} /></li>)}</ol>}
          {data.more ? <p className="tone-amber">{t("watch.more")}</p> : null}
        </>
      ) : null}
    </>
  );
}

function Who({ tenure: a, now, zone }: { tenure: Tenure; now: number; zone: string }) {
  const { t } = useTranslation();
  const look = looks[a.state];
  return (
    <div className="past-who">
      <span className={`status status-wrap tone-${look.tone}`}>{look.sign}<strong className="wrap">{a.state === "kept" ? a.name : t(`watch.${a.state}`, { name: a.name })}</strong></span>
      <span className="dim"><span className="num">{t("watch.since", { time: timeText(a.since, now, zone) })}</span> · {t(`watch.how_${a.how}`)}</span>
      {a.reason ? <span className="dim wrap">{t("watch.because", { reason: a.reason })}</span> : null}
      {a.phone ? <Phone number={a.phone} /> : null}
    </div>
  );
}

function There({ of: a, taken, now, zone }: { of: Attendance; taken: boolean; now: number; zone: string }) {
  const { t } = useTranslation();
  const bad = a.checks.filter((c) => !c.ok);
  return (
    <>
      <span className="num past-time">{timeText(a.onAt, now, zone)} – {a.offAt ? timeText(a.offAt, now, zone) : t("watch.stillOn")}</span>
      <div className="past-who">
        <span><strong className="wrap">{a.name}</strong>
          {a.late ? <span className="tag tag-amber num">{t("watch.late", { time: durationText(t, a.late * 1000) })}</span> : null}
          {a.early ? <span className="tag tag-amber num">{t("watch.early", { time: durationText(t, a.early * 1000) })}</span> : null}
          {a.plannedTo || !a.reason || taken ? null : <span className="tag">{t("watch.unplanned")}</span>}
          {a.offHow ? <span className="dim"> · {t(`watch.off_${a.offHow}`)}</span> : null}
        </span>
        {a.plannedFrom && a.plannedTo ? <span className="dim num">{t("watch.planned", { from: timeText(a.plannedFrom, now, zone), to: timeText(a.plannedTo, now, zone) })}</span> : null}
        {a.reason ? <span className="dim wrap">{t("watch.because", { reason: a.reason })}</span> : null}
        {bad.length > 0 ? <span className="tone-amber wrap">{t("watch.foundBad", { items: bad.map((c) => t("watch.badItem", { item: t(`parameters.word.${c.item}`, { defaultValue: c.item }), note: c.note ?? "" })).join(t("common.comma")) })}</span> : null}
      </div>
    </>
  );
}
