import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Checkbox, Form, Input, Segmented, Select } from "antd";
import { useTranslation } from "react-i18next";
import { instructionsApi, type DutyInstruction } from "../api/instructions";
import { problemText } from "../api/problem";
import { roomsApi, type DutyRoom } from "../api/rooms";
import { useSession, useZone } from "../app/session";
import { dateTimeText, parseDateTime } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { sentence } from "../ui/fields";

const hour = 3_600_000;

/** Those who may do something in a room, oneself first. */
function useRoomPeople(does: "stand" | "instruct", room: string | undefined) {
  const me = useSession().person;
  const { t } = useTranslation();
  const { data } = useQuery({ queryKey: ["duty", "people", does, room ?? ""], queryFn: () => roomsApi.people(does, room ?? ""), enabled: Boolean(room), staleTime: 60_000 });
  const others = (data ?? []).filter((p) => p.id !== me.id).map((p) => ({ value: p.id, label: p.name }));
  return { others, all: [{ value: me.id, label: t("instructions.ownerMe") }, ...others] };
}

/** An instant of the site that is still to come, typed and kept to the minute. */
function Moment({ name, label, needed = false }: { name: string; label: string; needed?: boolean }) {
  const { t } = useTranslation();
  const zone = useZone();
  const check = async (_: unknown, v: string | undefined): Promise<void> => {
    if (!v?.trim()) {
      if (needed) throw new Error(t("common.required"));
      return;
    }
    const at = parseDateTime(v, zone);
    if (at === undefined || at <= Date.now()) throw new Error(t("instructions.timeFormat"));
  };
  return <Form.Item name={name} label={label} rules={[{ validator: check }]}><Input className="num" autoComplete="off" placeholder="2026-12-01 18:00" /></Form.Item>;
}

interface GiveValues { kind: "instruction" | "notice"; rooms?: string[]; text: string; until?: string; owner?: string; due?: string; giver?: string }

/** Gives something to control rooms, or enters what a leader said by telephone. */
export function GiveForm({ rooms, told, onClose }: { rooms: readonly DutyRoom[]; told: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const zone = useZone();
  const cache = useQueryClient();
  const [form] = Form.useForm<GiveValues>();
  const { busy, fault, attempt } = useAttempt(form);
  const kind = Form.useWatch("kind", form) ?? "instruction";
  const chosen = Form.useWatch("rooms", form) ?? [];
  const room = chosen[0] ?? rooms[0]?.id;
  const leaders = useRoomPeople("instruct", told ? room : undefined);
  const watch = useRoomPeople("stand", room);
  const iso = (v: string | undefined): string | undefined => {
    const at = v?.trim() ? parseDateTime(v, zone) : undefined;
    return at === undefined ? undefined : new Date(at).toISOString();
  };
  const save = (v: GiveValues) => attempt(async () => {
    const body = { kind: v.kind, rooms: v.rooms ?? [], text: v.text.trim(), until: iso(v.until), ...(v.kind === "instruction" ? { owner: v.owner, due: iso(v.due) } : {}) };
    await (told ? instructionsApi.told({ ...body, giver: v.giver ?? "" }) : instructionsApi.give(body));
    await cache.invalidateQueries({ queryKey: ["duty"] });
    message.success(t(told ? "instructions.done_told" : "instructions.done_given"));
    onClose();
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} scrollToFirstError onFinish={(v) => void save(v)} initialValues={{ kind: "instruction", rooms: told && rooms[0] ? [rooms[0].id] : [] }}>
      {told ? <Form.Item name="giver" label={t("instructions.giver")} extra={t("instructions.giverHint")} rules={[{ required: true, message: t("common.required") }]}><Select autoFocus showSearch={{ optionFilterProp: "label" }} placeholder={t("common.choose")} options={leaders.others} /></Form.Item> : null}
      <Form.Item name="kind" label={t("instructions.what")}><Segmented options={(["instruction", "notice"] as const).map((k) => ({ value: k, label: t(`instructions.kind_${k}`) }))} /></Form.Item>
      <Form.Item name="text" label={t("instructions.text")} rules={[sentence(t("keeping.atLeastFour"))]}><Input.TextArea autoFocus={!told} autoSize={{ minRows: 3, maxRows: 10 }} maxLength={2000} /></Form.Item>
      {told && rooms.length < 2 ? <Form.Item name="rooms" hidden><Select mode="multiple" /></Form.Item> : <Form.Item name="rooms" label={t("instructions.rooms")} rules={told ? [{ required: true, message: t("common.required") }] : []}><Select mode="multiple" showSearch={{ optionFilterProp: "label" }} placeholder={t("instructions.roomsAll")} options={rooms.map((r) => ({ value: r.id, label: r.name }))} /></Form.Item>}
      {kind === "instruction" ? (
        <div className="form-two">
          <Form.Item name="owner" label={t("instructions.optional", { label: t("instructions.ownerField") })}><Select allowClear showSearch={{ optionFilterProp: "label" }} options={watch.all} /></Form.Item>
          <Moment name="due" label={t("instructions.optional", { label: t("instructions.dueField") })} />
        </div>
      ) : null}
      <Moment name="until" label={t("instructions.validUntil")} />
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{t(told ? "instructions.saveTold" : "instructions.save")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
    </Form>
  );
}

export function OwnerForm({ entry: e, onClose }: { entry: DutyInstruction; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const zone = useZone();
  const me = useSession().person.id;
  const cache = useQueryClient();
  const [form] = Form.useForm<{ owner: string; due: string }>();
  const { busy, fault, attempt } = useAttempt(form);
  const watch = useRoomPeople("stand", e.rooms[0]);
  const choices = e.owner && !watch.all.some((p) => p.value === e.owner) ? [...watch.all, { value: e.owner, label: e.ownerName ?? "" }] : watch.all;
  const save = (v: { owner: string; due: string }) => attempt(async () => {
    await instructionsApi.assign(e.id, v.owner, new Date(parseDateTime(v.due, zone) ?? 0).toISOString());
    await cache.invalidateQueries({ queryKey: ["duty"] });
    message.success(t("instructions.done_assigned"));
    onClose();
  });
  const due = e.due && Date.parse(e.due) > Date.now() ? Date.parse(e.due) : Date.now() + 8 * hour;
  return (
    <Form form={form} layout="vertical" requiredMark={false} initialValues={{ owner: e.owner ?? me, due: dateTimeText(due, zone).slice(0, 16) }} onFinish={(v) => void save(v)}>
      <p className="notice-text">{e.text}</p>
      <Form.Item name="owner" label={t("instructions.ownerField")} rules={[{ required: true, message: t("common.required") }]}><Select showSearch={{ optionFilterProp: "label" }} options={choices} /></Form.Item>
      <Moment name="due" label={t("instructions.dueField")} needed />
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{t("common.save")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
    </Form>
  );
}

export function ResultForm({ entry: e, onClose }: { entry: DutyInstruction; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const [form] = Form.useForm<{ note: string; closes: boolean }>();
  const { busy, fault, attempt } = useAttempt(form);
  const save = (v: { note: string; closes: boolean }) => attempt(async () => {
    await instructionsApi.result(e.id, v.note.trim(), v.closes);
    await cache.invalidateQueries({ queryKey: ["duty"] });
    message.success(t(v.closes ? "instructions.done_closed" : "instructions.done_result"));
    onClose();
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} initialValues={{ note: "", closes: true }} onFinish={(v) => void save(v)}>
      <p className="notice-text">{e.text}</p>
      <Form.Item name="note" label={t("instructions.result")} rules={[sentence(t("keeping.atLeastFour"))]}><Input.TextArea autoFocus autoSize={{ minRows: 3, maxRows: 10 }} maxLength={2000} /></Form.Item>
      <Form.Item name="closes" valuePropName="checked"><Checkbox>{t("instructions.closes")}</Checkbox></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{t("common.save")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
    </Form>
  );
}
