import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, InputNumber, Modal, Select, Skeleton } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { problemText } from "../api/problem";
import { roomsApi, type DutyRoom } from "../api/rooms";
import { rosterApi, type DutyLeave, type DutyShift, type OwnShift, type ShiftSwap } from "../api/roster";
import { useSession, useZone } from "../app/session";
import { dateText, parseDateTime } from "../time/zone";
import { useAttempt, type Attempt } from "../ui/attempt";
import { number, sentence } from "../ui/fields";
import { dayAfter, shiftDay, timesText } from "./days";
import { faultText } from "./shift";

function Foot({ attempt: { busy, fault }, ok, onClose, more }: { attempt: Attempt; ok: string; onClose: () => void; more?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{ok}</Button>{more}<Button onClick={onClose}>{t("common.cancel")}</Button></div>
    </>
  );
}

/** Ends a dialog with what it did said, and everything about the watch asked for anew. */
function useEnd(onClose: () => void): (said: string) => Promise<void> {
  const { message } = App.useApp();
  const cache = useQueryClient();
  return async (said) => {
    await cache.invalidateQueries({ queryKey: ["duty"] });
    message.success(said);
    onClose();
  };
}

export function TellLate({ shift, onClose }: { shift: OwnShift | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  return <Modal open={shift !== undefined} onCancel={onClose} footer={null} destroyOnHidden width={440} title={t("roster.lateTitle", { shift: shift?.name ?? "" })}>{shift ? <Late shift={shift} onClose={onClose} /> : null}</Modal>;
}

function Late({ shift, onClose }: { shift: OwnShift; onClose: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ minutes: number; reason: string }>();
  const a = useAttempt(form);
  const end = useEnd(onClose);
  const tell = (v: { minutes: number; reason: string }) => a.attempt(async () => { await rosterApi.late(shift.id, v.minutes, v.reason.trim()); await end(t("roster.told")); });
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => void tell(v)} initialValues={{ minutes: 15, reason: "" }}>
      <p>{t("roster.lateText")}</p>
      <Form.Item name="minutes" label={t("roster.minutes")} rules={[{ required: true, message: t("common.required") }, number(1, 480, true, t("problem.late_minutes"))]}><InputNumber inputMode="numeric" changeOnWheel={false} step={5} /></Form.Item>
      <Form.Item name="reason" label={t("roster.reason")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input maxLength={200} autoComplete="off" /></Form.Item>
      <Foot attempt={a} ok={t("roster.tell")} onClose={onClose} />
    </Form>
  );
}

export function AskSwap({ shift, onClose }: { shift: OwnShift | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  return <Modal open={shift !== undefined} onCancel={onClose} footer={null} destroyOnHidden width={480} title={shift ? t("roster.swapTitle", { shift: `${shift.name} ${shiftDay(shift, zone)}` }) : ""}>{shift ? <Swap shift={shift} onClose={onClose} /> : null}</Modal>;
}

function Swap({ shift, onClose }: { shift: OwnShift; onClose: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const me = useSession().person.id;
  const [form] = Form.useForm<{ other: string; otherShift: string; reason: string }>();
  const a = useAttempt(form);
  const end = useEnd(onClose);
  const other = Form.useWatch("other", form);
  const [span] = useState(() => [Date.now(), Date.now() + 60 * 86_400_000] as const);
  const people = useQuery({ queryKey: ["duty", "stand", shift.room], queryFn: () => roomsApi.people("stand", shift.room) });
  const roster = useQuery({ queryKey: ["duty", "roster", shift.room, "ahead"], queryFn: () => rosterApi.get(shift.room, ...span) });
  const theirs = (roster.data?.shifts ?? []).filter((s) => s.state === "published" && Date.parse(s.from) > Date.now() && s.people.some((p) => p.person === other) && !s.people.some((p) => p.person === me));
  const ask = (v: { other: string; otherShift: string; reason: string }) => a.attempt(async () => { await rosterApi.askSwap({ shift: shift.id, other: v.other, otherShift: v.otherShift, reason: v.reason.trim() }); await end(t("roster.swapAsked")); });
  const choices = (people.data ?? []).filter((p) => p.id !== me && !shift.people.some((x) => x.person === p.id));
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => void ask(v)} initialValues={{ otherShift: "", reason: "" }}>
      <Form.Item name="other" label={t("roster.swapWith")} extra={people.data && choices.length === 0 ? <span className="tone-amber">{t("roster.swapNobody")}</span> : undefined} rules={[{ required: true, message: t("common.required") }]}><Select showSearch={{ optionFilterProp: "label" }} loading={people.isPending} placeholder={t("common.choose")} onChange={() => form.setFieldValue("otherShift", "")} options={choices.map((p) => ({ value: p.id, label: p.name }))} /></Form.Item>
      <Form.Item name="otherShift" label={t("roster.swapFor")}><Select options={[{ value: "", label: t("roster.swapForNothing") }, ...theirs.map((s) => ({ value: s.id, label: `${shiftDay(s, zone)} ${s.name} ${timesText(s, zone)}` }))]} /></Form.Item>
      <Form.Item name="reason" label={t("roster.reason")} rules={[sentence(t("problem.reason_too_short"))]}><Input.TextArea autoSize={{ minRows: 2, maxRows: 5 }} maxLength={1000} /></Form.Item>
      <Foot attempt={a} ok={t("roster.ask")} onClose={onClose} />
    </Form>
  );
}

export function AskLeave({ open, entry, room, rooms, onClose }: { open: boolean; entry: boolean; room: DutyRoom; rooms: readonly DutyRoom[]; onClose: () => void }) {
  const { t } = useTranslation();
  return <Modal open={open} onCancel={onClose} footer={null} destroyOnHidden width={480} title={t(entry ? "roster.enterTitle" : "roster.leaveTitle")}>{open ? <Leave entry={entry} room={room} rooms={rooms} onClose={onClose} /> : null}</Modal>;
}

interface LeaveValues { person: string; room: string; kind: string; from: string; to: string; reason: string }

function Leave({ entry, room, rooms, onClose }: { entry: boolean; room: DutyRoom; rooms: readonly DutyRoom[]; onClose: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const me = useSession().person.id;
  const [form] = Form.useForm<LeaveValues>();
  const a = useAttempt(form);
  const end = useEnd(onClose);
  const of = Form.useWatch("room", form) ?? room.id;
  const people = useQuery({ queryKey: ["duty", "stand", of], queryFn: () => roomsApi.people("stand", of), enabled: entry });
  const today = dateText(Date.now(), zone);
  const ask = (v: LeaveValues) => a.attempt(async () => {
    const [from = 0, to = 0] = [parseDateTime(v.from, zone), parseDateTime(v.to, zone)];
    const body = { room: v.room, kind: v.kind, from: new Date(from).toISOString(), to: new Date(to).toISOString(), reason: v.reason.trim() };
    if (entry) await rosterApi.enterLeave({ ...body, person: v.person });
    else await rosterApi.askLeave(body);
    await end(t(entry ? "roster.entered" : "roster.asked"));
  });
  const when = { validator: async (_: unknown, v: string): Promise<void> => { if (parseDateTime(v ?? "", zone) === undefined) throw new Error(t("roster.dateTimeFormat")); } };
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => void ask(v)} initialValues={{ room: room.id, kind: entry ? "sick" : "personal", from: `${dayAfter(today, entry ? 0 : 1)} ${entry ? "08:00" : "00:00"}`, to: `${dayAfter(today, entry ? 1 : 2)} 00:00`, reason: "" }}>
      {entry ? <p>{t("roster.enterText")}</p> : null}
      {rooms.length > 1 ? <Form.Item name="room" label={t("roster.room")}><Select options={rooms.map((r) => ({ value: r.id, label: r.name }))} /></Form.Item> : <Form.Item name="room" hidden><Input /></Form.Item>}
      {entry ? <Form.Item name="person" label={t("roster.person")} rules={[{ required: true, message: t("common.required") }]}><Select showSearch={{ optionFilterProp: "label" }} loading={people.isPending} placeholder={t("common.choose")} options={(people.data ?? []).filter((p) => p.id !== me).map((p) => ({ value: p.id, label: p.name }))} /></Form.Item> : null}
      <Form.Item name="kind" label={t("roster.leaveKind")}><Select options={(["sick", "personal", "other"] as const).map((k) => ({ value: k, label: t(`roster.kinds.${k}`) }))} /></Form.Item>
      <div className="form-two">
        <Form.Item name="from" label={t("roster.from")} rules={[when]}><Input className="num" autoComplete="off" /></Form.Item>
        <Form.Item name="to" label={t("roster.to")} rules={[when]}><Input className="num" autoComplete="off" /></Form.Item>
      </div>
      <Form.Item name="reason" label={t("roster.reason")} rules={[sentence(t("problem.reason_too_short"))]}><Input.TextArea autoSize={{ minRows: 2, maxRows: 5 }} maxLength={1000} /></Form.Item>
      <Foot attempt={a} ok={t(entry ? "roster.save" : "roster.ask")} onClose={onClose} />
    </Form>
  );
}

export function DecideLeave({ leave, onClose }: { leave: DutyLeave | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  return <Modal open={leave !== undefined} onCancel={onClose} footer={null} destroyOnHidden width={560} title={t("roster.decideTitle", { name: leave?.personName ?? "" })}>{leave ? <Decide leave={leave} onClose={onClose} /> : null}</Modal>;
}

function Decide({ leave, onClose }: { leave: DutyLeave; onClose: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ note: string }>();
  const a = useAttempt(form);
  const end = useEnd(onClose);
  const freed = useQuery({ queryKey: ["duty", "freed", leave.id], queryFn: () => rosterApi.freed(leave.id) });
  const [chosen, setChosen] = useState<Record<string, string>>({});
  const decide = (approve: boolean, note: string) => a.attempt(async () => {
    await rosterApi.decideLeave(leave.id, { approve, note: note.trim(), replacements: approve ? Object.entries(chosen).map(([shift, person]) => ({ shift, person })) : [] });
    await end(t(approve ? "roster.approved" : "roster.refused"));
  });
  if (!freed.data) return <Skeleton active title={false} paragraph={{ rows: 3 }} />;
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => void decide(true, v.note)} initialValues={{ note: "" }}>
      <p className="wrap">{t(`roster.kinds.${leave.kind}`)} · {leave.reason}</p>
      <h3>{t("roster.freed")}</h3>
      {freed.data.length === 0 ? <p className="dim">{t("roster.freedNone")}</p> : <div className="roster-freed">{freed.data.map((s) => <Replace key={s.id} shift={s} value={chosen[s.id]} onChange={(person) => setChosen({ ...chosen, [s.id]: person })} />)}</div>}
      <Form.Item name="note" label={t("roster.note")} extra={t("roster.noteNeeded")}><Input.TextArea autoSize={{ minRows: 1, maxRows: 4 }} maxLength={1000} /></Form.Item>
      <Foot attempt={a} ok={t("roster.approve")} onClose={onClose} more={<Button danger onClick={() => void decide(false, form.getFieldValue("note") as string)}>{t("roster.refuse")}</Button>} />
    </Form>
  );
}

function Replace({ shift: s, value, onChange }: { shift: DutyShift; value: string | undefined; onChange: (person: string) => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const choices = useQuery({ queryKey: ["duty", "choices", s.id], queryFn: () => rosterApi.choices(s.id), enabled: s.state === "published" });
  const title = `${shiftDay(s, zone)} ${s.name} ${timesText(s, zone)}`;
  if (s.state !== "published") return <p className="num dim">{title} · {t("roster.draftFree")}</p>;
  return (
    <label>
      <span className="num">{title}</span>
      <Select aria-label={`${t("roster.replace")}: ${title}`} value={value} placeholder={t("roster.replace")} loading={choices.isPending} onChange={onChange}
        options={[...(choices.data ?? []).map((c) => ({ value: c.id, label: c.name, why: c.why ? faultText(t, c.why) : "", disabled: c.why !== undefined })), { value: "", label: t("roster.leaveOpen"), why: "", disabled: false }]}
        optionRender={(o) => <span className="roster-option"><span>{o.data.label}</span>{o.data.why ? <span className="tone-amber wrap">{o.data.why}</span> : null}</span>} />
    </label>
  );
}

export function DecideSwap({ swap, onClose }: { swap: ShiftSwap | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  return <Modal open={swap !== undefined} onCancel={onClose} footer={null} destroyOnHidden width={480} title={t("roster.swaps")}>{swap ? <Consent swap={swap} onClose={onClose} /> : null}</Modal>;
}

function Consent({ swap: s, onClose }: { swap: ShiftSwap; onClose: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const [form] = Form.useForm<{ note: string }>();
  const a = useAttempt(form);
  const end = useEnd(onClose);
  const told = (i: number): string => { const x = s.shifts[i]; return x ? `${x.name} ${shiftDay(x, zone)} ${timesText(x, zone)}` : ""; };
  const decide = (consent: boolean, note: string) => a.attempt(async () => { await rosterApi.decideSwap(s.id, consent, note.trim()); await end(t(consent ? "roster.consented" : "roster.refused")); });
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => void decide(true, v.note)} initialValues={{ note: "" }}>
      <p>{t("roster.gives", { person: s.personName, shift: told(0), other: s.otherName })}{s.shifts.length > 1 ? <><br />{t("roster.returns", { shift: told(1) })}</> : null}</p>
      <p className="wrap dim">{s.reason}</p>
      <Form.Item name="note" label={t("roster.note")} extra={t("roster.noteNeeded")}><Input.TextArea autoSize={{ minRows: 1, maxRows: 4 }} maxLength={1000} /></Form.Item>
      <Foot attempt={a} ok={t("roster.consent")} onClose={onClose} more={<Button danger onClick={() => void decide(false, form.getFieldValue("note") as string)}>{t("roster.refuse")}</Button>} />
    </Form>
  );
}
