import type { Act } from "../api/types";

/** Acts that are told in one line, newest first. */
export interface Line {
  act: Act; // the newest of them
  cameras: string[];
  count: number;
}

const within = 60_000; // ms between the first and the last of one line
const watching = new Set(["live.opened", "live.picture"]);

// What must agree for two acts to be one to a reader: opening a wall watches many
// cameras, and one viewing names several.
function sense(a: Act): string {
  const d = a.detail;
  return JSON.stringify([a.person, a.kind, d.reason, d.purpose, d.from, d.to, watching.has(a.kind) ? "" : a.subject]);
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

/** An instant in the detail of an act, µs since 1970 UTC or RFC 3339, in ms. */
export function instant(v: unknown): number | undefined {
  const ms = typeof v === "number" ? v / 1000 : typeof v === "string" ? Date.parse(v) : NaN;
  return Number.isFinite(ms) ? ms : undefined;
}
