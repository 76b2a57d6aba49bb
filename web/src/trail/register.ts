import type { Act } from "../api/types";

/** Acts that are told in one line, newest first. */
export interface Line {
  act: Act; // the newest of them
  cameras: string[];
  count: number;
}

const within = 60_000; // ms between the first and the last of one line
const watching = new Set(["live.opened", "live.continued", "live.closed", "live.picture"]);

// What must agree for two acts to be one to a reader: opening a wall watches many
// cameras, and one viewing names several.
function sense(a: Act): string {
  const d = a.detail;
  const rule = a.decision?.rule?.startsWith("emergency/") ? a.decision.rule : "";
  return JSON.stringify([rule, a.person, a.kind, d.reason, d.note, d.purpose, ...(watching.has(a.kind) ? [] : [d.from, d.to, a.subject])]);
}

/** Puts neighbouring acts together that differ in nothing but the camera. */
export function lines(acts: readonly Act[]): Line[] {
  const out: Line[] = [];
  for (const act of acts) {
    const named = act.camera ? [act.camera] : [];
    const last = out.at(-1);
    if (last && act.camera && last.cameras.length > 0 && sense(last.act) === sense(act) && Date.parse(last.act.at) - Date.parse(act.at) <= within) {
      last.count++;
      if (!last.cameras.includes(act.camera)) last.cameras.push(act.camera);
    } else out.push({ act, cameras: named, count: 1 });
  }
  return out;
}

/** How an act belongs to a night. */
export type InNight =
  | "live" // watched live in it
  | "both" // footage of the night, looked at in it
  | "other" // in the night, at footage of another time
  | "later" // footage of the night, looked at afterwards
  | "done"; // in the night, and about no footage

/** Tells what was done in a night from what was looked at of it; undefined: neither. */
export function inNight({ at, kind, footage }: Act, from?: string, to?: string): InNight | undefined {
  const begin = from ? Date.parse(from) : -Infinity;
  const end = to ? Date.parse(to) : Infinity;
  const done = Date.parse(at) >= begin && Date.parse(at) < end;
  if (kind.startsWith("live.")) return "live"; // what it saw is what happened then, also where it began before
  const seen = footage && Date.parse(footage.to) > begin && Date.parse(footage.from) < end;
  if (seen) return done ? "both" : "later";
  return done ? (footage ? "other" : "done") : undefined;
}

/** An instant in the detail of an act, µs since 1970 UTC or RFC 3339, in ms. */
export function instant(v: unknown): number | undefined {
  const ms = typeof v === "number" ? v / 1000 : typeof v === "string" ? Date.parse(v) : NaN;
  return Number.isFinite(ms) ? ms : undefined;
}

/** When a recorder that died gave its last sign of life and when the next was there, ms since 1970 UTC; undefined: the act is of no such thing. */
export function outage({ kind, detail }: Pick<Act, "kind" | "detail">): { alive: number; back: number } | undefined {
  const alive = instant(detail.alive);
  const back = instant(detail.back);
  return kind === "recorder.died" && alive !== undefined && back !== undefined ? { alive, back } : undefined;
}

/** When what an act of refusals tells of was refused first, ms since 1970 UTC; undefined: at the act itself, or it is of none. */
export function refusedSince({ kind, at, detail }: Pick<Act, "kind" | "at" | "detail">): number | undefined {
  const since = instant(detail.since);
  return /^(access|token)\.refused$/.test(kind) && since !== undefined && Date.parse(at) - since >= 1000 ? since : undefined;
}

/** Whom or what an act was done to, beyond its camera, as the act itself tells it. */
export interface About {
  name?: string; // of the person, the token, the layout, the bookmark, or the address
  positions?: { from?: string[]; to: string[] };
  owner?: string; // of a token
  actions?: string[]; // a token's
}

/** The words for what was done; where an act notes what is wrong with footage, for that. */
export function deed(t: (k: string, o?: Record<string, unknown>) => string, { kind, detail }: Pick<Act, "kind" | "detail">): string {
  const words = t(`act.${kind.replace(".", "_")}`, { defaultValue: kind });
  return kind === "footage.damaged" ? t(`storageFault.found_${String(detail.kind)}`, { defaultValue: words }) : words;
}

const text = (v: unknown): string | undefined => (typeof v === "string" && v !== "" ? v : undefined);
const texts = (v: unknown): string[] | undefined => (Array.isArray(v) ? v.filter((x): x is string => typeof x === "string") : undefined);

/** nameOf gives a person's present name, or the id again where it is not known. */
export function about({ kind, person, subject, detail: d }: Act, nameOf: (id: string) => string): About {
  const known = (id: unknown): string | undefined => {
    const name = text(id) && nameOf(String(id));
    return name && name !== id ? name : undefined;
  };
  switch (kind) {
    case "person.created": {
      const username = text(d.username);
      const shown = text(d.displayName) ?? username;
      return { name: shown && username && shown !== username ? `${shown} (${username})` : shown, positions: { to: texts(d.positions) ?? [] } };
    }
    case "person.renamed":
      return { name: `${text(d.from) ?? ""} → ${text(d.to) ?? ""}` };
    case "person.positions_changed":
      return { name: known(subject), positions: { from: texts(d.from) ?? [], to: texts(d.to) ?? [] } };
    case "person.confirmed":
      return { name: known(subject) ?? text(d.username), positions: { to: texts(d.positions) ?? [] } };
    case "person.disabled": case "person.enabled": case "person.password_reset": case "person.left_directory":
      return { name: known(subject) };
    case "token.created": case "token.revoked":
      return { name: text(d.name), owner: known(d.person), actions: texts(d.actions) };
    case "factor.enrolled": case "factor.removed": case "factor.used":
      return { name: text(d.name), owner: d.person !== person ? known(d.person) : undefined };
    case "card.issued": case "card.pin_chosen": case "card.locked": case "card.unlocked":
      return { name: text(d.name), owner: d.person !== person ? known(d.person) : undefined };
    case "factor.renamed":
      return { name: `${text(d.from) ?? ""} → ${text(d.to) ?? ""}` };
    case "camera.tested":
      return { name: text(d.host) };
    case "person.identity_linked": case "person.identity_unlinked":
      return { name: known(subject) ?? text(d.username) };
    case "directory.mapping_changed":
      return { name: text(subject) };
    case "bookmark.created":
      return { name: text(d.title) };
    case "layout.created": case "layout.changed": case "layout.deleted":
      return { name: text(d.name) };
  }
  return {};
}
