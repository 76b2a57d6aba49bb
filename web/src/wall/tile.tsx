import { CameraOutlined, CloseOutlined, ExclamationCircleFilled, CompressOutlined, ExpandOutlined, PushpinOutlined, RollbackOutlined, SoundOutlined, MutedOutlined, PlayCircleOutlined, UsergroupAddOutlined } from "@ant-design/icons";
import { Tooltip } from "antd";
import { memo, useEffect, useRef, useState, type DragEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Camera, Which } from "../api/types";
import { Grounds } from "../app/refusal";
import { useTaken } from "../emergency/use";
import { codecName } from "../player/capability";
import { LivePlayer, type LiveView, type Size } from "../player/live";
import { Masks } from "../player/masks";
import { guarded, Watermark } from "../player/overlay";
import type { Pairing } from "../second/dialog";
import { clockText } from "../time/zone";
import { GradeMark } from "../ui/grade";
import { useNow } from "../ui/now";
import { notRecorded, reasonText, sinceText, StatusMark } from "../ui/status";
import { tooLarge } from "./model";

export const dragType = "application/x-watchroom-camera";

const posterAfter = 2500; // ms without a picture before the last one is fetched

export interface TileActions {
  select(tile: number): void;
  hover(tile: number | undefined): void;
  enlarge(tile: number | undefined): void;
  clear(tile: number): void;
  drop(tile: number, camera: string): void;
  snapshot(camera: Camera): void;
  pair(p: Pairing): void; // somebody else has to agree
  mark(camera: Camera): void;
  replay(tile: number): void;
  fill(tile: number): void; // offers cameras for an empty tile
}

interface Props {
  index: number;
  camera: Camera | undefined;
  zone: string;
  selected: boolean;
  enlarged: boolean;
  marked: boolean; // its number answers whether somebody is there
  may: { snapshot: boolean; bookmark: boolean; replay: boolean };
  actions: TileActions;
  replay?: ReactNode; // stands in front of the live picture while it runs
}

export const Tile = memo(function Tile({ index, camera, zone, selected, enlarged, marked, may, actions, replay }: Props) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const n = index + 1;
  const label = camera ? t("wall.tile", { n, name: camera.name }) : t("wall.tileEmpty", { n });

  const dropped = (e: DragEvent): void => {
    e.preventDefault();
    setOver(false);
    const id = e.dataTransfer.getData(dragType);
    if (id) actions.drop(index, id);
  };
  const classes = ["tile", selected && "selected", enlarged && "enlarged", marked && "marked", over && "over", !camera && "empty"].filter(Boolean).join(" ");
  return (
    <section
      className={classes}
      aria-label={label}
      tabIndex={0}
      data-tile={n}
      draggable={Boolean(camera)}
      onDragStart={(e) => camera && e.dataTransfer.setData(dragType, camera.id)}
      onDragOver={(e) => { if (e.dataTransfer.types.includes(dragType)) { e.preventDefault(); setOver(true); } }}
      onDragLeave={() => setOver(false)}
      onDrop={dropped}
      onFocus={() => actions.select(index)}
      onPointerEnter={() => actions.hover(index)}
      onPointerLeave={() => actions.hover(undefined)}
      onDoubleClick={() => camera && actions.enlarge(enlarged ? undefined : index)}
      onKeyDown={(e) => {
        if (e.target !== e.currentTarget) return;
        if (e.key === "Enter" && camera) actions.enlarge(enlarged ? undefined : index);
        if ((e.key === "Delete" || e.key === "Backspace") && camera) actions.clear(index);
      }}
    >
      {camera ? (
        <LivePicture key={camera.id} camera={camera} index={index} zone={zone} enlarged={enlarged} may={may} actions={actions} replay={replay} />
      ) : (
        <button type="button" className="tile-empty" onClick={() => actions.fill(index)}>
          <span className="tile-number num" aria-hidden>{n}</span>
          <span>{t("wall.emptyHint")}</span>
        </button>
      )}
      {marked ? <span className="tile-marked num" aria-hidden>{t("presence.marked", { n })}</span> : null}
    </section>
  );
});

function useWant(element: React.RefObject<HTMLElement | null>, enlarged: boolean, sub: Size | undefined): Which {
  const [large, setLarge] = useState(false);
  useEffect(() => {
    const el = element.current;
    if (!el) return;
    const watch = new ResizeObserver(() => setLarge((was) => tooLarge(el.clientWidth * devicePixelRatio, el.clientHeight * devicePixelRatio, sub, was)));
    watch.observe(el);
    return () => watch.disconnect();
  }, [element, sub?.width, sub?.height]);
  return enlarged || large ? "main" : "sub";
}

function LivePicture({ camera, index, zone, enlarged, may, actions, replay }: Required<Pick<Props, "index" | "zone" | "enlarged" | "may" | "actions">> & { camera: Camera; replay?: ReactNode }) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const still = useRef<HTMLCanvasElement>(null);
  const player = useRef<LivePlayer>(undefined);
  const [view, setView] = useState<LiveView>({ phase: "idle", skipped: 0, clickToPlay: false });
  const [sound, setSound] = useState(false);
  const want = useWant(box, enlarged, view.sub);
  const status = camera.state.status;
  const tries = status === "live" || status === "connecting" || status === "stalled";

  useEffect(() => {
    if (!video.current) return;
    const p = new LivePlayer(video.current, camera.id, setView);
    player.current = p;
    return () => p.destroy();
  }, [camera.id]);

  useEffect(() => {
    const p = player.current;
    if (!p) return;
    if (!tries) {
      p.stop();
      return;
    }
    // The frame on screen stays while another stream opens.
    const v = video.current;
    const c = still.current;
    if (v && c && v.videoWidth > 0 && p.view.phase === "playing") {
      c.width = v.videoWidth;
      c.height = v.videoHeight;
      c.getContext("2d")?.drawImage(v, 0, 0);
      c.dataset.shown = "yes";
    }
    p.start(want, sound);
  }, [want, tries, sound, camera.id]);

  useEffect(() => {
    if (status === "live") player.current?.nudge();
  }, [status]);

  // What was refused is asked for again with an emergency right.
  const taken = useTaken();
  useEffect(() => {
    const p = player.current;
    if (taken === "" || !p || !tries || p.view.phase === "playing") return;
    p.stop();
    p.start(want, sound);
  }, [taken]);

  const playing = view.phase === "playing";
  useEffect(() => {
    if (playing && still.current) delete still.current.dataset.shown;
  }, [playing, view.stream, view.kind]);

  const stop = (f: () => void) => (e: React.MouseEvent): void => {
    e.stopPropagation();
    f();
  };
  const hasSound = view.voice !== undefined;
  const silent = view.voice?.why;
  const unrecorded = notRecorded(camera.state);
  return (
    <div ref={box} className="tile-box">
      {!playing ? <Poster camera={camera} /> : null}
      <video ref={video} className="tile-video" data-on={playing ? "yes" : undefined} muted={!sound} autoPlay playsInline aria-label={camera.name} {...guarded} />
      <canvas ref={still} className="tile-still" aria-hidden />
      <Masks masks={camera.masks} video={video} />
      <Watermark mark={view.mark} area={camera.area} />
      {replay}
      <div className="tile-head">
        <span className="tile-no num" aria-hidden>{index + 1}</span>
        <span className="tile-name cut" title={camera.name}>{camera.name}</span>
        <GradeMark grade={camera.grade} />
        <StatusMark status={status} bare />
        <TileClock zone={zone} />
      </div>
      {unrecorded ? <NotRecorded camera={camera} /> : null}
      <NoPicture camera={camera} view={view} zone={zone} tries={tries} />
      {view.phase === "impossible" && view.why?.code === "viewing_second" ? (
        <button type="button" className="tile-pair" onClick={stop(() => actions.pair({ wish: { kind: "live", cameras: [camera.id] }, run: async (ask) => player.current?.with(ask.id, Date.parse(ask.expiresAt)) }))}>
          <UsergroupAddOutlined aria-hidden /> {t("pair.open")}
        </button>
      ) : null}
      {view.clickToPlay ? (
        <button type="button" className="tile-play" onClick={() => player.current?.play()}>
          <PlayCircleOutlined aria-hidden /> {t("wall.paused")}
        </button>
      ) : null}
      <div className="tile-foot">
        <span className="tile-hint cut">
          {view.stream && playing ? (
            <>
              {t("wall.via", { codec: codecName(view.stream.codec), width: video.current?.videoWidth || view.stream.width || "–", height: video.current?.videoHeight || view.stream.height || "–", stream: t(`cameras.${view.stream.stream}`), kind: view.kind === "whep" ? "WebRTC" : "MSE" })}
              {view.instead ? <em> {t("wall.subInstead", { why: t(`live.${view.instead.code}`, view.instead.params) })}</em> : null}
              {view.skipped > 0 ? <em> {t("wall.slow", { count: view.skipped })}</em> : null}
            </>
          ) : null}
        </span>
        <span className="tile-tools">
          {hasSound && silent ? <Tool title={t("live.silent", { why: t(`live.${silent}`) })} icon={<MutedOutlined />} off /> : null}
          {hasSound && !silent ? <Tool title={t(sound ? "wall.mute" : "wall.sound")} icon={sound ? <SoundOutlined /> : <MutedOutlined />} onClick={stop(() => setSound(!sound))} /> : null}
          {may.replay && !camera.aside ? <Tool title={t("wall.replayOf", { name: camera.name })} hint={t("wall.replay")} icon={<RollbackOutlined />} onClick={stop(() => actions.replay(index))} /> : null}
          {may.snapshot && !camera.aside ? <Tool title={t("wall.snapshotOf", { name: camera.name })} hint={t("wall.snapshot")} icon={<CameraOutlined />} onClick={stop(() => actions.snapshot(camera))} /> : null}
          {may.bookmark && !camera.aside ? <Tool title={t("wall.markOf", { name: camera.name })} hint={t("wall.mark")} icon={<PushpinOutlined />} onClick={stop(() => actions.mark(camera))} /> : null}
          <Tool
            title={enlarged ? t("wall.shrink") : t("wall.enlarge", { name: camera.name })}
            hint={enlarged ? t("wall.shrink") : undefined}
            icon={enlarged ? <CompressOutlined /> : <ExpandOutlined />}
            onClick={stop(() => actions.enlarge(enlarged ? undefined : index))}
          />
          {!enlarged ? <Tool title={t("wall.clear", { name: camera.name })} icon={<CloseOutlined />} onClick={stop(() => actions.clear(index))} /> : null}
        </span>
      </div>
    </div>
  );
}

function Tool({ title, hint, icon, off, onClick }: { title: string; hint?: string; icon: ReactNode; off?: boolean; onClick?: (e: React.MouseEvent) => void }) {
  return (
    <Tooltip title={hint ?? title} mouseEnterDelay={0.4}>
      <button type="button" className="tool" aria-label={title} aria-disabled={off} onClick={onClick} onDoubleClick={(e) => e.stopPropagation()}>{icon}</button>
    </Tooltip>
  );
}

function TileClock({ zone }: { zone: string }) {
  return <span className="tile-clock num">{clockText(useNow(), zone)}</span>;
}

// The newest key frame that the server has, dimmed: what was here last.
// A picture that opens as fast as it should needs none: each is drawn by the server
// and goes on record.
function Poster({ camera }: { camera: Camera }) {
  const [version, setVersion] = useState<number>();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const timer = window.setTimeout(() => setVersion(Date.now()), posterAfter);
    return () => window.clearTimeout(timer);
  }, []);
  if (failed || version === undefined) return null;
  return <img className="tile-poster" src={api.cameras.pictureURL(camera.id, "sub", version)} alt="" draggable={false} onError={() => setFailed(true)} />;
}

// A picture that nobody keeps: said on the picture, whether or not anybody points at it.
function NotRecorded({ camera }: { camera: Camera }) {
  const { t } = useTranslation();
  const cause = String(camera.state.reason?.params?.cause ?? "unknown");
  return (
    <div className="tile-unrecorded" role="status">
      <ExclamationCircleFilled aria-hidden /> <span className="cut">{t("wall.notRecordedBecause", { cause: t(`cause.${cause}`, { defaultValue: t("cause.unknown") }) })}</span>
    </div>
  );
}

/** Why there is no picture and since when; never a black tile. */
function NoPicture({ camera, view, zone, tries }: { camera: Camera; view: LiveView; zone: string; tries: boolean }) {
  const { t } = useTranslation();
  const { state } = camera;
  if (view.phase === "playing" && state.status === "live") return null;
  const since = sinceText(t, state, zone);
  let title = t(`status.${state.status}`);
  let text = reasonText(t, state.reason);
  let quiet = false;
  if (state.status === "live" || (tries && view.phase === "playing" && state.status === "connecting")) {
    if (view.phase === "impossible" || view.phase === "waiting") {
      title = t(view.phase === "waiting" ? "wall.reconnecting" : "wall.noPicture");
      const params = { ...view.why?.params, action: t("action.live_view") };
      text = view.refused ? problemText(t, view.refused) : view.why ? t(`live.${view.why.code}`, { ...params, defaultValue: t(`problem.${view.why.code}`, { ...params, defaultValue: t("live.failed") }) }) : undefined;
    } else {
      title = t("wall.opening");
      text = undefined;
      quiet = true;
    }
  }
  return (
    <div className={`tile-none ${quiet ? "quiet" : ""}`} role="status">
      <div className="tile-none-title">{state.status === "live" ? title : <StatusMark status={state.status} />}</div>
      {text && text !== title ? <div className="tile-none-text">{text}</div> : null}
      {view.phase === "impossible" && view.refused ? <Grounds error={view.refused} camera={camera.id} /> : null}
      {state.status !== "live" && since ? <div className="tile-none-since num">{since}</div> : null}
    </div>
  );
}
