import { dateText, twice, wallTime, zoneOffset, zoneText } from "../time/zone";

// The timeline's window and its marks. Instants are ms since 1970 UTC.

export interface View { start: number; end: number }
export interface Bounds { min: number; max: number }

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;
export const shortest = second;
export const longest = 90 * day;

export const spanOf = (v: View): number => v.end - v.start;
export const timeAt = (v: View, x: number, width: number): number => v.start + (x / width) * spanOf(v);
export const xOf = (v: View, t: number, width: number): number => ((t - v.start) / spanOf(v)) * width;

/** Shifts a window so that it lies within the bounds, without changing its length unless it is longer than they are. */
export function within(v: View, b: Bounds): View {
  const span = Math.min(spanOf(v), b.max - b.min);
  const start = Math.min(Math.max(v.start, b.min), b.max - span);
  return { start, end: start + span };
}

/** Zooms by factor (< 1 shows less time); the instant at fraction 0…1 of the width stays where it is as far as the bounds allow. */
export function zoom(v: View, fraction: number, factor: number, b: Bounds): View {
  const span = Math.min(Math.max(spanOf(v) * factor, shortest), longest, Math.max(b.max - b.min, shortest));
  const at = v.start + fraction * spanOf(v);
  const start = at - fraction * span;
  return within({ start, end: start + span }, b);
}

export function pan(v: View, by: number, b: Bounds): View {
  return within({ start: v.start + by, end: v.end + by }, b);
}

/** A window of the given length around an instant. */
export function around(t: number, span: number, b: Bounds): View {
  return within({ start: t - span / 2, end: t + span / 2 }, b);
}

const steps = [
  50, 100, 200, 500, second, 2 * second, 5 * second, 10 * second, 15 * second, 30 * second,
  minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute,
  hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 5 * day, 10 * day, 30 * day,
];

export interface Tick { t: number; text: string; major: boolean }

/** The step between labels that leaves each at least `room` pixels. */
export function stepFor(v: View, width: number, room = 84): number {
  const least = (spanOf(v) / Math.max(width, 1)) * room;
  return steps.find((s) => s >= least) ?? 30 * day;
}

/** Labelled marks on round readings of the site's clock; midnight carries the date. */
export function ticks(v: View, width: number, zone: string, room = 84): Tick[] {
  const step = stepFor(v, width, room);
  const out: Tick[] = [];
  // Aligned on the site's clock: the offset is looked up again for each mark of more
  // than an hour, so that a change of the clock inside the window is right. Closer
  // marks follow true time: an hour that comes twice has its marks twice.
  let offset = zoneOffset(v.start, zone);
  let local = Math.ceil((v.start + offset) / step) * step;
  for (let i = 0; i < 2000; i++, local += step) {
    if (step > hour) {
      offset = zoneOffset(local - offset, zone);
      offset = zoneOffset(local - offset, zone); // right also where the first guess lay before a change
    }
    const t = local - offset;
    if (t > v.end) break;
    if (t < v.start || t === out.at(-1)?.t) continue;
    const w = wallTime(t, zone);
    if (step > hour && Date.UTC(w.year, w.month - 1, w.day, w.hour) !== local) continue; // no clock shows it on this day
    const midnight = w.hour === 0 && w.minute === 0 && w.second === 0 && ((t % 1000) + 1000) % 1000 === 0;
    const mark = step >= minute && !midnight && twice(t, zone) ? ` ${zoneText(t, zone).slice(3)}` : "";
    out.push({ t, text: (midnight ? dateText(t, zone).slice(5) : label(t, step, w)) + mark, major: midnight });
  }
  return out;
}

const two = (n: number): string => String(n).padStart(2, "0");

function label(t: number, step: number, w: { hour: number; minute: number; second: number }): string {
  const hm = `${two(w.hour)}:${two(w.minute)}`;
  if (step >= minute) return hm;
  if (step >= second) return `${hm}:${two(w.second)}`;
  const ms = Math.round(((t % 1000) + 1000) % 1000);
  return `${two(w.second)}.${String(ms).padStart(3, "0").slice(0, step >= 100 ? 1 : 2)}`;
}
