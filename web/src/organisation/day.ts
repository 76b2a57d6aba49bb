import { instantOf, wallTime } from "../time/zone";

/** The instant after the last moment of a day (2026-11-22) of the site, as the API takes it. */
export function dayEnd(day: string, zone: string): string {
  const next = new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000);
  return new Date(instantOf({ year: next.getUTCFullYear(), month: next.getUTCMonth() + 1, day: next.getUTCDate(), hour: 0, minute: 0, second: 0 }, zone)).toISOString();
}

/** The day of the site in which an exclusive end lies. */
export function lastDay(until: string, zone: string): string {
  const w = wallTime(Date.parse(until) - 1, zone);
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${w.year}-${two(w.month)}-${two(w.day)}`;
}

/** The instant at which a day of the site begins, as the API takes it. */
export function dayBegin(day: string, zone: string): string {
  const at = new Date(Date.parse(`${day}T00:00:00Z`));
  return new Date(instantOf({ year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate(), hour: 0, minute: 0, second: 0 }, zone)).toISOString();
}

/** The day of the site in which a beginning lies. */
export const firstDay = (from: string, zone: string): string => lastDay(new Date(Date.parse(from) + 1).toISOString(), zone);
