import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Select, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { useCameras } from "../api/queries";
import { useCan, useZone } from "../app/session";
import { LoadFault, Notice } from "../app/states";
import { dateTimeText } from "../time/zone";
import { bytesText } from "../ui/numbers";
import { GoneSnapshots } from "./gone";
import { CameraLinks, Interval, Sign } from "./parts";
import { runsOf, type Run } from "./runs";

const page = 100;

/** What was removed, when and on which ground; of one order, or of all. */
export function Tombstones({ authority }: { authority?: string }) {
  const { t } = useTranslation();
  const can = useCan();
  const { data: cameras = [] } = useCameras();
  const [camera, setCamera] = useState<string>();
  const q = useInfiniteQuery({
    queryKey: ["tombstones", authority, camera],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => api.retention.tombstones({ authority, camera, before: pageParam, limit: page }),
    getNextPageParam: (last) => (last.length < page ? undefined : last.at(-1)?.file),
  });
  const list = q.data?.pages.flat();
  return (
    <>
      {!authority && can("camera.read") ? <p className="list-filter"><Select allowClear showSearch optionFilterProp="label" className="filter-camera" placeholder={t("marks.anyCamera")} aria-label={t("common.camera")} value={camera} onChange={setCamera} options={cameras.map((c) => ({ value: c.id, label: c.name }))} /></p> : null}
      {q.error && !list ? <LoadFault error={q.error} retry={() => void q.refetch()} /> : null}
      {!list && !q.error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 6 }} /></div> : null}
      {list?.length === 0 ? authority ? null : <Notice title={t("tombstones.none")}>{t("tombstones.noneText")}</Notice> : null}
      {list && list.length > 0 ? (
        <ul className="rows panel">
          {runsOf(list).map((r) => <li key={r.segments[0]?.file}><Removed run={r} /></li>)}
        </ul>
      ) : null}
      {q.hasNextPage ? <div className="earlier"><Button loading={q.isFetchingNextPage} onClick={() => void q.fetchNextPage()}>{t("common.loadMore")}</Button></div> : null}
      <GoneSnapshots authority={authority} camera={camera} />
    </>
  );
}

/** What went in one go; its segments, each with its digest, on request. */
function Removed({ run: r }: { run: Run }) {
  const { t } = useTranslation();
  const zone = useZone();
  const at = (time: string): string => dateTimeText(Date.parse(time), zone);
  const when = at(r.from) === at(r.to) ? t("tombstones.at", { time: at(r.to) }) : t("tombstones.atFromTo", { from: at(r.from), to: at(r.to) });
  const state = <State run={r} />;
  const digest = (root: string) => <span className="dim num cut" title={root}>{t("tombstones.root", { root: root.slice(0, 8) })}</span>;
  const [first] = r.segments;
  return (
    <>
      <div className="tombstone-row">
        <span className="keep-main"><CameraLinks ids={[r.camera]} /><Interval from={r.start} to={r.end} /></span>
        <span className="keep-side"><span>{t(`retention.ground.${r.ground}`)}</span><span className="dim num">{when}</span></span>
        <span className="keep-figure num">{bytesText(r.bytes)}</span>
        <span className="keep-state">{state}{r.segments.length === 1 && first ? digest(first.root) : null}</span>
      </div>
      {r.segments.length > 1 ? (
        <details className="tombstone-more">
          <summary className="num">{t("tombstones.segments", { count: r.segments.length })}</summary>
          <ul>{r.segments.map((x) => <li key={x.file}><Interval from={x.start} to={x.end} /><span className="num dim">{bytesText(x.bytes)}</span>{digest(x.root)}</li>)}</ul>
        </details>
      ) : null}
    </>
  );
}

/** What a removal is by the account of the footage: a row that nobody told of is none. */
function State({ run: r }: { run: Run }) {
  const { t } = useTranslation();
  if (r.account === "untold") return <Sign tone="red">{t("tombstones.untold")}</Sign>;
  if (r.held) return <Sign tone="amber">{t("tombstones.held")}</Sign>;
  if (!r.finished) return <Sign tone="busy">{t("tombstones.going")}</Sign>;
  return r.account === "told" ? <Sign tone="ok">{t("tombstones.gone")}</Sign> : <Sign tone="grey">{t("tombstones.unknown")}</Sign>;
}
