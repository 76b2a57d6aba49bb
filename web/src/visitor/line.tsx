import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { problemText } from "../api/problem";
import { visitorsApi, type Visit } from "../api/visitors";
import { useCan, useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { Facts, Sign } from "../keeping/parts";
import { clockText, dateTimeText, dateText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { sentence } from "../ui/fields";
import type { Tone } from "../ui/status";
import { ContentFields, contentOf, type ContentValues } from "./form";

const tones: Record<Visit["state"], Tone> = { registered: "amber", approved: "ok", refused: "red", inside: "busy", met: "amber", out: "grey", withdrawn: "grey" };

/** By whom a visitor was let in, in words. */
function useConsent(): (v: Visit) => string {
  const { t } = useTranslation();
  return (v) => {
    const a = v.approval;
    if (!a || v.state === "registered" || v.state === "refused") return "";
    return t(`visitors.by_${a.kind}`, { name: (a.kind === "approved" ? a.byName : a.personName) ?? "", number: a.number ?? "" });
  };
}

export function StateOf({ visit: v }: { visit: Visit }) {
  const { t } = useTranslation();
  return <Sign tone={tones[v.state]}>{t(`visitors.state_${v.state}`)}</Sign>;
}

/** That somebody still has to sign for having let a visitor in. */
function Signs({ visit: v }: { visit: Visit }) {
  const { t } = useTranslation();
  const zone = useZone();
  if (v.denied) return <span className="tone-red">{t("visitors.denied")}</span>;
  if (!v.awaits || !v.awaitsUntil) return null;
  return <span className={v.overdue ? "tone-red" : "tone-amber"}>{t(v.overdue ? "visitors.signsOverdue" : "visitors.signs", { name: v.awaitsName ?? "", time: dateTimeText(Date.parse(v.awaitsUntil), zone) })}</span>;
}

/** A line of the register. */
export function Line({ visit: v, onOpen }: { visit: Visit; onOpen: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const consent = useConsent()(v);
  const clock = (at: string): string => clockText(Date.parse(at), zone).slice(0, 5);
  const came = Date.parse(v.cameAt);
  return (
    <button type="button" className="visit-row" onClick={onOpen}>
      <span className="num visit-when">{dateText(came, zone)} <br />{v.inAt ? t("visitors.inOut", { from: clock(v.inAt), to: v.outAt ? clock(v.outAt) : t("visitors.still") }) : clock(v.cameAt)}</span>
      <span className="visit-main">
        <strong className="wrap">{v.name}{v.unit ? ` · ${v.unit}` : ""}</strong>
        <span className="dim wrap">{t(`visitors.kind_${v.kind}`)}{v.identityEnds ? <> · <span className="num">{t("visitors.ends", { ends: v.identityEnds })}</span></> : null} · {v.reason} · {t("visitors.with", { name: v.hostName })}</span>
      </span>
      <span className="visit-state">
        <StateOf visit={v} />
        {consent ? <span className="dim wrap">{consent}</span> : null}
        <Signs visit={v} />
        {v.saw && v.saw !== "nothing" ? <span className="wrap">{t(`visitors.saw_${v.saw}`)}{v.caseNo ? ` · ${v.caseNo}` : ""}</span> : null}
        {v.late ? <span className="tone-amber num">{t("visitors.late", { time: dateTimeText(Date.parse(v.at), zone) })}</span> : null}
        {v.corrected > 0 ? <span className="dim">{t("visitors.corrected", { count: v.corrected })}</span> : null}
      </span>
    </button>
  );
}

/** All that is on record of a visit, and its correction. */
export function Detail({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const can = useCan();
  const zone = useZone();
  const [correcting, setCorrecting] = useState(false);
  const { data: v, error, refetch } = useQuery({ queryKey: ["duty", "visit", id], queryFn: () => visitorsApi.get(id) });
  if (error && !v) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!v) return <Skeleton active paragraph={{ rows: 8 }} />;
  if (correcting) return <Correct visit={v} onClose={onClose} />;
  const at = (time: string): string => dateTimeText(Date.parse(time), zone);
  const first = v.versions?.[0];
  const happened = [
    ...(v.steps ?? []).map((s) => ({ at: s.at, what: t(`visitors.step_${s.kind}`), who: s.personName ? `${s.personName} · ${s.byName}` : s.byName, more: [s.number, s.note].filter(Boolean).join(" · "), late: s.late ? at(s.doneAt) : "" })),
    ...(v.versions ?? []).map((s, i) => ({ at: s.at, what: t(i === 0 ? "visitors.step_registered" : "visitors.step_corrected"), who: s.byName, more: i === 0 ? "" : [s.why, s.name, s.unit, s.reason, s.papers, s.items].filter(Boolean).join(" · "), late: "" })),
  ].sort((a, b) => a.at.localeCompare(b.at));
  return (
    <>
      <p className="detail-state"><StateOf visit={v} /> <Signs visit={v} /></p>
      <h2 className="detail-title wrap">{v.name}</h2>
      <Facts rows={[
        [t("visitors.unit"), v.unit || "–"],
        [t("visitors.kind"), t(`visitors.kind_${v.kind}`)],
        v.identityKind ? [t("visitors.identityKind"), <span key="i" className="num">{t(`visitors.id_${v.identityKind}`, { defaultValue: v.identityKind })} {v.identityNumber ?? t("visitors.ends", { ends: v.identityEnds ?? "" })}</span>] : undefined,
        [t("visitors.reason"), v.reason],
        [t("visitors.host"), v.hostName],
        v.papers ? [t("visitors.papers"), v.papers] : undefined,
        v.items ? [t("visitors.items"), v.items] : undefined,
        v.badge ? [t("visitors.badge"), v.badge] : undefined,
        v.inAt ? [t("visitors.phone"), t(v.phone ? "common.yes" : "common.no")] : undefined,
        v.inAt ? [t("visitors.secrecy"), t(v.secrecy ? "common.yes" : "common.no")] : undefined,
        v.saw ? [t("visitors.saw"), `${t(`visitors.saw_${v.saw}`)}${v.caseNo ? ` · ${v.caseNo}` : ""}`] : undefined,
        v.late ? [t("visitors.cameLate"), at(v.cameAt)] : undefined,
      ]} />
      <h3 className="detail-sub">{t("visitors.details")}</h3>
      <ol className="visit-steps">
        {happened.map((s, i) => <li key={i}><span className="num dim">{at(s.at)}</span><span><strong>{s.what}</strong> {s.who}{s.more ? <span className="dim wrap"> · {s.more}</span> : null}{s.late ? <span className="tone-amber num"> {t("visitors.late", { time: s.late })}</span> : null}</span></li>)}
      </ol>
      {can("duty.stand") && first ? <div className="form-end detail-acts"><Button onClick={() => setCorrecting(true)}>{t("visitors.correct")}</Button></div> : null}
    </>
  );
}

function Correct({ visit: v, onClose }: { visit: Visit; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const [form] = Form.useForm<ContentValues & { why: string }>();
  const { busy, fault, attempt } = useAttempt(form);
  const save = (x: ContentValues & { why: string }) => attempt(async () => {
    await visitorsApi.correct(v.id, { ...contentOf(x), hostName: v.host ? undefined : x.host?.trim(), why: x.why.trim() });
    await cache.invalidateQueries({ queryKey: ["duty"] });
    message.success(t("visitors.done_corrected"));
    onClose();
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} scrollToFirstError onFinish={(x) => void save(x)}
      initialValues={{ name: v.name, unit: v.unit ?? "", identityKind: v.identityKind, identityNumber: v.identityNumber ?? "", reason: v.reason, host: v.hostName, papers: v.papers ?? "", items: v.items ?? "" }}>
      <p className="dim form-lead">{t("visitors.correctText")}</p>
      <ContentFields kind={v.kind} room={v.room} fixedHost={Boolean(v.host)} number={v.identityNumber ? "" : t("visitors.ends", { ends: v.identityEnds ?? "" })} />
      <Form.Item name="why" label={t("visitors.correctWhy")} rules={[sentence(t("keeping.atLeastFour"))]}><Input maxLength={500} autoComplete="off" /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{t("visitors.correct")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
    </Form>
  );
}
