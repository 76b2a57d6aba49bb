import type { TFunction } from "i18next";
import type { Alarm } from "../api/types";
import { daysText } from "../keeping/outlook";
import { whenText } from "./status";

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** An alarm in words, its instants in the zone of the site; a fault of a disk or a tier says of which. */
export function alarmText(t: TFunction, a: Pick<Alarm, "code" | "params"> & { detail?: string }, zone: string): string {
  const params = Object.fromEntries(Object.entries(a.params ?? {}).map(([name, v]) => [name, typeof v === "string" && instant.test(v) ? whenText(Date.parse(v), zone) : v]));
  const kind = String(a.params?.kind);
  const place = a.code === "storage_fault" && /^(volume|tier)_/.test(kind) ? String(a.params?.subject ?? "") : "";
  const right = a.params?.right; // of an emergency right
  if (a.code === "storage_fault" && kind === "footage_damaged") return t("alarm.storage_fault_footage", { what: t(`storageFault.${kind}`) });
  if (a.code === "storage_forecast") params.keeps = daysText(t, Number(params.keeps));
  const what = { ...params, what: right === undefined ? t(`storageFault.${kind}`, { defaultValue: "" }) : t(`emergency.name.${String(right)}`, { defaultValue: String(right) }), defaultValue: a.detail };
  return place ? t("alarm.storage_fault_of", { ...what, place: place === "main" ? t("storage.mainDisk") : place }) : t(`alarm.${a.code}`, what);
}
