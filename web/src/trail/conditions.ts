import { instantOf, wallTime } from "../time/zone";

/** The conditions of the audit trail, as the address of the screen bears them. */
export interface Conditions {
  kind?: string[]; // whole kinds, or chapters with their dot
  person?: string[];
  position?: string[];
  unit?: string[];
  address?: string[];
  camera?: string[];
  purpose?: string[];
  present?: string[]; // people who were at the screen as well
  verdict?: ("allowed" | "refused")[];
  rule?: string[];
  mark?: string[]; // trace ids of watermarks
  text?: string;
  from?: string; // of the act, RFC 3339
  to?: string;
  footageFrom?: string; // of the footage that was seen
  footageTo?: string;
  nightFrom?: string; // done then, or footage of then was seen
  nightTo?: string;
}

export interface TrailSearch extends Conditions {
  act?: string; // whose card is open
}

const lists = ["kind", "person", "position", "unit", "address", "camera", "purpose", "present", "verdict", "rule", "mark"] as const;
const texts = ["text", "from", "to", "footageFrom", "footageTo", "nightFrom", "nightTo"] as const;
const most = 300;

/** Acts by which somebody sees pictures of a camera. */
export const looking = ["live.", "viewing.opened", "viewing.continued", "snapshot."];

/** Reads an address; what is no condition is left out. */
export function readSearch(s: Record<string, unknown>): TrailSearch {
  const out: Record<string, unknown> = {};
  for (const k of lists) {
    const v = (Array.isArray(s[k]) ? (s[k] as unknown[]) : [s[k]]).filter((x): x is string => typeof x === "string" && x !== "").slice(0, most);
    const fit = k === "verdict" ? v.filter((x) => x === "allowed" || x === "refused") : v;
    if (fit.length > 0) out[k] = fit;
  }
  for (const k of texts) {
    const v = s[k];
    if (typeof v !== "string" || v === "") continue;
    if (k === "text" ? [...v].length >= 2 : !Number.isNaN(Date.parse(v))) out[k] = v.slice(0, 200);
  }
  if (out.nightFrom || out.nightTo) { // a night stands in their place
    delete out.footageFrom;
    delete out.footageTo;
  }
  if (typeof s.act === "string") out.act = s.act;
  return out as TrailSearch;
}

/** The conditions as one text, to keep a search by, and back. */
export function packed(c: Conditions): string {
  const q = new URLSearchParams();
  for (const k of lists) for (const v of c[k] ?? []) q.append(k, v);
  for (const k of texts) if (c[k]) q.set(k, c[k]);
  return q.toString();
}

export function unpacked(text: string): Conditions {
  const q = new URLSearchParams(text);
  const s: Record<string, unknown> = {};
  for (const k of lists) s[k] = q.getAll(k);
  for (const k of texts) s[k] = q.get(k) ?? undefined;
  const { act: _, ...c } = readSearch(s);
  return c;
}

/** One condition of one value, to show it and to take it away. */
export interface Chip {
  of: (typeof lists)[number] | "text" | "time" | "footage" | "night" | "looking";
  value: string;
  without: Conditions;
}

export function chips(c: Conditions): Chip[] {
  const out: Chip[] = [];
  const kinds = c.kind ?? [];
  if (looking.every((k) => kinds.includes(k))) {
    const rest = kinds.filter((k) => !looking.includes(k));
    out.push({ of: "looking", value: "", without: { ...c, kind: rest.length > 0 ? rest : undefined } });
  }
  for (const k of lists) {
    for (const v of c[k] ?? []) {
      if (k === "kind" && out[0]?.of === "looking" && looking.includes(v)) continue;
      const rest = (c[k] as string[]).filter((x) => x !== v);
      out.push({ of: k, value: v, without: { ...c, [k]: rest.length > 0 ? rest : undefined } });
    }
  }
  if (c.text) out.push({ of: "text", value: c.text, without: { ...c, text: undefined } });
  if (c.footageFrom || c.footageTo) out.push({ of: "footage", value: "", without: { ...c, footageFrom: undefined, footageTo: undefined } });
  if (c.nightFrom || c.nightTo) out.push({ of: "night", value: "", without: { ...c, nightFrom: undefined, nightTo: undefined } });
  if (c.from || c.to) out.push({ of: "time", value: "", without: { ...c, from: undefined, to: undefined } });
  return out;
}

/** A night: from the evening of a day to the morning after it. */
export interface Night {
  evening: number; // ms, noon of the day whose evening it is
  from: string;
  to: string;
}

const eveningHour = 20;
const morningHour = 8;

/** The last nights, the newest first; the one that goes on now is among them. */
export function nights(now: number, zone: string, n: number): Night[] {
  const w = wallTime(now, zone);
  const first = w.hour >= eveningHour ? 0 : 1;
  return Array.from({ length: n }, (_, i) => {
    const at = (days: number, hour: number): number => {
      const d = new Date(Date.UTC(w.year, w.month - 1, w.day - days));
      return instantOf({ year: d.getUTCFullYear(), month: d.getUTCMonth() + 1, day: d.getUTCDate(), hour, minute: 0, second: 0 }, zone);
    };
    return { evening: at(first + i, 12), from: new Date(at(first + i, eveningHour)).toISOString(), to: new Date(at(first + i - 1, morningHour)).toISOString() };
  });
}

/** The question about one night: what was done in it, and what looked at its footage whenever. */
export const ofNight = (c: Conditions, n: Night): Conditions => ({ ...c, kind: c.kind ?? looking, footageFrom: undefined, footageTo: undefined, nightFrom: n.from, nightTo: n.to });
