import type { DutyShift, RosterGap } from "../api/roster";
import { dateText, instantOf, wallTime } from "../time/zone";

const two = (n: number): string => String(n).padStart(2, "0");

/** The civil day so many days later. */
export function dayAfter(day: string, days: number): string {
  const [y, m, d] = day.split("-").map(Number);
  return new Date(Date.UTC(y ?? 0, (m ?? 1) - 1, (d ?? 1) + days)).toISOString().slice(0, 10);
}

/** The instant at a time of the day, such as "08:00", by the clock of the site. */
export function instant(day: string, time: string, zone: string): number {
  const [year = 0, month = 1, d = 1] = day.split("-").map(Number);
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return instantOf({ year, month, day: d, hour, minute, second: 0 }, zone);
}

export const timeOf = (ms: number, zone: string): string => {
  const w = wallTime(ms, zone);
  return `${two(w.hour)}:${two(w.minute)}`;
};

/** The week's day, 0 is Sunday. */
export const weekday = (day: string): number => new Date(`${day}T00:00:00Z`).getUTCDay();

/** The Monday of the week of a day. */
export const monday = (day: string): string => dayAfter(day, -((weekday(day) + 6) % 7));

/** The days that are shown. */
export function daysOf(view: "week" | "month", day: string): string[] {
  if (view === "week") return Array.from({ length: 7 }, (_, i) => dayAfter(monday(day), i));
  const first = `${day.slice(0, 7)}-01`;
  const all: string[] = [];
  for (let d = first; d.slice(0, 7) === first.slice(0, 7); d = dayAfter(d, 1)) all.push(d);
  return all;
}

/** From when to when a shift goes: the day is that of its begin. */
export const timesText = (s: { from: string; to: string }, zone: string): string => `${timeOf(Date.parse(s.from), zone)}–${timeOf(Date.parse(s.to), zone)}`;

export const shiftDay = (s: { from: string }, zone: string): string => dateText(Date.parse(s.from), zone);

/** The rows of a week: shifts of the same name and hours stand in one. */
export function rowsOf(shifts: readonly DutyShift[], zone: string): { key: string; name: string; times: string }[] {
  const all = new Map<string, { key: string; name: string; times: string }>();
  for (const s of shifts) {
    const times = timesText(s, zone);
    const key = `${times} ${s.name}`;
    all.set(key, { key, name: s.name, times });
  }
  return [...all.values()].sort((a, b) => a.key.localeCompare(b.key));
}

export const rowKey = (s: DutyShift, zone: string): string => `${timesText(s, zone)} ${s.name}`;

/** The gaps that lie in a day, cut to it. */
export function gapsOf(gaps: readonly RosterGap[], day: string, zone: string): { from: number; to: number; have: number; need: number }[] {
  const [begin, end] = [instant(day, "00:00", zone), instant(dayAfter(day, 1), "00:00", zone)];
  return gaps.map((g) => ({ from: Math.max(begin, Date.parse(g.from)), to: Math.min(end, Date.parse(g.to)), have: g.have, need: g.need })).filter((g) => g.from < g.to);
}

/** The time of a gap of one day; the end of the day is 24:00. */
export const gapTimes = (g: { from: number; to: number }, day: string, zone: string): string => `${timeOf(g.from, zone)}–${g.to >= instant(dayAfter(day, 1), "00:00", zone) ? "24:00" : timeOf(g.to, zone)}`;

/** Reads a time of the day as 08:00, 8:00 or 0800; undefined if it is none. */
export function timeRead(text: string): string | undefined {
  const m = /^\s*(\d{1,2})[:：]?(\d{2})\s*$/.exec(text);
  if (!m || Number(m[1]) > 23 || Number(m[2]) > 59) return undefined;
  return `${two(Number(m[1]))}:${m[2]}`;
}

/** Hours that somebody has in these shifts. */
export const hoursOf = (person: string, shifts: readonly DutyShift[]): number =>
  Math.round(shifts.filter((s) => s.people.some((p) => p.person === person)).reduce((n, s) => n + Date.parse(s.to) - Date.parse(s.from), 0) / 360_000) / 10;
