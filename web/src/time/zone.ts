// Instants are milliseconds since 1970 UTC (fractions allowed); what people read is
// the site's time, year-month-day and 24 hours in both languages.

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string): Intl.DateTimeFormat {
  let f = formats.get(zone);
  if (!f) {
    f = new Intl.DateTimeFormat("en-US", {
      timeZone: zone, hourCycle: "h23",
      year: "numeric", month: "2-digit", day: "2-digit",
      hour: "2-digit", minute: "2-digit", second: "2-digit",
    });
    formats.set(zone, f);
  }
  return f;
}

export interface WallTime {
  year: number; month: number; day: number;
  hour: number; minute: number; second: number;
}

/** The instant as the site's clock shows it. */
export function wallTime(ms: number, zone: string): WallTime {
  const w: Record<string, number> = {};
  for (const p of format(zone).formatToParts(Math.floor(ms))) {
    if (p.type !== "literal") w[p.type] = Number(p.value);
  }
  return { year: w.year ?? 0, month: w.month ?? 0, day: w.day ?? 0, hour: w.hour ?? 0, minute: w.minute ?? 0, second: w.second ?? 0 };
}

/** Offset of the zone from UTC at that instant, in ms. */
export function zoneOffset(ms: number, zone: string): number {
  const w = wallTime(ms, zone);
  const whole = Math.floor(ms / 1000) * 1000;
  return Date.UTC(w.year, w.month - 1, w.day, w.hour, w.minute, w.second) - whole;
}

/**
 * The instant of a clock reading. A reading that a change of the clock skips or
 * repeats is taken with the offset before the change.
 */
export function instantOf(w: WallTime, zone: string): number {
  const naive = Date.UTC(w.year, w.month - 1, w.day, w.hour, w.minute, w.second);
  const before = zoneOffset(naive - 86_400_000 / 2, zone);
  const guess = naive - before;
  const actual = zoneOffset(guess, zone);
  return actual === before ? guess : zoneOffset(naive - actual, zone) === actual ? naive - actual : guess;
}

const two = (n: number): string => String(n).padStart(2, "0");

export function dateText(ms: number, zone: string): string {
  const w = wallTime(ms, zone);
  return `${w.year}-${two(w.month)}-${two(w.day)}`;
}

/** Whether the site's clock shows this reading twice: the clock is set back for the winter, and an hour comes again. */
export function twice(ms: number, zone: string): boolean {
  if (!changes(ms, zone)) return false;
  const own = zoneOffset(ms, zone);
  const reading = ms + own;
  for (const near of [ms - reach, ms + reach]) {
    const other = zoneOffset(near, zone);
    if (other !== own && zoneOffset(reading - other, zone) === other) return true;
  }
  return false;
}

const reach = 12 * 3_600_000;
const seen = new Map<string, boolean>();

// Whether the zone changes its clock within a day of this one, from memory: texts are
// written many times a second, and almost never on such a day.
function changes(ms: number, zone: string): boolean {
  const day = Math.floor(ms / 86_400_000);
  const key = `${zone} ${day}`;
  let c = seen.get(key);
  if (c === undefined) {
    const first = zoneOffset((day - 1) * 86_400_000, zone);
    c = first !== zoneOffset(day * 86_400_000, zone) || first !== zoneOffset((day + 1) * 86_400_000, zone) || first !== zoneOffset((day + 2) * 86_400_000, zone);
    if (seen.size > 5000) seen.clear();
    seen.set(key, c);
  }
  return c;
}

/** The site's clock; in an hour that comes twice, with the offset from UTC. */
export function clockText(ms: number, zone: string, millis = false): string {
  const w = wallTime(ms, zone);
  const s = `${two(w.hour)}:${two(w.minute)}:${two(w.second)}${millis ? `.${String(Math.floor(((ms % 1000) + 1000) % 1000)).padStart(3, "0")}` : ""}`;
  return twice(ms, zone) ? `${s} ${zoneText(ms, zone)}` : s;
}

export function dateTimeText(ms: number, zone: string, millis = false): string {
  return `${dateText(ms, zone)} ${clockText(ms, zone, millis)}`;
}

/**
 * Reads "2026-11-22 18:09:18", with or without seconds, with T or slashes, or with UTC+8 behind it; undefined
 * if it is no such time. Where an instant is `shown` the year may be missing: then it
 * is the newest that leads no further than tomorrow; or the whole date: then it is the
 * day shown.
 */
export function parseDateTime(text: string, zone: string, shown?: number, now = Date.now()): number | undefined {
  const m = /^\s*(?:(?:(\d{4})[-/])?(\d{1,2})[-/](\d{1,2})(?: +|T))?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?(?:\s*(UTC)(?:([+\-−])(\d{1,2})(?::?(\d{2}))?)?)?\s*$/.exec(text.replaceAll("：", ":").replaceAll("／", "/"));
  if (!m || (m[1] === undefined && shown === undefined)) return undefined;
  const today = wallTime(m[2] === undefined ? (shown ?? 0) : now, zone);
  if (m[2] !== undefined && m[1] === undefined) {
    const at = parseDateTime(`${today.year}-${text.trim()}`, zone);
    return at !== undefined && at <= now + 86_400_000 ? at : parseDateTime(`${today.year - 1}-${text.trim()}`, zone) ?? at;
  }
  const [year, month, day] = m[2] === undefined ? [today.year, today.month, today.day] : [Number(m[1]), Number(m[2]), Number(m[3])];
  const [hour, minute, second] = [Number(m[4]), Number(m[5]), Number(m[6] ?? 0)];
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  const d = new Date(Date.UTC(year, month - 1, day));
  if (d.getUTCMonth() !== month - 1) return undefined; // 31 June
  const rest = m[7] ? Number(m[7].padEnd(3, "0")) : 0;
  if (!m[8]) return instantOf({ year, month, day, hour, minute, second }, zone) + rest;
  const offset = (Number(m[10] ?? 0) * 60 + Number(m[11] ?? 0)) * 60_000;
  if (offset > 14 * 3_600_000) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second) - (m[9] === "+" ? offset : -offset) + rest;
}

/** Reads a day as people write it, 2026-12-31, 2026/12/31, 2026年12月31日 or 20261231; undefined if it is none. */
export function dayOf(text: string): string | undefined {
  const m = /^\s*(\d{4})\s*[-/.／年]\s*(\d{1,2})\s*[-/.／月]\s*(\d{1,2})\s*日?\s*$/.exec(text) ?? /^\s*(\d{4})(\d{2})(\d{2})\s*$/.exec(text);
  if (!m) return undefined;
  const [year, month, day] = [Number(m[1]), Number(m[2]), Number(m[3])];
  const d = new Date(Date.UTC(year, month - 1, day));
  return year >= 1000 && d.getUTCMonth() === month - 1 && d.getUTCDate() === day ? `${m[1]}-${two(month)}-${two(day)}` : undefined; // 31 June
}

/** The zone as people write it: UTC+8, UTC+05:30, UTC. */
export function zoneText(ms: number, zone: string): string {
  const minutes = Math.round(zoneOffset(ms, zone) / 60_000);
  if (minutes === 0) return "UTC";
  const a = Math.abs(minutes);
  const rest = a % 60 ? `:${two(a % 60)}` : "";
  return `UTC${minutes < 0 ? "−" : "+"}${Math.floor(a / 60)}${rest}`;
}

/** Start of the site's day that holds the instant. */
export function startOfDay(ms: number, zone: string): number {
  const w = wallTime(ms, zone);
  return instantOf({ ...w, hour: 0, minute: 0, second: 0 }, zone);
}
