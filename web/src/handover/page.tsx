import { HistoryOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Button, ConfigProvider, Skeleton, Steps } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { handoversApi, type Handover } from "../api/handovers";
import { problemText } from "../api/problem";
import type { WatchRoom } from "../api/watch";
import { useZone } from "../app/session";
import { LoadFault, Needs, Notice } from "../app/states";
import { Banner } from "../keeping/parts";
import { RoomChoice } from "../rooms/choice";
import { useRoom } from "../rooms/use";
import { useAttempt } from "../ui/attempt";
import { whenText } from "../ui/status";
import { SignOnDialog } from "../watch/signon";
import { useWatch } from "../watch/use";
import { useDraft } from "./draft";
import { AwayBanner, useAway, WayOn } from "./parts";
import { Done, PastList, PastOne } from "./past";
import { ReadStep } from "./reading";
import { CountStep, OutStep, SheetStep, type StepProps } from "./steps";
import "../pages/pages.css";
import "../keeping/keeping.css";
import "./handover.css";

const route = getRouteApi("/framed/handover");

export function HandoverPage() {
  return (
    <Needs action="duty.read">
      <ConfigProvider theme={{ token: { fontSize: 16 } }}><Handovers /></ConfigProvider>
    </Needs>
  );
}

/** The handover of a room: the one that runs, one of the past, or all of them. */
function Handovers() {
  const { t } = useTranslation();
  const { room: asked, id, past } = route.useSearch();
  const go = route.useNavigate();
  const { rooms, room, choose, error, refetch } = useRoom();
  const one = useQuery({ queryKey: ["duty", "handover", id], queryFn: () => handoversApi.get(id ?? ""), enabled: id !== undefined, refetchInterval: (q) => (q.state.data && q.state.data.state !== "open" && q.state.data.state !== "signed" ? false : 10_000) });
  const of = one.data?.room ?? asked;
  useEffect(() => { if (of && room && of !== room.id && rooms?.some((r) => r.id === of)) choose(of); }, [of, rooms]);
  if (error && !rooms) return <div className="page"><LoadFault error={error} retry={refetch} /></div>;
  if (id !== undefined && one.error && !one.data) return <div className="page"><LoadFault error={one.error} retry={() => void one.refetch()} /></div>;
  if (!rooms || (id !== undefined && !one.data)) return <div className="page" aria-busy="true"><Skeleton active title={{ width: 180 }} paragraph={{ rows: 8 }} /></div>;
  if (!room) return <div className="page"><Notice title={t("handover.noRoom")}>{t("handover.noRoomText")}</Notice></div>;
  const shown = rooms.find((r) => r.id === of) ?? room;
  return (
    <div className="page ho-page">
      <header className="page-head">
        <h1>{t("handover.title")}</h1>
        <RoomChoice rooms={rooms} room={shown} onChoose={(next) => { choose(next); void go({ search: { room: next } }); }} />
        <span className="end">
          {past || (id && one.data?.state !== "open" && one.data?.state !== "signed") ? <Link className="ho-link" to="/handover" search={{ room: shown.id }}>{t("handover.toCurrent")}</Link> : null}
          {past ? null : <Link className="ho-link" to="/handover" search={{ room: shown.id, past: true }}><HistoryOutlined aria-hidden /> {t("handover.pastTab")}</Link>}
        </span>
      </header>
      {past ? <PastList key={shown.id} room={shown.id} name={shown.name} /> : id && one.data ? <One key={id} handover={one.data} away={one.isError || one.failureCount > 0} /> : <Start key={shown.id} room={shown.id} name={shown.name} />}
    </div>
  );
}

/** Before a handover has begun. */
function Start({ room: id, name }: { room: string; name: string }) {
  const { t } = useTranslation();
  const zone = useZone();
  const cache = useQueryClient();
  const go = route.useNavigate();
  const away = useAway();
  const { data: board, error, refetch } = useWatch();
  const { data: list } = useQuery({ queryKey: ["duty", "handovers", id], queryFn: () => handoversApi.list(id) });
  const { busy, fault, attempt } = useAttempt();
  const [signing, setSigning] = useState(false);
  const room = board?.rooms.find((r) => r.id === id);
  if (error && !board) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!board) return <Skeleton active />;
  const kept = room?.answers?.state === "kept" ? room.answers : undefined;
  const runs = kept ? list?.items.find((l) => (l.state === "open" || l.state === "signed") && l.outgoing === kept.person) : undefined;
  const signOn = room?.stands ? <Button size="large" type={kept ? "default" : "primary"} onClick={() => setSigning(true)}>{t("handover.signOn")}</Button> : null;
  const begin = (): void => void attempt(async () => {
    const made = await handoversApi.begin(id);
    cache.setQueryData(["duty", "handover", made.id], made);
    await go({ search: { id: made.id } });
  });
  return (
    <>
      {room && !room.here ? <Banner tone="amber" title={t("handover.notHere", { room: name })} /> : null}
      {kept ? (
        <div className="panel panel-pad ho-start">
          <AwayBanner away={away} name={kept.name} />
          <p className="ho-charge"><strong>{t("handover.inCharge", { name: kept.name })}</strong> <span className="dim num">{t("handover.since", { time: whenText(Date.parse(kept.since), zone) })}</span></p>
          <p>{t("handover.beginText", { name: kept.name })}</p>
          {fault ? <p className="fault-text" role="alert">{problemText(t, fault)}</p> : null}
          <div className="ho-go ho-go-start">
            {runs ? <Button size="large" type="primary" autoFocus onClick={() => void go({ search: { id: runs.id } })}>{t("handover.goOn")}</Button> : room && (room.mine || room.decides) ? <Button size="large" type="primary" autoFocus loading={busy} onClick={begin}>{t("handover.begin")}</Button> : <p className="dim">{t("handover.notMine")}</p>}
            {signOn}
          </div>
        </div>
      ) : (
        <div className="panel panel-pad ho-start"><p className="ho-charge"><strong>{t("handover.unwatched", { room: name })}</strong></p><p>{t("handover.unwatchedText")}</p><div className="ho-go ho-go-start">{signOn}</div></div>
      )}
      <SignOnDialog signing={signing && room ? { room, who: "another" } : undefined} checks={board.startChecks} onClose={() => setSigning(false)} />
    </>
  );
}

const steps = ["sheet", "count", "out", "in"] as const;

/** One handover: the wizard while it runs, else the record. */
function One({ handover: h, away: failed }: { handover: Handover; away: boolean }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const { data: board } = useWatch();
  const offline = useAway();
  const over = h.state === "done" || h.state === "overtaken";
  const [draft, change] = useDraft(h.id, over);
  const [justDone, setJustDone] = useState(false);
  const before = useRef(h.state);
  useEffect(() => {
    if (before.current !== h.state && h.state === "done") setJustDone(true); // here or at another console
    if (before.current === "open" && h.state === "signed") change({ step: 3 });
    before.current = h.state;
  }, [h.state]);
  const name = (id: string): string => h.names[id] ?? board?.rooms.flatMap((r) => r.on).find((a) => a.person === id)?.name ?? t("common.somebody");
  const room: WatchRoom | undefined = board?.rooms.find((r) => r.id === h.room);
  if (over) return justDone && h.state === "done" ? <Done handover={h} name={name} onRecord={() => setJustDone(false)} /> : <PastOne handover={h} name={name} />;
  const step = h.state === "signed" && draft.step < 1 ? 3 : h.state === "open" ? Math.min(draft.step, 2) : draft.step;
  const signed = (next: Handover): void => {
    if (next.state !== h.state || next.signatures.length !== h.signatures.length) cache.setQueryData(["duty", "handover", h.id], next);
    if (next.state === "signed" && next.signatures.length !== h.signatures.length) change({ step: 3, read: {} });
    for (const key of ["duty", "watch"]) void cache.invalidateQueries({ queryKey: [key] });
  };
  const props: StepProps = { handover: h, room, draft, change, name, checks: board?.startChecks ?? [] };
  return (
    <>
      <AwayBanner away={offline || failed} name={name(h.outgoing)} />
      {room && !room.here ? <Banner tone="amber" title={t("handover.notHere", { room: h.roomName })} /> : null}
      <Steps className="ho-steps" current={step} responsive items={steps.map((s, n) => ({ title: t(`handover.step_${s}`), status: n === step ? "process" : n < step ? "finish" : "wait" }))} onChange={(n) => { if (n < step && n < 3) change({ step: n }); else if (n === 3 && h.state === "signed") change({ step: 3 }); }} />
      <p className="dim ho-keys">{t("handover.stepOf", { n: step + 1, of: steps.length })} · {t("handover.keys")}</p>
      <div key={step}>
        {step === 0 ? <SheetStep {...props} /> : step === 1 ? <CountStep {...props} /> : step === 2 ? <OutStep {...props} onSigned={signed} /> : <ReadStep {...props} onSigned={signed} />}
      </div>
      <WayOn room={room} handover={h} name={name} checks={board?.closeChecks ?? []} />
    </>
  );
}
