import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Drawer, Skeleton } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { useCameraMap } from "../api/queries";
import type { CoverageCell, CoverageDate, Span } from "../api/types";
import { useCan, useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { second } from "../timeline/scale";
import { personText } from "../timeline/timeline";
import { clockText } from "../time/zone";
import { durationText } from "../ui/duration";
import { gapKind } from "./cell";
import { Figures } from "./map";

const most = 200;

interface Shown { camera: string; date: CoverageDate; cell: CoverageCell }

/** One camera and day: its figures, and every gap with its cause and the way to its pictures. */
export function DayDrawer({ camera, date, cell, onClose }: { camera: string | undefined; date: CoverageDate | undefined; cell: CoverageCell | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const cameras = useCameraMap();
  const [shown, setShown] = useState<Shown>();
  useEffect(() => { if (camera && date && cell) setShown({ camera, date, cell }); }, [camera, date, cell]);
  return (
    <Drawer open={camera !== undefined} onClose={onClose} size={520} title={t("coverage.dayOf")}>
      {shown ? (
        <>
          <h2 className="camera-day wrap">{cameras.get(shown.camera)?.name ?? shown.camera}</h2>
          <p className="dim num">{shown.date.day}</p>
          <div className="day-figures"><Figures cell={shown.cell} /></div>
          <Gaps camera={shown.camera} date={shown.date} />
        </>
      ) : null}
    </Drawer>
  );
}

function Gaps({ camera, date }: { camera: string; date: CoverageDate }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({
    queryKey: ["timeline", "day", camera, date.start],
    queryFn: ({ signal }) => api.timeline([camera], Date.parse(date.start), Date.parse(date.end), second, signal),
    refetchInterval: Date.parse(date.end) > Date.now() ? 15_000 : false,
  });
  if (error && !data) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton active title={false} paragraph={{ rows: 4 }} />;
  const gaps = (data.cameras[0]?.spans ?? []).filter((s) => s.kind === "gap");
  return (
    <>
      <h3 className="day-head">{t("coverage.gapsOf")}</h3>
      {gaps.length === 0 ? <p className="dim" role="status">{t("coverage.noGaps")}</p> : (
        <ol className="day-gaps">
          {gaps.slice(0, most).map((g) => <li key={g.start}><Gap camera={camera} gap={g} date={date} /></li>)}
        </ol>
      )}
      {gaps.length > most ? <p className="dim">{t("playback.moreGaps", { count: gaps.length - most })}</p> : null}
    </>
  );
}

function Gap({ camera, gap, date }: { camera: string; gap: Span; date: CoverageDate }) {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const [start, end] = [Date.parse(gap.start), Date.parse(gap.end)];
  // The timeline was asked for this day alone: what touches its edge goes on beyond.
  const [before, beyond] = [start <= Date.parse(date.start), !gap.open && end >= Date.parse(date.end)];
  const until = beyond ? "24:00:00" : clockText(end, zone);
  const kind = gapKind(gap);
  return (
    <div className={kind === "unplanned" ? "day-gap" : "day-gap planned"}>
      <span className="num day-gap-time">{gap.open ? t("common.since", { time: clockText(start, zone) }) : `${clockText(start, zone)} – ${until}`}</span>
      <span className="num">{gap.open ? t("playback.goesOn") : durationText(t, end - start)}</span>
      <span className="day-gap-cause">{t(`cause.${gap.cause ?? "unknown"}`, { defaultValue: t("cause.unknown") })}</span>
      <span className="tag">{t(`coverage.${kind}`)}</span>
      {before || beyond ? <span className="dim day-gap-line">{t(before && beyond ? "coverage.bothBeyond" : before ? "coverage.fromBefore" : "coverage.intoNext")}</span> : null}
      {personText(gap) ? <span className="dim day-gap-line wrap">{personText(gap)}</span> : null}
      {gap.planned && gap.symptom ? <span className="dim day-gap-line">{t("coverage.symptom", { cause: t(`cause.${gap.symptom}`, { defaultValue: t("cause.unknown") }) })}</span> : null}
      {can("playback.view") ? <Link className="day-gap-line" to="/playback" search={{ cameras: [camera], at: start - 5000 }}>{t("coverage.playBefore")}</Link> : null}
    </div>
  );
}
