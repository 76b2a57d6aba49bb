import { useQuery } from "@tanstack/react-query";
import { Select, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { useCameraMap } from "../api/queries";
import { useZone } from "../app/session";
import { LoadFault, Notice } from "../app/states";
import { wallTime } from "../time/zone";
import { durationText } from "../ui/duration";
import { percentText } from "./cell";

/** The months up to the present one, the newest first: 2026-11. */
function monthsOf(now: number, zone: string, count: number): string[] {
  const { year, month } = wallTime(now, zone);
  return Array.from({ length: count }, (_, i) => new Date(Date.UTC(year, month - 1 - i, 1)).toISOString().slice(0, 7));
}

/** How much of what was demanded was recorded, camera by camera, the worst first. */
export function Months() {
  const { t } = useTranslation();
  const zone = useZone();
  const cameras = useCameraMap();
  const months = monthsOf(Date.now(), zone, 12);
  const [month, setMonth] = useState(months[0] ?? "");
  const { data, error, refetch } = useQuery({ queryKey: ["coverage", "month", month], queryFn: () => api.coverage.month(month), refetchInterval: 60_000 });
  const rows = [...(data ?? [])].sort((a, b) => (a.availability ?? 2) - (b.availability ?? 2));
  const length = (s: number): string => (s > 0 ? durationText(t, s * 1000) : "–");
  return (
    <section className="panel coverage-part" aria-label={t("coverage.month")}>
      <header className="coverage-head">
        <h2>{t("coverage.month")}</h2>
        <Select className="num" value={month} onChange={setMonth} aria-label={t("coverage.monthChoose")} options={months.map((m) => ({ value: m, label: m }))} />
        {data?.some((m) => m.partial) ? <span className="dim">{t("coverage.monthPartial")}</span> : null}
      </header>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel-pad"><Skeleton active title={false} paragraph={{ rows: 3 }} /></div> : null}
      {data && data.length === 0 ? <Notice title={t("state.empty")}>{t("coverage.monthNone")}</Notice> : null}
      {rows.length > 0 ? (
        <div className="table-frame" tabIndex={0} role="region" aria-label={t("coverage.month")}>
          <table className="table">
            <thead>
              <tr>
                <th>{t("common.camera")}</th><th className="figure">{t("coverage.availability")}</th><th className="figure">{t("coverage.recorded")}</th>
                <th className="figure">{t("coverage.unplanned")}</th><th className="figure">{t("coverage.planned")}</th><th className="figure">{t("coverage.removed")}</th><th className="figure">{t("coverage.gaps")}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((m) => (
                <tr key={m.camera}>
                  <td data-label={t("common.camera")} className="wrap coverage-camera">{cameras.get(m.camera)?.name ?? m.camera}</td>
                  <td data-label={t("coverage.availability")} className="figure num"><strong>{m.availability === null ? t("coverage.nothingDemanded") : percentText(m.availability)}</strong></td>
                  <td data-label={t("coverage.recorded")} className="figure num">{length(m.recorded)}</td>
                  <td data-label={t("coverage.unplanned")} className="figure num">{length(m.unplanned)}</td>
                  <td data-label={t("coverage.planned")} className="figure num">{length(m.planned)}</td>
                  <td data-label={t("coverage.removed")} className="figure num">{length(m.removed)}</td>
                  <td data-label={t("coverage.gaps")} className="figure num">{m.gaps}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </section>
  );
}
