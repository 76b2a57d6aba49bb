// What positions somebody holds, as a form has them: by position, with days of the site.
import type { TFunction } from "i18next";
import { Problem } from "../api/problem";
import type { Holding } from "../api/types";
import { dayBegin, dayEnd, firstDay, lastDay } from "./day";

export interface HeldPosition { on: boolean; areas: string[]; from: string; until: string }
export type Held = Record<string, HeldPosition>;

const none: HeldPosition = { on: false, areas: [], from: "", until: "" };

export function heldOf(holdings: readonly Holding[], positions: readonly string[], zone: string): Held {
  return Object.fromEntries(positions.map((p) => {
    const h = holdings.find((x) => x.position === p);
    return [p, h ? { on: true, areas: h.areas ?? [], from: h.from ? firstDay(h.from, zone) : "", until: h.until ? lastDay(h.until, zone) : "" } : none];
  }));
}

/** What the form says is to be held. A day that nobody touched keeps the hour that it had. */
export function holdingsOf(held: Held, was: readonly Holding[], zone: string): Holding[] {
  return Object.entries(held).filter(([, h]) => h.on).map(([position, h]) => {
    const before = was.find((x) => x.position === position);
    const from = !h.from ? undefined : before?.from && firstDay(before.from, zone) === h.from ? before.from : dayBegin(h.from, zone);
    const until = !h.until ? undefined : before?.until && lastDay(before.until, zone) === h.until ? before.until : dayEnd(h.until, zone);
    return { position, ...((h.areas ?? []).length > 0 ? { areas: h.areas } : {}), ...(from ? { from } : {}), ...(until ? { until } : {}) };
  });
}

export function sameHoldings(a: readonly Holding[], b: readonly Holding[]): boolean {
  const at = (time: string | undefined): number => (time ? Date.parse(time) : 0);
  const words = (list: readonly Holding[]): string => JSON.stringify([...list].map((h) => [h.position, [...(h.areas ?? [])].sort(), at(h.from), at(h.until)]).sort());
  return words(a) === words(b);
}

/** Where and how long a position is held, in words; empty where it is everywhere and for good. */
export function holdingText(t: TFunction, h: Holding, areaName: (id: string) => string, day: (ms: number) => string): string {
  return [
    (h.areas ?? []).length > 0 ? t("rights.heldIn", { areas: (h.areas ?? []).map(areaName).join(t("common.comma")) }) : "",
    h.from && Date.parse(h.from) > Date.now() ? t("rights.heldFrom", { date: day(Date.parse(h.from)) }) : "",
    h.until ? t("rights.heldUntil", { date: day(Date.parse(h.until) - 1) }) : "",
  ].filter((x) => x !== "").join(t("common.comma"));
}

const fieldOf: Record<string, keyof HeldPosition> = { position_time: "until", position_areas: "areas", position_boxed: "until", position_narrow: "on" };

/** A refusal that is about one position, put at its field of the form. */
export function atPosition(e: unknown): unknown {
  if (!(e instanceof Problem) || typeof e.params.position !== "string") return e;
  const location = `body.held.${e.params.position}.${fieldOf[e.code] ?? "on"}`;
  return new Problem(e.status, e.code, e.detail, e.params, [{ location, message: e.detail }]);
}
