// What positions may do, put so that a page can show it: pure functions over what the API says.
import type { TFunction } from "i18next";
import type { HouseRule, Rights, RightsPosition, RightsTerm, RightsTerms } from "../api/types";
import { durationText } from "../ui/duration";

/** The chapters in which rights are shown, and by the first word of a right the one that it stands in. */
export const chapters = ["watching", "cameras", "keeping", "losses", "people", "rules", "record", "system", "other"] as const;
export type Chapter = (typeof chapters)[number];
const chapterOf: Record<string, Chapter> = {
  live: "watching", playback: "watching", snapshot: "watching", bookmark: "watching", footage: "watching",
  camera: "cameras", area: "cameras", schedule: "cameras", maintenance: "cameras",
  storage: "keeping", retention: "keeping", hold: "keeping", deletion: "keeping",
  loss: "losses", fault: "losses",
  people: "people", stand_in: "people", token: "people",
  rights: "rules", parameter: "rules", purpose: "rules", emergency: "rules", shared_login: "people",
  act: "record", ledger: "record",
  system: "system", metrics: "system", console: "system",
};

/** Things that are about rights, by chapter in their own order; chapters without any are left out. */
export function byChapter<T>(all: readonly T[], actionOf: (x: T) => string): { chapter: Chapter; of: T[] }[] {
  const at = (x: T): Chapter => chapterOf[actionOf(x).split(".")[0] ?? ""] ?? "other";
  return chapters.map((chapter) => ({ chapter, of: all.filter((x) => at(x) === chapter) })).filter((c) => c.of.length > 0);
}

export const actionText = (t: TFunction, action: string): string => t(`action.${action.replace(".", "_")}`, { defaultValue: action });
export const positionText = (t: TFunction, position: string): string => t(`position.${position}`, { defaultValue: position });

export type Kind = "own" | "given" | "narrowed" | "denied" | "none" | "never";
export interface Cell { kind: Kind; rules: HouseRule[] }

const highest = 4;
const anywhere = (r: HouseRule): boolean => (r.areas ?? []).length === 0 && (r.fromGrade ?? 0) <= 1 && (r.toGrade === undefined || r.toGrade === 0 || r.toGrade >= highest);
const asks = (r: RightsTerm): boolean => Boolean(r.backMinutes || r.request || r.second || r.review);
const free = (r: HouseRule): boolean => anywhere(r) && !r.onDuty && !asks({ ...r, rule: r.id });

/** What rules make of a right of a position. */
export function cellOf(p: RightsPosition, action: string, rules: readonly HouseRule[]): Cell {
  const named = rules.filter((r) => r.actions.includes(action));
  const given = named.some((r) => !r.deny && r.position === p.position);
  // What is said of the position it goes by holds for it, too; where both are allowed something, its own rule counts.
  const speak = named.filter((r) => r.position === p.position || (r.position === p.basis && (r.deny || !given)));
  const allow = speak.filter((r) => !r.deny);
  const deny = speak.filter((r) => r.deny);
  const own = p.actions.includes(action);
  const kind = (): Kind => {
    if (!own && allow.length === 0) return p.never.includes(action) ? "never" : "none";
    if (deny.some(anywhere)) return "denied";
    if (deny.length > 0 || (allow.length > 0 && !allow.some(free))) return own ? "narrowed" : "given";
    return own ? "own" : "given";
  };
  return { kind: kind(), rules: speak };
}

const span = (t: TFunction, minutes: number): string => durationText(t, minutes * 60_000);

/** How a cell is narrowed, in a word or two each; nothing where it holds without more. */
export function shortTerms(t: TFunction, { kind, rules }: Cell): string[] {
  if (kind === "denied" || kind === "none" || kind === "never") return [];
  const words: string[] = [];
  for (const r of rules.some((x) => !x.deny && free(x)) ? rules.filter((x) => x.deny) : rules) {
    const areas = r.areas?.length ?? 0;
    if (areas > 0) words.push(t(r.deny ? "rights.short_denied" : "rights.short_areas", { count: areas }));
    else if (!anywhere(r)) words.push(t(r.deny ? "rights.short_deniedGrades" : "rights.short_grades"));
    if (r.onDuty) words.push(t("rights.short_onDuty"));
    if (r.backMinutes) words.push(t("rights.short_back", { span: span(t, r.backMinutes) }));
    if (r.request) words.push(t("rights.short_request"));
    if (r.second) words.push(t("rights.short_second"));
  }
  return [...new Set(words)];
}

/** What a rule says, without where and on what terms. */
export function ruleText(t: TFunction, r: HouseRule): string {
  return t(r.deny ? "rights.ruleMayNot" : "rights.ruleMay", { position: positionText(t, r.position), actions: r.actions.map((a) => actionText(t, a)).join(t("common.comma")) });
}

/** Where a rule holds and on what terms. */
export function ruleTerms(t: TFunction, r: HouseRule, areaName: (id: string) => string): string[] {
  const from = r.fromGrade || 1;
  const to = r.toGrade || highest;
  return [
    (r.areas ?? []).length > 0 ? t("rights.inAreas", { areas: (r.areas ?? []).map(areaName).join(t("common.comma")) }) : anywhere(r) ? t("rights.everywhere") : "",
    from === 1 && to === highest ? "" : from === to ? t("rights.gradeOne", { from }) : t("rights.grades", { from, to }),
    r.onDuty ? t("rights.onDuty") : "",
    ...termWords(t, { ...r, rule: r.id }),
    r.deny ? t("rights.wins") : "",
  ].filter((x) => x !== "");
}

/** What one way of holding a right demands. */
export function termWords(t: TFunction, term: RightsTerm): string[] {
  return [
    term.review ? t("rights.review") : "",
    term.backMinutes ? t("rights.back", { span: span(t, term.backMinutes) }) : "",
    term.request ? t("rights.request") : "",
    term.second ? t("rights.second") : "",
    term.graded ? t("rights.graded") : "",
  ].filter((x) => x !== "");
}

/** What the house demands of a right by the security grade of the camera, whatever the rules say, in a word or two each. */
export function gradeTerms(t: TFunction, action: string, { requestFrom, secondFrom }: Rights["demands"]): string[] {
  return [
    requestFrom && action === "playback.view" ? t("rights.short_requestFrom", { grade: requestFrom }) : "",
    secondFrom && (action === "playback.view" || action === "snapshot.take") ? t("rights.short_secondFrom", { grade: secondFrom }) : "",
  ].filter((x) => x !== "");
}

/** The same in sentences. */
export function gradeDemands(t: TFunction, d: Rights["demands"]): string[] {
  return [
    d.requestFrom ? t("rights.requestFrom", { grade: d.requestFrom }) : "",
    d.requestFrom && d.reviewMinutes ? t(d.reviewOnDuty ? "rights.reviewOnWatch" : "rights.reviewBack", { span: span(t, d.reviewMinutes) }) : "",
    d.secondFrom ? t("rights.secondFrom", { grade: d.secondFrom }) : "",
  ].filter((x) => x !== "");
}

const ways = (t: TFunction, list: readonly RightsTerm[] | null | undefined): string =>
  (list ?? []).length === 0 ? t("rights.free") : (list ?? []).map((w) => termWords(t, w).join(t("rights.andTerms"))).join(t("rights.orElse"));

/** On what terms a right is held: on watch, and off it where that differs. */
export function termsText(t: TFunction, terms: RightsTerms | null | undefined): string {
  if (!terms) return t("rights.free");
  const on = ways(t, terms.ways);
  const parts = terms.onDuty ? [t("rights.onDuty"), ...((terms.ways ?? []).length > 0 ? [on] : [])] : [on];
  if (terms.away) parts.push(t("rights.away", { terms: ways(t, terms.away) }));
  return parts.join(t("rights.andTerms"));
}

export type Difference = { kind: "new" | "gone" | "changed"; id: string; before?: HouseRule; after?: HouseRule };

// The server leaves out what is empty; a form does not.
const plain = (r: HouseRule): string => JSON.stringify([r.position, [...r.actions].sort(), Boolean(r.deny), [...(r.areas ?? [])].sort(), r.fromGrade ?? 0, r.toGrade ?? 0, Boolean(r.onDuty), r.backMinutes ?? 0, Boolean(r.request), Boolean(r.second), r.note ?? ""]);

/** What is different between two versions of the rules, rule by rule; rules are known by their names. */
export function differences(before: readonly HouseRule[], after: readonly HouseRule[]): Difference[] {
  const was = new Map(before.map((r) => [r.id, r]));
  const is = new Set(after.map((r) => r.id));
  const list: Difference[] = [];
  for (const r of after) {
    const b = was.get(r.id);
    if (!b) list.push({ kind: "new", id: r.id, after: r });
    else if (plain(b) !== plain(r)) list.push({ kind: "changed", id: r.id, before: b, after: r });
  }
  for (const r of before) if (!is.has(r.id)) list.push({ kind: "gone", id: r.id, before: r });
  return list;
}

/** A name for a rule that nobody has named: what it says, cut to what a name may be long. */
export function suggestedName(t: TFunction, r: Pick<HouseRule, "position" | "actions" | "deny">, taken: readonly string[]): string {
  const base = [...ruleText(t, { id: "", ...r })].slice(0, 54).join("");
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base} ${n}`;
    if (!taken.includes(name)) return name;
  }
}

/** Changes that are alike but for the camera, as one. */
export interface Effect { position: string; action: string; kind: "gains" | "loses" | "terms"; cameras: string[]; was?: RightsTerms; is?: RightsTerms }
interface Change { position: string; action: string; camera?: string; before: boolean; after: boolean; was?: RightsTerms; is?: RightsTerms }
export function effectsOf(changes: readonly Change[]): Effect[] {
  const by = new Map<string, Effect>();
  for (const c of changes) {
    const kind = c.before === c.after ? "terms" : c.after ? "gains" : "loses";
    const key = JSON.stringify([c.position, c.action, kind, c.was, c.is]);
    const e = by.get(key) ?? { position: c.position, action: c.action, kind, cameras: [], was: c.was, is: c.is };
    if (c.camera) e.cameras.push(c.camera);
    by.set(key, e);
  }
  return [...by.values()];
}
