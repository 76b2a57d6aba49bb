import { EditOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { App, Button, Skeleton } from "antd";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { useCameraMap } from "../api/queries";
import type { Compliance, RetentionChange, RetentionPlan, RetentionRule, RetentionState } from "../api/types";
import { useCan, useSession, useZone } from "../app/session";
import { LoadFault, Needs, Notice } from "../app/states";
import { percentText } from "../coverage/cell";
import { dateText, dateTimeText } from "../time/zone";
import { day } from "../timeline/scale";
import { durationText } from "../ui/duration";
import { bytesText, decimalText } from "../ui/numbers";
import { usePeopleNames } from "../ui/people";
import type { Tone } from "../ui/status";
import { Blocked } from "./blocked";
import { RuleEffect } from "./effect";
import { Banner, CameraLinks, Facts, Sign, useQuestion } from "./parts";
import { RuleDrawer, type RuleOf } from "./rule";

export function RetentionPage() {
  return (
    <Needs action="storage.read">
      <Retention />
    </Needs>
  );
}

const tones: Record<Compliance["verdict"], Tone> = { met: "ok", young: "busy", at_risk: "amber", breached: "red" };
const order: Compliance["verdict"][] = ["breached", "at_risk", "young", "met"];

/** For each camera: what must be kept, what is kept, and the proof. */
function Retention() {
  const { t } = useTranslation();
  const can = useCan();
  const rules = useQuery({ queryKey: ["retention", "rules"], queryFn: api.retention.rules, refetchInterval: 60_000 });
  // What keeps less counts once its act is in the log, moments later.
  const soon = (s: RetentionState | undefined, otherwise: number): number => (s && rules.data?.some((c) => c.inForceAt && Math.abs(Date.parse(s.at) - Date.parse(c.inForceAt)) < 20_000) ? 2000 : otherwise);
  const state = useQuery({ queryKey: ["retention"], queryFn: api.retention.get, refetchInterval: (q) => soon(q.state.data, 30_000) });
  const list = useQuery({ queryKey: ["retention", "cameras"], queryFn: api.retention.cameras, refetchInterval: soon(state.data, 60_000) });
  const [editing, setEditing] = useState<RuleOf>();
  const error = state.error && !state.data ? state.error : list.error && !list.data ? list.error : undefined;
  const retry = (): void => { void state.refetch(); void list.refetch(); void rules.refetch(); };
  const cameras = useCameraMap();
  const name = (c: Compliance): string => cameras.get(c.camera)?.name ?? "";
  const sorted = [...(list.data ?? [])].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict) || name(a).localeCompare(name(b)));
  const count = (...v: Compliance["verdict"][]): number => sorted.filter((c) => v.includes(c.verdict)).length;
  const waiting = rules.data?.filter((c) => c.waiting) ?? [];
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("keep.title")}</h1>
        {list.data ? <span className="sub">{t("keep.summary", { met: count("met"), young: count("young"), risk: count("at_risk"), breached: count("breached") })}</span> : null}
      </header>
      <p className="page-lead dim">{t("keep.lead")}</p>
      {error ? <LoadFault error={error} retry={retry} /> : null}
      {!error && (!state.data || !list.data) ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 8 }} /></div> : null}
      {!error && state.data && list.data ? (
        <>
          <Blocked state={state.data} seen={state.dataUpdatedAt} />
          {state.data.low ? <Banner tone="red" title={t("keep.low")} action={<Link to="/storage">{t("nav.storage")}</Link>}><p>{t("alarm.removal_no_room")}</p></Banner> : null}
          <Waiting list={waiting} general={state.data} plans={list.data} />
          <General state={state.data} onEdit={can("retention.configure") ? () => setEditing({ footage: state.data.rule, snapshots: state.data.snapshots }) : undefined} />
          {sorted.length === 0 ? <Notice title={t("keep.noCameras")}>{t("keep.noCamerasText")}</Notice> : <Cameras list={sorted} onEdit={can("retention.configure") ? (c) => setEditing({ camera: c.camera, footage: c.plan, snapshots: c.snapshots.plan }) : undefined} />}
          <History list={rules.data?.filter((c) => !c.waiting) ?? []} />
        </>
      ) : null}
      <RuleDrawer of={editing} general={state.data} demands={state.data?.bases} onClose={() => setEditing(undefined)} />
    </div>
  );
}

const least = (t: TFunction, r: RetentionRule | RetentionPlan): string => t("keep.minimumValue", { count: r.minimumDays, basis: t(`retention.basis.${r.minimumBasis}`) });
const mostOf = (t: TFunction, r: RetentionRule | RetentionPlan, snapshots: boolean): string => (snapshots && !r.maximumDays ? t("pictures.noMaximum") : most(t, r));
const most = (t: TFunction, r: RetentionRule | RetentionPlan): string => (r.maximumDays ? t("keep.maximumValue", { count: r.maximumDays, basis: t(`retention.basis.${r.maximumBasis}`) }) : t("keep.noMaximum"));

function General({ state: s, onEdit }: { state: RetentionState; onEdit?: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  return (
    <section className="panel panel-pad general">
      <div className="panel-head"><h2>{t("keep.general")}</h2>{onEdit ? <Button icon={<EditOutlined />} onClick={onEdit}>{t("keep.change")}</Button> : null}</div>
      <h3 className="detail-sub">{t("pictures.footage")}</h3>
      <Facts rows={[
        [t("keep.minimum"), <>{least(t, s.rule)}{s.rule.minimumNote ? <span className="dim">{s.rule.minimumNote}</span> : null}</>],
        [t("keep.maximum"), <>{most(t, s.rule)}{s.rule.maximumNote ? <span className="dim">{s.rule.maximumNote}</span> : null}</>],
        s.rule.promisedDays > s.rule.minimumDays && [t("keep.promised"), t("keep.promisedValue", { count: s.rule.promisedDays })],
        [t("keep.inForce"), s.rule.since ? dateTimeText(Date.parse(s.rule.since), zone) : t("keep.sinceStart")],
        [t("keep.held"), <Link key="h" to="/holds">{t("holds.holdsValue", { size: bytesText(s.heldBytes), count: s.heldSegments })}</Link>],
        [t("keep.lastPass"), s.lastPass ? <>{t("keep.lastPassValue", { time: dateTimeText(Date.parse(s.lastPass), zone), count: s.lastRemoved })}{s.lastSnapshots > 0 ? <span className="dim">{t("pictures.lastPass", { count: s.lastSnapshots })}</span> : null}</> : "–"],
      ]} />
      <h3 className="detail-sub">{t("pictures.snapshots")}</h3>
      <p className="dim">{t("pictures.lead")}</p>
      <Facts rows={[
        [t("keep.minimum"), s.snapshots.asFootage ? <>{t("pictures.asFootage")}<span className="dim">{t("pictures.asFootageText")}</span></> : <>{least(t, s.snapshots)}{s.snapshots.minimumNote ? <span className="dim">{s.snapshots.minimumNote}</span> : null}</>],
        [t("keep.maximum"), <>{mostOf(t, s.snapshots, true)}{s.snapshots.maximumNote ? <span className="dim">{s.snapshots.maximumNote}</span> : null}</>],
        !s.snapshots.asFootage && s.snapshots.promisedDays > s.snapshots.minimumDays && [t("keep.promised"), t("pictures.promised", { count: s.snapshots.promisedDays })],
        s.snapshots.since !== undefined && [t("keep.inForce"), dateTimeText(Date.parse(s.snapshots.since), zone)],
      ]} />
      <p className="dim">{t("pictures.acts")}</p>
    </section>
  );
}

function Cameras({ list, onEdit }: { list: readonly Compliance[]; onEdit?: (c: Compliance) => void }) {
  const { t } = useTranslation();
  return (
    <div className="panel keep-scroll">
      <table className="keep-table keep-cameras">
        <thead><tr><th>{t("common.camera")}</th><th>{t("keep.verdict")}</th><th>{t("keep.kept")}</th><th>{t("keep.rule")}</th><th>{t("keep.proof")}</th>{onEdit ? <th><span className="hidden-text">{t("keep.change")}</span></th> : null}</tr></thead>
        <tbody>{list.map((c) => <CameraRow key={c.camera} of={c} onEdit={onEdit} />)}</tbody>
      </table>
    </div>
  );
}

function CameraRow({ of: c, onEdit }: { of: Compliance; onEdit?: (c: Compliance) => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const camera = useCameraMap().get(c.camera);
  const service = c.inService ? Math.floor((Date.parse(c.to) - Date.parse(c.inService)) / day) : 0;
  const oldest = c.oldest ? Date.parse(c.oldest) : undefined;
  const ratio = c.expectedSeconds > 0 ? c.recordedSeconds / c.expectedSeconds : undefined;
  const share = t("keep.recorded", { share: percentText(ratio ?? 0) });
  return (
    <tr>
      <td data-label={t("common.camera")}><span className="cell"><strong className="wrap"><CameraLinks ids={[c.camera]} /></strong>{camera?.place ? <span className="dim">{camera.place}</span> : null}</span></td>
      <td data-label={t("keep.verdict")}>
        <span className="cell">
          <Sign tone={tones[c.verdict]}>{t(`retention.verdict.${c.verdict}`, { count: service })}</Sign>
          {c.reasons.map((r) => <span key={r}>{t(`retention.why.${r}`, { defaultValue: r })}</span>)}
          {(c.verdict === "at_risk" || c.verdict === "breached" ? c.gaps.slice(0, 3) : []).map((g) => <span key={g.cause} className="dim">{t("keep.gap", { cause: t(`cause.${g.cause}`, { defaultValue: g.cause }), time: durationText(t, g.seconds * 1000), count: g.count })}</span>)}
        </span>
      </td>
      <td data-label={t("keep.kept")}>
        <span className="cell num">
          <span>{t("keep.daysKept", { count: Math.round(c.keptDays * 10) / 10, days: decimalText(c.keptDays, 1) })}</span>
          {oldest === undefined ? <span className="dim">{t("keep.nothingPlays")}</span> : can("playback.view") ? <Link to="/playback" search={{ cameras: [c.camera], at: oldest }}>{t("keep.oldest", { time: dateTimeText(oldest, zone) })}</Link> : <span>{t("keep.oldest", { time: dateTimeText(oldest, zone) })}</span>}
          {ratio === undefined ? null : can("camera.read") ? <Link className="dim" to="/coverage" search={{ days: 90 }}>{share}</Link> : <span className="dim">{share}</span>}
        </span>
      </td>
      <td data-label={t("keep.rule")}>
        <span className="cell">
          <span>{t("keep.fromTo", { least: t("keep.days", { count: c.plan.minimumDays }), most: c.plan.maximumDays ? t("keep.upTo", { count: c.plan.maximumDays }) : t("keep.noEnd") })}</span>
          {c.plan.own ? <><span className="dim">{t(`retention.basis.${c.plan.minimumBasis}`)}</span><span><span className="tag first">{t("keep.own")}</span></span></> : <span className="dim">{t("keep.asAll")}</span>}
          {c.plan.promisedDays > c.plan.minimumDays ? <span className="dim">{t("keep.promisedValue", { count: c.plan.promisedDays })}</span> : null}
          <SnapshotRule of={c} />
        </span>
      </td>
      <td data-label={t("keep.proof")}>
        <span className="cell num">
          {c.proof ? <><Sign tone={c.proof.verdict === "ok" ? "ok" : c.proof.verdict === "empty" ? "grey" : "red"}>{t(`retention.proof.${c.proof.verdict}`)}</Sign><span className="dim">{dateText(Date.parse(c.proof.at), zone)}</span></> : <span className="dim">{t("keep.noProof")}</span>}
        </span>
      </td>
      {onEdit ? <td className="cell-act"><Button size="small" onClick={() => onEdit(c)} aria-label={t("keep.changeFor", { name: camera?.name ?? c.camera })}>{t("keep.change")}</Button></td> : null}
    </tr>
  );
}

/** How snapshots of a camera are kept beside its footage, and how many there are. */
function SnapshotRule({ of: c }: { of: Compliance }) {
  const { t } = useTranslation();
  const { plan: p, count, bytes } = c.snapshots;
  const rule = p.asFootage ? t("pictures.asFootage") : t("keep.fromTo", { least: t("keep.days", { count: p.minimumDays }), most: p.maximumDays ? t("keep.upTo", { count: p.maximumDays }) : t("pictures.withFootage") });
  return (
    <>
      <span>{t("pictures.cell", { rule })}</span>
      {p.own ? <span><span className="tag first">{t("keep.own")}</span></span> : null}
      {!p.asFootage && p.promisedDays > p.minimumDays ? <span className="dim">{t("pictures.promised", { count: p.promisedDays })}</span> : null}
      {!p.asFootage && p.minimumDays > c.plan.minimumDays ? <span className="dim">{t("pictures.uncapped", { count: c.plan.minimumDays })}</span> : null}
      <span className="dim num">{count > 0 ? t("pictures.there", { count, size: bytesText(bytes) }) : t("pictures.none")}</span>
    </>
  );
}

/** What a change sets; `brief` where what stands now and what would is told beside it. */
function What({ of: c, brief }: { of: RetentionChange; brief?: boolean }) {
  const { t } = useTranslation();
  return (
    <>
      {c.camera ? <CameraLinks ids={[c.camera]} /> : <strong>{t("keep.general")}</strong>}
      <span className="tag first">{t(c.class === "snapshot" ? "pictures.snapshots" : "pictures.footage")}</span>
      {c.inherits || !c.rule ? <span>{t("keep.followsGeneral")}</span> : brief ? null : <span>{t("keep.ruleText", { least: least(t, c.rule), most: mostOf(t, c.rule, c.class === "snapshot") })}</span>}
      {c.existing ? <span className="tag first">{t(c.class === "snapshot" ? "pictures.alsoExisting" : "keep.alsoExisting")}</span> : null}
    </>
  );
}

/** What stands now and what would, part by part; only what differs. */
function FromTo({ of: c, now, general }: { of: RetentionChange; now: RetentionPlan | undefined; general: RetentionPlan }) {
  const { t } = useTranslation();
  const next = c.inherits || !c.rule ? general : c.rule;
  if (!now) return null;
  const snapshots = c.class === "snapshot";
  const noted = (text: string, note?: string): string => (note ? t("keep.noted", { text, note }) : text);
  const parts: [string, string, string][] = [
    [t("keep.minimum"), now.asFootage ? t("pictures.asFootage") : noted(least(t, now), now.minimumNote), "asFootage" in next && next.asFootage ? t("pictures.asFootage") : noted(least(t, next), next.minimumNote)],
    [t("keep.maximum"), noted(mostOf(t, now, snapshots), now.maximumNote), noted(mostOf(t, next, snapshots), next.maximumNote)],
  ];
  return (
    <Facts rows={[
      ...parts.map(([name, a, b]) => a !== b && ([name, <FromToValue key={name} from={a} to={b} />] as const)),
      c.existing && now.promisedDays > next.minimumDays && ([t(snapshots ? "pictures.older" : "keep.older"), <FromToValue key="older" from={t("keeping.days", { count: now.promisedDays })} to={t("keeping.days", { count: next.minimumDays })} />] as const),
    ]} />
  );
}

const FromToValue = ({ from, to }: { from: string; to: string }) => <><span className="dim">{from}</span><span>→ {to}</span></>;

const planOf = (c: RetentionChange, camera: Compliance | undefined, general: RetentionState): RetentionPlan | undefined => {
  if (c.camera && !camera) return undefined;
  return c.class === "snapshot" ? camera?.snapshots.plan ?? general.snapshots : camera?.plan ?? general.rule;
};

function Waiting({ list, general, plans }: { list: readonly RetentionChange[]; general: RetentionState; plans: readonly Compliance[] }) {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const me = useSession().person.id;
  const names = usePeopleNames();
  const { message } = App.useApp();
  const { ask, done, dialog } = useQuestion("retention");
  if (list.length === 0) return null;
  const planNow = (c: RetentionChange): RetentionPlan | undefined => planOf(c, c.camera ? plans.find((p) => p.camera === c.camera) : undefined, general);
  const what = (c: RetentionChange) => (
    <>
      <p className="waiting-what"><What of={c} brief={planNow(c) !== undefined} /></p>
      <p className="dim">{t("keep.askedBy", { name: names(c.askedBy), time: dateTimeText(Date.parse(c.askedAt), zone) })}</p>
      <p className="wrap">{c.reason}</p>
      <FromTo of={c} now={planNow(c)} general={c.class === "snapshot" ? general.snapshots : general.rule} />
      {can("retention.configure") ? <RuleEffect body={{ class: c.class, camera: c.camera || undefined, inherits: c.inherits || undefined, rule: c.rule, existing: true, reason: c.reason }} /> : null}
    </>
  );
  const approve = (c: RetentionChange): void => ask({ title: t("keep.approve"), text: <>{what(c)}{c.existing ? <p>{t(c.class === "snapshot" ? "pictures.approveText" : "keep.approveText")}</p> : null}</>, needed: false, ok: t("keep.approve"), danger: true, run: async (note) => { await api.retention.approve(c.id, note); await done(t("keep.approved")); } });
  const reject = (c: RetentionChange): void => ask({ title: t("keep.reject"), needed: true, ok: t("keep.reject"), run: async (note) => { await api.retention.reject(c.id, note); await done(t("keep.rejected")); } });
  const withdraw = async (c: RetentionChange): Promise<void> => {
    try {
      await api.retention.withdraw(c.id);
      await done(t("keep.withdrawn"));
    } catch (e) {
      message.error(problemText(t, e));
    }
  };
  return (
    <section className="waiting panel-gap" aria-label={t("keep.waiting")}>
      <h2>{t("keep.waiting")}</h2>
      {list.map((c) => (
        <div key={c.id} className="waiting-one">
          {what(c)}
          {c.askedBy === me ? <p className="dim">{t("problem.retention_change_own")}</p> : null}
          {c.askedBy !== me && !can("retention.configure") ? <p className="dim">{t("keeping.waitsForRight", { action: t("action.retention_configure") })}</p> : null}
          {can("retention.configure") ? (
            <div className="form-end">
              {c.askedBy === me ? <Button onClick={() => void withdraw(c)}>{t("keep.withdraw")}</Button> : <><Button type="primary" onClick={() => approve(c)}>{t("keep.approve")}</Button><Button onClick={() => reject(c)}>{t("keep.reject")}</Button></>}
            </div>
          ) : null}
        </div>
      ))}
      {dialog}
    </section>
  );
}

function History({ list }: { list: readonly RetentionChange[] }) {
  const { t } = useTranslation();
  const zone = useZone();
  const names = usePeopleNames();
  if (list.length === 0) return null;
  return (
    <section className="history">
      <h2>{t("keep.history")}</h2>
      <ul className="rows panel">
        {list.map((c) => (
          <li key={c.id} className="history-row">
            <span className="num dim">{dateTimeText(Date.parse(c.decidedAt ?? c.inForceAt ?? c.askedAt), zone)}</span>
            <span className="waiting-what"><What of={c} />{c.decision ? <span className="tag first">{t(`keep.decided_${c.decision}`)}</span> : null}</span>
            <span className="dim">{c.decidedBy && c.decidedBy !== c.askedBy ? t("keep.askedAndDecided", { asked: names(c.askedBy), decided: names(c.decidedBy) }) : names(c.askedBy)}</span>
            <span className="dim wrap history-why">{c.reason}</span>
            {c.note ? <span className="dim wrap history-why">{t("acts.note", { text: c.note })}</span> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}
