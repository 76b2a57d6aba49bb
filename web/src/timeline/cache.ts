import type { SpanKind, Timeline } from "../api/types";
import { day, hour, longest, type View } from "./scale";

/** Coverage of one camera between two instants. */
export interface Span {
  start: number;
  end: number;
  kind: SpanKind;
  cause?: string;
  detail?: string;
  open?: boolean;
}

/** A span as long as it is known to be. */
export interface Whole extends Span {
  cut: boolean; // it may have begun earlier
}

export type FetchSpans = (cameras: readonly string[], from: number, to: number, resolution: number, signal: AbortSignal) => Promise<Timeline>;

// Levels of detail: each is four times as coarse as the one before. A tile is a
// fixed piece of time at one level, long enough that a screen needs a handful.
const finest = 100; // ms
const factor = 4;
const levels = 10; // the last has 7 h a step: 90 days on a phone
const tileSteps = 1024;
const freshFor = 10_000; // ms for which a tile that reaches the present is believed

export const resolutionOf = (level: number): number => finest * factor ** level;
export const tileLength = (level: number): number => resolutionOf(level) * tileSteps;

/** The coarsest level that still shows each pixel's worth. */
export function levelFor(msPerPixel: number): number {
  let l = 0;
  while (l < levels - 1 && resolutionOf(l + 1) <= msPerPixel) l++;
  return l;
}

interface Tile { spans: Span[]; fetched: number; open: boolean }

/**
 * What is known of coverage, by camera, level and tile. Whatever was fetched once is
 * drawn at once and never asked for again, save the part that reaches the present;
 * while nothing finer is known the nearest known level stands in.
 */
export class SpanCache {
  private readonly tiles = new Map<string, Tile>();
  private readonly asked = new Set<string>(); // tiles on their way
  private readonly stop = new AbortController();
  private failedAt = -Infinity;

  constructor(
    private readonly fetchSpans: FetchSpans,
    private readonly changed: () => void,
    private readonly now: () => number = () => Date.now(),
  ) {}

  close(): void {
    this.stop.abort();
  }

  /** Fetches what is missing in the window and, once that is there, one window to each side. */
  want(cameras: readonly string[], view: View, width: number): void {
    const level = levelFor((view.end - view.start) / Math.max(width, 1));
    const asked = this.load(cameras, view, level);
    if (!asked) {
      const span = view.end - view.start;
      this.load(cameras, { start: view.start - span, end: Math.min(view.end + span, this.now()) }, level);
    }
  }

  /** Forgets what it knows of the present, because something changed there. */
  touch(): void {
    for (const t of this.tiles.values()) if (t.open) t.fetched = -Infinity;
  }

  /** The spans in the window at the best level known, in order; instants that nothing is known of are left out. */
  spans(camera: string, view: View, width: number): Span[] {
    const level = levelFor((view.end - view.start) / Math.max(width, 1));
    const out: Span[] = [];
    const length = tileLength(level);
    for (let i = Math.floor(view.start / length); i * length < view.end; i++) {
      const from = Math.max(i * length, view.start);
      const to = Math.min((i + 1) * length, view.end);
      this.collect(camera, level, i, from, to, out);
    }
    return joined(out);
  }

  /** What is known of one instant, as finely as possible. */
  at(camera: string, t: number): Span | undefined {
    for (let l = 0; l < levels; l++) {
      const tile = this.tiles.get(key(camera, l, Math.floor(t / tileLength(l))));
      const s = tile?.spans.find((x) => t >= x.start && t < x.end);
      if (s) return s;
    }
    return undefined;
  }

  /**
   * The span that holds the instant, put together again from its tiles. At the edge
   * of the present, which tiles know only up to when they were fetched, what goes on
   * there goes on. `cut` says that what lies before its start is not known.
   */
  whole(camera: string, t: number): Whole | undefined {
    let s = this.at(camera, t);
    if (!s || s.kind === "none") {
      const before = this.at(camera, t - 1.5 * freshFor);
      if (before?.open && t <= this.now()) s = { ...before, end: Math.max(before.end, t) };
    }
    if (!s) return undefined;
    const same = (o: Span): boolean => o.kind === s?.kind && o.cause === s.cause;
    let cut = false;
    for (;;) {
      const before = this.at(camera, s.start - 0.5);
      cut = before === undefined;
      if (!before || !same(before) || before.start >= s.start) break;
      s = { ...s, start: before.start };
    }
    for (;;) {
      const after = this.at(camera, s.end);
      if (!after || !same(after) || after.end <= s.end) break;
      s = { ...s, end: after.end, open: after.open };
    }
    return { ...s, cut };
  }

  /** Asks for what lies before a span whose start is not known; each answer reaches further back. */
  reach(camera: string, s: Whole): void {
    const back = Math.max(hour, 2 * (s.end - s.start));
    if (s.cut && back <= 2 * longest) this.load([camera], { start: s.start - back, end: s.start }, levelFor(back / 1000));
  }

  get busy(): boolean {
    return this.asked.size > 0;
  }

  private collect(camera: string, level: number, index: number, from: number, to: number, out: Span[]): void {
    const exact = this.tiles.get(key(camera, level, index));
    if (exact) {
      clip(exact.spans, from, to, out);
      return;
    }
    for (let l = level + 1; l < levels; l++) {
      const t = this.tiles.get(key(camera, l, Math.floor(from / tileLength(l))));
      if (t) {
        clip(t.spans, from, to, out);
        return;
      }
    }
    for (let l = level - 1; l >= 0; l--) {
      const length = tileLength(l);
      const first = Math.floor(from / length);
      const last = Math.ceil(to / length);
      if (last - first > 64) return;
      let any = false;
      for (let i = first; i < last; i++) {
        const t = this.tiles.get(key(camera, l, i));
        if (!t) continue;
        any = true;
        clip(t.spans, Math.max(from, i * length), Math.min(to, (i + 1) * length), out);
      }
      if (any) return;
    }
  }

  // Asks for missing tiles, neighbours and cameras together. Tells whether any are
  // missing or on their way.
  private load(cameras: readonly string[], view: View, level: number): boolean {
    const now = this.now();
    if (now - this.failedAt < 3000) return true;
    const length = tileLength(level);
    let waiting = false;
    let run: { from: number; to: number; keys: string[] } | undefined;
    const runs: { from: number; to: number; keys: string[] }[] = [];
    const last = Math.ceil(Math.min(view.end, now + day) / length);
    for (let i = Math.floor(view.start / length); i < last; i++) {
      const keys = cameras.map((c) => key(c, level, i));
      if (keys.some((k) => this.asked.has(k))) waiting = true;
      const missing = keys.some((k) => {
        if (this.asked.has(k)) return false;
        const t = this.tiles.get(k);
        return !t || (t.open && now - t.fetched > freshFor);
      });
      if (!missing) {
        run = undefined;
        continue;
      }
      if (run) {
        run.to = (i + 1) * length;
        run.keys.push(...keys);
      } else {
        run = { from: i * length, to: (i + 1) * length, keys };
        runs.push(run);
      }
    }
    for (const r of runs) {
      for (const k of r.keys) this.asked.add(k);
      void this.fetch(cameras, r.from, r.to, level, r.keys);
    }
    return waiting || runs.length > 0;
  }

  private async fetch(cameras: readonly string[], from: number, to: number, level: number, keys: string[]): Promise<void> {
    try {
      const answer = await this.fetchSpans(cameras, from, to, level === 0 ? 0 : resolutionOf(level), this.stop.signal);
      const present = Date.parse(answer.now);
      const length = tileLength(level);
      for (const lane of answer.cameras) {
        const spans = lane.spans.map((s) => ({ ...s, start: Date.parse(s.start), end: Date.parse(s.end) }));
        for (let start = from; start < to; start += length) {
          const own: Span[] = [];
          clip(spans, start, start + length, own);
          this.tiles.set(key(lane.camera, level, Math.round(start / length)), { spans: own, fetched: this.now(), open: start + length > present - 120_000 });
        }
      }
    } catch {
      if (this.stop.signal.aborted) return;
      this.failedAt = this.now();
    } finally {
      for (const k of keys) this.asked.delete(k);
      if (!this.stop.signal.aborted) this.changed();
    }
  }
}

const key = (camera: string, level: number, index: number): string => `${camera}/${level}/${index}`;

function clip(spans: readonly Span[], from: number, to: number, out: Span[]): void {
  for (const s of spans) {
    if (s.end <= from || s.start >= to) continue;
    out.push(s.start >= from && s.end <= to ? s : { ...s, start: Math.max(s.start, from), end: Math.min(s.end, to) });
  }
}

/** Puts together what tiles cut apart. */
export function joined(spans: readonly Span[]): Span[] {
  const out: Span[] = [];
  for (const s of spans) {
    const l = out.at(-1);
    if (l && l.end >= s.start && l.kind === s.kind && l.cause === s.cause) out[out.length - 1] = { ...l, end: Math.max(l.end, s.end), open: s.open };
    else out.push(s);
  }
  return out;
}
