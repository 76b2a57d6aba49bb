import { ExclamationCircleFilled } from "@ant-design/icons";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Button, Segmented, Select, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { useCameraMap } from "../api/queries";
import type { LossState, LossStatement } from "../api/types";
import { useCan, useZone } from "../app/session";
import { LoadFault, Needs, Notice } from "../app/states";
import { dateTimeText } from "../time/zone";
import { durationText } from "../ui/duration";
import { Faults } from "./faults";
import { causesText } from "./causes";
import { StateWord } from "./state";
import { StatementDrawer } from "./statement";
import "../pages/pages.css";
import "./losses.css";

const page = 50;

export function LossesPage() {
  return (
    <Needs action="system.read">
      <Losses />
    </Needs>
  );
}

/** What was lost, who explained it and who signed; and the faults of the storage. */
function Losses() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { tab = "statements", statement } = useSearch({ from: "/framed/losses" });
  const can = useCan();
  const sees = can("storage.read") || can("fault.acknowledge");
  const faults = useQuery({ queryKey: ["storage-faults"], queryFn: api.storageFaults.list, refetchInterval: 15_000, enabled: sees });
  const escalated = (faults.data ?? []).filter((f) => f.escalatedAt && !f.closedAt).length;
  const open = (faults.data ?? []).filter((f) => !f.closedAt).length;
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("losses.title")}</h1>
        <Segmented<"statements" | "faults">
          value={tab}
          onChange={(v) => void navigate({ to: "/losses", search: v === "faults" ? { tab: "faults" } : {} })}
          options={[{ value: "statements" as const, label: t("losses.statements") }, ...(sees ? [{ value: "faults" as const, label: <span className="num">{open > 0 ? t("losses.faultsOpen", { n: open }) : t("losses.faults")}</span> }] : [])]}
        />
      </header>
      {escalated > 0 && tab === "statements" ? (
        <p className="loss-escalated" role="status">
          <ExclamationCircleFilled aria-hidden />
          <span>{t("losses.escalatedCount", { count: escalated })}</span>
          <Button size="small" onClick={() => void navigate({ to: "/losses", search: { tab: "faults" } })}>{t("losses.show")}</Button>
        </p>
      ) : null}
      {tab === "faults" && sees ? <Faults query={faults} /> : <Statements onOpen={(id) => void navigate({ to: "/losses", search: { statement: id } })} />}
      <StatementDrawer id={statement} onClose={() => void navigate({ to: "/losses", search: {}, replace: true })} />
    </div>
  );
}

function Statements({ onOpen }: { onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const [state, setState] = useState<LossState>();
  const q = useInfiniteQuery({
    queryKey: ["losses", "list", state],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam }) => api.losses.list({ state, before: pageParam, limit: page }),
    getNextPageParam: (last) => (last.items.length === page ? last.items[last.items.length - 1]?.number : undefined),
    refetchInterval: 15_000,
  });
  const list = q.data?.pages.flatMap((p) => p.items);
  const after = q.data?.pages[0]?.afterSeconds;
  return (
    <>
      <div className="losses-tools">
        <p className="dim losses-lead">{after === undefined ? null : t("losses.lead", { time: durationText(t, after * 1000) })}</p>
        <Select<LossState> allowClear className="filter-kind" placeholder={t("losses.anyState")} aria-label={t("common.state")} value={state} onChange={setState} options={(["open", "explained", "signed"] as const).map((s) => ({ value: s, label: t(`loss.${s}`) }))} />
      </div>
      {q.error && !list ? <LoadFault error={q.error} retry={() => void q.refetch()} /> : null}
      {!list && !q.error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 6 }} /></div> : null}
      {list && list.length === 0 ? <Notice title={t(state ? "losses.noneOfState" : "losses.none")}>{t("losses.noneText")}</Notice> : null}
      {list && list.length > 0 ? <ul className="rows panel">{list.map((s) => <li key={s.id}><Row statement={s} onOpen={onOpen} /></li>)}</ul> : null}
      {q.hasNextPage ? <div className="earlier"><Button loading={q.isFetchingNextPage} onClick={() => void q.fetchNextPage()}>{t("common.loadMore")}</Button></div> : null}
    </>
  );
}

function Row({ statement: s, onOpen }: { statement: LossStatement; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const cameras = useCameraMap();
  const from = Date.parse(s.from);
  const names = s.cameras.map((c) => cameras.get(c.camera)?.name ?? c.camera);
  return (
    <button type="button" className="loss-row" onClick={() => onOpen(s.id)}>
      <span className="loss-number num">{t("losses.number", { n: s.number })}</span>
      <span className="loss-what">
        <strong>{causesText(t, s.causes)}{names.length > 1 ? <span className="tag">{t("common.cameras", { count: names.length })}</span> : null}</strong>
        <span className="cut" title={names.join(t("common.comma"))}>{names.join(t("common.comma"))}</span>
      </span>
      <span className="loss-time num">
        <span>{dateTimeText(from, zone)}</span>
        <span className="dim">{s.to ? durationText(t, Date.parse(s.to) - from) : t("playback.goesOn")}</span>
      </span>
      <span className="loss-state"><StateWord state={s.state} signed={s.signatures.length} /></span>
    </button>
  );
}
