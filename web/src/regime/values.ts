import type { TFunction } from "i18next";
import type { Parameter } from "../api/types";

type Form = Pick<Parameter, "kind" | "unit" | "ofDay">;

const spanForm = /^(?=.)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/** Seconds of a duration as the server writes it, such as "1d12h". */
export function spanSeconds(text: unknown): number | undefined {
  const m = typeof text === "string" ? spanForm.exec(text) : null;
  return m ? Number(m[1] ?? 0) * 86_400 + Number(m[2] ?? 0) * 3600 + Number(m[3] ?? 0) * 60 + Number(m[4] ?? 0) : undefined;
}

export const spanUnits = { d: 86_400, h: 3600, m: 60, s: 1 } as const;
export type SpanUnit = keyof typeof spanUnits;

/** The largest unit of which a duration is a whole number, and that number. */
export function spanParts(seconds: number): { count: number; unit: SpanUnit } {
  for (const unit of ["d", "h", "m"] as const) if (seconds > 0 && seconds % spanUnits[unit] === 0) return { count: seconds / spanUnits[unit], unit };
  return { count: seconds, unit: seconds === 0 ? "m" : "s" };
}

export const spanOf = (count: number, unit: SpanUnit): string => `${count}${unit}`;

/** A time of the day as a duration since midnight, and back. */
export function dayTime(text: string): string | undefined {
  const m = /^(\d{1,2}):(\d{2})$/.exec(text.trim());
  if (!m) return undefined;
  const [h, min] = [Number(m[1]), Number(m[2])];
  return min < 60 && (h < 24 || (h === 24 && min === 0)) ? `${h * 60 + min}m` : undefined;
}
export function dayTimeText(seconds: number): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor((seconds % 3600) / 60))}`;
}

/** A length of time in all its units: 1 day 12 h. */
function spanText(t: TFunction, seconds: number): string {
  if (seconds === 0) return t("duration.m", { m: 0 });
  const parts: string[] = [];
  let rest = seconds;
  for (const unit of ["d", "h", "m", "s"] as const) {
    const n = Math.floor(rest / spanUnits[unit]);
    if (n > 0) parts.push(t(`duration.${unit}`, unit === "d" ? { count: n } : { [unit]: n }));
    rest %= spanUnits[unit];
  }
  return parts.join(" ");
}

/** A value in words. */
export function valueText(t: TFunction, of: Form, value: unknown): string {
  if (value === null || value === undefined) return "–";
  const known = (key: string, word: string): string => t(`${key}.${word}`, { defaultValue: word });
  switch (of.kind) {
    case "int":
      return of.unit ? t(`parameters.unit.${of.unit}`, { count: Number(value), defaultValue: String(value) }) : String(value);
    case "duration": {
      const s = spanSeconds(value);
      if (s === undefined) return String(value);
      return of.ofDay ? dayTimeText(s) : spanText(t, s);
    }
    case "bool":
      return t(value === true ? "common.yes" : "common.no");
    case "word":
      return known("parameters.word", String(value));
    case "words":
    case "names": {
      const list = Array.isArray(value) ? value : [];
      if (list.length === 0) return t("common.none");
      return list.map((w) => known(of.kind === "names" ? "position" : "parameters.word", String(w))).join(t("common.comma"));
    }
  }
}

/** A value of which only the form is known, as records tell it. */
export function looseText(t: TFunction, value: unknown): string {
  if (typeof value === "boolean") return valueText(t, { kind: "bool" }, value);
  if (Array.isArray(value)) return value.length === 0 ? t("common.none") : value.map((w) => t(`parameters.word.${String(w)}`, { defaultValue: t(`position.${String(w)}`, { defaultValue: String(w) }) })).join(t("common.comma"));
  return spanSeconds(value) === undefined ? rawText(value) : valueText(t, { kind: "duration" }, value);
}

/** The name of a pack: those of the program in words, an own one as it calls itself. */
export const packName = (t: TFunction, name: string): string => t(`parameters.pack.${name}`, { defaultValue: name });

/** A value of a key that this version does not know. */
export const rawText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** What stands before the first point of a key. */
export const groupOf = (key: string): string => key.split(".", 1)[0] ?? key;

/** The key of the texts about a parameter. */
export const textKey = (key: string): string => key.replaceAll(".", "_");
