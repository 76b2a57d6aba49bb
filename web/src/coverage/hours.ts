import type { TFunction } from "i18next";
import type { Hours, Recording } from "../api/types";

export const hoursText = (t: TFunction, h: Hours): string =>
  t("schedule.hours", { days: h.days.map((d) => t(`schedule.day_${d}`)).join(t("common.comma")), from: h.from, to: h.to });

/** When recording is demanded, in one line. */
export function recordingText(t: TFunction, r: Recording | undefined): string {
  if (!r) return "";
  const hours = r.hours.map((h) => hoursText(t, h));
  return [t(`schedule.${r.kind}`), ...hours, ...(r.kind === "business_hours" ? [t(r.stops ? "schedule.stops" : "schedule.goes_on")] : [])].join(t("common.comma"));
}
