import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { RemovedSnapshot } from "../api/types";
import { useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { dateTimeText } from "../time/zone";
import { bytesText } from "../ui/numbers";
import { CameraLinks, Sign } from "./parts";

const page = 50;

/** Snapshots whose pictures were removed, and on which ground; of one order, or of all. */
export function GoneSnapshots({ authority, camera }: { authority?: string; camera?: string }) {
  const { t } = useTranslation();
  const q = useInfiniteQuery({
    queryKey: ["gone-snapshots", authority, camera],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => api.retention.snapshots({ authority, camera, before: pageParam, limit: page }),
    getNextPageParam: (last) => (last.length < page ? undefined : last.at(-1)?.id),
  });
  const list = q.data?.pages.flat();
  if (authority && list?.length === 0) return null;
  return (
    <section className="history" aria-label={t("pictures.removed")}>
      <h2>{t("pictures.removed")}</h2>
      {q.error && !list ? <LoadFault error={q.error} retry={() => void q.refetch()} /> : null}
      {list?.length === 0 ? <p className="dim">{t("pictures.removedNone")}</p> : null}
      {list && list.length > 0 ? <ul className="rows panel">{list.map((s) => <li key={s.id}><Row of={s} /></li>)}</ul> : null}
      {q.hasNextPage ? <div className="earlier"><Button loading={q.isFetchingNextPage} onClick={() => void q.fetchNextPage()}>{t("common.loadMore")}</Button></div> : null}
    </section>
  );
}

function Row({ of: s }: { of: RemovedSnapshot }) {
  const { t } = useTranslation();
  const zone = useZone();
  const at = (time: string): string => dateTimeText(Date.parse(time), zone);
  return (
    <div className="tombstone-row">
      <span className="keep-main"><CameraLinks ids={[s.camera]} /><span className="num">{t("pictures.of", { time: at(s.at) })}</span></span>
      <span className="keep-side"><span>{t(`pictures.by_${s.class}_${s.ground}`)}</span><span className="dim num">{t("pictures.gone", { time: at(s.removedAt) })}</span></span>
      <span className="keep-figure num">{bytesText(s.bytes)}</span>
      <span className="keep-state">{s.finished ? <Sign tone="ok">{t("tombstones.gone")}</Sign> : <Sign tone="busy">{t("pictures.going")}</Sign>}<span className="dim num cut" title={s.sha256}>{t("tombstones.root", { root: s.sha256.slice(0, 8) })}</span></span>
    </div>
  );
}
