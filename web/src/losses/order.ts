import type { StorageFault } from "../api/types";

const rank = (f: StorageFault): number => (f.closedAt ? 2 : f.escalatedAt ? 0 : 1);

/** Open ones that leaders were told of, other open ones, closed ones; the newest first among equals. */
export function urgentFirst(list: readonly StorageFault[]): StorageFault[] {
  return [...list].sort((a, b) => rank(a) - rank(b) || Date.parse(b.openedAt) - Date.parse(a.openedAt));
}

export interface Missing { why: string; camera?: string; cameras: number; place?: string }

/** What stood against closing a fault when it was last looked at; undefined where that is not known yet or no more true. */
export function missing(f: StorageFault): Missing | undefined {
  if (f.closedAt || !f.overAt) return undefined;
  const last = f.steps.findLast((s) => s.step === "unproved" || s.step === "over");
  if (last?.step !== "unproved" || typeof last.detail.why !== "string") return undefined;
  return {
    why: last.detail.why,
    camera: typeof last.detail.camera === "string" ? last.detail.camera : undefined,
    place: typeof last.detail.place === "string" ? last.detail.place : undefined,
    cameras: typeof last.detail.cameras === "number" ? last.detail.cameras : 1,
  };
}

/** The code that what a disk or tier answered begins with, as in "footage_tier_away: This footage …"; empty where it is somebody else's words. */
export const reasonCode = (error: string): string => /^([a-z][a-z0-9_]*): /.exec(error)?.[1] ?? "";
