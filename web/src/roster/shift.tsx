import { CloseOutlined, StarFilled, StarOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Form, Input, InputNumber, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem, problemText } from "../api/problem";
import type { DutyRoom } from "../api/rooms";
import { rosterApi, type DutyShift, type Roster, type RosterFault, type ShiftPlace } from "../api/roster";
import { useZone } from "../app/session";
import { useAttempt } from "../ui/attempt";
import { DayField } from "../ui/day";
import { number } from "../ui/fields";
import { dayAfter, instant, shiftDay, timeOf, timeRead, timesText } from "./days";
import { StateTag } from "./parts";

/** A shift that is open, with somebody who is to be put in, or a new one of a day. */
export interface Opened { shift?: DutyShift; put?: string; day?: string }

export const faultText = (t: Parameters<typeof problemText>[0], f: RosterFault): string => problemText(t, new Problem(409, f.code, f.detail, f.params ?? {}));

export function ShiftDrawer({ room, roster, opened, name, onClose }: { room: DutyRoom; roster: Roster | undefined; opened: Opened | undefined; name: (id: string) => string; onClose: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const s = opened?.shift;
  return (
    <Drawer open={opened !== undefined} onClose={onClose} size={480} destroyOnHidden title={s ? `${s.name} · ${shiftDay(s, zone)}` : t("roster.add")}>
      {opened && roster ? roster.plans && (!s || (Date.parse(s.to) > Date.now() && s.state !== "cancelled")) ? <Edit room={room} roster={roster} opened={opened} name={name} onClose={onClose} /> : s ? <Read shift={s} name={name} /> : null : null}
    </Drawer>
  );
}

function Read({ shift: s, name }: { shift: DutyShift; name: (id: string) => string }) {
  const { t } = useTranslation();
  const zone = useZone();
  return (
    <div className="roster-read">
      <p className="num">{shiftDay(s, zone)} {timesText(s, zone)} <StateTag state={s.state} /></p>
      <ul>{s.people.map((p) => <li key={p.person}>{p.charge ? t("roster.chargeOf", { name: name(p.person) }) : name(p.person)}</li>)}{s.people.length === 0 ? <li className="tone-red">{t("roster.nobody")}</li> : null}</ul>
    </div>
  );
}

interface Values { name: string; day: string; begin: string; end: string; staff: number; reason: string }

function Edit({ room, roster, opened: { shift: s, put, day }, name, onClose }: { room: DutyRoom; roster: Roster; opened: Opened; name: (id: string) => string; onClose: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const { message, modal } = App.useApp();
  const cache = useQueryClient();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const [people, setPeople] = useState<ShiftPlace[]>(() => (s ? (put && !s.people.some((p) => p.person === put) ? [...s.people, { person: put }] : s.people) : []));
  const choices = useQuery({ queryKey: ["duty", "choices", s?.id], queryFn: () => rosterApi.choices(s?.id ?? ""), enabled: s !== undefined });
  const reason = Form.useWatch("reason", form) ?? "";
  const done = async (said: string): Promise<void> => {
    await cache.invalidateQueries({ queryKey: ["duty"] });
    message.success(said);
    onClose();
  };
  const save = (v: Values) => attempt(async () => {
    const [begin = "", end = ""] = [timeRead(v.begin), timeRead(v.end)];
    const from = instant(v.day, begin, zone);
    const to = instant(end <= begin ? dayAfter(v.day, 1) : v.day, end, zone);
    const body = { name: v.name.trim(), from: new Date(from).toISOString(), to: new Date(to).toISOString(), staff: v.staff, people };
    if (s) await rosterApi.change(s, body, v.reason.trim());
    else await rosterApi.plan(room.id, [body]);
    await done(t("roster.saved"));
  });
  const cancel = (): void => {
    if (!s) return;
    modal.confirm({
      title: t("roster.cancelTitle"), content: t("roster.cancelText"), okText: t(s.state === "draft" ? "roster.cancelDraft" : "roster.cancelShift"), okButtonProps: { danger: true }, cancelText: t("common.cancel"),
      onOk: async () => {
        try {
          await rosterApi.cancel(s, reason.trim());
          await done(t("roster.cancelled"));
        } catch (e) {
          message.error(problemText(t, e));
        }
      },
    });
  };
  const time = { validator: async (_: unknown, v: string): Promise<void> => { if (!timeRead(v ?? "")) throw new Error(t("roster.timeFormat")); } };
  const options = s
    ? (choices.data ?? []).map((c) => ({ value: c.id, label: c.name, why: c.why ? faultText(t, c.why) : "" }))
    : roster.people.map((p) => ({ value: p.id, label: p.name, why: p.lacks?.length ? t("roster.lacks", { what: p.lacks.map((l) => t(`roster.lack.${l}`)).join(t("common.comma")) }) : "" }));
  const begin = timeRead(Form.useWatch("begin", form) ?? "") ?? "";
  const end = timeRead(Form.useWatch("end", form) ?? "") ?? "";
  return (
    <Form form={form} layout="vertical" requiredMark={false} scrollToFirstError onFinish={(v) => void save(v)}
      initialValues={{ name: s?.name ?? "", day: s ? shiftDay(s, zone) : day, begin: s ? timeOf(Date.parse(s.from), zone) : "08:00", end: s ? timeOf(Date.parse(s.to), zone) : "16:00", staff: s?.staff ?? room.staff, reason: "" }}>
      {s ? <p><StateTag state={s.state} /></p> : null}
      <h3>{t("roster.inIt")}</h3>
      <ul className="roster-seats">
        {people.map((p) => (
          <li key={p.person}>
            <button type="button" className="roster-star" aria-pressed={p.charge ?? false} aria-label={t("roster.makeCharge", { name: name(p.person) })} title={t("roster.charge")} onClick={() => setPeople(people.map((x) => ({ person: x.person, charge: x.person === p.person })))}>{p.charge ? <StarFilled aria-hidden /> : <StarOutlined aria-hidden />}</button>
            <span>{name(p.person)}{p.charge ? <span className="dim"> · {t("roster.charge")}</span> : null}</span>
            <Button size="small" type="text" icon={<CloseOutlined />} aria-label={t("roster.take", { name: name(p.person) })} onClick={() => setPeople(people.filter((x) => x.person !== p.person))} />
          </li>
        ))}
        {people.length === 0 ? <li className="tone-red">{t("roster.nobody")}</li> : null}
      </ul>
      <Form.Item label={t("roster.put")} extra={t("roster.putHint")}>
        <Select aria-label={t("roster.put")} showSearch={{ optionFilterProp: "label" }} value={null} placeholder={t("common.choose")} loading={s !== undefined && choices.isPending} onChange={(id: string | null) => { if (id) setPeople([...people, { person: id }]); }}
          options={options.filter((o) => !people.some((p) => p.person === o.value))} optionRender={(o) => <span className="roster-option"><span>{o.data.label}</span>{o.data.why ? <span className="tone-amber wrap">{o.data.why}</span> : null}</span>} />
      </Form.Item>
      <div className="form-two">
        <Form.Item name="name" label={t("roster.name")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input autoComplete="off" maxLength={30} /></Form.Item>
        <Form.Item name="staff" label={t("roster.staff")} rules={[{ required: true, message: t("common.required") }, number(1, 50, true, t("problem.shift_staff"))]}><InputNumber changeOnWheel={false} /></Form.Item>
      </div>
      <DayField name="day" label={t("roster.day")} needed />
      <div className="form-two">
        <Form.Item name="begin" label={t("roster.begin")} rules={[time]}><Input className="num" autoComplete="off" /></Form.Item>
        <Form.Item name="end" label={t("roster.end")} rules={[time]} extra={begin && end && end <= begin ? t("roster.endNext") : undefined}><Input className="num" autoComplete="off" /></Form.Item>
      </div>
      {s?.state === "published" ? <Form.Item name="reason" label={t("roster.why")} extra={t("roster.whyHint")}><Input.TextArea autoSize={{ minRows: 2, maxRows: 5 }} maxLength={1000} /></Form.Item> : <Form.Item name="reason" hidden><Input /></Form.Item>}
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{t("roster.save")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button>{s ? <Button danger type="text" onClick={cancel}>{t(s.state === "draft" ? "roster.cancelDraft" : "roster.cancelShift")}</Button> : null}</div>
    </Form>
  );
}
