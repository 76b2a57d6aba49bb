import { ExclamationCircleFilled, FilterOutlined, PrinterOutlined, SyncOutlined } from "@ant-design/icons";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { App, Button, Input, Popover, Select, Skeleton } from "antd";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { logbook, type Conditions, type Entry } from "../api/logbook";
import { problemText } from "../api/problem";
import { useCameras } from "../api/queries";
import { useCan, useSession, useZone } from "../app/session";
import { LoadFault, Needs, Notice } from "../app/states";
import { Banner, endOfDay } from "../keeping/parts";
import { clockText, dateText, parseDateTime, startOfDay } from "../time/zone";
import { day } from "../timeline/scale";
import { useNow } from "../ui/now";
import { Detail } from "./detail";
import { Full, type Writing } from "./form";
import { HeadLine } from "./head";
import { useOutbox, type Sent } from "./outbox";
import { PersonField } from "./person";
import { Quick, type Draft } from "./quick";
import { Row } from "./row";
import { useSettled } from "./settled";
import "../pages/pages.css";
import "./logbook.css";

export function LogbookPage() {
  return (
    <Needs action="duty.read">
      <Rooms />
    </Needs>
  );
}

const lastRoom = "watchroom.duty-room";

function Rooms() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { room: asked } = useSearch({ from: "/framed/logbook" });
  const { data, error, refetch } = useQuery({ queryKey: ["duty", "rooms"], queryFn: logbook.rooms, staleTime: 60_000 });
  if (error && !data) return <div className="page"><LoadFault error={error} retry={() => void refetch()} /></div>;
  if (!data) return <div className="page"><Skeleton active /></div>;
  const used = data.filter((r) => !r.retiredAt);
  const room = data.find((r) => r.id === (asked ?? localStorage.getItem(lastRoom))) ?? used[0];
  if (!room) return <div className="page"><header className="page-head"><h1>{t("record.title")}</h1></header><Notice title={t("record.noRoom")}>{t("record.noRoomText")}</Notice></div>;
  const choose = (id: string): void => {
    localStorage.setItem(lastRoom, id);
    void navigate({ to: "/logbook", search: { room: id }, replace: true });
  };
  return <Book key={room.id} room={room.id} ended={Boolean(room.retiredAt)} rooms={data.length > 1 ? data.map((r) => ({ value: r.id, label: r.name })) : undefined} name={room.name} onRoom={choose} />;
}

interface Wanted { text: string; category: string[]; severity: string[]; author?: string; camera?: string; from: string; to: string; written?: "hand" | "program"; open: boolean; unreported: boolean }
const nothing: Wanted = { text: "", category: [], severity: [], from: "", to: "", open: false, unreported: false };

function Book({ room, ended, rooms, name, onRoom }: { room: string; ended: boolean; rooms?: { value: string; label: string }[]; name: string; onRoom: (id: string) => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const me = useSession().person;
  const { entry: open } = useSearch({ from: "/framed/logbook" });
  const [draft, setDraft] = useState<Draft>({ text: "" });
  const [writing, setWriting] = useState<Writing>();
  const [wanted, setWanted] = useState<Wanted>(nothing);
  const [shown, setShown] = useState(false);
  const text = useSettled(wanted.text.trim(), 250);
  const from = parseDateTime(`${wanted.from.trim()} 00:00`, zone);
  const to = endOfDay(wanted.to, zone);
  const conditions: Conditions = {
    room, text: text || undefined, category: wanted.category.length > 0 ? wanted.category : undefined, severity: wanted.severity.length > 0 ? wanted.severity : undefined, author: wanted.author, camera: wanted.camera, written: wanted.written,
    from: from === undefined ? undefined : new Date(from).toISOString(), to: to === undefined ? undefined : new Date(to + 1000).toISOString(), open: wanted.open || undefined, unreported: wanted.unreported || undefined,
  };
  const key = ["duty", "entries", conditions];
  const list = useInfiniteQuery({ queryKey: key, queryFn: ({ pageParam }) => logbook.find({ ...conditions, before: pageParam || undefined }), initialPageParam: 0, getNextPageParam: (last) => last.before, refetchInterval: 60_000, placeholderData: (old) => old });
  const late = useQuery({ queryKey: ["duty", "unreported", room], queryFn: () => logbook.find({ room, unreported: true }), refetchInterval: 60_000 });
  const fresh = useCallback(() => cache.invalidateQueries({ queryKey: ["duty"] }), [cache]);
  const outbox = useOutbox(me.id, fresh);
  const writes = !ended && (can("duty.stand") || can("duty.decide"));
  const show = (entry?: string): void => void navigate({ to: "/logbook", search: { room, entry }, replace: true });
  const entries = list.data?.pages.flatMap((p) => p.items) ?? [];
  const names = Object.assign({}, ...(list.data?.pages.map((p) => p.names) ?? [])) as { [id: string]: string };
  const narrowed = JSON.stringify({ ...wanted, text: wanted.text.trim() }) !== JSON.stringify(nothing);
  const count = (wanted.category.length > 0 ? 1 : 0) + (wanted.severity.length > 0 ? 1 : 0) + [wanted.author, wanted.camera, wanted.from, wanted.to, wanted.written, wanted.open, wanted.unreported].filter(Boolean).length;
  const mine = outbox.waiting.filter((s) => s.body.room === room);
  return (
    <div className="page log-page">
      <header className="page-head">
        <h1>{t("record.title")}</h1>
        {rooms ? <Select className="log-room" aria-label={t("record.room")} value={room} options={rooms} onChange={onRoom} popupMatchSelectWidth={false} /> : <span className="sub">{name}</span>}
        <span className="end"><Print room={room} /></span>
      </header>
      <HeadLine room={room} writes={writes} />
      <Overdue entries={late.data?.items ?? []} onShow={() => setWanted({ ...nothing, unreported: true })} />
      {writes ? <Quick room={room} draft={draft} onDraft={setDraft} onSend={outbox.send} onFull={(d) => setWriting({ draft: d })} /> : <p className="dim page-lead">{t("record.mayNot")}</p>}
      <div className="log-search">
        <Input.Search allowClear className="log-find" placeholder={t("record.searchHint")} aria-label={t("record.searchHint")} value={wanted.text} maxLength={200} onChange={(e) => setWanted({ ...wanted, text: e.target.value })} loading={list.isFetching && !list.isFetchingNextPage && text !== ""} />
        <button type="button" className="chip" aria-pressed={wanted.open} onClick={() => setWanted({ ...wanted, open: !wanted.open, unreported: false })}>{t("record.openOnly")}</button>
        <button type="button" className="chip" aria-pressed={wanted.written === "hand"} onClick={() => setWanted({ ...wanted, written: wanted.written === "hand" ? undefined : "hand" })}>{t("record.byHand")}</button>
        <button type="button" className="chip" aria-pressed={wanted.written === "program"} onClick={() => setWanted({ ...wanted, written: wanted.written === "program" ? undefined : "program" })}>{t("record.byProgram")}</button>
        <Button icon={<FilterOutlined />} aria-expanded={shown} onClick={() => setShown(!shown)}>{t("record.filters")}{count > 0 ? ` (${count})` : ""}</Button>
        {narrowed ? <Button type="link" onClick={() => setWanted(nothing)}>{t("record.clear")}</Button> : null}
      </div>
      {shown ? <Filters wanted={wanted} onChange={setWanted} /> : null}
      {mine.map((s) => <Waiting key={s.key} sent={s} onAgain={() => outbox.again(s.key)} onBack={() => { setDraft({ text: s.body.text, category: s.body.category, severity: s.body.severity }); outbox.drop(s.key); }} onDrop={() => outbox.drop(s.key)} />)}
      {list.error && !list.data ? <LoadFault error={list.error} retry={() => void list.refetch()} /> : null}
      {!list.data && !list.error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 8 }} /></div> : null}
      {list.data && entries.length === 0 && mine.length === 0 ? <Notice title={t(narrowed ? "record.noneFound" : "record.none")} action={narrowed ? <Button onClick={() => setWanted(nothing)}>{t("record.clear")}</Button> : undefined}>{narrowed ? t("record.noneFoundText") : writes ? t("record.noneText") : null}</Notice> : null}
      <Days entries={entries} names={names} onOpen={show} />
      {list.hasNextPage ? <p className="log-more"><Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("record.more")}</Button></p> : null}
      <Full room={room} writing={writing} onClose={() => setWriting(undefined)} onDone={(e) => { if (writing?.draft) setDraft({ text: "" }); setWriting(undefined); if (writing?.corrects ?? writing?.closes) show(e.id); }} />
      <Detail id={open} writes={writes} onClose={() => show()} onOpen={show} onWrite={setWriting} />
    </div>
  );
}

/** Entries under the days on which they were entered, the newest first. */
function Days({ entries, names, onOpen }: { entries: Entry[]; names: Record<string, string>; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const today = dateText(Date.now(), zone);
  const days: { day: string; entries: Entry[] }[] = [];
  for (const e of entries) {
    const on = dateText(Date.parse(e.enteredAt), zone);
    const last = days[days.length - 1];
    if (last?.day === on) last.entries.push(e);
    else days.push({ day: on, entries: [e] });
  }
  return (
    <>
      {days.map((d) => (
        <section key={d.day} className="log-day">
          <h2 className="num">{d.day === today ? `${t("record.today")} · ${d.day}` : d.day}</h2>
          <ul className="rows panel">{d.entries.map((e) => <li key={e.id}><Row entry={e} names={names} onOpen={() => onOpen(e.id)} /></li>)}</ul>
        </section>
      ))}
    </>
  );
}

/** A sentence that is not stored yet: never lost, and never as if it were. */
function Waiting({ sent: s, onAgain, onBack, onDrop }: { sent: Sent; onAgain: () => void; onBack: () => void; onDrop: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const { modal } = App.useApp();
  const failed = s.fault !== undefined;
  return (
    <div className={failed ? "log-waiting failed panel" : "log-waiting panel"} role={failed ? "alert" : "status"}>
      <span className="log-time num">{clockText(Date.parse(s.body.at ?? ""), zone).slice(0, 5)}</span>
      <span className="log-said"><span className="wrap">{s.body.text}</span><span className={failed ? "log-mark log-red" : "log-mark log-dim"}>{failed ? <><ExclamationCircleFilled aria-hidden /> {t("record.failed")}: {problemText(t, s.fault)} {t("record.waitingText")}</> : <><SyncOutlined spin aria-hidden /> {t("record.storing")}</>}</span></span>
      {failed ? <span className="log-acts"><Button size="small" type="primary" onClick={onAgain}>{t("record.again")}</Button><Button size="small" onClick={onBack}>{t("record.back")}</Button><Button size="small" type="text" danger onClick={() => modal.confirm({ title: t("record.discard"), content: t("record.discardText"), okText: t("record.discard"), cancelText: t("common.cancel"), okButtonProps: { danger: true }, onOk: onDrop })}>{t("record.discard")}</Button></span> : null}
    </div>
  );
}

function Overdue({ entries, onShow }: { entries: Entry[]; onShow: () => void }) {
  const { t } = useTranslation();
  const now = useNow();
  const late = entries.filter((e) => e.reportBy && Date.parse(e.reportBy) <= now);
  return late.length > 0 ? <Banner tone="red" title={t("record.overdue", { count: late.length })} action={<Button onClick={onShow}>{t("record.show")}</Button>}><p className="wrap">{late[0]?.text}</p></Banner> : null;
}

function Filters({ wanted: w, onChange }: { wanted: Wanted; onChange: (w: Wanted) => void }) {
  const { t } = useTranslation();
  const { data: cameras = [] } = useCameras();
  const { data } = useQuery({ queryKey: ["duty", "phrases"], queryFn: logbook.phrases, staleTime: 60_000 });
  return (
    <div className="panel panel-pad log-filters">
      <label><span className="dim">{t("record.category.label")}</span><Select mode="multiple" allowClear value={w.category} onChange={(category) => onChange({ ...w, category })} options={(data?.categories ?? []).map((c) => ({ value: c, label: t(`record.category.${c}`) }))} placeholder={t("common.all")} /></label>
      <label><span className="dim">{t("record.severity.label")}</span><Select mode="multiple" allowClear value={w.severity} onChange={(severity) => onChange({ ...w, severity })} options={["ordinary", "important", "severe"].map((s) => ({ value: s, label: t(`record.severity.${s}`) }))} placeholder={t("common.all")} /></label>
      <label><span className="dim">{t("record.author")}</span><PersonField allowClear value={w.author} onChange={(author: string | undefined) => onChange({ ...w, author })} placeholder={t("common.all")} /></label>
      <label><span className="dim">{t("record.camera")}</span><Select allowClear showSearch={{ optionFilterProp: "label" }} value={w.camera} onChange={(camera) => onChange({ ...w, camera })} options={cameras.map((c) => ({ value: c.id, label: c.name }))} placeholder={t("common.all")} /></label>
      <label><span className="dim">{t("record.from")}</span><Input className="num" placeholder="2026-12-01" allowClear value={w.from} onChange={(e) => onChange({ ...w, from: e.target.value })} /></label>
      <label><span className="dim">{t("record.to")}</span><Input className="num" placeholder="2026-12-31" allowClear value={w.to} onChange={(e) => onChange({ ...w, to: e.target.value })} /></label>
      <button type="button" className="chip" aria-pressed={w.unreported} onClick={() => onChange({ ...w, unreported: !w.unreported, open: false })}>{t("record.unreportedOnly")}</button>
    </div>
  );
}

function Print({ room }: { room: string }) {
  const { t, i18n } = useTranslation();
  const zone = useZone();
  const [from, setFrom] = useState(() => dateText(Date.now(), zone));
  const [to, setTo] = useState(from);
  const begin = parseDateTime(`${from.trim()} 00:00`, zone);
  const last = endOfDay(to, zone);
  const good = begin !== undefined && last !== undefined && last > begin && last - begin < 32 * day;
  const address = (format: "pdf" | "xlsx"): string => (good ? logbook.printURL(room, new Date(begin).toISOString(), new Date(last + 1000).toISOString(), format, i18n.language.startsWith("zh") ? "zh" : "en") : "");
  const month = (): void => {
    const now = dateText(Date.now(), zone);
    setFrom(`${now.slice(0, 7)}-01`);
    setTo(dateText(startOfDay(Date.now(), zone), zone));
  };
  const form = (
    <div className="log-print">
      <div className="form-two">
        <label><span className="dim">{t("record.from")}</span><Input className="num" value={from} onChange={(e) => setFrom(e.target.value)} /></label>
        <label><span className="dim">{t("record.to")}</span><Input className="num" value={to} onChange={(e) => setTo(e.target.value)} /></label>
      </div>
      <button type="button" className="chip" onClick={month}>{t("record.printMonth")}</button>
      <p className={good ? "dim" : "fault-text"}>{t("record.printHint")}</p>
      <div className="form-end"><Button type="primary" disabled={!good} href={good ? address("pdf") : undefined}>{t("record.pdf")}</Button><Button disabled={!good} href={good ? address("xlsx") : undefined}>{t("record.xlsx")}</Button></div>
    </div>
  );
  return <Popover trigger="click" placement="bottomRight" title={t("record.printTitle")} content={form}><Button icon={<PrinterOutlined />}>{t("record.print")}</Button></Popover>;
}
