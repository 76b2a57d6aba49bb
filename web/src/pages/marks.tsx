import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { App, Button, Form, Image, Input, Modal, Select, Segmented, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { useCameraMap, useCameras } from "../api/queries";
import type { Bookmark, Snapshot } from "../api/types";
import { useCan, useSession, useZone } from "../app/session";
import { LoadFault, Needs, Notice } from "../app/states";
import { dateText, clockText, dateTimeText } from "../time/zone";
import { bytesText } from "../ui/numbers";
import { usePeopleNames } from "../ui/people";
import { backwards, newestFirst, type ListRange } from "./backwards";
import "./pages.css";

type Tab = "bookmarks" | "snapshots";

export function MarksPage() {
  return (
    <Needs action="playback.view">
      <Marks />
    </Needs>
  );
}

function useBackwards<X>(kind: Tab, camera: string | undefined, list: (q: { camera?: string } & Parameters<ListRange<X>>[0]) => Promise<X[]>) {
  return useInfiniteQuery({
    queryKey: [kind, "list", camera],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam }) => backwards<X>((q) => list({ camera, ...q }), pageParam ?? Date.now() + 60_000),
    getNextPageParam: (last) => (last.older ? last.from : undefined),
  });
}

function Marks() {
  const { t } = useTranslation();
  const [tab, setTab] = useState<Tab>("bookmarks");
  const [camera, setCamera] = useState<string>();
  const { data: cameras = [] } = useCameras();
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("marks.title")}</h1>
        <Segmented<Tab> value={tab} onChange={setTab} options={[{ value: "bookmarks", label: t("marks.bookmarks") }, { value: "snapshots", label: t("marks.snapshots") }]} />
        <span className="end">
          <Select allowClear showSearch optionFilterProp="label" className="filter-camera" placeholder={t("marks.anyCamera")} aria-label={t("common.camera")} value={camera} onChange={setCamera} options={cameras.map((c) => ({ value: c.id, label: c.name }))} />
        </span>
      </header>
      {tab === "bookmarks" ? <Bookmarks camera={camera} /> : <Snapshots camera={camera} />}
    </div>
  );
}

function Bookmarks({ camera }: { camera: string | undefined }) {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const cameras = useCameraMap();
  const names = usePeopleNames();
  const [retracting, setRetracting] = useState<Bookmark>();
  const q = useBackwards("bookmarks", camera, api.bookmarks.list);
  if (q.error && !q.data) return <LoadFault error={q.error} retry={() => void q.refetch()} />;
  if (!q.data) return <div className="panel panel-pad"><Skeleton active paragraph={{ rows: 6 }} title={false} /></div>;
  const list = newestFirst(q.data.pages);
  return (
    <>
      {list.length === 0 ? <Notice title={t("marks.noBookmarks")}>{t("marks.noBookmarksText")}</Notice> : (
        <ul className="rows panel">
          {list.map((b) => {
            const at = Date.parse(b.at);
            return (
              <li key={b.id} className={b.retractedAt ? "mark-row gone" : "mark-row"}>
                <Link className="mark-time num" to="/playback" search={{ cameras: [b.camera], at }}>
                  {dateText(at, zone)} <strong>{clockText(at, zone)}</strong>
                </Link>
                <span className="mark-text">
                  <span className="wrap">{b.title}</span>
                  {b.note ? <span className="dim wrap">{b.note}</span> : null}
                  {b.retractedAt ? <span className="dim wrap">{t("marks.retracted", { reason: b.retractReason ?? "" })}</span> : null}
                </span>
                <span className="mark-camera dim cut" title={cameras.get(b.camera)?.name}>{cameras.get(b.camera)?.name ?? b.camera}</span>
                <span className="mark-person dim cut">{names(b.person)}</span>
                <span className="mark-act">
                  {can("bookmark.write") && !b.retractedAt ? <Button type="text" size="small" onClick={() => setRetracting(b)}>{t("marks.retract")}</Button> : null}
                </span>
              </li>
            );
          })}
        </ul>
      )}
      <Earlier query={q} from={q.data.pages.at(-1)?.from} any={list.length > 0} />
      <Retract bookmark={retracting} onClose={() => setRetracting(undefined)} />
    </>
  );
}

function Snapshots({ camera }: { camera: string | undefined }) {
  const { t } = useTranslation();
  const zone = useZone();
  const cameras = useCameraMap();
  const names = usePeopleNames();
  const q = useBackwards("snapshots", camera, api.snapshots.list);
  if (q.error && !q.data) return <LoadFault error={q.error} retry={() => void q.refetch()} />;
  if (!q.data) return <div className="snapshots">{Array.from({ length: 8 }, (_, i) => <div key={i} className="snapshot ghost" />)}</div>;
  const list = newestFirst(q.data.pages);
  return (
    <>
      {list.length === 0 ? <Notice title={t("marks.noSnapshots")}>{t("marks.noSnapshotsText")}</Notice> : (
        <div className="snapshots">
          {list.map((s) => <SnapshotCard key={s.id} snapshot={s} camera={cameras.get(s.camera)?.name ?? s.camera} person={names(s.person)} zone={zone} />)}
        </div>
      )}
      <Earlier query={q} from={q.data.pages.at(-1)?.from} any={list.length > 0} />
    </>
  );
}

function SnapshotCard({ snapshot: s, camera, person, zone }: { snapshot: Snapshot; camera: string; person: string; zone: string }) {
  const { t } = useTranslation();
  const [refused, setRefused] = useState(false);
  const at = Date.parse(s.at);
  // A picture of the past, or of somebody else, is shown in a viewing that runs; asked for outside
  // one it would be refused, and the refusal stand on record against who only opened this page.
  const me = useSession().person.id;
  const viewings = useQuery({ queryKey: ["viewings", "own"], queryFn: () => api.viewings.list({ limit: 500 }), staleTime: 30_000, enabled: Boolean(s.viewing) });
  const runs = viewings.data?.some((v) => v.id === s.viewing && v.person === me && !v.closedAt && Date.parse(v.expiresAt) > Date.now());
  const waits = Boolean(s.viewing) && viewings.data === undefined && !viewings.error;
  return (
    <figure className="snapshot panel">
      {s.removedAt ? (
        <div className="snapshot-closed"><span>{t("pictures.gone", { time: dateTimeText(Date.parse(s.removedAt), zone) })}<br />{t(`pictures.by_${s.removedBy ?? "main"}_${s.ground ?? "maximum"}`)}</span></div>
      ) : waits ? <div className="snapshot-closed" /> : refused || (s.viewing ? !runs : s.person !== me) ? (
        <div className="snapshot-closed"><span>{t("marks.needsViewing")}</span></div>
      ) : (
        <Image src={api.snapshots.pictureURL(s.id, s.viewing)} alt={t("wall.snapshotOf", { name: camera })} loading="lazy" onError={() => setRefused(true)} />
      )}
      <figcaption>
        <span className="cut" title={camera}>{camera}</span>
        <Link className="num" to="/playback" search={{ cameras: [s.camera], at }}>{dateTimeText(at, zone)}</Link>
        <span className="dim cut">{t("marks.by", { person })}</span>
        <span className="dim num cut" title={s.sha256}>{s.width} × {s.height} · {bytesText(s.bytes)} · SHA-256 {s.sha256.slice(0, 8)}…</span>
      </figcaption>
    </figure>
  );
}

/** How far back the list reaches, and the way on; or that there is nothing older. */
function Earlier({ query, from, any }: { query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown }; from: number | undefined; any: boolean }) {
  const { t } = useTranslation();
  const zone = useZone();
  if (!query.hasNextPage) return any ? <div className="earlier dim" role="status">{t("marks.nothingOlder")}</div> : null;
  return (
    <div className="earlier">
      <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t("common.loadMore")}</Button>
      {from === undefined ? null : <span className="dim num" role="status">{t("marks.searchedTo", { date: dateText(from, zone) })}</span>}
    </div>
  );
}

function Retract({ bookmark, onClose }: { bookmark: Bookmark | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const [busy, setBusy] = useState(false);
  const run = async ({ reason }: { reason: string }): Promise<void> => {
    if (!bookmark) return;
    setBusy(true);
    try {
      await api.bookmarks.retract(bookmark.id, { reason: reason.trim() });
      await cache.invalidateQueries({ queryKey: ["bookmarks"] });
      onClose();
    } catch (e) {
      message.error(problemText(t, e));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal open={bookmark !== undefined} title={t("marks.retractTitle", { title: bookmark?.title ?? "" })} onCancel={onClose} footer={null} destroyOnHidden width={440} className="dialog-long">
      <p className="dim form-lead">{t("marks.retractText")}</p>
      <Form layout="vertical" requiredMark={false} onFinish={(v) => void run(v)}>
        <Form.Item name="reason" label={t("common.reason")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input autoFocus maxLength={500} /></Form.Item>
        <Button type="primary" htmlType="submit" loading={busy}>{t("marks.retract")}</Button>
      </Form>
    </Modal>
  );
}
