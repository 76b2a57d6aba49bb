import { CalendarOutlined, CheckOutlined, ClockCircleOutlined, HistoryOutlined, LeftOutlined, PlusOutlined, RightOutlined, ThunderboltOutlined } from "@ant-design/icons";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Button, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DutyRoom } from "../api/rooms";
import { rosterApi, type DutyShift } from "../api/roster";
import { useCan, useZone } from "../app/session";
import { LoadFault, Needs, Notice } from "../app/states";
import { Banner } from "../keeping/parts";
import { RoomChoice } from "../rooms/choice";
import { useRoom } from "../rooms/use";
import { dateText, dateTimeText } from "../time/zone";
import { Tabs } from "../ui/tabs";
import { Calendar, GapList, People } from "./calendar";
import { dayAfter, daysOf, instant, monday, timesText } from "./days";
import { History } from "./history";
import { Mine, Requests } from "./mine";
import { Patterns } from "./pattern";
import { Propose } from "./propose";
import { Publish } from "./publish";
import { ShiftDrawer, type Opened } from "./shift";
import { useSeat } from "./seat";
import "../pages/pages.css";
import "../rooms/rooms.css";
import "./roster.css";

export function RosterPage() {
  return (
    <Needs action="duty.read">
      <Rooms />
    </Needs>
  );
}

type View = "week" | "month" | "mine" | "requests";

/** The rosters of the control rooms, and what of them is one's own. */
function Rooms() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { view = "week", day } = useSearch({ from: "/framed/roster" });
  const { rooms, room, choose, error, refetch } = useRoom();
  const show = (v: View, d = day): void => void navigate({ to: "/roster", search: { view: v === "week" ? undefined : v, day: d }, replace: true });
  return (
    <div className="page roster-page">
      <header className="page-head">
        <h1>{t("roster.title")}</h1>
        {rooms && room ? <RoomChoice rooms={rooms} room={room} onChoose={choose} /> : null}
        <span className="end"><Tabs<View> label={t("roster.view")} value={view} onChange={(v) => show(v)} options={(["week", "month", "mine", "requests"] as const).map((v) => ({ value: v, label: t(`roster.${v}`) }))} /></span>
      </header>
      {error ? <LoadFault error={error} retry={refetch} /> : null}
      {!rooms && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 6 }} /></div> : null}
      {rooms && !room ? <Notice title={t("roster.noRoom")}>{t("roster.noRoomText")}</Notice> : null}
      {room && (view === "week" || view === "month") ? <Board key={room.id} room={room} view={view} day={day} onDay={(d) => show(view, d)} /> : null}
      {room && rooms && view === "mine" ? <Mine room={room} rooms={rooms} /> : null}
      {room && rooms && view === "requests" ? <Requests room={room} rooms={rooms} /> : null}
    </div>
  );
}

type Dialog = "publish" | "history" | "propose" | "patterns";

function Board({ room, view, day: asked, onDay }: { room: DutyRoom; view: "week" | "month"; day: string | undefined; onDay: (day?: string) => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const today = dateText(Date.now(), zone);
  const day = asked ?? today;
  const days = daysOf(view, day);
  const [first, last] = [days[0] ?? day, days.at(-1) ?? day];
  const [from, to] = [instant(first, "00:00", zone), instant(dayAfter(last, 1), "00:00", zone)];
  const { data: roster, error, refetch } = useQuery({ queryKey: ["duty", "roster", room.id, first, last], queryFn: () => rosterApi.get(room.id, from, to), placeholderData: keepPreviousData });
  const [opened, setOpened] = useState<Opened>();
  const [dialog, setDialog] = useState<Dialog>();
  const [picked, setPicked] = useState<string>();
  const { seat, busy } = useSeat();
  const plans = roster?.plans ?? false;
  const drafts = roster?.shifts.filter((s) => s.state === "draft").length ?? 0;
  const name = (id: string): string => roster?.people.find((p) => p.id === id)?.name || t("common.somebody");
  const step = (by: 1 | -1): void => onDay(view === "week" ? dayAfter(monday(day), 7 * by) : dayAfter(by === 1 ? last : first, by));
  const put = (s: DutyShift, person: string): void => {
    if (s.state === "published") setOpened({ shift: s, put: person }); // takes a reason
    else void seat(s, person);
  };
  const close = (): void => setDialog(undefined);
  const within = roster?.shifts.filter((s) => Date.parse(s.from) >= from) ?? [];
  return (
    <>
      <div className="roster-bar">
        <span className="roster-steps">
          <Button icon={<LeftOutlined />} aria-label={t("roster.before")} onClick={() => step(-1)} />
          <Button onClick={() => onDay(undefined)}>{t("roster.today")}</Button>
          <Button icon={<RightOutlined />} aria-label={t("roster.after")} onClick={() => step(1)} />
          <strong className="num">{view === "week" ? `${first} – ${last.slice(5)}` : first.slice(0, 7)}</strong>
        </span>
        <span className="roster-acts">
          {plans ? <Button icon={<PlusOutlined />} onClick={() => setOpened({ day: days.includes(today) ? today : first })}>{t("roster.add")}</Button> : null}
          {plans ? <Button icon={<ThunderboltOutlined />} onClick={() => setDialog("propose")}>{t("roster.propose")}</Button> : null}
          {plans ? <Button icon={<CalendarOutlined />} onClick={() => setDialog("patterns")}>{t("roster.patterns")}</Button> : null}
          <Button icon={<HistoryOutlined />} onClick={() => setDialog("history")}>{t("roster.history")}</Button>
          {plans ? <Button type="primary" icon={<CheckOutlined />} disabled={drafts === 0} onClick={() => setDialog("publish")}>{drafts > 0 ? t("roster.publishCount", { count: drafts }) : t("roster.publish")}</Button> : null}
        </span>
      </div>
      <Lates room={room} roster={roster?.shifts ?? []} />
      {error && !roster ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!roster && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 8 }} /></div> : null}
      {roster ? (
        <div className={plans ? "roster-board roster-plans" : "roster-board"}>
          {plans ? <People people={roster.people} shifts={within} picked={picked} onPick={setPicked} /> : null}
          <div className="roster-main">
            {picked ? <p className="roster-picked" role="status">{t("roster.picked", { name: name(picked) })}</p> : null}
            {within.length === 0 ? <Notice title={t("roster.none")}>{t(plans ? "roster.noneText" : "roster.noneGuard")}</Notice> : null}
            {within.length > 0 ? <Calendar view={view} days={days} today={today} roster={roster} name={name} picked={picked} busy={busy} onOpen={(s) => setOpened({ shift: s })} onPut={put} /> : null}
            <GapList roster={roster} days={days} />
          </div>
        </div>
      ) : null}
      <ShiftDrawer room={room} roster={roster} opened={opened} name={name} onClose={() => setOpened(undefined)} />
      {roster ? <Publish open={dialog === "publish"} room={room} from={from} to={to} roster={roster} onClose={close} onShift={(s) => { close(); setOpened({ shift: s }); }} /> : null}
      <History open={dialog === "history"} room={room} name={name} onClose={close} />
      <Propose open={dialog === "propose"} room={room} first={first < today ? today : first} last={last} people={roster?.people ?? []} name={name} onClose={close} onPatterns={() => setDialog("patterns")} />
      <Patterns open={dialog === "patterns"} room={room} people={roster?.people ?? []} onClose={close} />
    </>
  );
}

/** Who told that they come late to a shift that is not over. */
function Lates({ room, roster }: { room: DutyRoom; roster: readonly DutyShift[] }) {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const [since] = useState(() => Date.now() - 86_400_000);
  const { data } = useQuery({ queryKey: ["duty", "lates", room.id], queryFn: () => rosterApi.lates(room.id, since), enabled: can("duty.read") });
  const told = (data ?? []).map((l) => ({ ...l, of: roster.find((s) => s.id === l.shift) })).filter((l) => !l.of || Date.parse(l.of.to) > Date.now());
  return (
    <>
      {told.map((l) => (
        <Banner key={l.id} tone="amber" title={t("roster.late", { name: l.personName || t("common.somebody"), minutes: l.minutes, shift: l.of ? `${l.of.name} ${timesText(l.of, zone)}` : t("roster.edit"), reason: l.reason })}>
          <p className="num dim"><ClockCircleOutlined aria-hidden /> {t("roster.lateTold", { time: dateTimeText(Date.parse(l.at), zone) })}</p>
        </Banner>
      ))}
    </>
  );
}
