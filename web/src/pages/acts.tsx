import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button, Select, Skeleton } from "antd";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { useCameraMap, useCameras } from "../api/queries";
import { useCan, useZone } from "../app/session";
import { LoadFault, Needs, Notice } from "../app/states";
import { en } from "../i18n/en";
import { dateText, clockText, dateTimeText } from "../time/zone";
import { usePeopleNames } from "../ui/people";
import { about, instant, lines, type Line } from "./register";
import { looseText, packName, textKey } from "../regime/values";
import "./pages.css";

// Every kind has a text; its first underscore stands for the dot.
const kinds = Object.keys(en.act).map((k) => k.replace("_", "."));

const screenful = 20;
const pagesByItself = 20;

export function ActsPage() {
  return (
    <Needs action="act.read">
      <Acts />
    </Needs>
  );
}

/** The register of what people did: who watched what, when and why. */
function Acts() {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const { data: cameras = [] } = useCameras();
  const [kind, setKind] = useState<string>();
  const [camera, setCamera] = useState<string>();
  const q = useInfiniteQuery({
    queryKey: ["acts", kind, camera],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => api.acts({ before: pageParam, limit: 100, kind, camera }),
    getNextPageParam: (last) => last.next || undefined,
  });
  const list = q.data?.pages.flatMap((p) => p.items);
  const told = useMemo(() => lines(list ?? []), [q.data]);
  // A page may shrink to a line or two: what stands above "Show earlier" fills a screen, or there is nothing earlier.
  const fill = q.hasNextPage && !q.isFetching && !q.isError && told.length < screenful && (q.data?.pages.length ?? 0) < pagesByItself;
  useEffect(() => {
    if (fill) void q.fetchNextPage();
  }, [fill]);
  let lastDay = "";
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("acts.title")}</h1>
        <span className="end">
          <Select allowClear showSearch optionFilterProp="label" className="filter-kind" placeholder={t("acts.anyKind")} aria-label={t("acts.kind")} value={kind} onChange={setKind} options={kinds.map((k) => ({ value: k, label: t(actKey(k)) }))} />
          {can("camera.read") ? (
            <Select allowClear showSearch optionFilterProp="label" className="filter-camera" placeholder={t("marks.anyCamera")} aria-label={t("common.camera")} value={camera} onChange={setCamera} options={cameras.map((c) => ({ value: c.id, label: c.name }))} />
          ) : null}
        </span>
      </header>
      <p className="page-lead dim">{t("acts.lead")}</p>
      {q.error && !list ? <LoadFault error={q.error} retry={() => void q.refetch()} /> : null}
      {!list && !q.error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 10 }} /></div> : null}
      {list && list.length === 0 ? <Notice title={t("acts.none")} /> : null}
      {list && list.length > 0 ? (
        <ol className="acts panel">
          {told.map((l) => {
            const d = dateText(Date.parse(l.act.at), zone);
            const first = d !== lastDay;
            lastDay = d;
            return (
              <li key={l.act.id}>
                {first ? <h2 className="acts-day num">{d}</h2> : null}
                <Row line={l} zone={zone} />
              </li>
            );
          })}
        </ol>
      ) : null}
      {q.hasNextPage && !fill && !(q.isFetchingNextPage && told.length < screenful) ? <div className="earlier"><Button loading={q.isFetchingNextPage} onClick={() => void q.fetchNextPage()}>{t("common.loadMore")}</Button></div> : null}
    </div>
  );
}

/** Values of parameters before and after, as far as an act tells them. */
const changesOf = (v: unknown): { key: string; from: unknown; to: unknown }[] =>
  Array.isArray(v) ? v.filter((c): c is { key: string; from: unknown; to: unknown } => typeof c === "object" && c !== null && typeof c.key === "string" && "to" in c) : [];

const actKey = (kind: string): string => `act.${kind.replace(".", "_")}`;

function Row({ line: { act, cameras: of }, zone }: { line: Line; zone: string }) {
  const { t } = useTranslation();
  const cameras = useCameraMap();
  const d = act.detail;
  const named = [...new Set([...of, ...(Array.isArray(d.cameras) ? d.cameras.filter((c): c is string => typeof c === "string") : [])])];
  const reason = typeof d.reason === "string" ? d.reason : undefined;
  const note = typeof d.note === "string" && d.note !== "" ? d.note : undefined;
  const paper = typeof d.document === "string" && d.document !== "" ? d.document : undefined;
  const purpose = typeof d.purpose === "string" ? t(`purpose.${d.purpose}`, { defaultValue: d.purpose }) : undefined;
  const nameOf = usePeopleNames();
  const done = about(act, nameOf);
  const positions = (list: string[]): string => (list.length === 0 ? t("people.noPosition") : list.map((p) => t(`position.${p}`, { defaultValue: p })).join(t("common.comma")));
  const from = instant(d.from);
  const to = instant(d.to);
  const who = act.personName || t(d.by === "command_line" ? "acts.commandLine" : "acts.system");
  return (
    <div className="act-row">
      <span className="act-time num">{clockText(Date.parse(act.at), zone)}</span>
      <span className="act-person cut" title={who}>{who}</span>
      <span className="act-what">
        <span>{t(actKey(act.kind), { defaultValue: act.kind })}</span>
        {done.name ? <strong className="act-camera cut" title={done.name}>{done.name}</strong> : null}
        {named.map((c) => <Link key={c} className="act-camera cut" to="/cameras" search={{ camera: c }}>{cameras.get(c)?.name ?? c}</Link>)}
        {from !== undefined && to !== undefined ? <span className="dim num act-line">{dateTimeText(from, zone)} – {dateTimeText(to, zone)}</span> : null}
        {done.positions ? <span className="dim act-line">{done.positions.from ? t("acts.fromTo", { from: positions(done.positions.from), to: positions(done.positions.to) }) : positions(done.positions.to)}</span> : null}
        {act.kind === "recording.when_full_changed" ? <span className="dim act-line wrap">{t(`storage.whenFull_${String(d.after)}`, { defaultValue: String(d.after) })}</span> : null}
        {done.owner ? <span className="dim act-line">{t("acts.owner", { name: done.owner })}</span> : null}
        {done.actions?.length ? <span className="dim act-line wrap">{t("acts.may", { list: done.actions.map((a) => t(`action.${a.replace(".", "_")}`, { defaultValue: a })).join(t("common.comma")) })}</span> : null}
        {act.kind.startsWith("parameter.") && typeof d.pack === "string" ? <span className="act-line">{t("parameters.packProposal", { name: packName(t, d.pack) })}</span> : null}
        {changesOf(d.changes).map((c) => <span key={c.key} className="dim act-line wrap">{t("acts.valueChange", { name: t(`parameters.name.${textKey(c.key)}`, { defaultValue: c.key }), from: looseText(t, c.from), to: looseText(t, c.to) })}</span>)}
        {purpose || reason ? <span className="act-line wrap">{purpose ? <strong>{purpose}</strong> : null} {reason}</span> : null}
        {paper ? <span className="dim act-line wrap">{t("acts.paper", { text: paper })}</span> : null}
        {note ? <span className="act-line wrap">{t("acts.note", { text: note })}</span> : null}
      </span>
    </div>
  );
}
