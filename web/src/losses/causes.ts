import type { TFunction } from "i18next";
import type { LossStatement } from "../api/types";
import { durationText } from "../ui/duration";

type Part = LossStatement["cameras"][number]["causes"][number];

const word = (t: TFunction, cause: string): string => t(`cause.${cause}`, { defaultValue: t("cause.unknown") });

/** All causes of a statement, in the order in which they came. */
export const causesText = (t: TFunction, causes: readonly string[]): string => [...new Set(causes.map((c) => word(t, c)))].join(t("common.comma"));

/** The causes of one outage, with how long each was where there are several and that is known. */
export const partsText = (t: TFunction, parts: readonly Part[]): string =>
  parts.length === 1
    ? causesText(t, parts.map((p) => p.cause))
    : parts.map(({ cause, seconds }) => (seconds === null ? word(t, cause) : `${word(t, cause)} ${durationText(t, seconds * 1000)}`)).join(t("common.comma"));
