import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Camera, ControlRoom } from "../api/types";
import { useCan, useZone } from "../app/session";
import { Sign } from "../keeping/parts";
import { useProposals } from "../organisation/waiting";
import { dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { usePeopleNames } from "../ui/people";
import { networksOf, useControlRooms } from "./use";

type Asked = "mark" | "end";

/** Whether a camera watches a control room, on its page. */
export function RoomSection({ camera }: { camera: Camera }) {
  const { t } = useTranslation();
  const can = useCan();
  const zone = useZone();
  const names = usePeopleNames();
  const rooms = useControlRooms();
  const [asked, setAsked] = useState<Asked>();
  const waits = useProposals().some((p) => p.kind === "room" && p.subject === camera.id);
  if (!rooms) return null;
  const room = rooms.items.find((r) => r.camera === camera.id);
  const sets = can("camera.configure") && !camera.aside;
  if (!room && !sets) return null;
  return (
    <section aria-label={t("controlRoom.title")}>
      <h3>{t("controlRoom.title")}</h3>
      <p className="wrap">{room ? <strong>{t("controlRoom.watches", { name: room.name })}</strong> : t("controlRoom.watchesNone")}</p>
      <p className="dim">{t(camera.aside ? "controlRoom.aside" : "controlRoom.about")}</p>
      {room?.networks ? <p className="wrap">{t("controlRoom.networks", { list: room.networks.join(t("common.comma")) })}</p> : null}
      {room && !room.networks && (sets || can("act.read")) ? <p>{t("controlRoom.noNetworks")}</p> : null}
      {room ? <p className="dim">{room.markedBy ? t("controlRoom.markedBy", { name: names(room.markedBy), time: dateTimeText(Date.parse(room.markedAt), zone) }) : t("controlRoom.markedHere", { time: dateTimeText(Date.parse(room.markedAt), zone) })}</p> : null}
      {waits ? <p role="status"><Sign tone="amber">{t("controlRoom.waits")}</Sign></p> : null}
      {sets ? (
        <div className="camera-acts room-acts">
          <Button onClick={() => setAsked("mark")}>{t(room ? "controlRoom.edit" : "controlRoom.mark")}</Button>
          {room && !waits ? <Button type="text" onClick={() => setAsked("end")}>{t("controlRoom.end")}</Button> : null}
        </div>
      ) : null}
      <Modal open={asked !== undefined} title={t(asked === "end" ? "controlRoom.endTitle" : "controlRoom.markTitle", { name: camera.name })} onCancel={() => setAsked(undefined)} footer={null} destroyOnHidden width={480} className="dialog-long">
        {asked === "mark" ? <Mark camera={camera} room={room} onClose={() => setAsked(undefined)} /> : null}
        {asked === "end" ? <End camera={camera} onClose={() => setAsked(undefined)} /> : null}
      </Modal>
    </section>
  );
}

// Rights, the list of cameras and what waits are others afterwards.
const changed = ["control-rooms", "cameras", "proposals"] as const;

function Mark({ camera, room, onClose }: { camera: Camera; room: ControlRoom | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const [form] = Form.useForm<{ name: string; networks: string }>();
  const { busy, fault, attempt } = useAttempt(form);
  const save = (v: { name: string; networks: string }): void => void attempt(async () => {
    await api.controlRooms.mark(camera.id, { name: v.name.trim(), networks: networksOf(v.networks) });
    await Promise.all(changed.map((k) => cache.invalidateQueries({ queryKey: [k] })));
    message.success(t("controlRoom.saved", { name: camera.name, room: v.name.trim() }));
    onClose();
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={save} initialValues={{ name: room?.name ?? "", networks: (room?.networks ?? []).join("\n") }}>
      <p className="dim form-lead">{t("controlRoom.markText")}</p>
      <Form.Item name="name" label={t("controlRoom.name")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input autoFocus maxLength={100} placeholder={t("controlRoom.nameFor")} /></Form.Item>
      <Form.Item name="networks" label={t("controlRoom.addresses")} extra={t("controlRoom.addressesFor")}><Input.TextArea className="num" autoSize={{ minRows: 2, maxRows: 8 }} maxLength={2000} spellCheck={false} /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <Button type="primary" htmlType="submit" loading={busy}>{t("common.save")}</Button>
    </Form>
  );
}

function End({ camera, onClose }: { camera: Camera; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const [form] = Form.useForm<{ reason: string }>();
  const { busy, fault, attempt } = useAttempt(form);
  const end = (v: { reason: string }): void => void attempt(async () => {
    const { waiting } = await api.controlRooms.end(camera.id, v.reason.trim());
    await Promise.all(changed.map((k) => cache.invalidateQueries({ queryKey: [k] })));
    message.success(t(waiting ? "controlRoom.endedWaits" : "controlRoom.ended", { name: camera.name }));
    onClose();
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={end}>
      <p className="dim form-lead">{t("controlRoom.endText")}</p>
      <Form.Item name="reason" label={t("common.reason")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}>
        <Input.TextArea autoFocus autoSize={{ minRows: 2, maxRows: 5 }} maxLength={1000} />
      </Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <Button type="primary" htmlType="submit" loading={busy}>{t("controlRoom.endDo")}</Button>
    </Form>
  );
}
