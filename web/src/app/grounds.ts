import type { TFunction } from "i18next";
import type { Problem } from "../api/problem";

/** What a refusal rests on, in words; what it does not tell is left out. */
export interface Grounds {
  rule?: string;
  deciders?: string;
  request?: boolean; // it needs a request that was approved
}

// Parameters of the house that refuse by themselves.
const parameters: Record<string, string> = {
  viewing_graded: "viewing_request_grade",
  duty_review_off_duty: "viewing_own_on_duty",
  duty_review_bounds: "viewing_own_back",
  token_right_missing: "",
  right_control_room: "control_room_kept_from",
};

const requests = ["viewing_request", "viewing_graded", "purpose_request"];

// What an emergency right helps against: it gives pictures for some minutes, be they too old
// or too well guarded, and nothing against a rule that denies.
const helped = ["viewing_too_old", "viewing_request", "viewing_graded", "viewing_second", "right_grade", "right_on_duty", "purpose_request", "purpose_too_old", "right_pledge", "right_vetting", "right_licence"];

export const helps = (code: string): boolean => helped.includes(code);

export function grounds(t: TFunction, p: Pick<Problem, "code" | "params">): Grounds {
  const out: Grounds = {};
  const { rule, deciders, position } = p.params;
  const parameter = parameters[p.code];
  if (parameter) out.rule = t("refusal.byParameter", { name: t(`parameters.name.${parameter}`) });
  else if (typeof rule === "string" && rule !== "") {
    out.rule = rule.startsWith("built-in/")
      ? t("refusal.byProgram", { position: positionOf(t, typeof position === "string" ? position : (rule.split("/")[1] ?? "")) })
      : t("refusal.byRule", { rule });
  }
  if (Array.isArray(deciders) && deciders.length > 0) out.deciders = deciders.map((d) => positionOf(t, String(d))).join(t("common.comma"));
  if (requests.includes(p.code)) out.request = true;
  return out;
}

const positionOf = (t: TFunction, position: string): string => t(`position.${position}`, { defaultValue: position });
