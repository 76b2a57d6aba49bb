import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { ReviewLine } from "../api/types";
import { useCan, useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { dateText } from "../time/zone";
import { usePeopleNames } from "../ui/people";

/** Who holds what at present, since when, and when it was last used. */
export function Held() {
  const { data, error, refetch } = useQuery({ queryKey: ["rights-held"], queryFn: api.rightsReviews.held });
  if (error && !data) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!data) return <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 8 }} /></div>;
  return <ul className="rows panel">{data.map((l) => <li key={l.kind + (l.subject ?? "") + l.person + l.position} className="review-line review-plain"><Line line={l} /></li>)}</ul>;
}

const month = 30 * 86_400_000; // ms
const idle = 3 * month; // what was given so long ago and never used stands out
const looked = 13 * month; // how far back uses are looked for

/** Where something is held, in names. */
export function usePlaces(ids: string[]): string {
  const { t } = useTranslation();
  const can = useCan();
  const areas = useQuery({ queryKey: ["areas"], queryFn: api.areas.list, enabled: can("camera.read") && ids.length > 0 });
  return ids.length === 0 ? t("review.everywhere") : ids.map((a) => areas.data?.find((x) => x.id === a)?.name ?? (areas.data ? t("org.elsewhere") : a)).join(t("common.comma"));
}

/** Whose a line is, or what it is called. */
export const titleOf = (t: TFunction, l: ReviewLine, nameOf: (id: string) => string): string =>
  l.kind === "position" ? nameOf(l.person) : l.kind === "token" ? t("review.tokenOf", { name: l.name, person: nameOf(l.person) }) : l.name ?? "";

/** What a line gives. */
export function whatOf(t: TFunction, l: ReviewLine, position: string): string {
  const actions = (l.actions ?? []).map((a) => t(`action.${a.replaceAll(".", "_")}`, { defaultValue: a })).join(t("common.comma"));
  if (l.kind === "token") return actions;
  if (l.kind === "rule") return t(l.deny ? "review.forbids" : "review.allows", { position, actions });
  return l.kind === "group" ? t("review.gives", { position, directory: l.directory }) : position;
}

/** The cells of a line. */
export function Line({ line: l, more }: { line: ReviewLine; more?: string }) {
  const { t } = useTranslation();
  const zone = useZone();
  const nameOf = usePeopleNames();
  const areas = usePlaces(l.areas);
  const position = t(`position.${l.position}`, { defaultValue: l.position });
  const held = l.since ? Date.now() - Date.parse(l.since) : Infinity;
  const day = (s: string): string => dateText(Date.parse(s), zone);
  return (
    <>
      <span className="wrap"><strong>{titleOf(t, l, nameOf)}</strong>{l.kind === "position" ? null : <span className="tag">{t(`review.kind_${l.kind}`)}</span>}{more ? <span className="tag">{more}</span> : null}{l.alone ? <span className="tag tag-amber">{t("review.alone")}</span> : null}{l.open ? null : <span className="tag">{t("review.closedAccount")}</span>}</span>
      <span className="wrap">{whatOf(t, l, position)}{l.kind === "position" || l.kind === "rule" ? <span className="dim">{areas}</span> : null}</span>
      <span className="num">{l.since ? t("review.since", { date: day(l.since) }) : null}{l.until ? <span className="dim">{t("review.until", { date: day(l.until) })}</span> : null}</span>
      <span className={`num${l.usedAt || held < idle ? "" : " review-idle"}`}>{l.kind === "group" ? t("review.usedUnknown") : l.usedAt ? t("review.used", { date: day(l.usedAt) }) : t(held < looked ? "review.unusedSince" : "review.unused")}</span>
    </>
  );
}
