import { DeleteOutlined, PlusOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Checkbox, Form, Input, Modal, Radio, Select, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { useCameraMap, useCameras } from "../api/queries";
import type { Hours, Schedule, ScheduleInput } from "../api/types";
import { useCan, useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { WaitingSchedules } from "../organisation/waiting";
import { dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { hoursText } from "./hours";

const weekdays = [1, 2, 3, 4, 5, 6, 7];
const clockTime = /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/;

/** When recording is demanded: of the site, and of cameras that differ from it. */
export function Schedules() {
  const { t } = useTranslation();
  const can = useCan();
  const cameras = useCameraMap();
  const [setting, setSetting] = useState(false);
  const { data, error, refetch } = useQuery({ queryKey: ["schedules"], queryFn: api.schedules.list });
  const force = (data ?? []).filter((s) => s.inForce);
  const site = force.find((s) => !s.camera);
  const own = force.filter((s) => s.camera && s.kind !== "site");
  return (
    <>
    <section className="panel coverage-part" id="schedules" aria-label={t("schedule.title")}>
      <header className="coverage-head">
        <h2>{t("schedule.title")}</h2>
        <span className="end">{can("schedule.configure") ? <Button onClick={() => setSetting(true)}>{t("schedule.set")}</Button> : null}</span>
      </header>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel-pad"><Skeleton active title={false} paragraph={{ rows: 2 }} /></div> : null}
      {data ? (
        <ul className="plan-list">
          <li className="plan-row"><span className="dim">{t("schedule.wholeSite")}</span>{site ? <What schedule={site} /> : <span className="plan-what"><strong>{t("schedule.always")}</strong><span className="dim">{t("schedule.never")}</span></span>}</li>
          {own.map((s) => <li key={s.id} className="plan-row"><span className="wrap">{cameras.get(s.camera ?? "")?.name ?? s.camera}</span><What schedule={s} /></li>)}
        </ul>
      ) : null}
      <SetSchedule open={setting} onClose={() => setSetting(false)} />
    </section>
    <WaitingSchedules nameOf={(id) => cameras.get(id)?.name ?? id} />
    </>
  );
}

function What({ schedule: s }: { schedule: Schedule }) {
  const { t } = useTranslation();
  const zone = useZone();
  return (
    <span className="plan-what">
      <strong>{t(`schedule.${s.kind}`)}</strong>
      {s.hours.map((h, i) => <span key={i} className="num">{hoursText(t, h)}</span>)}
      {s.kind === "business_hours" ? <span className="dim">{t(s.stops ? "schedule.stops" : "schedule.goes_on")}</span> : null}
      <span className="dim wrap">{t("schedule.by", { person: s.personName || s.person, time: dateTimeText(Date.parse(s.at), zone), reason: s.reason })}</span>
    </span>
  );
}

interface SetForm { camera?: string; kind: ScheduleInput["kind"]; hours?: Hours[]; stops?: boolean; reason: string }

function SetSchedule({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const { data: cameras = [] } = useCameras();
  const [form] = Form.useForm<SetForm>();
  const { busy, fault, attempt, forget } = useAttempt(form);
  const kind = Form.useWatch("kind", form);
  const camera = Form.useWatch("camera", form);
  const close = (): void => { forget(); onClose(); };
  const run = (v: SetForm) => attempt(async () => {
    const hours = v.kind === "business_hours" ? (v.hours ?? []).map((h) => ({ ...h, days: [...h.days].sort() })) : undefined;
    const set = await api.schedules.set({ kind: v.kind, reason: v.reason.trim(), ...(v.camera ? { camera: v.camera } : {}), ...(hours ? { hours, stops: v.stops === true } : {}) });
    await Promise.all(["schedules", "proposals"].map((k) => cache.invalidateQueries({ queryKey: [k] })));
    if (set.waits) message.info(t("schedule.waits"));
    close();
  });
  const time = [{ required: true, message: t("common.required") }, { pattern: clockTime, message: t("schedule.timeFormat") }];
  return (
    <Modal open={open} title={t("schedule.set")} onCancel={close} footer={null} destroyOnHidden width={560}>
      <p className="dim form-lead">{t("schedule.setText")}</p>
      {fault ? <p className="fault-text" role="alert">{problemText(t, fault)}</p> : null}
      <Form form={form} layout="vertical" requiredMark={false} preserve={false} initialValues={{ kind: "always", hours: [{ days: [1, 2, 3, 4, 5], from: "08:00", to: "18:00" }] }} onFinish={(v) => void run(v)}>
        <Form.Item name="camera" label={t("schedule.of")}>
          <Select allowClear showSearch optionFilterProp="label" placeholder={t("schedule.wholeSite")} options={cameras.filter((c) => !c.retiredAt).map((c) => ({ value: c.id, label: c.name }))} />
        </Form.Item>
        <Form.Item name="kind" label={t("schedule.kind")}>
          <Radio.Group options={(camera ? (["always", "business_hours", "site"] as const) : (["always", "business_hours"] as const)).map((k) => ({ value: k, label: t(`schedule.${k}`) }))} />
        </Form.Item>
        {kind === "business_hours" ? (
          <>
            <Form.List name="hours">
              {(fields, { add, remove }) => (
                <>
                  {fields.map((f) => (
                    <div key={f.key} className="hours-row">
                      <Form.Item name={[f.name, "days"]} rules={[{ required: true, message: t("common.required") }]}><Select mode="multiple" aria-label={t("schedule.weekdays")} options={weekdays.map((d) => ({ value: d, label: t(`schedule.day_${d}`) }))} /></Form.Item>
                      <Form.Item name={[f.name, "from"]} rules={time}><Input className="num" aria-label={t("common.from")} maxLength={5} /></Form.Item>
                      <Form.Item name={[f.name, "to"]} rules={time}><Input className="num" aria-label={t("common.to")} maxLength={5} /></Form.Item>
                      {fields.length > 1 ? <Button type="text" icon={<DeleteOutlined />} aria-label={t("schedule.removeHours")} onClick={() => remove(f.name)} /> : null}
                    </div>
                  ))}
                  <Form.Item><Button size="small" icon={<PlusOutlined />} onClick={() => add({ days: [6, 7], from: "09:00", to: "17:00" })}>{t("schedule.addHours")}</Button></Form.Item>
                </>
              )}
            </Form.List>
            <Form.Item name="stops" valuePropName="checked"><Checkbox>{t("schedule.stops")}</Checkbox></Form.Item>
          </>
        ) : null}
        <Form.Item name="reason" label={t("common.reason")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input maxLength={500} /></Form.Item>
        <div className="form-end">
          <Button type="primary" htmlType="submit" loading={busy}>{t("common.save")}</Button>
          <Button onClick={close}>{t("common.cancel")}</Button>
        </div>
      </Form>
    </Modal>
  );
}
