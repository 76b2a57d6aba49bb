import type { TFunction } from "i18next";
import { dateText } from "../time/zone";
import { bytesText } from "../ui/numbers";

/** What a forecast of the storage comes to, on every page in the same words. */
export interface Outlook {
  unknown?: "rates" | "places";
  away: readonly string[];
  used: number;
  usable: number;
  boundless: boolean;
  keepsDays: number | null;
  minimumDays: number;
  shortOn: string | null;
  fullOn: string | null;
}

export const usedText = (t: TFunction, o: Outlook, used = o.used): string => t(o.boundless ? "storage.usedOfMore" : "storage.usedOf", { used: bytesText(used), usable: bytesText(o.usable) });

/** Whole days, as the alarms and the faults of the server tell them. */
export const daysText = (t: TFunction, days: number): string => (days < 1 ? t("common.underOne") : String(Math.floor(days)));

export const roomText = (t: TFunction, keeps: number, of: number): string => t("capacity.keeps", { keeps: daysText(t, keeps), of });

/** For how long everything is kept, as far as that is known yet. */
export const keepsText = (t: TFunction, o: Outlook): string => (o.keepsDays === null ? t(`storage.unknown_${o.unknown ?? "rates"}`) : roomText(t, o.keepsDays, o.minimumDays));

/** Whether that is enough; undefined while it is not known. */
export const enoughText = (t: TFunction, o: Outlook, zone: string): string | undefined => (o.keepsDays === null ? undefined : o.shortOn ? t("capacity.short_on", { on: dateText(Date.parse(o.shortOn), zone) }) : t("capacity.holds"));

/** When all is full. */
export const fullText = (t: TFunction, o: Outlook, zone: string): string => (o.keepsDays === null ? t("storage.unmeasured") : o.fullOn ? t("storage.fullIfNothing", { day: dateText(Date.parse(o.fullOn), zone) }) : t("storage.notFull"));

/** What a disk or archive tier is called; a number where whoever looks may not read storage. */
export const placeName = (t: TFunction, id: string): string => (id === "main" ? t("storage.mainDisk") : /^\d+$/.test(id) ? t("storage.diskNumber", { number: id }) : id);

/** What does not answer and is not counted; undefined where all is. */
export const awayText = (t: TFunction, o: Outlook): string | undefined => (o.away.length === 0 ? undefined : t("storage.without", { places: o.away.map((id) => placeName(t, id)).join(t("common.comma")) }));
