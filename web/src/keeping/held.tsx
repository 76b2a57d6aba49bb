import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Hold } from "../api/types";
import { useZone } from "../app/session";
import { dateTimeText } from "../time/zone";
import { minute } from "../timeline/scale";
import { bytesText } from "../ui/numbers";
import { usePeopleNames } from "../ui/people";
import { CameraNames, Sign } from "./parts";

/** Whether all that was recorded before an instant is in the catalogue: a segment gets there once it is whole. */
export const settled = (to: number): boolean => to < Date.now() - 30 * minute;

/** What a hold would keep at present; a mistyped year keeps nothing, and that is said before it is too late. */
export function HoldPreview({ cameras, from, to }: { cameras: string[]; from: number | undefined; to: number | undefined }) {
  const { t } = useTranslation();
  const asked = cameras.length > 0 && from !== undefined && to !== undefined && to > from;
  const body = { cameras, from: new Date(from ?? 0).toISOString(), to: new Date(to ?? 0).toISOString() };
  const { data, error } = useQuery({ queryKey: ["hold-preview", body], queryFn: ({ signal }) => api.holds.preview(body, signal), enabled: asked, staleTime: 0, retry: false });
  const done = to !== undefined && settled(to);
  return (
    <section className="preview" aria-live="polite" aria-label={t("holds.preview")}>
      <h3>{t("holds.preview")}</h3>
      {!asked ? <p className="dim">{t("holds.previewFirst")}</p> : null}
      {asked && error ? <p className="fault-text">{problemText(t, error)}</p> : null}
      {asked && !data && !error ? <p className="dim">{t("common.loading")}</p> : null}
      {asked && data ? (
        <>
          {data.segments > 0 ? <p><Sign tone="ok">{t("holds.previewHolds", { count: data.segments, size: bytesText(data.bytes) })}</Sign></p> : null}
          {data.unfinished > 0 ? <p><Sign tone="amber">{t("holds.previewUnfinished", { count: data.unfinished })}</Sign></p> : null}
          {data.segments === 0 && data.unfinished === 0 && done ? <p><Sign tone="amber">{t("holds.previewNothing")}</Sign></p> : null}
          {data.segments > 0 && data.empty.length > 0 && done ? <p><Sign tone="amber">{t("holds.previewEmpty")} <CameraNames ids={data.empty} /></Sign></p> : null}
          {!done ? <p><Sign tone="busy">{t("holds.previewAhead")}</Sign></p> : null}
        </>
      ) : null}
    </section>
  );
}

/** Every release that was asked for and decided on: who asked, who decided, and their words. */
export function Releases({ hold: h }: { hold: Hold }) {
  const { t } = useTranslation();
  const zone = useZone();
  const names = usePeopleNames();
  const at = (time: string): string => dateTimeText(Date.parse(time), zone);
  if (h.decided.length === 0) return null;
  return (
    <section aria-label={t("holds.releases")}>
      <h3 className="detail-sub">{t("holds.releases")}</h3>
      <ol className="steps">
        {h.decided.flatMap((r) => [
          <li key={`${r.at}/asked`}>
            <Sign tone="grey">{t("holds.askedBy", { name: names(r.by), time: at(r.at) })}</Sign>
            <span className="dim wrap">{r.reason}</span>
          </li>,
          <li key={`${r.at}/decided`}>
            <Sign tone={r.decision === "approved" ? "ok" : "grey"}>{t(`holds.decided_${r.decision}`, { name: names(r.decidedBy), time: at(r.decidedAt) })}</Sign>
            {r.note ? <span className="dim wrap">{r.note}</span> : null}
          </li>,
        ])}
      </ol>
    </section>
  );
}
