// A day of the site, which has 23 or 25 hours where the clock is changed, and who answered in it.
import type { Attendance, Tenure, WatchRoom } from "../api/watch";
import { dayOf, dateText, instantOf, parseDateTime, startOfDay, wallTime } from "../time/zone";

export const hour = 3_600_000;
const minute = 60_000;

export interface Day { from: number; to: number } // ms; to is the beginning of the next

/** The day of the site that is written so, 2026-12-01; undefined if it is none. */
export function dayAt(text: string, zone: string): Day | undefined {
  const day = dayOf(text);
  if (day === undefined) return undefined;
  const [year, month, date] = day.split("-").map(Number) as [number, number, number];
  const noon = instantOf({ year, month, day: date, hour: 12, minute: 0, second: 0 }, zone);
  return { from: startOfDay(noon, zone), to: startOfDay(noon + 24 * hour, zone) };
}

/** The same day, so many days away. */
export const daysOn = (text: string, days: number, zone: string): string => {
  const [year, month, date] = text.split("-").map(Number) as [number, number, number];
  return dateText(instantOf({ year, month, day: date + days, hour: 12, minute: 0, second: 0 }, zone), zone);
};

/** The earliest day that is asked for: a year back. */
export const earliest = (now: number, zone: string): string => daysOn(dateText(now, zone), -366, zone);

/** A minute of a day, 14:05, in an hour that comes twice also with its offset; undefined if the day has none such. */
export function minuteOf(text: string, day: string, zone: string): number | undefined {
  const at = parseDateTime(`${day} ${text.trim()}`, zone);
  const whole = dayAt(day, zone);
  if (at === undefined || !whole) return undefined;
  const m = Math.floor(at / minute) * minute;
  return m >= whole.from && m < whole.to ? m : undefined;
}

/** The full hours of a day that have room for their number. */
export function ticks(day: Day, zone: string, every = 3): { at: number; hour: number }[] {
  const out: { at: number; hour: number }[] = [];
  for (let at = day.from; at < day.to; at += hour) {
    const w = wallTime(at, zone);
    if (w.hour % every === 0 && w.minute === 0 && !(out.length > 0 && out[out.length - 1]?.hour === w.hour)) out.push({ at, hour: w.hour });
  }
  return out;
}

export interface Span { from: number; to: number; tenure: Tenure }

/** Who answered from when to when within an interval, in order; what begins later than now has not been. */
export function spans(answers: readonly Tenure[], day: Day, now: number): Span[] {
  const end = Math.min(day.to, now);
  const out: Span[] = [];
  answers.forEach((tenure, i) => {
    const next = answers[i + 1];
    const from = Math.max(day.from, Date.parse(tenure.since));
    const to = Math.min(end, next ? Date.parse(next.since) : end);
    if (to > from) out.push({ from, to, tenure });
  });
  return out;
}

/** Who answered in the minute from at on: mostly one, more where it passed meanwhile. */
export const during = (all: readonly Span[], at: number): Span[] => all.filter((s) => s.from < at + minute && s.to > at);

/** Who was signed on in the minute from at on. */
export const presentAt = (on: readonly Attendance[], at: number): Attendance[] =>
  on.filter((a) => Date.parse(a.onAt) < at + minute && (a.offAt === undefined || Date.parse(a.offAt) > at));

/** Where an instant is in a day, in percent. */
export const place = (day: Day, at: number): number => ((Math.min(Math.max(at, day.from), day.to) - day.from) / (day.to - day.from)) * 100;

/** What is mine first; the rest in the order of the server, so that nothing jumps. */
export const inOrder = (rooms: readonly WatchRoom[]): WatchRoom[] => [...rooms.filter((r) => r.mine), ...rooms.filter((r) => !r.mine)];
