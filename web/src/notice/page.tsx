import { NotificationOutlined, PhoneOutlined, PlusOutlined } from "@ant-design/icons";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Segmented, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { instructionsApi, type DutyInstruction } from "../api/instructions";
import { problemText } from "../api/problem";
import { useCan, useSession, useZone } from "../app/session";
import { LoadFault, Needs, Notice } from "../app/states";
import { Sign, useQuestion } from "../keeping/parts";
import { useRooms } from "../rooms/use";
import { dateTimeText } from "../time/zone";
import { GiveForm, OwnerForm, ResultForm } from "./form";
import "../pages/pages.css";
import "./notice.css";

export function InstructionsPage() {
  return (
    <Needs action="duty.read">
      <Instructions />
    </Needs>
  );
}

type Doing = { what: "give" | "told" } | { what: "owner" | "result"; entry: DutyInstruction };

/** What leaders tell the control rooms, who read it and what came of it. */
function Instructions() {
  const { t } = useTranslation();
  const can = useCan();
  const [all, setAll] = useState(false);
  const [doing, setDoing] = useState<Doing>();
  const rooms = useRooms().data?.filter((r) => !r.retiredAt) ?? [];
  const mine = useQuery({ queryKey: ["duty", "instructions", "mine"], queryFn: instructionsApi.mine, refetchInterval: 15_000 });
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ["duty", "instructions", all], initialPageParam: "",
    queryFn: ({ pageParam }) => instructionsApi.list({ open: !all, before: pageParam || undefined }),
    getNextPageParam: (last) => last.before,
  });
  const list = data?.pages.flatMap((p) => p.items).filter((e) => all || !mine.data?.some((m) => m.id === e.id)); // nothing stands there twice
  const close = (): void => setDoing(undefined);
  const titles = { give: t("instructions.give"), told: t("instructions.told"), owner: t("instructions.take"), result: t("instructions.resultTitle") };
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("instructions.title")}</h1>
        <span className="end notice-give">
          {can("duty.instruct") && rooms.length > 0 ? <Button type="primary" icon={<PlusOutlined />} onClick={() => setDoing({ what: "give" })}>{t("instructions.give")}</Button> : null}
          {can("duty.stand") && rooms.length > 0 ? <Button icon={<PhoneOutlined />} onClick={() => setDoing({ what: "told" })}>{t("instructions.told")}</Button> : null}
        </span>
      </header>
      <p className="dim page-lead">{t("instructions.lead")}</p>
      {mine.data && mine.data.length > 0 ? (
        <section className="notice-mine" aria-label={t("instructions.mine")}>
          <h2>{t("instructions.mine")}</h2>
          <ul className="notice-list">{mine.data.map((e) => <Card key={e.id} entry={e} onDo={setDoing} mine />)}</ul>
        </section>
      ) : null}
      <Segmented className="list-switch" value={all} onChange={setAll} options={[{ value: false, label: t("instructions.open") }, { value: true, label: t("instructions.all") }]} />
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 4 }} /></div> : null}
      {list?.length === 0 && (all || !mine.data?.length) ? <Notice title={t(all ? "instructions.noneEver" : "instructions.none")} /> : null}
      <ul className="notice-list">{list?.map((e) => <Card key={e.id} entry={e} onDo={setDoing} />)}</ul>
      {hasNextPage ? <div className="earlier"><Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t("instructions.before")}</Button></div> : null}
      <Drawer open={doing !== undefined} onClose={close} size={500} title={doing ? titles[doing.what] : ""} destroyOnHidden>
        {doing?.what === "give" || doing?.what === "told" ? <GiveForm rooms={rooms} told={doing.what === "told"} onClose={close} /> : null}
        {doing?.what === "owner" ? <OwnerForm entry={doing.entry} onClose={close} /> : null}
        {doing?.what === "result" ? <ResultForm entry={doing.entry} onClose={close} /> : null}
      </Drawer>
    </div>
  );
}

/** One instruction or notice with all that is to be done about it. */
function Card({ entry: e, onDo, mine = false }: { entry: DutyInstruction; onDo: (d: Doing) => void; mine?: boolean }) {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const me = useSession().person.id;
  const cache = useQueryClient();
  const { message } = App.useApp();
  const { ask, done, dialog } = useQuestion("duty");
  const rooms = useRooms().data;
  const time = (at: string): string => dateTimeText(Date.parse(at), zone).slice(0, 16);
  const list = (names: string[]): string => names.join(t("common.comma"));
  const act = async (run: () => Promise<unknown>, said: string): Promise<void> => {
    try {
      await run();
      message.success(said);
    } catch (x) {
      message.error(problemText(t, x));
    }
    await cache.invalidateQueries({ queryKey: ["duty"] });
  };
  const open = e.state === "open";
  const ends = open && (e.owner === me || e.giver === me);
  return (
    <li className={e.red || e.overdue ? "panel notice-card notice-red" : e.over ? "panel notice-card gone" : "panel notice-card"}>
      <div className="notice-head">
        <span className="tag first">{e.kind === "notice" ? <NotificationOutlined aria-hidden /> : null} {t(`instructions.kind_${e.kind}`)}</span>
        <span className="dim">{e.by === e.giver ? t("instructions.by", { name: e.giverName, time: time(e.saidAt) }) : t("instructions.byTold", { name: e.giverName, time: time(e.saidAt), by: e.byName })}</span>
        <span className="dim wrap">{list(e.rooms.map((r) => rooms?.find((x) => x.id === r)?.name ?? ""))}</span>
        {open && !e.over ? null : <Sign tone="grey">{t(open ? "instructions.expired" : `instructions.state_${e.state}`)}</Sign>}
      </div>
      <p className="notice-text">{e.text}</p>
      <div className="notice-facts">
        {e.awaits && e.awaitsUntil ? <Sign tone={e.unsigned ? "red" : "amber"}>{t(e.unsigned ? "instructions.unsignedOver" : "instructions.unsigned", { name: e.giverName, time: time(e.awaitsUntil) })}</Sign> : null}
        {e.unowned ? <Sign tone="red">{t("instructions.unowned")}</Sign> : null}
        {e.owner && e.due && open ? <Sign tone={e.overdue ? "red" : "busy"}>{t(e.overdue ? "instructions.overdue" : "instructions.owner", { name: e.ownerName, time: time(e.due) })}</Sign> : null}
        {e.until ? <span className="dim num">{t("instructions.until", { time: time(e.until) })}</span> : null}
        {e.read.length > 0 ? <span className="dim wrap">{t("instructions.readBy", { names: list(e.read.map((r) => `${r.name} ${time(r.at)}`)) })}</span> : e.over ? null : <span className="dim">{t("instructions.readNone")}</span>}
        {e.unread.length > 0 ? <span className={e.red ? "tone-red wrap" : "wrap"}>{t("instructions.unread", { names: list(e.unread.map((r) => r.name)) })}</span> : null}
      </div>
      {e.steps.length > 0 ? <ol className="notice-steps">{e.steps.map((s, i) => <li key={i}><span className="num dim">{time(s.at)}</span> <span className="wrap">{t(`instructions.step_${s.kind}`, { name: s.byName, note: s.note ?? "", owner: s.ownerName ?? "", time: s.due ? time(s.due) : "" })}</span></li>)}</ol> : null}
      <div className="notice-do">
        {e.awaits === me ? <Button type="primary" onClick={() => void act(() => instructionsApi.countersign(e.id, true, ""), t("instructions.done_signed"))}>{t("instructions.sign")}</Button> : null}
        {e.awaits === me ? <Button onClick={() => ask({ title: t("instructions.denyTitle"), text: t("instructions.denyText"), needed: true, danger: true, ok: t("instructions.deny"), run: async (why) => { await instructionsApi.countersign(e.id, false, why); await done(t("instructions.done_withdrawn")); } })}>{t("instructions.deny")}</Button> : null}
        {!e.over && !e.readByMe && e.giver !== me && e.by !== me && (e.forMe || can("duty.stand")) ? <Button type="primary" size={mine ? "large" : "middle"} onClick={() => void act(() => instructionsApi.confirm(e.id), t("instructions.done_read"))}>{t("instructions.read")}</Button> : null}
        {e.readByMe && !e.over ? <span className="tone-ok">{t("instructions.readAlready")}</span> : null}
        {open && e.kind === "instruction" && (e.giver === me || can("duty.stand") || can("duty.decide") || can("duty.instruct")) ? <Button onClick={() => onDo({ what: "owner", entry: e })}>{t("instructions.take")}</Button> : null}
        {ends ? <Button onClick={() => onDo({ what: "result", entry: e })}>{t("instructions.result")}</Button> : null}
        {open && e.giver === me ? <Button type="text" danger onClick={() => ask({ title: t("instructions.withdrawTitle"), needed: true, danger: true, ok: t("instructions.withdraw"), run: async (why) => { await instructionsApi.withdraw(e.id, why); await done(t("instructions.done_withdrawn")); } })}>{t("instructions.withdraw")}</Button> : null}
      </div>
      {dialog}
    </li>
  );
}
