import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Segmented, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { useCameraMap } from "../api/queries";
import { useZone } from "../app/session";
import { LoadFault, Needs, Notice } from "../app/states";
import { day, hour } from "../timeline/scale";
import { dateText, startOfDay } from "../time/zone";
import { DayDrawer } from "./day";
import { HeatMap, Legend } from "./map";
import { Months } from "./months";
import { Plans } from "./plans";
import "../pages/pages.css";
import "./coverage.css";

const lengths = [30, 60, 90, 120];

export function CoveragePage() {
  return (
    <Needs action="camera.read">
      <Coverage />
    </Needs>
  );
}

/** What was recorded, day by day: every figure opens to its gaps, every gap to its pictures. */
function Coverage() {
  const { t } = useTranslation();
  const zone = useZone();
  const cameras = useCameraMap();
  const navigate = useNavigate();
  const search = useSearch({ from: "/framed/coverage" });
  const days = search.days ?? 30;
  const noon = startOfDay(Date.now(), zone) + 12 * hour; // so that no change of the clock shifts a day
  const [from, to] = [dateText(noon - (days - 1) * day, zone), dateText(noon, zone)];
  const { data, error, refetch } = useQuery({
    queryKey: ["coverage", "map", from, to],
    queryFn: () => api.coverage.map(from, to),
    refetchInterval: (q) => (q.state.data?.pending ? 15_000 : 60_000),
    placeholderData: (old) => (old && old.dates.length === days ? old : undefined), // past midnight
  });
  const open = (camera?: string, of?: string): void => void navigate({ to: "/coverage", search: { ...(search.days ? { days } : {}), camera, day: of }, replace: search.day !== undefined });
  const date = data?.dates.find((d) => d.day === search.day);
  const cell = date ? data?.cameras.find((r) => r.camera === search.camera)?.cells[data.dates.indexOf(date)] : undefined;
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("coverage.title")}</h1>
        {data ? <span className="sub" role="status">{data.pending > 0 ? t("coverage.pendingCount", { count: data.pending }) : t("common.cameras", { count: data.cameras.length })}</span> : null}
        <span className="end">
          <a href="#schedules" onClick={(e) => { e.preventDefault(); document.getElementById("schedules")?.scrollIntoView(); }}>{t("schedule.title")}</a>
          <Segmented<number> aria-label={t("coverage.length")} value={days} onChange={(n) => void navigate({ to: "/coverage", search: { days: n === 30 ? undefined : n } })} options={lengths.map((n) => ({ value: n, label: t("coverage.days", { count: n }) }))} />
        </span>
      </header>
      <p className="page-lead dim">{t("coverage.lead")}</p>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 8 }} /></div> : null}
      {data && data.cameras.length === 0 ? <Notice title={t("cameras.emptyTitle")}>{t("coverage.noCameras")}</Notice> : null}
      {data && data.cameras.length > 0 ? (
        <section className="panel" aria-label={t("coverage.map")}>
          <HeatMap data={data} names={cameras} onOpen={open} />
          <Legend />
        </section>
      ) : null}
      {data && data.cameras.length > 0 ? <Months /> : null}
      <Plans />
      <DayDrawer camera={date && cell ? search.camera : undefined} date={date} cell={cell} onClose={() => open()} />
    </div>
  );
}
