import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Modal, Segmented, Select, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { useCameraMap, useCameras } from "../api/queries";
import type { MaintenanceWindow } from "../api/types";
import { useCan, useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { hour } from "../timeline/scale";
import { dateTimeText, parseDateTime } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { Schedules } from "./schedules";

/** When recording is demanded and when not: the hours of recording, then maintenance windows. */
export function Plans() {
  return (
    <>
      <Schedules />
      <Windows />
    </>
  );
}

function Windows() {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const cameras = useCameraMap();
  const [all, setAll] = useState(false);
  const [placing, setPlacing] = useState(false);
  const [ending, setEnding] = useState<MaintenanceWindow>();
  const { data, error, refetch } = useQuery({ queryKey: ["maintenance", all], queryFn: () => api.maintenance.list(all), refetchInterval: 30_000 });
  return (
    <section className="panel coverage-part" aria-label={t("maintenance.title")}>
      <header className="coverage-head">
        <h2>{t("maintenance.title")}</h2>
        <span className="end">
          <Segmented<boolean> aria-label={t("maintenance.which")} value={all} onChange={setAll} options={[{ value: false, label: t("maintenance.current") }, { value: true, label: t("common.all") }]} />
          {can("maintenance.place") ? <Button onClick={() => setPlacing(true)}>{t("maintenance.place")}</Button> : null}
        </span>
      </header>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel-pad"><Skeleton active title={false} paragraph={{ rows: 2 }} /></div> : null}
      {data && data.length === 0 ? <p className="dim plan-none">{t(all ? "maintenance.noneEver" : "maintenance.none")}</p> : null}
      {data && data.length > 0 ? (
        <ul className="plan-list">
          {data.map((w) => (
            <li key={w.id} className="plan-row">
              <span className={w.state === "running" ? "tone-amber" : "dim"}>{t(`schedule.${w.state}`)}</span>
              <span className="plan-what">
                <span className="num">{dateTimeText(Date.parse(w.from), zone)} – {dateTimeText(Date.parse(w.until), zone)}</span>
                <span className="wrap">{w.cameras.map((c) => cameras.get(c)?.name ?? c).join(t("common.comma"))}</span>
                <span className="wrap">{w.reason}</span>
                <span className="dim num">{t("maintenance.by", { person: w.personName || w.person, time: dateTimeText(Date.parse(w.placedAt), zone) })}</span>
                {w.endedAt ? <span className="dim wrap">{w.endReason ? t("maintenance.endedWhy", { time: dateTimeText(Date.parse(w.endedAt), zone), reason: w.endReason }) : t("maintenance.ended", { time: dateTimeText(Date.parse(w.endedAt), zone) })}</span> : null}
              </span>
              <span>{w.state !== "over" && can("maintenance.place") ? <Button size="small" onClick={() => setEnding(w)}>{t("maintenance.end")}</Button> : null}</span>
            </li>
          ))}
        </ul>
      ) : null}
      <Place open={placing} onClose={() => setPlacing(false)} />
      <End window={ending} onClose={() => setEnding(undefined)} />
    </section>
  );
}

interface PlaceForm { cameras: string[]; from?: string; to: string; reason: string }

function Place({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const cache = useQueryClient();
  const { data: cameras = [] } = useCameras();
  const [form] = Form.useForm<PlaceForm>();
  const { busy, fault, attempt, forget } = useAttempt(form);
  const moment = (v: string | undefined): number | undefined => (v?.trim() ? parseDateTime(v, zone) : undefined);
  // A window without a beginning begins at once.
  const ends = { validator: async (_: unknown, v: string | undefined) => {
    const [from, to] = [moment(form.getFieldValue("from")), moment(v)];
    if (to !== undefined && to <= Date.now()) throw new Error(t("problem.window_end_past"));
    if (to !== undefined && from !== undefined && to <= from) throw new Error(t("playback.timeOrder"));
  } };
  const isTime = { validator: (_: unknown, v: string | undefined) => (!v?.trim() || moment(v) !== undefined ? Promise.resolve() : Promise.reject(new Error(t("playback.timeFormat")))) };
  const close = (): void => { forget(); onClose(); };
  const run = (v: PlaceForm) => attempt(async () => {
    const [from, to] = [moment(v.from), moment(v.to)];
    if (to === undefined) return;
    await api.maintenance.place({ cameras: v.cameras, ...(from === undefined ? {} : { from: new Date(from).toISOString() }), to: new Date(to).toISOString(), reason: v.reason.trim() });
    await cache.invalidateQueries({ queryKey: ["maintenance"] });
    close();
  });
  return (
    <Modal open={open} title={t("maintenance.place")} onCancel={close} footer={null} destroyOnHidden width={520}>
      <p className="dim form-lead">{t("maintenance.placeText")}</p>
      {fault ? <p className="fault-text" role="alert">{problemText(t, fault)}</p> : null}
      <Form form={form} layout="vertical" requiredMark={false} preserve={false} initialValues={{ to: dateTimeText(Date.now() + 2 * hour, zone) }} onFinish={(v) => void run(v)}>
        <Form.Item name="cameras" label={t("nav.cameras")} rules={[{ required: true, message: t("common.required") }]}>
          <Select mode="multiple" showSearch optionFilterProp="label" options={cameras.filter((c) => !c.retiredAt).map((c) => ({ value: c.id, label: c.name }))} />
        </Form.Item>
        <Form.Item name="from" label={t("common.from")} extra={t("maintenance.fromHint")} rules={[isTime]}><Input className="num" placeholder={dateTimeText(Date.now(), zone)} /></Form.Item>
        <Form.Item name="to" label={t("common.to")} dependencies={["from"]} rules={[{ required: true, whitespace: true, message: t("common.required") }, isTime, ends]}><Input className="num" /></Form.Item>
        <Form.Item name="reason" label={t("common.reason")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input maxLength={500} /></Form.Item>
        <div className="form-end">
          <Button type="primary" htmlType="submit" loading={busy}>{t("maintenance.place")}</Button>
          <Button onClick={close}>{t("common.cancel")}</Button>
        </div>
      </Form>
    </Modal>
  );
}

function End({ window: w, onClose }: { window: MaintenanceWindow | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const { busy, fault, attempt, forget } = useAttempt();
  const close = (): void => { forget(); onClose(); };
  const run = (reason: string | undefined) => attempt(async () => {
    if (!w) return;
    await api.maintenance.end(w.id, reason?.trim() ? { reason: reason.trim() } : {});
    await cache.invalidateQueries({ queryKey: ["maintenance"] });
    close();
  });
  return (
    <Modal open={w !== undefined} title={t("maintenance.end")} onCancel={close} footer={null} destroyOnHidden width={440}>
      <p className="dim form-lead">{t("maintenance.endText")}</p>
      {fault ? <p className="fault-text" role="alert">{problemText(t, fault)}</p> : null}
      <Form layout="vertical" requiredMark={false} onFinish={(v: { reason?: string }) => void run(v.reason)}>
        <Form.Item name="reason" label={t("losses.optionalOf", { label: t("common.reason") })}><Input autoFocus maxLength={500} /></Form.Item>
        <div className="form-end">
          <Button type="primary" htmlType="submit" loading={busy}>{t("maintenance.end")}</Button>
          <Button onClick={close}>{t("common.cancel")}</Button>
        </div>
      </Form>
    </Modal>
  );
}
