import { FilePdfOutlined, FileExcelOutlined, PlusOutlined } from "@ant-design/icons";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Form, Input, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { problemText } from "../api/problem";
import type { DutyRoom } from "../api/rooms";
import { visitorsApi, type Visit } from "../api/visitors";
import { useCan, useSession, useZone } from "../app/session";
import { LoadFault, Needs, Notice } from "../app/states";
import { useQuestion } from "../keeping/parts";
import { RoomChoice } from "../rooms/choice";
import { useRoom, useRooms } from "../rooms/use";
import { dateText, dayOf, instantOf, startOfDay } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { DayField } from "../ui/day";
import { useKeys } from "../ui/keys";
import { useNow } from "../ui/now";
import { saveFile } from "../ui/save";
import { EnterForm, LeaveForm, RegisterForm, ToldForm } from "./form";
import { Detail, Line } from "./line";
import "../pages/pages.css";
import "../rooms/rooms.css";
import "./visitor.css";

export function VisitorsPage() {
  return (
    <Needs action="duty.read">
      <Visitors />
    </Needs>
  );
}

export type Doing = { what: "enter" | "leave" | "told" | "detail"; visit: Visit } | { what: "register" };

/** Who is inside a control room, who waits, and who came. */
function Visitors() {
  const { t } = useTranslation();
  const can = useCan();
  const { rooms, room, choose, error, refetch } = useRoom();
  const [doing, setDoing] = useState<Doing>();
  const stands = can("duty.stand") && room !== undefined;
  useKeys((e) => {
    if (e.key.toLowerCase() !== "n" || !stands || doing) return false;
    setDoing({ what: "register" });
    return true;
  });
  const close = (): void => setDoing(undefined);
  const title = !doing ? "" : doing.what === "register" ? t("visitors.register") : doing.what === "told" ? t("visitors.told") : t(`visitors.${doing.what === "enter" ? "enterTitle" : doing.what === "leave" ? "leaveTitle" : "detailOf"}`, { name: doing.visit.name });
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("visitors.title")}</h1>
        {rooms && room ? <RoomChoice rooms={rooms} room={room} onChoose={choose} /> : null}
        {stands ? <span className="end"><Button type="primary" size="large" icon={<PlusOutlined />} title={t("visitors.registerKey")} onClick={() => setDoing({ what: "register" })}>{t("visitors.register")}</Button></span> : null}
      </header>
      {error ? <LoadFault error={error} retry={refetch} /> : null}
      {!rooms && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 4 }} /></div> : null}
      {rooms && !room ? <Notice title={t("visitors.noRoom")}>{t("visitors.noRoomText")}</Notice> : null}
      <Waiting />
      {room ? <Door room={room} onDo={setDoing} /> : null}
      {room ? <Book key={room.id} room={room} onDo={setDoing} /> : null}
      <Drawer open={doing !== undefined} onClose={close} size={520} title={title} destroyOnHidden>
        {doing?.what === "register" && room ? <RegisterForm room={room} onClose={close} /> : null}
        {doing?.what === "told" ? <ToldForm visit={doing.visit} onClose={close} /> : null}
        {doing?.what === "enter" ? <EnterForm visit={doing.visit} onClose={close} /> : null}
        {doing?.what === "leave" ? <LeaveForm visit={doing.visit} onClose={close} /> : null}
        {doing?.what === "detail" ? <Detail id={doing.visit.id} onClose={close} /> : null}
      </Drawer>
    </div>
  );
}

/** The visitors who wait for this person: to be let in, or to be signed for. */
function Waiting() {
  const { t } = useTranslation();
  const me = useSession().person.id;
  const cache = useQueryClient();
  const { message } = App.useApp();
  const { data } = useQuery({ queryKey: ["duty", "visits", "waiting"], queryFn: visitorsApi.waiting, refetchInterval: 15_000 });
  const rooms = useRooms().data;
  const { ask, done, dialog } = useQuestion("duty");
  if (!data || data.length === 0) return dialog;
  const act = async (run: () => Promise<unknown>, said: string): Promise<void> => {
    try {
      await run();
      message.success(said);
    } catch (e) {
      message.error(problemText(t, e));
    }
    await cache.invalidateQueries({ queryKey: ["duty"] });
  };
  return (
    <section className="visit-waiting" aria-label={t("visitors.waitingMine")}>
      <h2>{t("visitors.waitingMine")}</h2>
      <ul>
        {data.map((v) => {
          const signs = v.awaits === me;
          return (
            <li key={v.id} className="panel">
              <div className="visit-main">
                <strong className="wrap">{signs ? t("visitors.signFor", { name: v.name }) : t("visitors.askTo", { name: v.name, room: rooms?.find((r) => r.id === v.room)?.name ?? "" })}</strong>
                <span className="wrap">{t(`visitors.kind_${v.kind}`)}{v.unit ? ` · ${v.unit}` : ""}{v.met === "outside" ? ` · ${t("visitors.meet")}` : ""}</span>
                <span className="dim wrap">{v.reason} · {t("visitors.with", { name: v.hostName })} · {v.byName}</span>
                {v.approval?.number ? <span className="dim num">{t("visitors.by_told", { name: v.approval.personName ?? "", number: v.approval.number })}</span> : null}
              </div>
              <div className="visit-do">
                {signs ? <Button size="large" type="primary" onClick={() => void act(() => visitorsApi.countersign(v.id, true, ""), t("visitors.done_signed"))}>{t("visitors.sign")}</Button>
                  : <Button size="large" type="primary" onClick={() => void act(() => visitorsApi.approve(v.id, ""), t("visitors.done_approved", { name: v.name }))}>{t("visitors.approve")}</Button>}
                {signs ? <Button size="large" onClick={() => ask({ title: t("visitors.denyTitle", { name: v.name }), text: t("visitors.denyText"), needed: true, danger: true, ok: t("visitors.deny"), run: async (why) => { await visitorsApi.countersign(v.id, false, why); await done(t("visitors.done_denied")); } })}>{t("visitors.deny")}</Button>
                  : <Button size="large" onClick={() => ask({ title: t("visitors.refuseTitle", { name: v.name }), needed: true, danger: true, ok: t("visitors.refuse"), run: async (why) => { await visitorsApi.refuse(v.id, why); await done(t("visitors.done_refused", { name: v.name })); } })}>{t("visitors.refuse")}</Button>}
              </div>
            </li>
          );
        })}
      </ul>
      {dialog}
    </section>
  );
}

/** Who is inside, and who is at the door. */
function Door({ room, onDo }: { room: DutyRoom; onDo: (d: Doing) => void }) {
  const { t } = useTranslation();
  const can = useCan();
  const now = useNow();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const { ask, done, dialog } = useQuestion("duty");
  const { data, error, refetch } = useQuery({ queryKey: ["duty", "visits", room.id, "open"], queryFn: () => visitorsApi.list(room.id, { open: true, limit: 200 }), refetchInterval: 15_000 });
  if (error && !data) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!data) return <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 2 }} /></div>;
  const within = data.items.filter((v) => v.state === "inside" || v.state === "met").reverse();
  const door = data.items.filter((v) => v.state === "registered" || v.state === "approved").reverse();
  const stands = can("duty.stand");
  // Whom nobody let in is refused by the server, and the attempt stays on record there.
  const enter = async (v: Visit): Promise<void> => {
    if (v.state === "approved") return onDo({ what: "enter", visit: v });
    try {
      await visitorsApi.enter(v.id, {});
    } catch (e) {
      message.error(problemText(t, e), 8);
    }
    await cache.invalidateQueries({ queryKey: ["duty"] });
  };
  return (
    <>
      <section className="visit-now" aria-label={t("visitors.now")}>
        <h2>{t("visitors.now")} <span className="num">{within.length}</span></h2>
        {within.length === 0 ? <p className="dim">{t("visitors.nowNone")}</p> : null}
        <ul>
          {within.map((v) => (
            <li key={v.id} className="panel">
              <span className="visit-minutes num">{t("visitors.minutes", { count: Math.max(0, Math.floor((now - Date.parse(v.inAt ?? v.cameAt)) / 60_000)) })}</span>
              <button type="button" className="visit-main visit-open" onClick={() => onDo({ what: "detail", visit: v })}>
                <strong className="wrap">{v.name}{v.unit ? ` · ${v.unit}` : ""}</strong>
                <span className="dim wrap">{t(`visitors.kind_${v.kind}`)} · {t("visitors.with", { name: v.hostName })}{v.badge ? <> · {t("visitors.badge")} <span className="num">{v.badge}</span></> : null}</span>
                {v.state === "met" ? <span className="tone-amber">{t("visitors.outside")}</span> : null}
                {v.denied ? <span className="tone-red">{t("visitors.denied")}</span> : null}
              </button>
              {stands ? <Button size="large" type="primary" className="visit-out" aria-label={t("visitors.outOf", { name: v.name })} onClick={() => onDo({ what: "leave", visit: v })}>{t("visitors.out")}</Button> : null}
            </li>
          ))}
        </ul>
      </section>
      {door.length > 0 ? (
        <section className="visit-now" aria-label={t("visitors.expected")}>
          <h2>{t("visitors.expected")} <span className="num">{door.length}</span></h2>
          <ul>
            {door.map((v) => (
              <li key={v.id} className="panel visit-door">
                <button type="button" className="visit-main visit-open" onClick={() => onDo({ what: "detail", visit: v })}>
                  <strong className="wrap">{v.name}{v.unit ? ` · ${v.unit}` : ""}</strong>
                  <span className="dim wrap">{t(`visitors.kind_${v.kind}`)} · {v.reason}</span>
                  <span className={v.state === "approved" ? "tone-ok" : "tone-amber"}>{t(`visitors.state_${v.state}`)}</span>
                </button>
                {stands ? (
                  <span className="visit-do">
                    <Button type={v.state === "approved" ? "primary" : undefined} aria-label={t("visitors.enterOf", { name: v.name })} onClick={() => void enter(v)}>{t(v.met === "outside" ? "visitors.meet" : "visitors.enter")}</Button>
                    {v.state === "registered" ? <Button onClick={() => onDo({ what: "told", visit: v })}>{t("visitors.told")}</Button> : null}
                    <Button type="text" onClick={() => ask({ title: t("visitors.withdraw"), needed: true, ok: t("visitors.withdraw"), run: async (why) => { await visitorsApi.withdraw(v.id, why); await done(t("visitors.done_withdrawn", { name: v.name })); } })}>{t("visitors.withdraw")}</Button>
                  </span>
                ) : null}
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {dialog}
    </>
  );
}

/** The first instant of a site's day, and of the day and the month after it. */
function bounds(day: string, zone: string): { day: number; next: number; month: number; nextMonth: number } {
  const [year = 2000, month = 1, date = 1] = day.split("-").map(Number);
  const at = (y: number, m: number, d: number): number => {
    const real = new Date(Date.UTC(y, m - 1, d));
    return startOfDay(instantOf({ year: real.getUTCFullYear(), month: real.getUTCMonth() + 1, day: real.getUTCDate(), hour: 12, minute: 0, second: 0 }, zone), zone);
  };
  return { day: at(year, month, date), next: at(year, month, date + 1), month: at(year, month, 1), nextMonth: at(year, month + 1, 1) };
}

/** All who came, by day, name and unit; and the register on paper. */
function Book({ room, onDo }: { room: DutyRoom; onDo: (d: Doing) => void }) {
  const { t, i18n } = useTranslation();
  const zone = useZone();
  const [form] = Form.useForm<{ text?: string; day?: string }>();
  const { busy, fault, attempt } = useAttempt();
  const text = (Form.useWatch("text", form) ?? "").trim();
  const day = dayOf(Form.useWatch("day", form) ?? "");
  const span = day ? bounds(day, zone) : undefined;
  const iso = (ms: number): string => new Date(ms).toISOString();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ["duty", "visits", room.id, "book", text, day ?? ""], initialPageParam: "",
    queryFn: ({ pageParam }) => visitorsApi.list(room.id, { text: text || undefined, limit: 30, before: pageParam || undefined, ...(span ? { from: iso(span.day), to: iso(span.next) } : {}) }),
    getNextPageParam: (last) => last.before,
  });
  const print = (format: "pdf" | "xlsx", whole: boolean) => attempt(async () => {
    const b = bounds(day ?? dateText(Date.now(), zone), zone);
    const [from, to] = whole ? [b.month, b.nextMonth] : [b.day, b.next];
    saveFile(await visitorsApi.export(room.id, { format, from: iso(from), to: iso(to), language: i18n.language.startsWith("zh") ? "zh-CN" : "en" }), `visitors-${dateText(from, zone)}.${format}`);
  });
  const all = data?.pages.flatMap((p) => p.items);
  return (
    <section className="visit-book" aria-label={t("visitors.book")}>
      <div className="visit-tools">
        <h2>{t("visitors.book")}</h2>
        <Form form={form} layout="inline" className="visit-filter">
          <Form.Item name="text"><Input.Search allowClear placeholder={t("visitors.search")} aria-label={t("visitors.search")} maxLength={100} /></Form.Item>
          <DayField name="day" label="" spoken={t("visitors.day")} />
        </Form>
        <span className="visit-print">
          <Button icon={<FilePdfOutlined />} loading={busy} onClick={() => void print("pdf", false)}>{t("visitors.printDay")}</Button>
          <Button icon={<FilePdfOutlined />} loading={busy} onClick={() => void print("pdf", true)}>{t("visitors.printMonth")}</Button>
          <Button icon={<FileExcelOutlined />} loading={busy} onClick={() => void print("xlsx", true)}>{t("visitors.sheet")}</Button>
        </span>
      </div>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 5 }} /></div> : null}
      {all?.length === 0 ? <Notice title={t("visitors.none")}>{text || day ? t("visitors.noneText") : null}</Notice> : null}
      {all && all.length > 0 ? <ul className="rows panel">{all.map((v) => <li key={v.id}><Line visit={v} onOpen={() => onDo({ what: "detail", visit: v })} /></li>)}</ul> : null}
      {hasNextPage ? <div className="earlier"><Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t("visitors.before")}</Button></div> : null}
    </section>
  );
}
