import { useEffect, useImperativeHandle, useRef, useState, type PointerEvent as ReactPointerEvent, type Ref } from "react";
import { useTranslation } from "react-i18next";
import type { Bookmark } from "../api/types";
import { dateText, dateTimeText } from "../time/zone";
import { durationText } from "../ui/duration";
import type { Span, SpanCache, Whole } from "./cache";
import { draw, laneBox, rulerHeight } from "./draw";
import { around, longest, pan, shortest, spanOf, timeAt, within, xOf, zoom, type Bounds, type View } from "./scale";
import "./timeline.css";

export interface TimelineHandle {
  zoomBy(factor: number): void;
  panBy(fraction: number): void;
  show(t: number): void; // brings an instant into the middle if it is outside
  fit(from: number, to: number): void;
  view(): View;
}

export interface Lane { camera: string; name: string }
export interface Interval { from: number; to: number }

interface Props {
  ref?: Ref<TimelineHandle>;
  lanes: readonly Lane[];
  cache: SpanCache;
  version: number; // changes when the cache has learnt something
  zone: string;
  initial: View;
  marks: readonly Bookmark[];
  playhead?: () => number | undefined;
  moving: boolean; // the playhead runs
  allowed?: Interval;
  selection?: Interval;
  onSeek(t: number): void;
  onSelect(s: Interval | undefined): void;
  onView?(v: View): void; // a few times a second at most
  thumbnail?(camera: string, t: number): string | undefined;
}

const clickSlop = 4; // px a pointer may move and still click

const boundsOf = (v: View): Bounds => {
  const now = Date.now();
  return { min: now - longest, max: now + Math.max(2000, spanOf(v) * 0.06) };
};

/** The one timeline: footage, gaps with their cause, bookmarks, now, playhead and a chosen interval. */
export function Timeline(p: Props) {
  const { t } = useTranslation();
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(p);
  const dirty = useRef(true);
  const view = useRef<View>(p.initial);
  const hover = useRef<{ x: number; y: number } | undefined>(undefined);
  const touched = useRef(0); // when somebody last moved the view by hand
  const told = useRef<View>(undefined);
  const [tip, setTip] = useState<Pointed>();

  useEffect(() => {
    latest.current = p;
    dirty.current = true;
  });

  const move = (v: View, byHand = true): void => {
    view.current = within(v, boundsOf(v));
    if (byHand) touched.current = performance.now();
    dirty.current = true;
  };

  useImperativeHandle(p.ref, () => ({
    zoomBy: (f) => {
      const head = latest.current.playhead?.();
      const v = view.current;
      const at = head !== undefined && head > v.start && head < v.end ? (head - v.start) / spanOf(v) : 0.5;
      move(zoom(v, at, f, boundsOf(v)));
    },
    panBy: (f) => move(pan(view.current, f * spanOf(view.current), boundsOf(view.current))),
    show: (at) => {
      const v = view.current;
      if (at < v.start + spanOf(v) * 0.03 || at > v.end - spanOf(v) * 0.03) move(around(at, spanOf(v), boundsOf(v)), false);
      dirty.current = true;
    },
    fit: (from, to) => {
      const span = Math.min(Math.max((to - from) * 1.1, shortest), longest);
      move(around((from + to) / 2, span, boundsOf({ start: from, end: from + span })), false);
    },
    view: () => view.current,
  }), []);

  // One loop draws; it works only when something changed or the playhead runs.
  useEffect(() => {
    const el = canvas.current;
    const ctx = el?.getContext("2d");
    if (!el || !ctx) return;
    let frame = 0;
    let lastTell = 0;
    let lastWant = 0;
    let drawn: View | undefined;
    const size = new ResizeObserver(() => { dirty.current = true; });
    size.observe(el);
    const loop = (): void => {
      frame = requestAnimationFrame(loop);
      const c = latest.current;
      const now = performance.now();
      if (!dirty.current && !c.moving && now - lastWant < 1000) return;
      const width = el.clientWidth;
      const height = el.clientHeight;
      if (width === 0) return;
      const ratio = devicePixelRatio || 1;
      if (el.width !== Math.round(width * ratio) || el.height !== Math.round(height * ratio)) {
        el.width = Math.round(width * ratio);
        el.height = Math.round(height * ratio);
      }
      ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
      const head = c.playhead?.();
      let v = view.current;
      // A running playhead takes the window along, unless somebody looks elsewhere.
      if (c.moving && head !== undefined && now - touched.current > 4000 && drag.current === undefined) {
        const edge = v.end - spanOf(v) * 0.08;
        if (head > edge && head < v.end + spanOf(v)) v = view.current = pan(v, head - edge, boundsOf(v));
      }
      if (dirty.current || now - lastWant > 1000) {
        c.cache.want(c.lanes.map((l) => l.camera), v, width);
        lastWant = now;
      }
      draw(ctx, {
        view: v, width, height, zone: c.zone, now: Date.now(), playhead: head, allowed: c.allowed, selection: c.selection, hover: hover.current?.x,
        lanes: c.lanes.map((l) => ({
          spans: c.cache.spans(l.camera, v, width),
          marks: c.marks.filter((m) => m.camera === l.camera && !m.retractedAt).map((m) => ({ at: Date.parse(m.at), end: m.end ? Date.parse(m.end) : undefined })),
        })),
      });
      // What stands under a pointer at rest changes with the window and with what is learnt.
      if ((dirty.current || drawn !== v) && hover.current && drag.current === undefined) point(hover.current);
      drawn = v;
      dirty.current = false;
      if (now - lastTell > 250 && (told.current?.start !== v.start || told.current.end !== v.end)) {
        lastTell = now;
        told.current = v;
        c.onView?.(v);
      } else if (told.current?.start !== v.start || told.current.end !== v.end) dirty.current = true;
    };
    frame = requestAnimationFrame(loop);
    return () => {
      cancelAnimationFrame(frame);
      size.disconnect();
    };
  }, []);

  // The wheel zooms about the pointer; sideways or with shift it pans. Not passive,
  // because the page must not scroll meanwhile.
  useEffect(() => {
    const el = canvas.current;
    if (!el) return;
    const wheel = (e: WheelEvent): void => {
      e.preventDefault();
      const v = view.current;
      const scale = e.deltaMode === 1 ? 16 : 1;
      const sideways = e.shiftKey ? e.deltaY || e.deltaX : Math.abs(e.deltaX) > Math.abs(e.deltaY) ? e.deltaX : 0;
      if (sideways !== 0) move(pan(v, ((sideways * scale) / el.clientWidth) * spanOf(v), boundsOf(v)));
      else move(zoom(v, e.offsetX / el.clientWidth, Math.exp(Math.max(-60, Math.min(60, e.deltaY * scale)) * 0.006), boundsOf(v)));
    };
    el.addEventListener("wheel", wheel, { passive: false });
    return () => el.removeEventListener("wheel", wheel);
  }, []);

  // Who works by keys does not mean what the pointer rests on.
  useEffect(() => {
    const key = (e: KeyboardEvent): void => {
      if (!hover.current || ["Shift", "Control", "Alt", "Meta"].includes(e.key)) return;
      hover.current = undefined;
      dirty.current = true;
      setTip(undefined);
    };
    window.addEventListener("keydown", key);
    return () => window.removeEventListener("keydown", key);
  }, []);

  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const drag = useRef<{ mode: "pan" | "scrub" | "select" | "pinch"; x: number; view: View; moved: boolean; gap: number; anchor: number } | undefined>(undefined);
  const place = (e: ReactPointerEvent): { x: number; y: number } => {
    const r = e.currentTarget.getBoundingClientRect();
    return { x: e.clientX - r.left, y: e.clientY - r.top };
  };
  const widthOf = (): number => canvas.current?.clientWidth ?? 1;

  const down = (e: ReactPointerEvent): void => {
    if (e.button !== 0) return;
    e.currentTarget.setPointerCapture(e.pointerId);
    const at = place(e);
    pointers.current.set(e.pointerId, at);
    if (pointers.current.size === 2) {
      const [a, b] = [...pointers.current.values()];
      if (a && b) drag.current = { mode: "pinch", x: (a.x + b.x) / 2, view: view.current, moved: true, gap: Math.max(20, Math.abs(a.x - b.x)), anchor: 0 };
      return;
    }
    const mode = e.shiftKey ? "select" : at.y < rulerHeight ? "scrub" : "pan";
    drag.current = { mode, x: at.x, view: view.current, moved: false, gap: 0, anchor: timeAt(view.current, at.x, widthOf()) };
  };

  const moved = (e: ReactPointerEvent): void => {
    const at = place(e);
    const width = widthOf();
    if (pointers.current.has(e.pointerId)) pointers.current.set(e.pointerId, at);
    const d = drag.current;
    if (!d) {
      hover.current = at;
      dirty.current = true;
      point(at);
      return;
    }
    if (d.mode === "pinch") {
      const [a, b] = [...pointers.current.values()];
      if (!a || !b) return;
      const middle = (a.x + b.x) / 2;
      const zoomed = zoom(d.view, d.x / width, d.gap / Math.max(20, Math.abs(a.x - b.x)), boundsOf(d.view));
      move(pan(zoomed, ((d.x - middle) / width) * spanOf(zoomed), boundsOf(zoomed)));
      return;
    }
    if (!d.moved && Math.abs(at.x - d.x) < clickSlop) return;
    d.moved = true;
    if (d.mode === "pan") {
      move(pan(d.view, ((d.x - at.x) / width) * spanOf(d.view), boundsOf(d.view)));
      hover.current = undefined;
      setTip(undefined);
    } else {
      const here = timeAt(view.current, Math.max(0, Math.min(width, at.x)), width);
      if (d.mode === "scrub") p.onSeek(here);
      else p.onSelect({ from: Math.min(d.anchor, here), to: Math.max(d.anchor, here) });
      dirty.current = true;
    }
  };

  const up = (e: ReactPointerEvent): void => {
    pointers.current.delete(e.pointerId);
    const d = drag.current;
    if (!d) return;
    if (pointers.current.size > 0) {
      drag.current = undefined; // the other finger begins anew when it moves
      return;
    }
    drag.current = undefined;
    if (d.moved) return;
    if (d.mode === "select") p.onSelect(undefined);
    else p.onSeek(timeAt(view.current, place(e).x, widthOf()));
    dirty.current = true;
  };

  // Reads the newest props, because the loop calls it too.
  const point = (at: { x: number; y: number }): void => {
    const c = latest.current;
    const height = canvas.current?.clientHeight ?? 1;
    const time = timeAt(view.current, at.x, widthOf());
    const lane = Math.max(c.lanes.findIndex((_, i) => {
      const b = laneBox(i, c.lanes.length, height);
      return at.y >= b.top && at.y < b.top + b.height + 4;
    }), 0);
    const camera = c.lanes[lane]?.camera;
    // What is thinner than two pixels is drawn two wide, and can be hit there.
    const slack = spanOf(view.current) / widthOf();
    let span: Pointed["span"] = camera ? c.cache.whole(camera, time) : undefined;
    if (camera && span?.kind !== "gap") {
      const near = c.cache.spans(camera, { start: time - 3 * slack, end: time + 3 * slack }, 6).find((s) => s.kind === "gap");
      if (near) span = c.cache.whole(camera, (near.start + near.end) / 2) ?? near;
    }
    const mark = nearMark(c.marks, camera, time, markReach * slack);
    const next: Pointed = { x: at.x, at: time, lane, span, mark };
    setTip((was) => (was && sameTip(was, next) ? was : next));
  };

  const leave = (): void => {
    hover.current = undefined;
    dirty.current = true;
    setTip(undefined);
  };

  const head = p.playhead?.();
  const headSpan = head === undefined || !p.lanes[0] ? undefined : p.cache.at(p.lanes[0].camera, head);
  const word = (s: Span | undefined): string => (s ? (s.kind === "gap" ? causeText(t, s) : t(`timeline.${s.kind}`)) : "");
  return (
    <div className="timeline">
      <div className="timeline-names" aria-hidden>
        {p.lanes.length > 1 ? p.lanes.map((l) => <span key={l.camera} className="cut" title={l.name}>{l.name}</span>) : null}
      </div>
      <div className="timeline-box">
        <canvas
          ref={canvas}
          className="timeline-canvas"
          style={{ height: rulerHeight + 4 + (p.lanes.length > 1 ? Math.max(22, Math.min(30, 150 / p.lanes.length)) * p.lanes.length : 46) }}
          role="slider"
          tabIndex={0}
          aria-label={t("timeline.label")}
          aria-valuemin={Math.round(view.current.start)}
          aria-valuemax={Math.round(view.current.end)}
          aria-valuenow={Math.round(head ?? view.current.end)}
          aria-valuetext={head === undefined ? t("timeline.label") : `${dateTimeText(head, p.zone)} ${word(headSpan)}`}
          onPointerDown={down}
          onPointerMove={moved}
          onPointerUp={up}
          onPointerCancel={up}
          onPointerLeave={leave}
        />
        {tip ? <Tip {...tip} lanes={p.lanes} zone={p.zone} width={widthOf()} thumbnail={tip.span?.kind === "recorded" ? p.thumbnail : undefined} word={word(tip.span)} /> : null}
        <span className="timeline-date num" aria-hidden>{dateText(view.current.start, p.zone)}</span>
      </div>
    </div>
  );
}

/** What stands under the pointer. */
interface Pointed { x: number; at: number; lane: number; span?: Span & Partial<Whole>; mark?: Bookmark }

const sameTip = (a: Pointed, b: Pointed): boolean =>
  a.x === b.x && a.at === b.at && a.lane === b.lane && a.mark?.id === b.mark?.id && a.span?.kind === b.span?.kind && a.span?.cause === b.span?.cause && a.span?.start === b.span?.start && a.span?.end === b.span?.end && a.span?.cut === b.span?.cut;

const markReach = 6; // px to each side of a bookmark's sign, which is ten wide

/** The bookmark that lies nearest to an instant, in ms, and no further from it than slack. */
export function nearMark(marks: readonly Bookmark[], camera: string | undefined, at: number, slack: number): Bookmark | undefined {
  let best: Bookmark | undefined;
  let least = slack;
  for (const m of marks) {
    if (m.camera !== camera || m.retractedAt) continue;
    const from = Date.parse(m.at);
    const away = m.end && at > from ? Math.max(0, at - Date.parse(m.end)) : Math.abs(from - at);
    if (away > least || (best && away === least)) continue;
    least = away;
    best = m;
  }
  return best;
}

export function causeText(t: (k: string, o?: Record<string, unknown>) => string, s: Span): string {
  return t(`cause.${s.cause ?? "unknown"}`, { defaultValue: s.detail || t("cause.unknown") });
}

/** Causes whose detail is the name and the words of who made the gap. */
const personal = new Set(["switched_off", "maintenance_window"]);

/** Who made a gap, and why in their own words; empty where nobody did. */
export function personText(s: { cause?: string; detail?: string }): string {
  return personal.has(s.cause ?? "") ? s.detail ?? "" : "";
}

/** What stands beside a gap's cause: a person's own words, or a reason of the camera's. */
export function detailText(t: (k: string, o?: Record<string, unknown>) => string, s: Span): string {
  if (!s.detail || personal.has(s.cause ?? "")) return s.detail ?? "";
  const words = t(`reason.${s.detail}`, { defaultValue: "", skipInterpolation: true });
  return words.includes("{{") ? "" : words; // its figures are not kept with the gap
}

function Tip({ x, at, lane, span, lanes, zone, width, thumbnail, word, mark }: Pointed & { lanes: readonly Lane[]; zone: string; width: number; thumbnail?: Props["thumbnail"]; word: string }) {
  const { t } = useTranslation();
  const camera = lanes[lane]?.camera;
  const wanted = camera && thumbnail ? thumbnail(camera, at) : undefined;
  const [shown, setShown] = useState<string>();
  const [failed, setFailed] = useState<string>();
  // A pointer in flight does not fetch a picture for every pixel it crosses.
  useEffect(() => {
    if (!wanted) return;
    const timer = window.setTimeout(() => setShown(wanted), 120);
    return () => window.clearTimeout(timer);
  }, [wanted]);
  const left = Math.max(4, Math.min(width - 196, x - 96));
  return (
    <div className="timeline-tip" style={{ left }}>
      {wanted ? (
        <div className="timeline-thumb">
          {shown && failed !== shown ? <img src={shown} alt="" onError={() => setFailed(shown)} /> : null}
        </div>
      ) : null}
      <div className="num strong">{dateTimeText(at, zone, true)}</div>
      {lanes.length > 1 ? <div className="cut dim">{lanes[lane]?.name}</div> : null}
      {word ? <div className={span?.kind === "gap" ? "timeline-tip-gap" : "dim"}>{span?.kind === "gap" ? t("timeline.gapBecause", { cause: word }) : word}</div> : null}
      {span?.kind === "gap" && detailText(t, span) ? <div className="timeline-tip-detail">{detailText(t, span)}</div> : null}
      {span?.kind === "gap" ? <div className="dim num">{span.open || span.cut ? t(span.cut ? "playback.atLeastSince" : "common.since", { time: dateTimeText(span.start, zone) }) : t("timeline.lasted", { time: durationText(t, span.end - span.start) })}</div> : null}
      {mark ? <div className="timeline-tip-mark">{mark.title}</div> : null}
    </div>
  );
}

export { xOf };
