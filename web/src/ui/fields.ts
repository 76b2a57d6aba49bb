import type { TFunction } from "i18next";
import { problemText, Problem } from "../api/problem";

// A Chinese character says as much as two letters; the server counts alike.
const wide = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** How much a sentence says, in letters. */
export function weight(text: string | undefined): number {
  return [...(text ?? "").trim()].reduce((n, c) => n + (wide.test(c) ? 2 : 1), 0);
}

/** Demands a sentence that says something: four letters, or two Chinese characters. */
export const sentence = (refusal: string) => ({
  validator: async (_: unknown, v: string | undefined): Promise<void> => { if (weight(v) < 4) throw new Error(refusal); },
});

/** Refuses a number that does not fit; no field changes what was typed into it. An empty one is left to other rules. */
export const number = (least: number, most: number, whole: boolean, refusal: string) => ({
  validator: async (_: unknown, v: number | null | undefined): Promise<void> => {
    if (v !== null && v !== undefined && (!(v >= least && v <= most) || (whole && !Number.isInteger(v)))) throw new Error(refusal);
  },
});

const mostDays = 3650; // as the server has it

export const isDays = (v: unknown): v is number => Number.isInteger(v) && (v as number) >= 1 && (v as number) <= mostDays;

/** Refuses a number of days that is below what another field of the form asks for. */
export const notBelow = (least: () => unknown, refusal: (least: number) => string) => ({
  validator: async (_: unknown, v: unknown): Promise<void> => {
    const l = least();
    if (isDays(v) && isDays(l) && v < l) throw new Error(refusal(l));
  },
});

export const notAbove = (most: () => unknown, refusal: (most: number) => string) => ({
  validator: async (_: unknown, v: unknown): Promise<void> => {
    const m = most();
    if (isDays(v) && isDays(m) && v > m) throw new Error(refusal(m));
  },
});

/** Refuses what is no number of days for which footage can be kept, in the server's words. */
export const days = (t: TFunction, code: "retention_minimum" | "retention_maximum") => number(1, mostDays, true, problemText(t, new Problem(422, code, "")));
