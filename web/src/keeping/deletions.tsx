import { PlusOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Button, Drawer, Segmented, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { Order } from "../api/types";
import { useCan, useSession, useZone } from "../app/session";
import { LoadFault, Needs, Notice } from "../app/states";
import { dateTimeText } from "../time/zone";
import { bytesText } from "../ui/numbers";
import { usePeopleNames } from "../ui/people";
import type { Tone } from "../ui/status";
import { Blocked } from "./blocked";
import { OrderForm, Preview } from "./order";
import { Banner, CameraLinks, CameraNames, Facts, Interval, Sign, useQuestion } from "./parts";
import { Tombstones } from "./tombstones";

export function DeletionsPage() {
  return (
    <Needs action="storage.read">
      <Deletions />
    </Needs>
  );
}

const tones: Record<Order["state"], Tone> = { requested: "amber", approved: "busy", rejected: "grey", withdrawn: "grey", executed: "ok" };

/** Orders to remove footage by law, and what was removed on whatever ground. */
function Deletions() {
  const { t } = useTranslation();
  const can = useCan();
  const me = useSession().person.id;
  const navigate = useNavigate();
  const { order: open, removed = false } = useSearch({ from: "/framed/deletions" });
  const [asking, setAsking] = useState(false);
  const { data, error, refetch } = useQuery({ queryKey: ["deletions"], queryFn: api.orders.list, refetchInterval: (q) => (q.state.data?.some((o) => o.state === "approved") ? 3000 : 30_000) });
  const { data: state, dataUpdatedAt: seen } = useQuery({ queryKey: ["retention"], queryFn: api.retention.get, refetchInterval: 30_000 });
  const blocked = state !== undefined && (state.blocked !== undefined || state.frozen.length > 0);
  const mine = can("deletion.approve") ? data?.filter((o) => o.state === "requested" && o.requestedBy !== me && !o.decisions.some((d) => d.person === me)) ?? [] : [];
  const show = (id?: string): void => void navigate({ to: "/deletions", search: { order: id }, replace: true });
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("deletions.title")}</h1>
        {data ? <span className="sub">{t("deletions.count", { count: data.filter((o) => o.state === "requested").length })}</span> : null}
        <span className="end">{can("deletion.request") ? <Button type="primary" icon={<PlusOutlined />} onClick={() => setAsking(true)}>{t("deletions.ask")}</Button> : null}</span>
      </header>
      <p className="page-lead dim">{t("deletions.lead")}</p>
      {state ? <Blocked state={state} seen={seen} /> : null}
      {mine.length > 0 ? <Banner tone="amber" title={t("deletions.waitForYou", { count: mine.length })} action={<Button onClick={() => show(mine[0]?.id)}>{t("deletions.look")}</Button>} /> : null}
      <Segmented className="list-switch" value={removed} onChange={(v) => void navigate({ to: "/deletions", search: { removed: v || undefined }, replace: true })} options={[{ value: false, label: t("deletions.orders") }, { value: true, label: t("deletions.tombstones") }]} />
      {removed ? <Tombstones /> : (
        <>
          {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
          {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 6 }} /></div> : null}
          {data?.length === 0 ? <Notice title={t("deletions.none")}>{t("deletions.noneText")}</Notice> : null}
          {data && data.length > 0 ? <ul className="rows panel">{data.map((o) => <li key={o.id}><Row order={o} blocked={blocked} onOpen={() => show(o.id)} /></li>)}</ul> : null}
        </>
      )}
      <OrderForm open={asking} onClose={() => setAsking(false)} onAsked={(o) => { setAsking(false); show(o.id); }} />
      <Drawer open={!removed && Boolean(data?.some((o) => o.id === open))} onClose={() => show()} size={540} title={t("deletions.one")} destroyOnHidden>
        {data?.filter((o) => o.id === open).map((o) => <Detail key={o.id} order={o} blocked={blocked ? state.blocked ?? "removal_frozen" : undefined} />)}
      </Drawer>
    </div>
  );
}

function StateSign({ order: o, blocked }: { order: Order; blocked: boolean }) {
  const { t } = useTranslation();
  const yes = o.decisions.filter((d) => d.decision === "approved").length;
  if (o.state === "approved" && blocked) return <Sign tone="amber">{t("deletions.waitsBlocked")}</Sign>;
  return <Sign tone={tones[o.state]}>{o.state === "requested" ? t("deletions.approvals", { n: yes }) : o.state === "approved" && o.held > 0 ? t("deletions.waitsForHold") : t(`retention.state.${o.state}`)}</Sign>;
}

function Row({ order: o, blocked, onOpen }: { order: Order; blocked: boolean; onOpen: () => void }) {
  const { t } = useTranslation();
  return (
    <button type="button" className={o.state === "rejected" || o.state === "withdrawn" ? "keep-row gone" : "keep-row"} onClick={onOpen}>
      <span className="keep-main"><strong className="cut"><span className="tag first">{t(`retention.order.${o.ground}`)}</span>{o.document}</strong><span className="dim cut">{o.reason}</span></span>
      <span className="keep-side"><CameraNames ids={o.cameras} /><span className="dim"><Interval from={o.from} to={o.to} /></span></span>
      <span className="keep-figure num">{o.removed > 0 ? bytesText(o.bytes) : "–"}</span>
      <span className="keep-state"><StateSign order={o} blocked={blocked} /></span>
    </button>
  );
}

function Detail({ order: o, blocked }: { order: Order; blocked?: string }) {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const me = useSession().person.id;
  const names = usePeopleNames();
  const { ask, done, dialog } = useQuestion("deletions");
  const at = (time: string): string => dateTimeText(Date.parse(time), zone);
  const own = o.requestedBy === me;
  const did = o.decisions.some((d) => d.person === me);
  const open = o.state === "requested";
  const yes = o.decisions.filter((d) => d.decision === "approved");
  const approve = (): void => ask({ title: t("deletions.approve"), text: t(yes.length === 0 ? "deletions.approveFirst" : blocked ? "deletions.approveBlocked" : "deletions.approveSecond"), needed: false, ok: t("deletions.approve"), danger: true, run: async (note) => { await api.orders.approve(o.id, note); await done(t(yes.length === 0 ? "deletions.approvedFirst" : blocked ? "deletions.approvedBlocked" : "deletions.approvedSecond")); } });
  const reject = (): void => ask({ title: t("deletions.reject"), text: t("deletions.rejectText"), needed: true, ok: t("deletions.reject"), run: async (note) => { await api.orders.reject(o.id, note); await done(t("deletions.rejected")); } });
  const withdraw = (): void => ask({ title: t("deletions.withdraw"), text: t("deletions.withdrawText"), needed: true, ok: t("deletions.withdraw"), run: async (note) => { await api.orders.withdraw(o.id, note); await done(t("deletions.withdrawn")); } });
  return (
    <>
      <p className="detail-state"><StateSign order={o} blocked={blocked !== undefined} /></p>
      <h2 className="detail-title wrap">{o.document}</h2>
      <p className="detail-text wrap">{o.reason}</p>
      <ol className="steps">
        <li className="step-done"><Sign tone="ok">{t("deletions.askedBy", { name: names(o.requestedBy), time: at(o.requestedAt) })}</Sign></li>
        {o.decisions.map((d) => (
          <li key={d.person} className="step-done">
            <Sign tone={d.decision === "approved" ? "ok" : "red"}>{t(d.decision === "approved" ? "deletions.approvedBy" : "deletions.rejectedBy", { name: names(d.person), time: at(d.at) })}</Sign>
            {d.note ? <span className="dim wrap">{d.note}</span> : null}
          </li>
        ))}
        {open ? Array.from({ length: Math.max(0, 2 - yes.length) }, (_, i) => <li key={i}><Sign tone="grey">{t(yes.length + i === 0 ? "deletions.firstMissing" : i === 0 ? "deletions.secondNext" : "deletions.secondMissing")}</Sign></li>) : null}
        {open ? <li><Sign tone="grey">{t(blocked ? "deletions.thenGoesBlocked" : "deletions.thenGoes")}</Sign></li> : null}
        {o.state === "withdrawn" && o.decidedAt ? (
          <li className="step-done">
            <Sign tone="grey">{o.withdrawnBy ? t("deletions.withdrawnBy", { name: names(o.withdrawnBy), time: at(o.decidedAt) }) : t("deletions.withdrawnAt", { time: at(o.decidedAt) })}</Sign>
            {o.withdrawnNote ? <span className="dim wrap">{o.withdrawnNote}</span> : null}
          </li>
        ) : null}
        {o.state === "approved" ? <li>{blocked ? <Sign tone="amber">{t(`problem.${blocked}`)}</Sign> : <Sign tone={o.held > 0 ? "amber" : "busy"}>{t(o.held > 0 ? "deletions.waitsForHold" : "deletions.running")}</Sign>}</li> : null}
        {o.executedAt ? <li><Sign tone="ok">{t("deletions.executedAt", { time: at(o.executedAt) })}</Sign></li> : null}
      </ol>
      {open ? (
        <section className="waiting" aria-label={t("deletions.decision")}>
          {own ? <p>{t("problem.deletion_own")}</p> : did ? <p>{t("problem.deletion_approved_twice")}</p> : can("deletion.approve") ? <p>{t("deletions.yourTurn")}</p> : <p>{t("keeping.waitsForRight", { action: t("action.deletion_approve") })}</p>}
          <div className="form-end">
            {can("deletion.approve") && !own && !did ? <Button type="primary" danger onClick={approve}>{t("deletions.approve")}</Button> : null}
            {can("deletion.approve") && !own ? <Button onClick={reject}>{t("deletions.reject")}</Button> : null}
            {own && can("deletion.request") ? <Button onClick={withdraw}>{t("deletions.withdraw")}</Button> : null}
          </div>
        </section>
      ) : null}
      {o.state === "approved" && o.removed === 0 && ((own && can("deletion.request")) || can("deletion.approve")) ? <div className="form-end detail-acts"><Button onClick={withdraw}>{t("deletions.withdraw")}</Button></div> : null}
      {(open || o.state === "approved") && (can("deletion.request") || can("deletion.approve")) ? <Preview cameras={o.cameras} from={o.from} to={o.to} /> : null}
      <Facts rows={[
        [t("deletions.ground"), t(`retention.order.${o.ground}`)],
        [t("keeping.document"), o.document],
        [t("keeping.cameras"), <CameraLinks key="c" ids={o.cameras} />],
        [t("keeping.interval"), <Interval key="i" from={o.from} to={o.to} />],
      ]} />
      {o.state === "approved" || o.state === "executed" ? (
        <>
          <h3 className="detail-sub">{t("deletions.progress")}</h3>
          <Facts rows={[
            [t("deletions.removed"), t("deletions.segments", { count: o.removed, size: bytesText(o.bytes) })],
            [t("deletions.held"), o.held],
            [t("deletions.kept"), o.kept],
          ]} />
          {o.removed > 0 ? <Tombstones authority={o.id} /> : null}
        </>
      ) : null}
      {dialog}
    </>
  );
}
