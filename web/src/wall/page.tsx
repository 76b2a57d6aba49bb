import { ExclamationCircleFilled, FullscreenExitOutlined, FullscreenOutlined, QuestionCircleOutlined, UnorderedListOutlined } from "@ant-design/icons";
import { useNavigate } from "@tanstack/react-router";
import { App, Button, Segmented, Skeleton, Tooltip } from "antd";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { asProblem, problemText } from "../api/problem";
import { useCameras } from "../api/queries";
import type { Camera, LayoutSize } from "../api/types";
import { useLocked } from "../app/lock";
import { RefusalDialog, type Refused } from "../app/refusal";
import { useCan, useSession, useZone } from "../app/session";
import { LoadFault, Needs, Notice } from "../app/states";
import { CompanyButton } from "../disclosure/company";
import { useAskedTile } from "../presence/use";
import { SecondDialog, type Pairing } from "../second/dialog";
import { needsSecond } from "../second/use";
import { clockText, dateTimeText } from "../time/zone";
import { useFullScreen } from "../ui/full";
import { KeysDialog, useKeys, type KeyHelp } from "../ui/keys";
import { MarkDialog } from "../ui/mark";
import { useNow } from "../ui/now";
import { notRecorded } from "../ui/status";
import { WatchStrip } from "../watch/strip";
import { LayoutMenu } from "./layouts";
import { CameraList } from "./list";
import { clear, columnsOf, firstWall, known, place, recall, recallList, remember, rememberList, resize, shown, sizes, target, type WallState } from "./model";
import { Replay, ReplayDialog, type ReplayStart } from "./replay";
import { Tile, type TileActions } from "./tile";
import "./wall.css";

const keyList: KeyHelp[] = [
  { keys: ["1", "…", "9"], text: "keys.tile" },
  { keys: ["F"], text: "keys.full" },
  { keys: ["R"], text: "keys.replay" },
  { keys: ["S"], text: "keys.snapshot" },
  { keys: ["M"], text: "keys.mark" },
  { keys: ["C"], text: "keys.cameras" },
  { keys: ["Esc"], text: "keys.escape" },
  { keys: ["?"], text: "keys.help" },
];

export function WallPage() {
  return (
    <Needs action="live.view">
      <Wall />
    </Needs>
  );
}

function Wall() {
  const { t } = useTranslation();
  const { data: cameras, error, refetch } = useCameras();
  const me = useSession().person.id;
  if (error && !cameras) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!cameras) return <WallSkeleton />;
  if (cameras.length === 0) return <NoCameras />;
  return <LoadedWall key={me} cameras={cameras} label={t("wall.title")} />;
}

function WallSkeleton() {
  return (
    <div className="wall" aria-busy="true">
      <div className="wall-bar"><Skeleton.Button active size="small" /></div>
      <div className="wall-grid" style={{ "--columns": 2 } as React.CSSProperties}>
        {[0, 1, 2, 3].map((i) => <section key={i} className="tile" />)}
      </div>
    </div>
  );
}

function NoCameras() {
  const { t } = useTranslation();
  const can = useCan();
  const navigate = useNavigate();
  return (
    <Notice
      title={t("cameras.emptyTitle")}
      action={can("camera.configure") ? <Button type="primary" onClick={() => void navigate({ to: "/cameras" })}>{t("cameras.add")}</Button> : undefined}
    >
      {t(can("camera.configure") ? "cameras.empty" : "cameras.emptyRead")}
    </Notice>
  );
}

function LoadedWall({ cameras, label }: { cameras: Camera[]; label: string }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const can = useCan();
  const zone = useZone();
  const me = useSession().person.id;
  const locked = useLocked();
  const [wall, setWallState] = useState<WallState>(() => recall(me) ?? firstWall(cameras));
  const [selected, setSelected] = useState<number>();
  const [enlarged, setEnlarged] = useState<number>();
  const [list, setList] = useState(() => !narrow() && recallList(me));
  useEffect(() => {
    if (!narrow()) rememberList(me, list);
  }, [me, list]);
  const [help, setHelp] = useState(false);
  const [marking, setMarking] = useState<{ camera: Camera; at: number }>();
  const [asking, setAsking] = useState<number>(); // tile whose replay is asked for
  const [replaying, setReplaying] = useState<ReplayStart & { tile: number }>();
  const { full, toggle: toggleFull } = useFullScreen();
  const hovered = useRef<number>(undefined);
  const root = useRef<HTMLDivElement>(null);
  const byId = useMemo(() => new Map(cameras.map((c) => [c.id, c])), [cameras]);
  const all = useMemo(() => known(wall.cells, new Set(byId.keys())), [wall.cells, byId]);
  const { cells } = useMemo(() => shown({ size: wall.size, cells: all }), [wall.size, all]);

  const setWall = useCallback((w: WallState) => {
    setWallState(w);
    remember(me, w);
  }, [me]);
  const setCells = useCallback((f: (c: WallState["cells"]) => WallState["cells"]) => {
    setWallState((w) => {
      const next = { ...w, cells: f(w.cells) };
      remember(me, next);
      return next;
    });
  }, [me]);

  const may = useMemo(
    () => ({ snapshot: can("snapshot.take"), bookmark: can("bookmark.write"), replay: can("playback.view") }),
    [can("snapshot.take"), can("bookmark.write"), can("playback.view")],
  );

  const [pairing, setPairing] = useState<Pairing>();
  const [refused, setRefused] = useState<Refused>();
  const snapshot = useCallback(async (c: Camera) => {
    const take = async (second?: string): Promise<void> => {
      const kept = await api.snapshots.take({ camera: c.id, second });
      message.success(t("wall.snapshotTaken", { name: c.name, time: dateTimeText(Date.parse(kept.at), zone, true) }));
    };
    try {
      await take();
    } catch (e) {
      if (needsSecond(e)) setPairing({ wish: { kind: "snapshot", cameras: [c.id] }, run: (ask) => take(ask.id) });
      else if (asProblem(e).status === 403) setRefused({ error: e, camera: c.id });
      else message.error(problemText(t, e));
    }
  }, [message, t, zone]);

  const actions = useMemo<TileActions>(() => ({
    select: setSelected,
    hover: (i) => { hovered.current = i; },
    enlarge: setEnlarged,
    clear: (i) => setCells((c) => clear(c, i)),
    drop: (i, camera) => setCells((c) => place(c, i, camera)),
    snapshot: (c) => void snapshot(c),
    pair: setPairing,
    mark: (c) => setMarking({ camera: c, at: Date.now() }),
    replay: setAsking,
    fill: (i) => { setSelected(i); setList(true); },
  }), [setCells, snapshot]);

  const subject = (): number | undefined => enlarged ?? hovered.current ?? selected ?? (wall.size === 1 ? 0 : undefined);
  const cameraAt = (i: number | undefined): Camera | undefined => (i === undefined ? undefined : byId.get(cells[i] ?? ""));

  useKeys((e) => {
    const i = subject();
    const c = cameraAt(i);
    if (/^[1-9]$/.test(e.key)) {
      const tile = Number(e.key) - 1;
      if (cameraAt(tile)) setEnlarged(enlarged === tile ? undefined : tile);
      return true;
    }
    switch (e.key.toLowerCase()) {
      case "f": toggleFull(); return true;
      case "c": setList((v) => !v); return true;
      case "?": setHelp(true); return true;
      case "s": if (c && may.snapshot && !c.aside) void snapshot(c); return true;
      case "m": if (c && may.bookmark && !c.aside) setMarking({ camera: c, at: Date.now() }); return true;
      case "r": if (c && may.replay && !c.aside) setAsking(i); return true;
      case "escape":
        if (replaying) setReplaying(undefined);
        else if (enlarged !== undefined) setEnlarged(undefined);
        else return false;
        return true;
      case "arrowleft": case "arrowright": case "arrowup": case "arrowdown": {
        const step = { arrowleft: -1, arrowright: 1, arrowup: -columns, arrowdown: columns }[e.key.toLowerCase()] ?? 0;
        const next = (selected ?? 0) + (selected === undefined ? 0 : step);
        if (next < 0 || next >= wall.size) return true;
        root.current?.querySelector<HTMLElement>(`[data-tile="${next + 1}"]`)?.focus();
        return true;
      }
    }
    return false;
  });

  useIdle(root);
  const marked = useAskedTile();
  const grid = useRef<HTMLDivElement>(null);
  const columns = useColumns(grid, wall.size);

  const live = cameras.filter((c) => c.state.status === "live").length;
  const unrecorded = cameras.filter((c) => notRecorded(c.state)).length;
  const total = cameras.filter((c) => c.state.status !== "retired").length;
  const choose = (camera: string): void => {
    const i = target(cells, selected);
    setCells(() => place(all, i, camera));
    const next = cells.findIndex((c, j) => j > i && c === null);
    setSelected(next >= 0 ? next : i);
    if (narrow()) setList(false);
  };

  return (
    <div ref={root} className={full ? "wall full" : "wall"} aria-label={label}>
      <h1 className="hidden-text">{label}</h1>
      <div className="wall-bar">
        <Tooltip title={t(list ? "wall.hideCameras" : "wall.showCameras")} getPopupContainer={() => root.current ?? document.body}>
          <Button type="text" icon={<UnorderedListOutlined />} aria-label={t(list ? "wall.hideCameras" : "wall.showCameras")} aria-pressed={list} onClick={() => setList(!list)} />
        </Tooltip>
        <LayoutMenu wall={{ ...wall, cells: all }} onChoose={(w) => { setWall(w); setEnlarged(undefined); setSelected(undefined); }} />
        <Segmented<LayoutSize>
          size="small"
          aria-label={t("wall.size")}
          value={wall.size}
          options={sizes.map((s) => ({ value: s, label: <span title={t("wall.tiles", { count: s })}>{s}</span> }))}
          onChange={(size) => { setWall({ ...wall, size, cells: resize(all, size) }); setEnlarged(undefined); setSelected(undefined); }}
        />
        <WatchStrip />
        <span className="wall-live num" role="status">{unrecorded > 0 ? <strong className="wall-unrecorded"><ExclamationCircleFilled aria-hidden /> {t("wall.notRecordedCount", { count: unrecorded })}</strong> : null}{t("wall.allLive", { live, total })}</span>
        <WallClock zone={zone} />
        <CompanyButton zone={zone} />
        <Button type="text" icon={<QuestionCircleOutlined />} aria-label={t("keys.help")} onClick={() => setHelp(true)} />
        <Button type="text" icon={full ? <FullscreenExitOutlined /> : <FullscreenOutlined />} aria-label={t(full ? "wall.leaveFullScreen" : "wall.fullScreen")} onClick={toggleFull} />
      </div>
      <div className="wall-body">
        {list ? <CameraList cameras={cameras} shown={new Set(cells.filter((c) => c !== null))} target={target(cells, selected)} onChoose={choose} /> : null}
        <div ref={grid} className="wall-grid" data-size={wall.size} style={{ "--columns": columns, "--rows": Math.ceil(wall.size / columns) } as React.CSSProperties}>
          {cells.map((id, i) => (
            <Tile
              key={i}
              index={i}
              camera={byId.get(id ?? "")}
              zone={zone}
              selected={selected === i}
              enlarged={enlarged === i}
              marked={marked === i + 1}
              may={may}
              actions={actions}
              replay={!locked && replaying?.tile === i && replaying.camera === id ? <Replay key={replaying.viewing} {...replaying} area={byId.get(id)?.area} masks={byId.get(id)?.masks ?? []} zone={zone} onEnd={() => setReplaying(undefined)} /> : undefined}
            />
          ))}
        </div>
      </div>
      <KeysDialog open={help} onClose={() => setHelp(false)} title={t("keys.onWall")} list={keyList} />
      <RefusalDialog refused={refused} onClose={() => setRefused(undefined)} />
      <SecondDialog pairing={pairing} onClose={() => setPairing(undefined)} />
      <MarkDialog
        mark={marking}
        title={t("wall.markDefault")}
        zone={zone}
        onClose={() => setMarking(undefined)}
        onDone={(m) => message.success(t("wall.marked", { name: m.camera.name, time: dateTimeText(m.at, zone) }))}
      />
      <ReplayDialog
        camera={cameraAt(asking)}
        onClose={() => setAsking(undefined)}
        onStart={(v) => {
          if (asking !== undefined) setReplaying({ tile: asking, ...v });
          setAsking(undefined);
        }}
      />
    </div>
  );
}

// There the list covers the wall.
const narrow = (): boolean => window.matchMedia("(max-width: 719px)").matches;

function WallClock({ zone }: { zone: string }) {
  const now = useNow();
  return <time className="wall-clock num" title={dateTimeText(now, zone)}>{clockText(now, zone)}</time>;
}

function useColumns(box: React.RefObject<HTMLElement | null>, size: LayoutSize): number {
  const [columns, setColumns] = useState(() => columnsOf(size));
  useEffect(() => {
    const el = box.current;
    if (!el) return;
    const watch = new ResizeObserver(() => setColumns(columnsOf(size, el.clientWidth, el.clientHeight)));
    watch.observe(el);
    return () => watch.disconnect();
  }, [box, size]);
  return columns;
}

// Chrome and pointer leave the picture when the pointer rests.
function useIdle(root: React.RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const el = root.current;
    if (!el) return;
    let timer = 0;
    const wake = (): void => {
      delete el.dataset.idle;
      window.clearTimeout(timer);
      timer = window.setTimeout(() => { el.dataset.idle = "yes"; }, 3000);
    };
    wake();
    el.addEventListener("pointermove", wake);
    el.addEventListener("keydown", wake);
    return () => {
      window.clearTimeout(timer);
      el.removeEventListener("pointermove", wake);
      el.removeEventListener("keydown", wake);
    };
  }, [root]);
}
