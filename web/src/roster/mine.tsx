import { CheckCircleFilled, ClockCircleFilled, CloseCircleFilled, PhoneOutlined, StarFilled } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Skeleton } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { problemText } from "../api/problem";
import type { DutyRoom } from "../api/rooms";
import { rosterApi, type DutyLeave, type OwnShift, type ShiftSwap } from "../api/roster";
import { useCan, useSession, useZone } from "../app/session";
import { LoadFault, Notice } from "../app/states";
import { dateTimeText } from "../time/zone";
import { shiftDay, timesText, weekday } from "./days";
import { AskLeave, AskSwap, DecideLeave, DecideSwap, TellLate } from "./requests";

type Dialog = { late: OwnShift } | { swap: OwnShift } | { leave: true } | { entry: true } | { decide: DutyLeave } | { consent: ShiftSwap };

interface Rooms { room: DutyRoom; rooms: readonly DutyRoom[] }

/** One's own shifts, the next one first, with what one can do about them. */
export function Mine({ room, rooms }: Rooms) {
  const { t } = useTranslation();
  const can = useCan();
  const { data, error, refetch } = useQuery({ queryKey: ["duty", "own-shifts"], queryFn: rosterApi.own, refetchInterval: 60_000 });
  const [dialog, setDialog] = useState<Dialog>();
  const close = (): void => setDialog(undefined);
  const stands = can("duty.stand");
  return (
    <>
      {stands ? <p className="roster-owndo roster-bar"><Button type="primary" onClick={() => setDialog({ leave: true })}>{t("roster.askLeave")}</Button></p> : null}
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 4 }} /></div> : null}
      {data?.length === 0 ? <Notice title={t("roster.mineNone")}>{t("roster.mineNoneText")}</Notice> : null}
      {data && data.length > 0 ? (
        <>
          <ul className="roster-own panel roster-first">{data.slice(0, 1).map((s) => <Own key={s.id} shift={s} first onDo={setDialog} />)}</ul>
          {data.length > 1 ? <ul className="roster-own panel">{data.slice(1, 60).map((s) => <Own key={s.id} shift={s} onDo={setDialog} />)}</ul> : null}
        </>
      ) : null}
      <div className="roster-section" />
      <Lists room={room} rooms={rooms} own />
      <Dialogs dialog={dialog} room={room} rooms={rooms} onClose={close} />
    </>
  );
}

function Own({ shift: s, first = false, onDo }: { shift: OwnShift; first?: boolean; onDo: (d: Dialog) => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const me = useSession().person.id;
  const can = useCan();
  const runs = Date.parse(s.from) <= Date.now();
  const day = shiftDay(s, zone);
  return (
    <li>
      <span>
        {first ? <span className="dim">{t(runs ? "roster.now" : "roster.next")}</span> : null}
        <strong className="num">{day} {t(`roster.weekday.d${weekday(day)}`)} {timesText(s, zone)}</strong>
        <span>{s.name} · {s.roomName}</span>
        {s.people.some((p) => p.charge && p.person === me) ? <span className="roster-who"><StarFilled aria-hidden />{t("roster.inCharge")}</span> : null}
      </span>
      {can("duty.stand") ? (
        <span className="roster-owndo">
          {first ? <Button onClick={() => onDo({ late: s })}>{t("roster.tellLate")}</Button> : null}
          {runs ? null : <Button onClick={() => onDo({ swap: s })}>{t("roster.askSwap")}</Button>}
        </span>
      ) : null}
    </li>
  );
}

/** Leave and swaps of who decides on them, and of one's own. */
export function Requests({ room, rooms }: Rooms) {
  return <Lists room={room} rooms={rooms} />;
}

function Lists({ room, rooms, own = false }: Rooms & { own?: boolean }) {
  const { t } = useTranslation();
  const can = useCan();
  const me = useSession().person.id;
  const leaves = useQuery({ queryKey: ["duty", "leaves"], queryFn: rosterApi.leaves });
  const swaps = useQuery({ queryKey: ["duty", "swaps"], queryFn: rosterApi.swaps });
  const [dialog, setDialog] = useState<Dialog>();
  const shownLeaves = leaves.data?.filter((l) => !own || l.mine);
  const shownSwaps = swaps.data?.filter((s) => !own || s.person === me || s.other === me);
  return (
    <>
      <section className="roster-section">
        <header><h2>{t("roster.leaves")}</h2>{own ? null : <span className="roster-owndo">{can("duty.decide") ? <Button icon={<PhoneOutlined />} onClick={() => setDialog({ entry: true })}>{t("roster.enterLeave")}</Button> : null}{can("duty.stand") ? <Button onClick={() => setDialog({ leave: true })}>{t("roster.askLeave")}</Button> : null}</span>}</header>
        {leaves.error && !leaves.data ? <LoadFault error={leaves.error} retry={() => void leaves.refetch()} /> : null}
        {shownLeaves?.length === 0 ? <p className="dim">{t("roster.leavesNone")}</p> : null}
        {shownLeaves && shownLeaves.length > 0 ? <ul className="roster-own panel">{shownLeaves.map((l) => <LeaveRow key={l.id} leave={l} room={rooms.find((r) => r.id === l.room)} onDecide={() => setDialog({ decide: l })} />)}</ul> : null}
      </section>
      <section className="roster-section">
        <header><h2>{t("roster.swaps")}</h2></header>
        {swaps.error && !swaps.data ? <LoadFault error={swaps.error} retry={() => void swaps.refetch()} /> : null}
        {shownSwaps?.length === 0 ? <p className="dim">{t("roster.swapsNone")}</p> : null}
        {shownSwaps && shownSwaps.length > 0 ? <ul className="roster-own panel">{shownSwaps.map((s) => <SwapRow key={s.id} swap={s} onDecide={() => setDialog({ consent: s })} />)}</ul> : null}
      </section>
      <Dialogs dialog={dialog} room={room} rooms={rooms} onClose={() => setDialog(undefined)} />
    </>
  );
}

function State({ state }: { state: DutyLeave["state"] | ShiftSwap["state"] }) {
  const { t } = useTranslation();
  const good = state === "approved" || state === "made";
  const open = state === "asked" || state === "agreed";
  const sign: ReactNode = good ? <CheckCircleFilled aria-hidden /> : open ? <ClockCircleFilled aria-hidden /> : <CloseCircleFilled aria-hidden />;
  return <span className={`status status-wrap ${good ? "tone-ok" : open ? "tone-amber" : "dim"}`}>{sign}<span>{t(`roster.states.${state}`)}</span></span>;
}

/** Does something at once and says what became of it. */
function useDo(): (f: () => Promise<unknown>, said: string) => void {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  return (f, said) => void (async () => {
    try {
      await f();
      message.success(said);
    } catch (e) {
      message.error(problemText(t, e), 8);
    } finally {
      await cache.invalidateQueries({ queryKey: ["duty"] });
    }
  })();
}

function LeaveRow({ leave: l, room, onDecide }: { leave: DutyLeave; room: DutyRoom | undefined; onDecide: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const act = useDo();
  const at = (x: string): string => dateTimeText(Date.parse(x), zone).slice(0, 16);
  return (
    <li>
      <span>
        <strong className="wrap">{l.personName || t("common.somebody")} · {t(`roster.kinds.${l.kind}`)}</strong>
        <span className="num">{at(l.from)} – {at(l.to)}{room ? ` · ${room.name}` : null}</span>
        <span className="wrap">{l.reason}</span>
        {l.enteredBy ? <span className={l.signedAt ? "dim" : "tone-amber"}>{t(l.signedAt ? "roster.signedOff" : "roster.unsigned", { name: l.enteredBy })}</span> : null}
        {l.sick > 0 ? <span className="tone-amber">{t("roster.sickBefore", { count: l.sick })}</span> : null}
        <State state={l.state} />
        {l.decidedAt && l.state !== "withdrawn" ? <span className="dim num">{t("roster.decidedBy", { name: l.decidedBy || t("common.somebody"), time: at(l.decidedAt) })}{l.note ? ` · ${l.note}` : null}</span> : null}
      </span>
      <span className="roster-owndo">
        {l.mine && !l.signedAt ? <Button type="primary" onClick={() => act(() => rosterApi.signLeave(l.id), t("roster.signed"))}>{t("roster.sign")}</Button> : null}
        {l.mine && l.state === "asked" ? <Button onClick={() => act(() => rosterApi.withdrawLeave(l.id), t("roster.withdrew"))}>{t("roster.withdraw")}</Button> : null}
        {!l.mine && l.state === "asked" ? <Button type="primary" onClick={onDecide}>{t("roster.decide")}</Button> : null}
      </span>
    </li>
  );
}

function SwapRow({ swap: s, onDecide }: { swap: ShiftSwap; onDecide: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const me = useSession().person.id;
  const act = useDo();
  const open = s.state === "asked" || s.state === "agreed";
  const told = (i: number): string => { const x = s.shifts[i]; return x ? `${x.name} ${shiftDay(x, zone)} ${timesText(x, zone)}` : ""; };
  return (
    <li>
      <span>
        <strong className="wrap">{t("roster.gives", { person: s.personName || t("common.somebody"), shift: told(0), other: s.otherName || t("common.somebody") })}</strong>
        {s.shifts.length > 1 ? <span>{t("roster.returns", { shift: told(1) })}</span> : null}
        <span className="wrap">{s.reason}</span>
        {s.state === "asked" ? <span className="status status-wrap tone-amber"><ClockCircleFilled aria-hidden /><span>{t("roster.waitsFor", { name: s.otherName || t("common.somebody") })}</span></span> : <State state={s.state} />}
        {s.decidedAt ? <span className="dim num">{t("roster.decidedBy", { name: s.decidedBy || t("common.somebody"), time: dateTimeText(Date.parse(s.decidedAt), zone).slice(0, 16) })}{s.note ? ` · ${s.note}` : null}</span> : null}
      </span>
      <span className="roster-owndo">
        {s.other === me && s.state === "asked" ? <><Button type="primary" onClick={() => act(() => rosterApi.answerSwap(s.id, true), t("roster.agreed"))}>{t("roster.agree")}</Button><Button onClick={() => act(() => rosterApi.answerSwap(s.id, false), t("roster.declined"))}>{t("roster.decline")}</Button></> : null}
        {open && (s.person === me || (s.other === me && s.state === "agreed")) ? <Button onClick={() => act(() => rosterApi.withdrawSwap(s.id), t("roster.withdrew"))}>{t("roster.withdraw")}</Button> : null}
        {s.decides && open ? <Button type="primary" onClick={onDecide}>{t("roster.decide")}</Button> : null}
      </span>
    </li>
  );
}

function Dialogs({ dialog: d, room, rooms, onClose }: { dialog: Dialog | undefined; onClose: () => void } & Rooms) {
  return (
    <>
      <TellLate shift={d && "late" in d ? d.late : undefined} onClose={onClose} />
      <AskSwap shift={d && "swap" in d ? d.swap : undefined} onClose={onClose} />
      <AskLeave open={d !== undefined && ("leave" in d || "entry" in d)} entry={d !== undefined && "entry" in d} room={room} rooms={rooms} onClose={onClose} />
      <DecideLeave leave={d && "decide" in d ? d.decide : undefined} onClose={onClose} />
      <DecideSwap swap={d && "consent" in d ? d.consent : undefined} onClose={onClose} />
    </>
  );
}
