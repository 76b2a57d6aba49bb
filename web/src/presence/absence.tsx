import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { problemText } from "../api/problem";
import { presenceApi, type PresenceAbsence, type PresenceLeaving, type PresenceNow } from "../api/presence";
import type { WatchRoom } from "../api/watch";
import { useSession } from "../app/session";
import { useAttempt } from "../ui/attempt";
import { durationText } from "../ui/duration";
import { usePresence } from "./use";
import "./presence.css";

/** Steps out of the own room for some minutes, and comes back. */
export function ShortAbsence({ room, now }: { room: WatchRoom; now: number }) {
  const { t } = useTranslation();
  const { data } = usePresence();
  const [leaving, setLeaving] = useState(false);
  if (!data) return null;
  if (data.absence) return <Away absence={data.absence} room={room} now={now} />;
  if (data.absences === 0) return null;
  return (
    <div className="leaving-acts">
      <Button onClick={() => setLeaving(true)}>{t("presence.stepOut", { n: data.absenceMinutes })}</Button>
      <Modal open={leaving} onCancel={() => setLeaving(false)} footer={null} destroyOnHidden width={460} title={t("presence.stepOutTitle", { room: room.name, n: data.absenceMinutes })}>
        <SteppingOut room={room} allowed={data} onClose={() => setLeaving(false)} />
      </Modal>
    </div>
  );
}

function SteppingOut({ room, allowed, onClose }: { room: WatchRoom; allowed: PresenceNow; onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const me = useSession().person.id;
  const [form] = Form.useForm<PresenceLeaving>();
  const { busy, fault, attempt } = useAttempt(form);
  const others = room.on.filter((a) => a.person !== me);
  const out = (v: PresenceLeaving): void => void attempt(async () => {
    cache.setQueryData<PresenceNow>(["presence"], await presenceApi.stepOut({ cover: v.cover, elsewhere: v.elsewhere?.trim(), reason: v.reason?.trim() }));
    onClose();
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} initialValues={{ cover: others.length === 1 ? others[0]?.person : undefined }} onFinish={out}>
      <p className="form-lead dim">{t("presence.stepOutText", { most: allowed.absences })}</p>
      {others.length > 0 ? (
        <Form.Item name="cover" label={t("presence.cover")} extra={t("presence.coverHint")} rules={[{ required: true, message: t("common.required") }]}>
          <Select showSearch optionFilterProp="label" options={others.map((a) => ({ value: a.person, label: a.name }))} />
        </Form.Item>
      ) : (
        <Form.Item name="elsewhere" label={t("presence.elsewhere")} extra={t("presence.elsewhereHint")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}>
          <Input maxLength={100} autoComplete="off" />
        </Form.Item>
      )}
      <Form.Item name="reason" label={t("presence.reason")}><Input maxLength={200} autoComplete="off" /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end">
        <Button type="primary" htmlType="submit" loading={busy}>{t("presence.stepOutOk")}</Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </Form>
  );
}

/** A short absence that runs, with its clock. */
function Away({ absence, room, now }: { absence: PresenceAbsence; room: WatchRoom; now: number }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const { busy, fault, attempt } = useAttempt();
  const whole = (ms: number): string => durationText(t, Math.max(1000, Math.floor(ms / 1000) * 1000));
  const due = Date.parse(absence.due), over = now > due;
  const stays = absence.cover ? room.on.find((a) => a.person === absence.cover)?.name : undefined;
  const back = (): void => void attempt(async () => {
    cache.setQueryData<PresenceNow>(["presence"], await presenceApi.stepBack());
    message.success(t("presence.backDone", { room: room.name }));
  });
  return (
    <div className={over ? "away over" : "away"}>
      <div className="away-head">
        <strong>{t("presence.away")}</strong>
        <span className="num">{t("presence.awayFor", { time: whole(now - Date.parse(absence.at)) })}</span>
      </div>
      <div className="away-clock num">{t(over ? "presence.awayOver" : "presence.awayLeft", { time: whole(Math.abs(due - now)) })}</div>
      {stays ? <p>{t("presence.stays", { name: stays })}</p> : null}
      {absence.elsewhere ? <p className="wrap">{t("presence.rings", { place: absence.elsewhere })}</p> : null}
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <Button type="primary" size="large" block danger={over} loading={busy} onClick={back}>{t("presence.back")}</Button>
    </div>
  );
}
