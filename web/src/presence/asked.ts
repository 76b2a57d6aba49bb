import type { PresencePrompt, WatchDeparture } from "../api/presence";

/** How much of the time to answer is left, from 1 to 0. */
export function left(p: Pick<PresencePrompt, "at" | "due">, now: number): number {
  const from = Date.parse(p.at), to = Date.parse(p.due);
  return to > from ? Math.min(1, Math.max(0, (to - now) / (to - from))) : 0;
}

export interface Key { key: string; repeat: boolean; isTrusted: boolean; ctrlKey: boolean; metaKey: boolean; altKey: boolean; isComposing: boolean }

/**
 * What a key that was pressed answers to a prompt: the number of a tile, 0 where any key does, or
 * undefined where it answers nothing. A key that something leans on repeats, and is nobody's answer;
 * a number that is typed into a field is meant for the field.
 */
export function answerOf(tile: number | undefined, e: Key, typing: boolean): number | undefined {
  if (e.repeat || !e.isTrusted) return undefined;
  if (!tile) return 0;
  if (typing || e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return undefined;
  return /^[1-9]$/.test(e.key) ? Number(e.key) : undefined;
}

/** What somebody who asked to leave waits for. */
export type Next = "leader" | "relief" | "charge" | "leave" | undefined;

export function nextOf(d: Pick<WatchDeparture, "state" | "relief" | "person">, on: readonly { person: string; charge: boolean }[]): Next {
  if (d.state === "asked") return "leader";
  if (d.state !== "approved") return undefined;
  if (!on.some((a) => a.person === d.relief)) return "relief";
  return on.some((a) => a.person === d.person && a.charge) ? "charge" : "leave";
}
