import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, Modal, Radio, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Camera, SideDoor } from "../api/types";
import { useCan, useZone } from "../app/session";
import { Sign } from "../keeping/parts";
import { dateText, dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { DayField } from "../ui/day";
import { usePeopleNames } from "../ui/people";
import { useDeviceFiles } from "./use";
import "./doors.css";

const tones = { closed: "ok", owned: "grey", unknown: "amber" } as const;

/** The other ways to the pictures of a camera, on its page. */
export function DoorSection({ camera }: { camera: Camera }) {
  const { t } = useTranslation();
  const can = useCan();
  const zone = useZone();
  const names = usePeopleNames();
  const file = useDeviceFiles().get(camera.id);
  const [door, setDoor] = useState<SideDoor>();
  if (!file) return null;
  const p = file.password;
  const other: SideDoor = { kind: "other", label: "", state: "unknown" };
  return (
    <section aria-label={t("doors.title")}>
      <h3>{t("doors.title")}</h3>
      <p className="dim">{t("doors.lead")}</p>
      <ul className="doors">
        {file.doors.map((d) => (
          <li key={d.kind + d.label}>
            <span className="door-what">
              <strong className="wrap">{d.label || t(`doors.kind_${d.kind}`)}</strong>
              <Sign tone={tones[d.state]}>{d.state === "owned" ? t("doors.ownedBy", { name: d.owner ? names(d.owner) : d.ownerName }) : t(`doors.state_${d.state}`)}</Sign>
            </span>
            <span className="dim door-since">{d.checkedAt ? t("doors.since", { day: d.since, name: d.checkedBy ? names(d.checkedBy) : t("doors.onServer"), time: dateTimeText(Date.parse(d.checkedAt), zone) }) : t("doors.nobody")}</span>
            {d.note ? <span className="wrap">{d.note}</span> : null}
            {can("camera.configure") ? <Button size="small" className="door-check" aria-label={t("doors.checkOf", { what: d.label || t(`doors.kind_${d.kind}`) })} onClick={() => setDoor(d)}>{t("doors.check")}</Button> : null}
          </li>
        ))}
      </ul>
      {can("camera.configure") ? <Button size="small" onClick={() => setDoor(other)}>{t("doors.add")}</Button> : null}
      <p className="door-password">
        {p ? <Sign tone={p.overdue ? "amber" : "ok"}>{t(p.overdue ? "doors.passwordOld" : "doors.password", { count: p.days, most: p.mostDays, day: dateText(Date.parse(p.at), zone) })}</Sign> : <Sign tone="grey">{t("doors.noPassword")}</Sign>}
      </p>
      <CheckDialog camera={camera} door={door} onClose={() => setDoor(undefined)} />
    </section>
  );
}

interface Values { label?: string; state: SideDoor["state"]; by: "person" | "name"; owner?: string; ownerName?: string; since?: string; note?: string }

function CheckDialog({ camera, door, onClose }: { camera: Camera; door: SideDoor | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal open={door !== undefined} title={door ? t("doors.checkOf", { what: door.label || t(`doors.kind_${door.kind}`) }) : ""} onCancel={onClose} footer={null} destroyOnHidden width={480} className="dialog-long">
      {door ? <Check camera={camera} door={door} onClose={onClose} /> : null}
    </Modal>
  );
}

function Check({ camera, door, onClose }: { camera: Camera; door: SideDoor; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const can = useCan();
  const cache = useQueryClient();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const { data: people = [] } = useQuery({ queryKey: ["people"], queryFn: api.people.list, enabled: can("people.read") });
  const state = Form.useWatch("state", form) ?? door.state;
  const by = Form.useWatch("by", form);
  const registered = people.length > 0 && by !== "name";
  const save = (v: Values): void => void attempt(async () => {
    const owner = v.state !== "owned" ? {} : registered ? { owner: v.owner } : { ownerName: v.ownerName?.trim() };
    await api.sideDoors.check(camera.id, { kind: door.kind, label: door.kind === "other" ? (v.label ?? door.label).trim() : undefined, state: v.state, ...owner, since: v.since?.trim() || undefined, note: v.note?.trim() || undefined });
    await cache.invalidateQueries({ queryKey: ["side-doors"] });
    message.success(t("doors.saved"));
    onClose();
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={save} initialValues={{ label: door.label, state: door.checkedAt ? door.state : "closed", by: door.ownerName || !can("people.read") ? "name" : "person", owner: door.owner, ownerName: door.ownerName, note: door.note }}>
      {door.kind === "other" ? <Form.Item name="label" label={t("doors.label")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input maxLength={100} disabled={door.label !== ""} placeholder={t("doors.labelFor")} /></Form.Item> : null}
      <Form.Item name="state" label={t("doors.state")}>
        <Radio.Group options={(["closed", "owned", "unknown"] as const).map((s) => ({ value: s, label: t(`doors.state_${s}`) }))} />
      </Form.Item>
      {state === "owned" ? (
        <>
          {people.length > 0 ? <Form.Item name="by" label={t("doors.owner")}><Radio.Group options={[{ value: "person", label: t("doors.byPerson") }, { value: "name", label: t("doors.byName") }]} /></Form.Item> : null}
          {registered
            ? <Form.Item name="owner" rules={[{ required: true, message: t("common.required") }]}><Select showSearch optionFilterProp="label" aria-label={t("doors.owner")} options={people.filter((p) => !p.disabled).map((p) => ({ value: p.id, label: p.displayName }))} /></Form.Item>
            : <Form.Item name="ownerName" label={people.length > 0 ? undefined : t("doors.owner")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input maxLength={100} aria-label={t("doors.owner")} /></Form.Item>}
        </>
      ) : null}
      <DayField name="since" label={t("doors.sinceDay")} />
      <Form.Item name="note" label={t("common.note")}><Input maxLength={500} placeholder={t("doors.noteFor")} /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <Button type="primary" htmlType="submit" loading={busy}>{t("common.save")}</Button>
    </Form>
  );
}
