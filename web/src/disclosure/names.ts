import type { TFunction } from "i18next";
import type { Present } from "../api/types";

/** Those who were there, by name, and from outside with their unit. */
export const presentText = (t: TFunction, all: readonly { name?: string; unit?: string; person?: string }[]): string =>
  all.map((p) => (p.person ? p.name || p.person : t("present.outsider", { name: p.name, unit: p.unit }))).join(t("common.comma"));

/** Without the rows that nobody has filled in. */
export const named = (all: readonly Present[] | undefined): Present[] =>
  (all ?? []).map((p): Present => (p.person ? { person: p.person } : { name: (p.name ?? "").trim(), unit: (p.unit ?? "").trim() })).filter((p) => p.person || p.name || p.unit);
