import { CloseOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { App, Button, Select, Tooltip, type InputRef } from "antd";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { asProblem, problemText } from "../api/problem";
import { useCameras } from "../api/queries";
import type { Camera, Viewing } from "../api/types";
import { RefusalDialog, type Refused } from "../app/refusal";
import { useCan, useZone } from "../app/session";
import { named } from "../disclosure/names";
import { usePurposes } from "../disclosure/purposes";
import { LoadFault, Needs, Notice, PageSkeleton } from "../app/states";
import { BannerPlace } from "../emergency/place";
import { audible, codecName } from "../player/capability";
import { speeds } from "../player/session";
import { SecondDialog, type Pairing } from "../second/dialog";
import { needsSecond, useSeconds } from "../second/use";
import { clockText, dateText, dateTimeText } from "../time/zone";
import { hour, minute, type View } from "../timeline/scale";
import { causeText, Timeline, type Interval, type TimelineHandle } from "../timeline/timeline";
import { looking } from "../trail/conditions";
import { durationText } from "../ui/duration";
import { useFullScreen } from "../ui/full";
import { KeysDialog, useKeys, type KeyHelp } from "../ui/keys";
import { MarkDialog, type Mark } from "../ui/mark";
import { StatusMark } from "../ui/status";
import { Controls, type ControlActions } from "./controls";
import { GapList } from "./gaps";
import { Gate, type Wish } from "./gate";
import { GoTo } from "./goto";
import { besideGap, gapsIn, whyIn } from "./jump";
import { RecordedPicture } from "./picture";
import { useCoverage, usePlayback } from "./useplayback";
import "./playback.css";

const most = 9; // cameras in step

const keyList: KeyHelp[] = [
  { keys: ["Space"], text: "keys.play" },
  { keys: [",", "."], text: "keys.frame" },
  { keys: ["←", "→"], text: "keys.ten" },
  { keys: ["[", "]"], text: "keys.gap" },
  { keys: ["<", ">"], text: "keys.speed" },
  { keys: ["+", "−"], text: "keys.zoom" },
  { keys: ["⇧ ←", "⇧ →"], text: "keys.pan" },
  { keys: ["G"], text: "keys.goto" },
  { keys: ["N"], text: "keys.now" },
  { keys: ["S"], text: "keys.snapshot" },
  { keys: ["M"], text: "keys.mark" },
  { keys: ["F"], text: "keys.full" },
  { keys: ["?"], text: "keys.help" },
];

export function PlaybackPage() {
  return (
    <Needs action="playback.view">
      <Loaded />
    </Needs>
  );
}

function Loaded() {
  const { t } = useTranslation();
  const { data, error, refetch } = useCameras();
  if (error && !data) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!data) return <PageSkeleton />;
  if (data.length === 0) return <Notice title={t("cameras.emptyTitle")}>{t("cameras.emptyRead")}</Notice>;
  return <Playback cameras={data} />;
}

function Playback({ cameras }: { cameras: Camera[] }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const can = useCan();
  const zone = useZone();
  const search = useSearch({ from: "/framed/playback" });
  const navigate = useNavigate();
  const { list: purposes, nameOf: purposeName } = usePurposes();
  const byId = useMemo(() => new Map(cameras.map((c) => [c.id, c])), [cameras]);
  const asked = (search.cameras ?? []).filter((c) => byId.has(c)).slice(0, most);
  const ids = asked.length > 0 ? asked : cameras.slice(0, 1).map((c) => c.id);
  const chosen = useMemo(() => ids.map((i) => byId.get(i)).filter((c) => c !== undefined), [ids.join(), byId]);

  const [viewing, setViewing] = useState<Viewing>();
  const [wish, setWish] = useState<Wish>(() => wishAt(search.at));
  const [asking, setAsking] = useState(true); // the gate is open
  const [start, setStart] = useState(() => search.at ?? wish.from);
  const [selection, setSelection] = useState<Interval>();
  const [active, setActive] = useState<string>();
  const [gaps, setGaps] = useState(false);
  const [help, setHelp] = useState(false);
  const [sound, setSound] = useState(false);
  const [marking, setMarking] = useState<Mark>();
  const [pairing, setPairing] = useState<Pairing>();
  const [refused, setRefused] = useState<Refused>();
  const [seen, setSeen] = useState<View>(() => firstView(search.at));
  const line = useRef<TimelineHandle>(null);
  const field = useRef<InputRef>(null);
  const { full, toggle: toggleFull } = useFullScreen();
  const { cache, version } = useCoverage();
  const { session, view, version: playerVersion } = usePlayback(viewing, start, ({ from, to, first, broken }) => {
    const at = dateText(from, zone) === dateText(to, zone) ? clockText : dateTimeText;
    const cause = whyIn(cache, ids, { from, to }).slice(0, 2).map((s) => causeText(t, s)).join(t("common.comma"));
    const said = `playback.${broken ? "skippedBroken" : first ? "startsLater" : "skipped"}${cause ? "Why" : ""}`;
    const content = t(said, { time: durationText(t, to - from), from: at(from, zone), to: at(to, zone), cause });
    void message.open({ type: broken ? "warning" : "info", content, key: "skip", duration: broken ? 8 : 6 });
    line.current?.show(to);
  });

  const { data: asks } = useSeconds(viewing?.second !== undefined);
  const partner = asks?.find((a) => a.id === viewing?.second?.ask)?.answer?.name;
  const { data: marks = [] } = useQuery({
    queryKey: ["bookmarks", "timeline", ids],
    queryFn: async () => (await Promise.all(ids.map((camera) => api.bookmarks.list({ camera })))).flat(),
    enabled: can("playback.view"),
  });

  const choose = (next: string[]): void => {
    void navigate({ to: "/playback", search: { cameras: next.slice(0, most), at: session ? Math.round(session.position) : search.at }, replace: true });
  };
  // Cameras that the viewing does not name need a viewing that does.
  const covered = viewing !== undefined && chosen.every((c) => viewing.cameras.includes(c.id));
  useEffect(() => {
    if (viewing && !covered) {
      setWish({ from: Date.parse(viewing.from), to: Date.parse(viewing.to), chosen: true, purpose: viewing.purpose, reason: viewing.reason, present: viewing.present });
      if (session) setStart(session.position);
      setAsking(true);
    }
  }, [viewing, covered]);

  // A viewing ends when the page is left, not only when its time is over.
  const open = useRef<Viewing>(undefined);
  useEffect(() => { open.current = viewing; }, [viewing]);
  useEffect(() => () => { if (open.current) void api.viewings.close(open.current.id).catch(() => undefined); }, []);

  const opened = (v: Viewing): void => {
    if (viewing) void api.viewings.close(viewing.id).catch(() => undefined);
    const from = Date.parse(v.from);
    const to = Date.parse(v.to);
    setStart((s) => (s >= from && s < to - 500 ? s : from));
    setViewing(v);
    setAsking(false);
    setSelection(undefined);
    line.current?.fit(from, to);
  };
  const leave = (): void => {
    if (viewing) void api.viewings.close(viewing.id).catch(() => undefined);
    if (session) setStart(session.position);
    setViewing(undefined);
    setAsking(true);
  };

  // What is open already needs two by now: the same is opened anew, together, where it stood.
  const pair = (): void => {
    if (!session || !viewing) return;
    session.play(false);
    const wish = {
      cameras: ids,
      from: viewing.from,
      to: viewing.to,
      purpose: purposes.some((p) => p.bySystem && p.code === viewing.purpose) ? undefined : viewing.purpose,
      reason: viewing.reason || undefined,
    };
    const present = named(viewing.present?.map((p) => (p.person ? { person: p.person } : p)));
    setPairing({ wish: { kind: "viewing", ...wish, present }, run: async (ask) => {
      const v = await api.viewings.open({ ...wish, present, second: ask.id });
      setStart(session.position);
      opened(v);
    } });
  };

  const seek = useCallback((at: number) => {
    if (session && !asking && at >= session.from && at <= session.to) {
      session.seek(at);
      line.current?.show(at);
      return;
    }
    // Outside what was asked for: the same reason, another interval.
    setStart(at);
    setWish((w) => ({ ...w, ...wishAt(at), purpose: viewing?.purpose ?? w.purpose, reason: viewing?.reason ?? w.reason, present: viewing?.present ?? w.present }));
    setAsking(true);
    line.current?.show(at);
  }, [session, asking, viewing]);

  const current = useCallback(() => session?.position ?? start, [session, start]);
  const subject = byId.get(active && ids.includes(active) ? active : (ids[0] ?? ""));

  const jumpGap = (d: 1 | -1): void => {
    if (!session) return;
    const to = besideGap(gapsIn(cache, ids, { from: session.from, to: session.to }), session.position, d, session.from);
    if (to === undefined) void message.info({ content: t("playback.noMoreGaps"), key: "gap" });
    else seek(to);
  };
  const shiftRate = (d: 1 | -1): void => {
    const i = speeds.indexOf(view.rate as (typeof speeds)[number]);
    const next = speeds[Math.min(speeds.length - 1, Math.max(0, i + d))];
    if (next !== undefined) session?.setRate(next);
  };
  const snapshot = async (): Promise<void> => {
    if (!session || !viewing || !subject) return;
    // A millisecond is the finest that can be said, and the frame must have begun by
    // then: upward, and past what media times lose to the length of a tick.
    const of = { camera: subject.id, viewing: viewing.id, at: new Date(Math.ceil(session.shown + 0.1)).toISOString() };
    const take = async (second?: string): Promise<void> => {
      const kept = await api.snapshots.take({ ...of, second });
      message.success(t("wall.snapshotTaken", { name: subject.name, time: dateTimeText(Date.parse(kept.at), zone, true) }));
    };
    try {
      await take();
    } catch (e) {
      if (needsSecond(e)) {
        session.play(false);
        setPairing({ wish: { kind: "snapshot", cameras: [of.camera], viewing: of.viewing, at: of.at }, run: (ask) => take(ask.id) });
      } else if (asProblem(e).status === 403) setRefused({ error: e, camera: of.camera });
      else message.error(problemText(t, e));
    }
  };
  const download = (): void => {
    if (!session || !viewing || !subject) return;
    const range = selection ?? { from: session.position - 30_000, to: session.position + 30_000 };
    window.location.assign(api.viewings.downloadURL(viewing.id, subject.id, range.from, range.to));
  };
  const voices = chosen.length === 1 ? (session?.player(chosen[0]?.id ?? "")?.pieces ?? []).filter((p) => p.audioCodec) : [];
  const hearing = voices.some((p) => audible(p));
  const actions: ControlActions = {
    toggle: () => session?.toggle(),
    jump: (ms) => session && seek(Math.min(Math.max(session.position + ms, session.from), session.to)),
    step: (d) => session?.step(d),
    gap: jumpGap,
    rate: (r) => session?.setRate(r),
    bookmark: can("bookmark.write") ? () => { if (session && subject) { session.play(false); setMarking({ camera: subject, at: selection?.from ?? session.shown, end: selection?.to }); } } : undefined,
    snapshot: can("snapshot.take") ? () => void snapshot() : undefined,
    download: can("footage.download") ? download : undefined,
    gaps: () => setGaps(!gaps),
    looked: can("act.read") ? () => {
      const { from, to } = selection ?? { from: seen.start, to: seen.end };
      void navigate({ to: "/acts", search: { camera: ids, kind: looking, footageFrom: new Date(from).toISOString(), footageTo: new Date(to).toISOString() } });
    } : undefined,
    sound: hearing ? () => setSound(!sound) : undefined,
    help: () => setHelp(true),
    full: toggleFull,
  };

  useKeys((e, chosen) => {
    switch (e.key) {
      case " ": if (chosen) return false; actions.toggle(); return true;
      case ",": actions.step(-1); return true;
      case ".": actions.step(1); return true;
      case "ArrowLeft": if (e.shiftKey) line.current?.panBy(-0.2); else actions.jump(-10_000); return true;
      case "ArrowRight": if (e.shiftKey) line.current?.panBy(0.2); else actions.jump(10_000); return true;
      case "[": actions.gap(-1); return true;
      case "]": actions.gap(1); return true;
      case "<": shiftRate(-1); return true;
      case ">": shiftRate(1); return true;
      case "+": case "=": line.current?.zoomBy(0.6); return true;
      case "-": case "−": line.current?.zoomBy(1 / 0.6); return true;
      case "?": setHelp(true); return true;
      case "Escape": if (selection) { setSelection(undefined); return true; } return false;
    }
    switch (e.key.toLowerCase()) {
      case "g": field.current?.focus(); return true;
      case "n": session?.setRate(1); seek(session ? Math.min(session.to, Date.now()) - 3000 : Date.now() - 3000); return true;
      case "s": actions.snapshot?.(); return true;
      case "m": actions.bookmark?.(); return true;
      case "f": actions.full(); return true;
    }
    return false;
  });

  const playing = session !== undefined && viewing !== undefined && !asking;
  useEffect(() => {
    if (session && asking) session.play(false);
  }, [session, asking]);
  const allowed = useMemo(() => (viewing ? { from: Date.parse(viewing.from), to: Date.parse(viewing.to) } : undefined), [viewing]);
  const lanes = useMemo(() => chosen.map((c) => ({ camera: c.id, name: c.name })), [chosen]);
  const thumbnail = useCallback((camera: string, at: number) => {
    if (!viewing || at < Date.parse(viewing.from) || at > Date.parse(viewing.to)) return undefined;
    return api.viewings.thumbnailURL(viewing.id, camera, Math.floor(at / 2000) * 2000, 320);
  }, [viewing]);

  return (
    <div className={full ? "playback full" : "playback"} data-asking={asking ? "yes" : undefined}>
      <h1 className="hidden-text">{t("nav.playback")}</h1>
      <div className="playback-bar">
        <Select
          mode="multiple"
          className="playback-cameras"
          maxCount={most}
          maxTagCount="responsive"
          aria-label={t("playback.cameras")}
          placeholder={t("playback.cameras")}
          value={ids}
          optionFilterProp="title"
          onChange={(v: string[]) => { if (v.length > 0) choose(v); }}
          options={cameras.map((c) => ({ value: c.id, title: `${c.name} ${c.place}`, label: <span className="playback-option"><StatusMark status={c.state.status} bare /> <span className="cut">{c.name}</span></span> }))}
        />
        <GoTo ref={field} current={current} zone={zone} onGo={seek} />
        {viewing && allowed ? (
          <div className="playback-viewing" title={viewing.reason}>
            <span className="cut"><strong>{purposeName(viewing.purpose)}</strong> {partner ? <span>{t("pair.with", { name: partner })} · </span> : null}<span className="dim">{viewing.reason}</span></span>
            <Tooltip title={t("playback.endViewing")}><Button type="text" size="small" icon={<CloseOutlined />} aria-label={t("playback.endViewing")} onClick={leave} /></Tooltip>
          </div>
        ) : null}
      </div>
      <div className="playback-middle">
        <BannerPlace />
        <div className="pictures" data-count={chosen.length} style={{ "--columns": Math.ceil(Math.sqrt(chosen.length)) } as React.CSSProperties}>
          {viewing && session && covered
            ? chosen.map((c) => (
              <RecordedPicture key={c.id} camera={c} viewing={viewing.id} mark={viewing.marks?.find((m) => m.camera === c.id)?.mark} session={session} cache={cache} version={playerVersion} chosen={chosen.length > 1 && subject?.id === c.id} sound={sound} onChoose={() => setActive(c.id)} onSeek={seek} onPair={pair} zone={zone} />
            ))
            : null}
          {asking ? (
            <div className="gate-over">
              <Gate cameras={chosen} wish={wish} zone={zone} onOpen={opened} onCancel={viewing && covered ? () => setAsking(false) : undefined} />
            </div>
          ) : null}
          {playing && view.ended ? <div className="playback-ended" role="status">{t("playback.ended", { time: dateTimeText(session.to, zone) })}</div> : null}
        </div>
        {gaps ? <GapList lanes={lanes} cache={cache} view={seen} zone={zone} onChoose={seek} /> : null}
      </div>
      <Controls session={playing ? session : undefined} view={view} zone={zone} sound={sound} mute={!hearing && voices[0] ? t("playback.soundUnplayable", { codec: codecName(voices[0].audioCodec) }) : undefined} gapsOpen={gaps} actions={actions} />
      <Timeline
        ref={line}
        lanes={lanes}
        cache={cache}
        version={version}
        zone={zone}
        initial={seen}
        marks={marks}
        playhead={current}
        moving={view.playing && !view.holding}
        allowed={allowed}
        selection={selection}
        onSeek={seek}
        onSelect={setSelection}
        onView={setSeen}
        thumbnail={viewing ? thumbnail : undefined}
      />
      <div className="playback-foot">
        {selection ? (
          <span className="num">
            {t("playback.selected", { from: dateTimeText(selection.from, zone), to: dateTimeText(selection.to, zone), time: durationText(t, selection.to - selection.from) })}
            <button type="button" className="plain" onClick={() => setSelection(undefined)}>{t("playback.clearSelection")}</button>
          </span>
        ) : (
          <span>{t("playback.hint")}</span>
        )}
      </div>
      <KeysDialog open={help} onClose={() => setHelp(false)} title={t("keys.onPlayback")} list={keyList} />
      <RefusalDialog refused={refused} onClose={() => setRefused(undefined)} />
      <SecondDialog pairing={pairing} onClose={() => setPairing(undefined)} />
      <MarkDialog mark={marking} title="" zone={zone} onClose={() => setMarking(undefined)} onDone={(m) => message.success(t("wall.marked", { name: m.camera.name, time: dateTimeText(m.at, zone) }))} />
    </div>
  );
}

function wishAt(at: number | undefined): Wish {
  const now = Date.now();
  if (at === undefined) return { from: now - hour, to: now };
  const to = Math.min(now, at + 30 * minute);
  return { from: Math.min(at - 5 * minute, to - 10 * minute), to, chosen: true };
}

function firstView(at: number | undefined): View {
  const now = Date.now();
  return at === undefined ? { start: now - 3 * hour, end: now + 5 * minute } : { start: at - hour, end: at + hour };
}
