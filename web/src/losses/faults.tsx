import { CheckCircleFilled, ExclamationCircleFilled, WarningFilled } from "@ant-design/icons";
import { useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button, Form, Input, Modal, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { Problem, problemText } from "../api/problem";
import { useCameraMap } from "../api/queries";
import type { StorageFault } from "../api/types";
import { useCan, useThroughout, useZone } from "../app/session";
import { LoadFault, Notice } from "../app/states";
import { roomText } from "../keeping/outlook";
import { dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { sentence } from "../ui/fields";
import { missing, reasonCode, urgentFirst } from "./order";

/** The faults of the storage, those that leaders were told of first. */
export function Faults({ query: { data, error, refetch } }: { query: UseQueryResult<StorageFault[]> }) {
  const { t } = useTranslation();
  const [seeing, setSeeing] = useState<StorageFault>();
  const [leaving, setLeaving] = useState<StorageFault>();
  if (error && !data) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!data) return <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 6 }} /></div>;
  return (
    <>
      <p className="dim losses-lead">{t("losses.faultsLead")}</p>
      {data.length === 0 ? <Notice title={t("losses.noFaults")}>{t("losses.noFaultsText")}</Notice> : (
        <ul className="faults">{urgentFirst(data).map((f) => <li key={f.id} className="panel panel-pad"><Fault fault={f} onAcknowledge={() => setSeeing(f)} onGiveUp={() => setLeaving(f)} /></li>)}</ul>
      )}
      <Acknowledge fault={seeing} onClose={() => setSeeing(undefined)} />
      <GiveUp fault={leaving} onClose={() => setLeaving(undefined)} />
    </>
  );
}

function Fault({ fault: f, onAcknowledge, onGiveUp }: { fault: StorageFault; onAcknowledge: () => void; onGiveUp: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const throughout = useThroughout();
  const cameras = useCameraMap();
  const when = (at: string): string => dateTimeText(Date.parse(at), zone);
  const subject = f.subject === "main" ? t("losses.mainVolume") : f.subject === "storage" ? t("losses.wholeStorage") : cameras.get(f.subject)?.name ?? f.subject;
  const lacks = missing(f);
  const repeated = f.steps.filter((s) => s.step === "repeated").length;
  const wrong = f.kind === "footage_damaged" ? t(`storageFault.what_${String(f.detail.what)}`, { defaultValue: "" }) : "";
  const state = f.closedAt ? "ok" : f.overAt ? "amber" : "red";
  return (
    <>
      <header className="fault-head">
        <h2>{t(`storageFault.${f.kind}`)}</h2>
        <span className="dim wrap">{subject}</span>
        <span className={`status tone-${state}`}>
          {state === "ok" ? <CheckCircleFilled aria-hidden /> : state === "amber" ? <WarningFilled aria-hidden /> : <ExclamationCircleFilled aria-hidden />}
          {t(f.closedAt ? "storageFault.closed" : f.overAt ? "losses.faultOver" : "losses.faultOpen")}
        </span>
        {f.escalatedAt ? <span className="tag fault-escalated"><ExclamationCircleFilled aria-hidden /> {t("storageFault.escalated")}</span> : null}
        {!f.closedAt && can("fault.acknowledge") ? <Button size="small" className="fault-act" onClick={onAcknowledge}>{t("losses.acknowledge")}</Button> : null}
      </header>
      {f.kind === "footage_damaged" ? <p className="wrap">{t("storageFault.damagedFiles", { count: Number(f.detail.files), file: String(f.detail.file) })}{wrong ? " · " : ""}{wrong && f.overAt ? t("losses.whenOpened", { text: wrong }) : wrong}</p> : null}
      {typeof f.detail.error === "string" ? <p className="dim wrap" title={f.detail.error}>{problemText(t, new Problem(0, reasonCode(f.detail.error), f.detail.error, f.detail))}</p> : null}
      {f.absent ? (
        <p className="fault-absent wrap">
          {t("storageFault.absent", { name: f.subject })} {throughout("retention.configure") ? <Button size="small" danger onClick={onGiveUp}>{t("storageFault.giveUp")}</Button> : null}
        </p>
      ) : null}
      {f.kind === "retention_at_risk" && f.detail.keeps !== undefined ? <p className="num">{t("losses.whenOpened", { text: roomText(t, Number(f.detail.keeps), Number(f.detail.of)) })} {can("system.read") ? <Link to="/storage">{t("nav.storage")}</Link> : null}</p> : null}
      {f.closedAt ? null : (
        <p className="fault-missing">
          <strong>{t("losses.toClose")}</strong> {lacks === undefined ? t(f.overAt ? "losses.beingProved" : "losses.causeStands") : t(`storageFault.${lacks.why}`, { defaultValue: t("storageFault.unproved") })}
          {lacks?.place ? <span className="wrap"> · {lacks.place}</span> : null}
          {lacks?.camera ? <span className="wrap"> · {cameras.get(lacks.camera)?.name ?? lacks.camera}{lacks.cameras > 1 ? ` · ${t("common.cameras", { count: lacks.cameras })}` : ""}</span> : null}
        </p>
      )}
      {repeated > 0 ? <p className="dim num">{t("losses.repeatedTimes", { count: repeated })}</p> : null}
      <ol className="fault-steps">
        {f.steps.map((s, i) => (
          <li key={`${s.at}/${i}`}>
            <span className="num dim">{when(s.at)}</span>
            <span>{t(`storageFault.${s.step}`)}</span>
            {typeof s.detail.why === "string" ? <span className="dim">{t(`storageFault.${s.detail.why}`, { defaultValue: s.detail.why })}</span> : null}
            {s.personName || s.person ? <span className="wrap">{s.personName || s.person}</span> : null}
            {typeof s.detail.reason === "string" && s.detail.reason ? <span className="dim wrap">{s.detail.reason}</span> : null}
            {typeof s.detail.note === "string" && s.detail.note ? <span className="dim wrap">{s.detail.note}</span> : null}
          </li>
        ))}
      </ol>
    </>
  );
}

function Acknowledge({ fault: f, onClose }: { fault: StorageFault | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const { busy, fault, attempt, forget } = useAttempt();
  const close = (): void => { forget(); onClose(); };
  const run = (note: string | undefined) => attempt(async () => {
    if (!f) return;
    await api.storageFaults.acknowledge(f.id, note?.trim() ? { note: note.trim() } : {});
    await cache.invalidateQueries({ queryKey: ["storage-faults"] });
    close();
  });
  return (
    <Modal open={f !== undefined} title={t("losses.acknowledgeTitle")} onCancel={close} footer={null} destroyOnHidden width={440}>
      <p className="dim form-lead">{t("losses.acknowledgeText")}</p>
      {fault ? <p className="fault-text" role="alert">{problemText(t, fault)}</p> : null}
      <Form layout="vertical" requiredMark={false} onFinish={(v: { note?: string }) => void run(v.note)}>
        <Form.Item name="note" label={t("losses.optionalOf", { label: t("common.note") })}><Input autoFocus maxLength={500} /></Form.Item>
        <Button type="primary" htmlType="submit" loading={busy}>{t("losses.acknowledge")}</Button>
      </Form>
    </Modal>
  );
}

function GiveUp({ fault: f, onClose }: { fault: StorageFault | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const { busy, fault, attempt, forget } = useAttempt();
  const close = (): void => { forget(); onClose(); };
  const run = (reason: string) => attempt(async () => {
    if (!f) return;
    await api.storageFaults.giveUp(f.id, { reason: reason.trim() });
    await cache.invalidateQueries({ queryKey: ["storage-faults"] });
    close();
  });
  return (
    <Modal open={f !== undefined} title={t("storageFault.giveUpTitle", { name: f?.subject ?? "" })} onCancel={close} footer={null} destroyOnHidden width={440}>
      <p className="dim form-lead">{t("storageFault.giveUpText")}</p>
      {fault ? <p className="fault-text" role="alert">{problemText(t, fault)}</p> : null}
      <Form layout="vertical" requiredMark={false} onFinish={(v: { reason: string }) => void run(v.reason)}>
        <Form.Item name="reason" label={t("common.reason")} rules={[sentence(t("keeping.atLeastFour"))]}><Input autoFocus maxLength={500} /></Form.Item>
        <Button danger type="primary" htmlType="submit" loading={busy}>{t("storageFault.giveUp")}</Button>
      </Form>
    </Modal>
  );
}
