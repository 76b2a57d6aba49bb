import type { Span } from "./cache";
import { ticks, xOf, type View } from "./scale";

export const rulerHeight = 26;

export interface Scene {
  view: View;
  width: number;
  height: number;
  zone: string;
  now: number;
  lanes: { spans: Span[]; marks: { at: number; end?: number }[] }[];
  playhead?: number;
  allowed?: { from: number; to: number }; // the viewing; outside it is dimmed
  selection?: { from: number; to: number };
  hover?: number; // x
}

const color = {
  ground: "#0b0f12", lane: "#11181c", recorded: "#1f7a6c", recordedEdge: "#35c2a9", unknown: "#1a2328",
  fault: "#e0625a", planned: "#84959d", drift: "#d79a3c",
  text: "#a6b6bd", strong: "#e8eff1", grid: "#1d272c", gridStrong: "#33434b", playhead: "#ffffff", mark: "#f2b04a", select: "#e8eff1",
};

const planned = new Set(["switched_off", "restart", "recorder_stopped", "planned_off_hours", "maintenance_window", "deleted_retention", "deleted_order"]);
const drifting = new Set(["clock_step", "timestamp_jump", "disk_slow", "network", "no_frames", "no_key_frame"]);
const gapColor = (cause: string | undefined): string => (cause && planned.has(cause) ? color.planned : cause && drifting.has(cause) ? color.drift : color.fault);

const patterns = new WeakMap<CanvasRenderingContext2D, Map<string, CanvasPattern | null>>();

// Hatched, so that a gap is told from footage without colour.
function hatch(ctx: CanvasRenderingContext2D, ink: string): CanvasPattern | string {
  let own = patterns.get(ctx);
  if (!own) patterns.set(ctx, (own = new Map()));
  let p = own.get(ink);
  if (p === undefined) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    const c = tile.getContext("2d");
    if (c) {
      c.fillStyle = "#1a1413";
      c.fillRect(0, 0, 8, 8);
      c.strokeStyle = ink;
      c.lineWidth = 1.6;
      c.beginPath();
      for (const d of [-8, 0, 8]) {
        c.moveTo(d - 1, 9);
        c.lineTo(d + 9, -1);
      }
      c.stroke();
    }
    p = ctx.createPattern(tile, "repeat");
    own.set(ink, p);
  }
  return p ?? ink;
}

export function laneBox(index: number, count: number, height: number): { top: number; height: number } {
  const room = (height - rulerHeight - 4) / Math.max(count, 1);
  const gap = count > 1 ? 3 : 0;
  return { top: rulerHeight + index * room, height: Math.max(4, room - gap) };
}

export function draw(ctx: CanvasRenderingContext2D, s: Scene): void {
  const { view, width, height } = s;
  const x = (t: number): number => xOf(view, t, width);
  ctx.fillStyle = color.ground;
  ctx.fillRect(0, 0, width, height);

  s.lanes.forEach((lane, i) => {
    const box = laneBox(i, s.lanes.length, height);
    ctx.fillStyle = color.lane;
    ctx.fillRect(0, box.top, width, box.height);
    for (const span of lane.spans) {
      if (span.kind !== "recorded") continue;
      const a = x(span.start);
      const b = Math.max(x(span.end), a + 0.75);
      ctx.fillStyle = color.recorded;
      ctx.fillRect(a, box.top, b - a, box.height);
      ctx.fillStyle = color.recordedEdge;
      ctx.fillRect(a, box.top, b - a, 2);
    }
    // Gaps last and never thinner than can be seen.
    for (const span of lane.spans) {
      if (span.kind !== "gap") continue;
      const a = x(span.start);
      const w = Math.max(x(span.end) - a, 2);
      const ink = gapColor(span.cause);
      ctx.fillStyle = w < 5 ? ink : hatch(ctx, ink);
      ctx.fillRect(a, box.top, w, box.height);
    }
    for (const m of lane.marks) {
      const a = x(m.at);
      if (m.end !== undefined) {
        ctx.fillStyle = "#f2b04a55";
        ctx.fillRect(a, box.top + box.height - 5, Math.max(x(m.end) - a, 2), 5);
      }
      if (a < -8 || a > width + 8) continue;
      ctx.fillStyle = color.mark;
      ctx.beginPath();
      ctx.moveTo(a - 5, box.top);
      ctx.lineTo(a + 5, box.top);
      ctx.lineTo(a, box.top + 8);
      ctx.fill();
    }
  });

  ctx.font = "11px system-ui, sans-serif";
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  for (const tick of ticks(view, width, s.zone)) {
    const a = Math.round(x(tick.t)) + 0.5;
    ctx.strokeStyle = tick.major ? color.gridStrong : color.grid;
    ctx.beginPath();
    ctx.moveTo(a, tick.major ? 0 : rulerHeight - 7);
    ctx.lineTo(a, rulerHeight);
    ctx.stroke();
    ctx.strokeStyle = tick.major ? "#ffffff30" : "#ffffff14";
    ctx.beginPath();
    ctx.moveTo(a, rulerHeight);
    ctx.lineTo(a, height);
    ctx.stroke();
    ctx.fillStyle = tick.major ? color.strong : color.text;
    ctx.fillText(tick.text, a + 5, rulerHeight / 2);
  }

  if (s.allowed) {
    const a = x(s.allowed.from);
    const b = x(s.allowed.to);
    ctx.fillStyle = "#0b0f12a8";
    if (a > 0) ctx.fillRect(0, rulerHeight, a, height);
    if (b < width) ctx.fillRect(b, rulerHeight, width - b, height);
    ctx.fillStyle = color.recordedEdge;
    for (const e of [a, b]) if (e >= 0 && e <= width) ctx.fillRect(e - 1, rulerHeight - 4, 2, height);
    ctx.fillRect(Math.max(a, 0), rulerHeight - 4, Math.max(0, Math.min(b, width) - Math.max(a, 0)), 2);
  }
  if (s.selection) {
    const a = x(Math.min(s.selection.from, s.selection.to));
    const b = x(Math.max(s.selection.from, s.selection.to));
    ctx.fillStyle = "#ffffff2e";
    ctx.fillRect(a, rulerHeight, b - a, height);
    ctx.fillStyle = color.select;
    ctx.fillRect(a - 1, rulerHeight, 2, height);
    ctx.fillRect(b - 1, rulerHeight, 2, height);
  }
  const now = x(s.now);
  if (now >= 0 && now <= width) {
    ctx.strokeStyle = color.recordedEdge;
    ctx.setLineDash([3, 3]);
    ctx.beginPath();
    ctx.moveTo(Math.round(now) + 0.5, rulerHeight - 8);
    ctx.lineTo(Math.round(now) + 0.5, height);
    ctx.stroke();
    ctx.setLineDash([]);
  }
  if (s.hover !== undefined) {
    ctx.fillStyle = "#ffffff66";
    ctx.fillRect(Math.round(s.hover), rulerHeight - 6, 1, height);
  }
  if (s.playhead !== undefined) {
    const a = x(s.playhead);
    if (a >= -6 && a <= width + 6) {
      ctx.fillStyle = color.playhead;
      ctx.fillRect(Math.round(a) - 1, 12, 2, height);
      ctx.beginPath();
      ctx.moveTo(a - 6, 8);
      ctx.lineTo(a + 6, 8);
      ctx.lineTo(a + 6, 14);
      ctx.lineTo(a, 21);
      ctx.lineTo(a - 6, 14);
      ctx.fill();
    }
  }
}
