import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Checkbox, Drawer, Form, Input, Radio, Select } from "antd";
import { useTranslation } from "react-i18next";
import { logbook, type Entry, type EntryInput } from "../api/logbook";
import { problemText } from "../api/problem";
import { useCameras } from "../api/queries";
import { useZone } from "../app/session";
import { endOfDay } from "../keeping/parts";
import { dateTimeText, parseDateTime, zoneText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { DayField } from "../ui/day";
import { PersonField } from "./person";
import type { Draft } from "./quick";

/** What the full form is for: a new entry, a correction, or the closing of a follow-up. */
export interface Writing { draft?: Draft; corrects?: Entry; closes?: Entry }

interface Values {
  text: string; category: string; severity: string; at?: string; place?: string; cameras?: string[]; action?: string; snapshot?: string;
  reports?: boolean; who?: "person" | "other"; person?: string; name?: string; channel?: string; reportedAt?: string; receipt?: string;
  leaves?: boolean; owner?: string; due?: string; late?: boolean; paper?: string; second?: string; films?: boolean; film?: string; filmFrom?: string; filmTo?: string;
}

export function Full({ room, writing, onClose, onDone }: { room: string; writing: Writing | undefined; onClose: () => void; onDone: (e: Entry) => void }) {
  const { t } = useTranslation();
  const title = writing?.corrects ? t("record.formCorrect", { number: writing.corrects.number }) : writing?.closes ? t("record.formClose", { number: writing.closes.number }) : t("record.form");
  return <Drawer open={writing !== undefined} onClose={onClose} size={560} title={title} destroyOnHidden>{writing ? <Fields room={room} writing={writing} onClose={onClose} onDone={onDone} /> : null}</Drawer>;
}

function Fields({ room, writing: w, onClose, onDone }: { room: string; writing: Writing; onClose: () => void; onDone: (e: Entry) => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const cache = useQueryClient();
  const { message } = App.useApp();
  const { data: cameras = [] } = useCameras();
  const { data: offered } = useQuery({ queryKey: ["duty", "phrases"], queryFn: logbook.phrases, staleTime: 60_000 });
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const on = Form.useWatch((v: Values) => ({ reports: v.reports, leaves: v.leaves, late: v.late, films: v.films, who: v.who }), form) ?? {};
  const old = w.corrects;
  const initial: Partial<Values> = {
    text: old?.text ?? w.draft?.text ?? "", category: old?.category ?? w.closes?.category ?? w.draft?.category ?? "other", severity: old?.severity ?? w.draft?.severity ?? "ordinary",
    at: old ? dateTimeText(Date.parse(old.at), zone) : undefined, place: old?.place ?? w.closes?.place, cameras: old?.cameras ?? w.closes?.cameras, action: old?.action, snapshot: old?.snapshot, who: "person", channel: "phone",
    films: Boolean(old?.footage), film: old?.footage?.camera, filmFrom: old?.footage && dateTimeText(Date.parse(old.footage.from), zone), filmTo: old?.footage && dateTimeText(Date.parse(old.footage.to), zone),
  };
  const time = (needed: boolean) => ({ validator: async (_: unknown, v: string | undefined): Promise<void> => {
    if (!v?.trim()) { if (needed) throw new Error(t("common.required")); return; }
    if (parseDateTime(v, zone) === undefined) throw new Error(t("record.timeFormat"));
  } });
  const instant = (v: string | undefined): string | undefined => {
    const at = v?.trim() ? parseDateTime(v, zone) : undefined;
    return at === undefined ? undefined : new Date(at).toISOString();
  };
  const required = [{ required: true, whitespace: true, message: t("common.required") }];
  const save = (v: Values) => attempt(async () => {
    const due = v.due?.trim() ? endOfDay(v.due, zone) : undefined;
    const body: EntryInput = {
      room, text: v.text.trim(), category: v.category, severity: v.severity, at: instant(v.at), place: v.place?.trim() || undefined, cameras: v.cameras?.length ? v.cameras : undefined, action: v.action?.trim() || undefined, snapshot: v.snapshot?.trim() || undefined,
      corrects: w.corrects?.id, closes: w.closes?.id,
      report: v.reports ? { person: v.who === "person" ? v.person : undefined, name: v.who === "other" ? v.name?.trim() : undefined, channel: v.channel ?? "", at: instant(v.reportedAt), receipt: v.receipt?.trim() || undefined } : undefined,
      followUp: v.leaves ? { owner: v.owner ?? "", due: due === undefined ? undefined : new Date(due).toISOString() } : undefined,
      late: v.late ? { paper: v.paper?.trim() ?? "", second: v.second ?? "" } : undefined,
      footage: v.films ? { camera: v.film ?? "", from: instant(v.filmFrom) ?? "", to: instant(v.filmTo) ?? "" } : undefined,
    };
    const [e] = (await logbook.write(body)).items;
    await cache.invalidateQueries({ queryKey: ["duty"] });
    if (!e) return;
    message.success(t("record.stored", { number: e.number }));
    onDone(e);
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} scrollToFirstError initialValues={initial} onFinish={(v) => void save(v)}>
      {w.closes ? <p className="log-about wrap">{w.closes.text}<span className="dim"> — {t("record.closeHint")}</span></p> : null}
      {old ? <p className="log-about wrap dim">{old.text}</p> : null}
      <Form.Item name="text" label={t("record.what")} rules={required}><Input.TextArea autoFocus autoSize={{ minRows: 2, maxRows: 8 }} maxLength={4000} /></Form.Item>
      <div className="form-two">
        <Form.Item name="category" label={t("record.category.label")} rules={required}><Select options={(offered?.categories ?? []).map((c) => ({ value: c, label: t(`record.category.${c}`) }))} /></Form.Item>
        <Form.Item name="severity" label={t("record.severity.label")}><Select options={["ordinary", "important", "severe"].map((s) => ({ value: s, label: t(`record.severity.${s}`) }))} /></Form.Item>
      </div>
      <div className="form-two">
        <Form.Item name="at" label={t("record.happened")} extra={t("record.happenedHint", { zone: zoneText(Date.now(), zone) })} rules={[time(false)]}><Input className="num" placeholder="2026-12-01 08:30" autoComplete="off" /></Form.Item>
        <Form.Item name="place" label={t("record.place")}><Input maxLength={200} /></Form.Item>
      </div>
      <Form.Item name="cameras" label={t("record.cameras")}><Select mode="multiple" showSearch={{ optionFilterProp: "label" }} options={cameras.map((c) => ({ value: c.id, label: c.name }))} placeholder={t("common.choose")} /></Form.Item>
      <Form.Item name="action" label={t("record.action")}><Input.TextArea autoSize={{ minRows: 1, maxRows: 6 }} maxLength={4000} /></Form.Item>

      <Form.Item name="reports" valuePropName="checked" className="form-tight"><Checkbox>{t("record.hasReport")}</Checkbox></Form.Item>
      {on.reports ? <div className="log-part"><ReportFields who={on.who} time={time(false)} /></div> : null}

      <Form.Item name="leaves" valuePropName="checked" className="form-tight"><Checkbox>{t("record.hasFollowUp")}</Checkbox></Form.Item>
      {on.leaves ? <div className="log-part form-two"><Form.Item name="owner" label={t("record.owner")} rules={required}><PersonField /></Form.Item><DayField name="due" label={t("record.dueDay")} /></div> : null}

      <Form.Item name="films" valuePropName="checked" className="form-tight"><Checkbox>{t("record.hasFootage")}</Checkbox></Form.Item>
      {on.films ? (
        <div className="log-part">
          <Form.Item name="film" label={t("record.camera")} rules={required}><Select showSearch={{ optionFilterProp: "label" }} options={cameras.map((c) => ({ value: c.id, label: c.name }))} /></Form.Item>
          <div className="form-two"><Form.Item name="filmFrom" label={t("common.from")} rules={[time(true)]}><Input className="num" placeholder="2026-12-01 08:30" /></Form.Item><Form.Item name="filmTo" label={t("common.to")} rules={[time(true)]}><Input className="num" placeholder="2026-12-01 08:40" /></Form.Item></div>
          <Form.Item name="snapshot" label={t("record.snapshotId")}><Input maxLength={40} className="num" autoComplete="off" /></Form.Item>
        </div>
      ) : null}

      <Form.Item name="late" valuePropName="checked" className="form-tight" extra={on.late ? t("record.isLateHint") : undefined}><Checkbox>{t("record.isLate")}</Checkbox></Form.Item>
      {on.late ? <div className="log-part form-two"><Form.Item name={["paper"]} label={t("record.paper")} rules={required}><Input maxLength={60} /></Form.Item><Form.Item name="second" label={t("record.second")} rules={required}><PersonField /></Form.Item></div> : null}

      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{t("record.save")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
    </Form>
  );
}

/** To whom, how, and the number that the police gave; fields `who`, `person`, `name`, `channel`, `receipt`, `reportedAt`. */
export function ReportFields({ who, time, typed = true }: { who?: "person" | "other"; time: object; typed?: boolean }) {
  const { t } = useTranslation();
  const required = [{ required: true, whitespace: true, message: t("common.required") }];
  return (
    <>
      <Form.Item name="who" label={t("record.reportedTo")} className="form-close"><Radio.Group options={[{ value: "person", label: t("record.toPerson") }, { value: "other", label: t("record.toOther") }]} /></Form.Item>
      {who === "other" ? <Form.Item name="name" rules={required}><Input maxLength={100} aria-label={t("record.reportedTo")} autoComplete="off" /></Form.Item> : <Form.Item name="person" rules={required}><PersonField label={t("record.reportedTo")} /></Form.Item>}
      <div className="form-two">
        <Form.Item name="channel" label={t("record.channel.label")}><Select options={["phone", "radio", "in_person", "message"].map((c) => ({ value: c, label: t(`record.channel.${c}`) }))} /></Form.Item>
        <Form.Item name="receipt" label={t("record.receiptNo")} extra={t("record.receiptHint")}><Input maxLength={60} className="num" autoComplete="off" /></Form.Item>
      </div>
      {typed ? <Form.Item name="reportedAt" label={t("record.typedTime")} extra={t("record.typedHint")} rules={[time]}><Input className="num" placeholder="2026-12-01 08:30" autoComplete="off" /></Form.Item> : null}
    </>
  );
}
