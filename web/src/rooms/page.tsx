import { PlusOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Form, Input, InputNumber, Modal, Select, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { problemText } from "../api/problem";
import { roomsApi, type DutyRoom, type DutyRoomInput } from "../api/rooms";
import { useZone } from "../app/session";
import { LoadFault, Needs, Notice } from "../app/states";
import { AreasSelect, useAreaNames } from "../organisation/places";
import { dateText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { number, sentence } from "../ui/fields";
import { useRooms } from "./use";
import "../pages/pages.css";
import "./rooms.css";

export function RoomsPage() {
  return (
    <Needs action="duty.configure">
      <Rooms />
    </Needs>
  );
}

/** The control rooms of the house. */
function Rooms() {
  const { t } = useTranslation();
  const { data, error, refetch } = useRooms();
  const [open, setOpen] = useState<DutyRoom | "new">();
  const [retiring, setRetiring] = useState<DutyRoom>();
  const [all, setAll] = useState(false);
  const inUse = data?.filter((r) => !r.retiredAt) ?? [];
  const gone = data?.filter((r) => r.retiredAt) ?? [];
  const shown = all ? [...inUse, ...gone] : inUse;
  const close = (): void => setOpen(undefined);
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("rooms.title")}</h1>
        {data ? <span className="sub">{t("rooms.count", { count: inUse.length })}</span> : null}
        <span className="end"><Button type="primary" icon={<PlusOutlined />} onClick={() => setOpen("new")}>{t("rooms.add")}</Button></span>
      </header>
      <p className="dim page-lead">{t("rooms.lead")}</p>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 4 }} /></div> : null}
      {data && inUse.length === 0 ? <Notice title={t("rooms.none")} action={<Button onClick={() => setOpen("new")}>{t("rooms.add")}</Button>}>{t("rooms.noneText")}</Notice> : null}
      {shown.length > 0 ? <ul className="rows panel">{shown.map((r) => <Row key={r.id} room={r} onEdit={() => setOpen(r)} onRetire={() => setRetiring(r)} />)}</ul> : null}
      {gone.length > 0 ? <Button type="link" className="rooms-more" onClick={() => setAll(!all)}>{all ? t("rooms.hideRetired") : t("rooms.showRetired", { count: gone.length })}</Button> : null}
      <Drawer open={open !== undefined} onClose={close} size={500} destroyOnHidden title={open === "new" ? t("rooms.add") : open ? t("rooms.editOf", { name: open.name }) : ""}>
        {open ? <Fields room={open === "new" ? undefined : open} onClose={close} /> : null}
      </Drawer>
      <Modal open={retiring !== undefined} title={t("rooms.retireTitle", { name: retiring?.name ?? "" })} onCancel={() => setRetiring(undefined)} footer={null} destroyOnHidden width={480}>
        {retiring ? <Retire room={retiring} onClose={() => setRetiring(undefined)} /> : null}
      </Modal>
    </div>
  );
}

function Row({ room: r, onEdit, onRetire }: { room: DutyRoom; onEdit: () => void; onRetire: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const areaName = useAreaNames();
  return (
    <li className={r.retiredAt ? "room-row gone" : "room-row"}>
      <span className="room-name">
        <strong className="wrap">{r.name}</strong>
        <span className="dim wrap">{r.areas.length > 0 ? r.areas.map(areaName).join(t("common.comma")) : t("rooms.areasAll")}</span>
        {r.retiredAt ? <span className="dim num">{t("rooms.isRetired", { day: dateText(Date.parse(r.retiredAt), zone) })}</span> : null}
      </span>
      <span className="room-facts">
        <span>{t("rooms.headAnswers", { name: r.headName || t("common.somebody") })}</span>
        <span className="dim">{t(`rooms.hours_${r.hours}`)} · {t("rooms.staffOf", { count: r.staff })}{r.phone ? <> · <span className="num">{r.phone}</span></> : null}</span>
        <span className="dim wrap">{r.networks.length > 0 ? t("rooms.networksOf", { list: r.networks.join(t("common.comma")) }) : t("rooms.networksAny")}</span>
      </span>
      {r.retiredAt ? null : (
        <span className="room-do">
          <Button size="small" aria-label={t("rooms.editOf", { name: r.name })} onClick={onEdit}>{t("rooms.edit")}</Button>
          <Button size="small" danger type="text" aria-label={t("rooms.retireOf", { name: r.name })} onClick={onRetire}>{t("rooms.retire")}</Button>
        </span>
      )}
    </li>
  );
}

interface Values { name: string; areas?: string[]; head?: string; staff: number; hours: string; networks: string; phone: string }

function Fields({ room: r, onClose }: { room: DutyRoom | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const areas = Form.useWatch("areas", form) ?? r?.areas ?? [];
  const heads = useQuery({ queryKey: ["duty", "heads", ...areas], queryFn: () => roomsApi.heads(areas), placeholderData: (old) => old });
  const save = (v: Values) => attempt(async () => {
    const body: DutyRoomInput = { name: v.name.trim(), areas: v.areas ?? [], head: v.head ?? "", staff: v.staff, hours: v.hours, networks: v.networks.split(/\s*\n\s*/).filter(Boolean), phone: v.phone.trim() };
    const kept = r ? await roomsApi.change(r.id, body) : await roomsApi.add(body);
    await cache.invalidateQueries({ queryKey: ["duty"] });
    message.success(t(r ? "rooms.changed" : "rooms.added", { name: kept.name }));
    onClose();
  });
  const choices = (heads.data ?? []).map((p) => ({ value: p.id, label: p.name }));
  return (
    <Form form={form} layout="vertical" requiredMark={false} scrollToFirstError onFinish={(v) => void save(v)} initialValues={{ name: r?.name ?? "", areas: r?.areas ?? [], head: r?.head, staff: r?.staff ?? 2, hours: r?.hours ?? "around_the_clock", networks: r?.networks.join("\n") ?? "", phone: r?.phone ?? "" }}>
      <Form.Item name="name" label={t("rooms.name")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input autoFocus autoComplete="off" maxLength={100} placeholder={t("rooms.nameFor")} /></Form.Item>
      <Form.Item name="areas" label={t("rooms.areas")} extra={t("rooms.areasHint")}><AreasSelect placeholder={t("rooms.areasAll")} /></Form.Item>
      <Form.Item name="head" label={t("rooms.head")} extra={heads.data?.length === 0 ? <span className="tone-amber">{t("rooms.headNone")}</span> : t("rooms.headHint")} rules={[{ required: true, message: t("common.required") }]}>
        <Select showSearch={{ optionFilterProp: "label" }} loading={heads.isPending} placeholder={t("common.choose")} options={choices} />
      </Form.Item>
      <div className="form-two">
        <Form.Item name="staff" label={t("rooms.staff")} rules={[{ required: true, message: t("common.required") }, number(1, 50, true, t("rooms.staffWrong"))]}><InputNumber changeOnWheel={false} /></Form.Item>
        <Form.Item name="phone" label={t("rooms.phone")}><Input className="num" autoComplete="off" maxLength={40} /></Form.Item>
      </div>
      <Form.Item name="hours" label={t("rooms.hours")} extra={t("rooms.hoursHint")}><Select options={(["around_the_clock", "business"] as const).map((h) => ({ value: h, label: t(`rooms.hours_${h}`) }))} /></Form.Item>
      <Form.Item name="networks" label={t("rooms.networks")} extra={t("rooms.networksHint")}><Input.TextArea className="num" autoSize={{ minRows: 2, maxRows: 6 }} autoComplete="off" /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{r ? t("common.save") : t("rooms.add")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
    </Form>
  );
}

function Retire({ room: r, onClose }: { room: DutyRoom; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const { busy, fault, attempt } = useAttempt();
  const retire = (v: { reason: string }) => attempt(async () => {
    await roomsApi.retire(r.id, v.reason.trim());
    await cache.invalidateQueries({ queryKey: ["duty"] });
    message.success(t("rooms.retired", { name: r.name }));
    onClose();
  });
  return (
    <Form layout="vertical" requiredMark={false} onFinish={(v) => void retire(v)}>
      <p>{t("rooms.retireText")}</p>
      <Form.Item name="reason" label={t("common.reason")} rules={[sentence(t("problem.reason_too_short"))]}><Input.TextArea autoFocus autoSize={{ minRows: 2, maxRows: 5 }} maxLength={1000} /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" danger htmlType="submit" loading={busy}>{t("rooms.retire")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
    </Form>
  );
}
