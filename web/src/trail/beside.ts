import type { TFunction } from "i18next";
import type { Act } from "../api/types";
import { wordsOf } from "../disclosure/words";
import { dateTimeText } from "../time/zone";

type Say = TFunction | ((key: string, o?: Record<string, unknown>) => string);

const time = (at: string, zone: string): string => dateTimeText(Date.parse(at), zone);

/** That an act was allowed by an emergency right, what had happened and until when it ran; undefined: by an ordinary right, or not at all. */
export function byEmergency(t: Say, { decision, emergency: e }: Pick<Act, "decision" | "emergency">, zone: string): string | undefined {
  if (decision?.verdict !== "allowed" || !decision.rule?.startsWith("emergency/")) return undefined;
  return e ? t("acts.byEmergency", { cause: t(`emergency.causes.${e.cause}`, { defaultValue: e.cause }), until: time(e.until, zone) }) : t("acts.byEmergencyAlone");
}

/** What became of a reason that was to be given after the look; undefined: none was. */
export function reasonLater(t: Say, { reasonDue: r }: Pick<Act, "reasonDue">, zone: string): { text: string; missing: boolean } | undefined {
  if (!r) return undefined;
  if (r.givenAt) return { text: t("acts.reasonGiven", { time: time(r.givenAt, zone), reason: r.reason }), missing: false };
  return { text: t(r.missingSince ? "acts.reasonMissing" : "acts.reasonDue", { time: time(r.dueAt, zone) }), missing: r.missingSince !== undefined };
}

interface Words { zh: string; en: string }

function then(t: Say, was: Words, now: Words | undefined, language: string): string {
  const [a, b] = [wordsOf(was, language), now ? wordsOf(now, language) : undefined];
  return b === undefined || b === a ? a : t("acts.calledThen", { name: a, now: b });
}

/** What the purpose of an act was called and based on that day, with what it is now where that differs; undefined: it is not in the register. */
export function calledThen(t: Say, { purposeThen: p }: Pick<Act, "purposeThen">, language: string): { name: string; basis: string } | undefined {
  return p && { name: then(t, p.name, p.nameNow, language), basis: then(t, p.basis, p.basisNow, language) };
}

/** What a position of an act was called that day, with what it is called now where that differs. */
export function positionThen(t: Say, { positionsThen }: Pick<Act, "positionsThen">, code: string, language: string): string {
  const was = positionsThen?.find((p) => p.position === code);
  return was ? then(t, was.name, was.nameNow, language) : t(`position.${code}`, { defaultValue: code });
}
