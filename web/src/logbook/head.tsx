import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, AutoComplete, Button, Drawer, Form, Input, InputNumber } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { logbook, type Head } from "../api/logbook";
import { problemText } from "../api/problem";
import { useZone } from "../app/session";
import { hour } from "../timeline/scale";
import { clockText, dateText, dateTimeText, parseDateTime } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { PersonField } from "./person";

/** The head of the shift that runs, in one line, or that it is lacking. */
export function HeadLine({ room, writes }: { room: string; writes: boolean }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { data } = useQuery({
    queryKey: ["duty", "heads", room],
    queryFn: () => logbook.heads(room, new Date(Date.now() - 12 * hour).toISOString(), new Date(Date.now() + hour).toISOString()),
    refetchInterval: 300_000,
  });
  if (!data) return null;
  const now = Date.now();
  const head = data.items.findLast((h) => Date.parse(h.from) <= now && now < Date.parse(h.to));
  const said = head && t("record.headLine", { name: head.name ?? "", weather: head.weather, online: head.online, total: head.total, persons: head.persons.map((p) => data.names[p] ?? "").join(t("common.comma")) });
  return (
    <p className={head ? "log-head" : "log-head lacking"}>
      <span className="wrap"><strong>{t("record.head")}</strong> {said ?? t("record.headNone")}</span>
      {writes ? <Button size="small" onClick={() => setOpen(true)}>{t(head ? "record.headChange" : "record.headFill")}</Button> : null}
      <Drawer open={open} onClose={() => setOpen(false)} size={560} title={t("record.head")} destroyOnHidden>{open ? <Fields room={room} head={head} names={data.names} onDone={() => setOpen(false)} /> : null}</Drawer>
    </p>
  );
}

interface Values { name?: string; from: string; to: string; weather: string; persons?: string[]; leader?: string; online?: number; total?: number; faulty?: string; recording: string; clock: string; power: string; fire?: string; hourly?: string }

/** The lines of an hourly status, each with its instant; undefined where one does not begin with a time of the shift. */
export function hourly(text: string, from: number, to: number, zone: string): { at: string; text: string }[] | undefined {
  const all: { at: string; text: string }[] = [];
  for (const line of text.split("\n").map((l) => l.trim()).filter(Boolean)) {
    const m = /^(\d{1,2})[:：](\d{2})\s*(.+)$/.exec(line);
    if (!m) return undefined;
    const at = [from, to].map((d) => parseDateTime(`${dateText(d, zone)} ${m[1]?.padStart(2, "0")}:${m[2]}`, zone)).find((x) => x !== undefined && x >= from && x <= to);
    if (at === undefined) return undefined;
    all.push({ at: new Date(at).toISOString(), text: m[3] ?? "" });
  }
  return all;
}

function Fields({ room, head, names, onDone }: { room: string; head: Head | undefined; names: Record<string, string>; onDone: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const cache = useQueryClient();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const { data: online } = useQuery({ queryKey: ["duty", "online", room], queryFn: () => logbook.online(room), enabled: !head, staleTime: 0 });
  const start = Math.floor(Date.now() / hour) * hour;
  const minute = (ms: number): string => dateTimeText(ms, zone).slice(0, 16);
  const normal = t("record.normal");
  const initial: Values = head
    ? { ...head, from: minute(Date.parse(head.from)), to: minute(Date.parse(head.to)), hourly: head.hourly.map((h) => `${clockText(Date.parse(h.at), zone).slice(0, 5)} ${h.text}`).join("\n") }
    : { from: minute(start), to: minute(start + 8 * hour), weather: "", recording: "", clock: "", power: "", fire: "" };
  const required = [{ required: true, whitespace: true, message: t("common.required") }];
  const time = { validator: async (_: unknown, v: string | undefined): Promise<void> => { if (parseDateTime(v ?? "", zone) === undefined) throw new Error(t("record.timeFormat")); } };
  const save = (v: Values) => attempt(async () => {
    const from = parseDateTime(v.from, zone) ?? 0;
    const to = parseDateTime(v.to, zone) ?? 0;
    const lines = hourly(v.hourly ?? "", from, to, zone);
    if (!lines) {
      form.setFields([{ name: "hourly", errors: [t("record.hourlyFault")] }]);
      return;
    }
    const h = (await logbook.writeHead({
      room, shift: head?.shift, from: new Date(from).toISOString(), to: new Date(to).toISOString(), name: v.name?.trim(), weather: v.weather.trim(), persons: v.persons ?? [], leader: v.leader?.trim(), online: v.online ?? online?.online ?? 0, total: v.total ?? online?.total ?? 0,
      faulty: v.faulty?.trim() ?? online?.faulty.join(" "), recording: v.recording, clock: v.clock, power: v.power, fire: v.fire, hourly: lines, version: 0,
    })).items[0];
    await cache.invalidateQueries({ queryKey: ["duty"] });
    message.success(t("record.headDone", { version: h?.version ?? 1 }));
    onDone();
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} scrollToFirstError initialValues={initial} onFinish={(v) => void save(v)} key={online?.known ? "known" : "not"}>
      <p className="dim form-lead">{t("record.headNeeded")}</p>
      <div className="form-two">
        <Form.Item name="from" label={t("record.shiftFrom")} rules={[time]}><Input className="num" disabled={Boolean(head)} /></Form.Item>
        <Form.Item name="to" label={t("record.shiftTo")} rules={[time]}><Input className="num" /></Form.Item>
      </div>
      <div className="form-two">
        <Form.Item name="name" label={t("record.shiftName")}><Input maxLength={40} /></Form.Item>
        <Form.Item name="weather" label={t("record.weather")} rules={required}><AutoComplete options={t("record.weathers").split(/[、,] */).map((w) => ({ value: w }))} maxLength={40} /></Form.Item>
      </div>
      <Form.Item name="persons" label={t("record.persons")} rules={[{ required: true, message: t("common.required") }]}><PersonField multiple known={names} /></Form.Item>
      <Form.Item name="leader" label={t("record.leader")}><Input maxLength={100} /></Form.Item>
      <div className="form-two">
        <Form.Item name="online" label={t("record.online")} initialValue={head?.online ?? online?.online}><InputNumber min={0} max={100000} /></Form.Item>
        <Form.Item name="total" label={t("record.total")} initialValue={head?.total ?? online?.total}><InputNumber min={0} max={100000} /></Form.Item>
      </div>
      <Form.Item name="faulty" label={t("record.faulty")} initialValue={head?.faulty ?? online?.faulty.join(" ")}><Input maxLength={1000} /></Form.Item>
      <div className="form-two">
        {(["recording", "clock", "power", "fire"] as const).map((f) => <Form.Item key={f} name={f} label={t(`record.${f}`)} rules={f === "fire" ? [] : required}><AutoComplete options={[{ value: normal }]} maxLength={200} /></Form.Item>)}
      </div>
      <Form.Item name="hourly" label={t("record.hourly")} extra={t("record.hourlyHint")}><Input.TextArea autoSize={{ minRows: 3, maxRows: 12 }} /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{t("common.save")}</Button><Button onClick={onDone}>{t("common.cancel")}</Button></div>
    </Form>
  );
}
