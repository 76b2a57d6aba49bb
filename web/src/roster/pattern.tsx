import { MinusOutlined, PlusOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Form, Input, InputNumber, Select, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { problemText } from "../api/problem";
import type { DutyRoom } from "../api/rooms";
import { rosterApi, type RosterPerson, type ShiftPattern, type ShiftPatternInput } from "../api/roster";
import { useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { dateText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { DayField } from "../ui/day";
import { timeRead } from "./days";

/** The shift patterns of a room. */
export function Patterns({ open, room, people, onClose }: { open: boolean; room: DutyRoom; people: readonly RosterPerson[]; onClose: () => void }) {
  const { t } = useTranslation();
  const [editing, setEditing] = useState<ShiftPattern | "new">();
  const close = (): void => { setEditing(undefined); onClose(); };
  return (
    <Drawer open={open} onClose={close} size={640} title={t("roster.patterns")} destroyOnHidden>
      {open ? editing ? <Edit key={editing === "new" ? "new" : editing.id} room={room} people={people} pattern={editing === "new" ? undefined : editing} onDone={() => setEditing(undefined)} /> : <List room={room} onEdit={setEditing} /> : null}
    </Drawer>
  );
}

function List({ room, onEdit }: { room: DutyRoom; onEdit: (p: ShiftPattern | "new") => void }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({ queryKey: ["duty", "patterns", room.id], queryFn: () => rosterApi.patterns(room.id) });
  if (error && !data) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton active title={false} paragraph={{ rows: 4 }} />;
  return (
    <>
      {data.length === 0 ? <p>{t("roster.patternNone")}</p> : null}
      <ul className="roster-own panel">{data.map((p) => (
        <li key={p.id}><span><strong className="wrap">{p.name}</strong><span className="dim num">{p.shifts.map((s) => `${s.name} ${s.begin}–${s.end}`).join(t("common.comma"))}</span></span><span className="roster-owndo"><Button size="small" onClick={() => onEdit(p)}>{t("common.edit")}</Button></span></li>
      ))}</ul>
      <p><Button type="primary" icon={<PlusOutlined />} style={{ marginTop: 14 }} onClick={() => onEdit("new")}>{t("roster.patternAdd")}</Button></p>
    </>
  );
}

interface Piece { name: string; begin: string; end: string; staff: number }
interface Team { name: string; offset: number; people: string[] }
interface Values { name: string; shifts: Piece[]; days: number[]; rotation: string; cycle: number[]; begin: string; teams: Team[] }

// The usual rotations: of every day which shift, from 1; the teams are so many days apart.
const rotations: Record<string, { cycle: number[]; apart: number; teams: number }> = {
  two: { cycle: [1, 2], apart: 1, teams: 2 },
  three: { cycle: [1, 1, 2, 2, 0, 0], apart: 2, teams: 3 },
  four: { cycle: [1, 1, 2, 2, 3, 3, 0, 0], apart: 2, teams: 4 },
};

function Edit({ room, people, pattern: p, onDone }: { room: DutyRoom; people: readonly RosterPerson[]; pattern: ShiftPattern | undefined; onDone: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const shifts = Form.useWatch("shifts", form) ?? p?.shifts ?? [];
  const cycle = Form.useWatch("cycle", form) ?? p?.cycle ?? [];
  const rotation = Form.useWatch("rotation", form) ?? (p && p.cycle.length > 0 ? "own" : "none");
  const word = (k: string): string => t(`roster.shiftNames.${k}`);
  const presets: Record<string, { shifts: Piece[]; days: number[] }> = {
    three: { days: [], shifts: [{ name: word("early"), begin: "08:00", end: "16:00", staff: room.staff }, { name: word("late"), begin: "16:00", end: "00:00", staff: room.staff }, { name: word("night"), begin: "00:00", end: "08:00", staff: room.staff }] },
    two: { days: [], shifts: [{ name: word("day"), begin: "08:00", end: "20:00", staff: room.staff }, { name: word("night"), begin: "20:00", end: "08:00", staff: room.staff }] },
    office: { days: [1, 2, 3, 4, 5], shifts: [{ name: word("day"), begin: "08:00", end: "18:00", staff: room.staff }] },
  };
  const begin = (k: string): void => {
    const x = presets[k];
    if (x) form.setFieldsValue({ ...x, name: form.getFieldValue("name") || t(`roster.presets.${k}`) });
  };
  const rotate = (k: string): void => {
    const r = rotations[k];
    if (k === "none") form.setFieldsValue({ rotation: k, cycle: [], teams: [] });
    else if (r) form.setFieldsValue({ rotation: k, cycle: r.cycle, teams: Array.from({ length: r.teams }, (_, i) => ({ name: t("roster.team", { n: i + 1 }), offset: (i * r.apart) % r.cycle.length, people: [] })) });
    else form.setFieldsValue({ rotation: k, cycle: cycle.length > 0 ? cycle : [1, 0], teams: form.getFieldValue("teams") ?? [] });
  };
  const save = (v: Values) => attempt(async () => {
    const body: ShiftPatternInput = { name: v.name.trim(), shifts: v.shifts.map((s) => ({ ...s, name: s.name.trim(), begin: timeRead(s.begin) ?? s.begin, end: timeRead(s.end) ?? s.end })), days: v.days ?? [], cycle: v.cycle ?? [], teams: (v.cycle ?? []).length > 0 ? (v.teams ?? []).map((x) => ({ ...x, people: x.people ?? [] })) : [], begin: v.begin };
    if (p) await rosterApi.changePattern(p.id, body);
    else await rosterApi.addPattern(room.id, body);
    await cache.invalidateQueries({ queryKey: ["duty"] });
    message.success(t("roster.patternSaved"));
    onDone();
  });
  const retire = (): void => void attempt(async () => {
    if (!p) return;
    await rosterApi.retirePattern(p.id);
    await cache.invalidateQueries({ queryKey: ["duty"] });
    message.success(t("roster.patternRetired"));
    onDone();
  });
  const time = { validator: async (_: unknown, v: string): Promise<void> => { if (!timeRead(v ?? "")) throw new Error(t("roster.timeFormat")); } };
  const needed = { required: true, message: t("common.required") };
  const kinds = [{ value: 0, label: t("roster.free") }, ...shifts.map((s, i) => ({ value: i + 1, label: s?.name || String(i + 1) }))];
  return (
    <Form form={form} layout="vertical" requiredMark={false} scrollToFirstError onFinish={(v) => void save(form.getFieldsValue(true) as Values ?? v)}
      initialValues={{ name: p?.name ?? "", shifts: p?.shifts ?? presets.three?.shifts, days: p?.days ?? [], rotation: p && p.cycle.length > 0 ? "own" : "none", cycle: p?.cycle ?? [], teams: p?.teams ?? [], begin: p?.begin || dateText(Date.now(), zone) }}>
      {p ? null : <Form.Item label={t("roster.preset")}><Select aria-label={t("roster.preset")} placeholder={t("common.choose")} onChange={begin} options={Object.keys(presets).map((k) => ({ value: k, label: t(`roster.presets.${k}`) }))} /></Form.Item>}
      <Form.Item name="name" label={t("roster.patternName")} rules={[{ ...needed, whitespace: true }]}><Input autoComplete="off" maxLength={60} /></Form.Item>
      <h3>{t("roster.patternShifts")}</h3>
      <Form.List name="shifts">
        {(fields, { add, remove }) => (
          <div className="roster-pieces">
            {fields.map((f) => (
              <div key={f.key} className="roster-piece">
                <Form.Item name={[f.name, "name"]} rules={[{ ...needed, whitespace: true }]}><Input aria-label={t("roster.name")} placeholder={t("roster.name")} autoComplete="off" maxLength={30} /></Form.Item>
                <Form.Item name={[f.name, "begin"]} rules={[time]}><Input className="num" aria-label={t("roster.begin")} placeholder="08:00" autoComplete="off" /></Form.Item>
                <Form.Item name={[f.name, "end"]} rules={[time]}><Input className="num" aria-label={t("roster.end")} placeholder="16:00" autoComplete="off" /></Form.Item>
                <Form.Item name={[f.name, "staff"]} rules={[needed]}><InputNumber aria-label={t("roster.staff")} title={t("roster.staff")} min={1} max={50} changeOnWheel={false} style={{ width: "100%" }} /></Form.Item>
                <Button type="text" icon={<MinusOutlined />} aria-label={t("roster.remove")} disabled={fields.length < 2} onClick={() => remove(f.name)} />
              </div>
            ))}
            <span><Button size="small" icon={<PlusOutlined />} disabled={fields.length >= 12} onClick={() => add({ name: "", begin: "", end: "", staff: room.staff })}>{t("roster.patternAddShift")}</Button></span>
          </div>
        )}
      </Form.List>
      <Form.Item name="days" label={t("roster.weekdays")}><Select mode="multiple" allowClear placeholder={t("roster.everyDay")} options={[1, 2, 3, 4, 5, 6, 0].map((d) => ({ value: d, label: t(`roster.weekday.d${d}`) }))} /></Form.Item>
      <Form.Item name="rotation" label={t("roster.rotation")}><Select onChange={rotate} options={[{ value: "none", label: t("roster.rotationNone") }, ...["two", "three", "four", "own"].map((k) => ({ value: k, label: t(`roster.rotations.${k}`) }))]} /></Form.Item>
      {rotation === "none" ? null : (
        <>
          <h3>{t("roster.cycle")}</h3>
          <Form.List name="cycle">
            {(fields, { add, remove }) => (
              <div className="roster-cycle">
                {fields.map((f) => <Form.Item key={f.key} name={f.name} noStyle><Select aria-label={`${t("roster.day")} ${f.name + 1}`} options={kinds} /></Form.Item>)}
                <Button icon={<PlusOutlined />} aria-label={t("roster.cycleMore")} disabled={fields.length >= 60} onClick={() => add(0)} />
                <Button icon={<MinusOutlined />} aria-label={t("roster.cycleLess")} disabled={fields.length < 2} onClick={() => remove(fields.length - 1)} />
              </div>
            )}
          </Form.List>
          <DayField name="begin" label={t("roster.begins")} needed />
          <h3>{t("roster.teams")}</h3>
          <Form.List name="teams">
            {(fields, { add, remove }) => (
              <>
                {fields.map((f) => (
                  <div key={f.key} className="roster-team">
                    <Form.Item name={[f.name, "name"]} rules={[{ ...needed, whitespace: true }]}><Input aria-label={t("roster.name")} maxLength={30} autoComplete="off" /></Form.Item>
                    <Form.Item name={[f.name, "offset"]} rules={[needed]}><InputNumber aria-label={t("roster.offset")} title={t("roster.offset")} min={0} max={Math.max(0, cycle.length - 1)} changeOnWheel={false} style={{ width: "100%" }} /></Form.Item>
                    <Form.Item name={[f.name, "people"]}><Select mode="multiple" aria-label={t("roster.people")} placeholder={t("roster.people")} showSearch={{ optionFilterProp: "label" }} options={people.map((x) => ({ value: x.id, label: x.name }))} /></Form.Item>
                  </div>
                ))}
                <p className="roster-owndo"><Button size="small" icon={<PlusOutlined />} disabled={fields.length >= 12} onClick={() => add({ name: t("roster.team", { n: fields.length + 1 }), offset: 0, people: [] })}>{t("common.add")}</Button><Button size="small" icon={<MinusOutlined />} disabled={fields.length === 0} onClick={() => remove(fields.length - 1)}>{t("roster.remove")}</Button></p>
              </>
            )}
          </Form.List>
        </>
      )}
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{t("roster.save")}</Button><Button onClick={onDone}>{t("common.cancel")}</Button>{p ? <Button danger type="text" onClick={retire}>{t("roster.patternRetire")}</Button> : null}</div>
    </Form>
  );
}
