import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, AutoComplete, Button, Checkbox, Form, Input, Radio, Segmented, Select } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { problemText } from "../api/problem";
import { roomsApi, type DutyRoom } from "../api/rooms";
import { identityKinds, visitKinds, visitorsApi, type Visit, type VisitInput } from "../api/visitors";
import { useSession, useZone } from "../app/session";
import { parseDateTime } from "../time/zone";
import { useAttempt } from "../ui/attempt";

export interface ContentValues { name: string; unit?: string; identityKind?: string; identityNumber?: string; reason: string; host?: string; papers?: string; items?: string }

/** What is said of a visitor, as the server takes it; who goes with them apart. */
export const contentOf = (v: ContentValues) => ({
  name: v.name.trim(), unit: v.unit?.trim() ?? "", identityKind: v.identityNumber?.trim() ? v.identityKind ?? "" : "", identityNumber: v.identityNumber?.trim() ?? "", reason: v.reason.trim(), papers: v.papers?.trim() ?? "", items: v.items?.trim() ?? "",
});

/** Those who may let visitors into a room, but for oneself. */
function useApprovers(room: string) {
  const me = useSession().person.id;
  const { data } = useQuery({ queryKey: ["duty", "people", "approve_visitors", room], queryFn: () => roomsApi.people("approve_visitors", room), staleTime: 60_000 });
  return (data ?? []).filter((p) => p.id !== me);
}

/** Fields of who a visitor is, in the order of the paper form. */
export function ContentFields({ kind, room, fixedHost = false, first = false, number }: { kind: string; room: string; fixedHost?: boolean; first?: boolean; number?: string }) {
  const { t } = useTranslation();
  const hosts = useApprovers(room);
  const needed = [{ required: true, whitespace: true, message: t("common.required") }];
  const free = kind === "leader_check" || number !== undefined; // what is left empty stays as it is
  const optional = (label: string): string => t("visitors.optional", { label });
  return (
    <>
      <div className="form-two">
        <Form.Item name="name" label={t("visitors.name")} rules={needed}><Input autoFocus={first} autoComplete="off" maxLength={100} /></Form.Item>
        <Form.Item name="unit" label={optional(t("visitors.unit"))}><Input autoComplete="off" maxLength={200} /></Form.Item>
        <Form.Item name="identityKind" label={free ? optional(t("visitors.identityKind")) : t("visitors.identityKind")} rules={free ? [] : [{ required: true, message: t("common.required") }]}><Select options={identityKinds.map((k) => ({ value: k, label: t(`visitors.id_${k}`) }))} /></Form.Item>
        <Form.Item name="identityNumber" label={free ? optional(t("visitors.identityNumber")) : t("visitors.identityNumber")} rules={free ? [] : needed}><Input className="num" autoComplete="off" maxLength={60} placeholder={number} /></Form.Item>
      </div>
      <Form.Item name="reason" label={t("visitors.reason")} rules={needed}><Input autoComplete="off" maxLength={500} /></Form.Item>
      <div className="form-two">
        <Form.Item name="host" label={t("visitors.host")} extra={fixedHost ? undefined : t("visitors.hostHint")} rules={needed}><AutoComplete disabled={fixedHost} options={hosts.map((h) => ({ value: h.name }))} showSearch={{ filterOption: (typed, o) => (o?.value ?? "").toLowerCase().includes(typed.toLowerCase()) }} /></Form.Item>
        <Form.Item name="papers" label={kind === "technician" ? t("visitors.papers") : optional(t("visitors.papersShort"))} rules={kind === "technician" ? needed : []}><Input autoComplete="off" maxLength={100} /></Form.Item>
      </div>
      <Form.Item name="items" label={optional(t("visitors.items"))}><Input autoComplete="off" maxLength={500} /></Form.Item>
    </>
  );
}

interface Values extends ContentValues { kind: (typeof visitKinds)[number]; consent: "wait" | "told"; person?: string; number?: string; came?: string; badge?: string; phone?: boolean; secrecy?: boolean }

const shownBy: Record<string, string> = { police: "police", technician: "work", guest: "id_card", own_guest: "id_card", other: "id_card" };

/** Registers somebody within a minute: the keyboard goes from field to field, Enter registers. */
export function RegisterForm({ room, onClose }: { room: DutyRoom; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const zone = useZone();
  const cache = useQueryClient();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const me = useSession().person;
  const kind = Form.useWatch("kind", form) ?? "guest";
  const consent = Form.useWatch("consent", form) ?? "wait";
  const host = Form.useWatch("host", form);
  const approvers = useApprovers(room.id);
  const brings = approvers.find((p) => p.name === host?.trim());
  const free = kind === "police" || kind === "technician" || kind === "leader_check" || (brings !== undefined && kind !== "own_guest");
  const goesIn = (free || consent === "told") && kind !== "own_guest";
  const save = (v: Values) => attempt(async () => {
    const came = v.came?.trim() ? parseDateTime(v.came, zone, Date.now()) : undefined;
    const body: VisitInput = { kind: v.kind, ...contentOf(v), ...(brings ? { host: brings.id } : { hostName: v.host?.trim() }), ...(came ? { at: new Date(came).toISOString() } : {}) };
    let visit: Visit = await visitorsApi.add(room.id, body);
    try { // it stands registered whatever becomes of the rest
      if (visit.state === "registered" && consent === "told" && v.person) visit = await visitorsApi.told(visit.id, { person: v.person, number: v.number?.trim() ?? "" });
      if (visit.state === "approved" && goesIn) visit = await visitorsApi.enter(visit.id, { badge: v.badge?.trim() ?? "", phone: v.phone ?? false, secrecy: v.secrecy ?? false });
      message.success(t(visit.state === "inside" ? "visitors.done_in" : "visitors.done_registered", { name: visit.name }));
    } catch (e) {
      message.warning(problemText(t, e), 8);
    }
    await cache.invalidateQueries({ queryKey: ["duty"] });
    onClose();
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} scrollToFirstError onFinish={(v) => void save(v)} initialValues={{ kind: "guest", consent: "wait", identityKind: "id_card", host: me.displayName || me.username, secrecy: false, phone: false }}>
      <Form.Item name="kind" label={t("visitors.kind")}>
        <Radio.Group className="visit-kinds" options={visitKinds.map((k) => ({ value: k, label: t(`visitors.kind_${k}`) }))} onChange={(e) => form.setFieldValue("identityKind", shownBy[e.target.value])} />
      </Form.Item>
      <p className={kind === "own_guest" ? "tone-amber form-under" : "dim form-under"}>{t(kind === "own_guest" ? "visitors.ownGuest" : free ? "visitors.free" : "visitors.needs")}</p>
      <ContentFields kind={kind} room={room.id} first />
      {free ? null : (
        <Form.Item name="consent" label={t("visitors.consentBy")}><Segmented options={(["wait", "told"] as const).map((c) => ({ value: c, label: t(`visitors.consent_${c}`) }))} /></Form.Item>
      )}
      {!free && consent === "told" ? <Consent room={room.id} /> : null}
      {goesIn ? <Going /> : null}
      <Form.Item name="came" label={t("visitors.optional", { label: t("visitors.cameLate") })} extra={t("visitors.cameHint")} rules={[{ validator: async (_, x: string | undefined) => {
        const at = x?.trim() ? parseDateTime(x, zone, Date.now()) : Date.now();
        if (at === undefined || at > Date.now()) throw new Error(t("visitors.timeWrong"));
      } }]}><Input className="num" autoComplete="off" placeholder="09:05" /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end visit-foot"><Button type="primary" size="large" htmlType="submit" loading={busy}>{t(goesIn ? "visitors.saveIn" : "visitors.save")}</Button><Button size="large" onClick={onClose}>{t("common.cancel")}</Button></div>
    </Form>
  );
}

/** Who gave consent by telephone. */
function Consent({ room }: { room: string }) {
  const { t } = useTranslation();
  const approvers = useApprovers(room);
  return (
    <div className="form-two">
      <Form.Item name="person" label={t("visitors.person")} extra={t("visitors.countersigned")} rules={[{ required: true, message: t("common.required") }]}><Select showSearch={{ optionFilterProp: "label" }} placeholder={t("common.choose")} options={approvers.map((p) => ({ value: p.id, label: p.name }))} /></Form.Item>
      <Form.Item name="number" label={t("visitors.number")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input className="num" autoComplete="off" maxLength={40} /></Form.Item>
    </div>
  );
}

/** What is seen to when somebody goes in. */
function Going() {
  const { t } = useTranslation();
  return (
    <>
      <Form.Item name="badge" label={t("visitors.optional", { label: t("visitors.badge") })}><Input className="num visit-badge" autoComplete="off" maxLength={40} /></Form.Item>
      <Form.Item name="phone" valuePropName="checked" className="form-close"><Checkbox>{t("visitors.phone")}</Checkbox></Form.Item>
      <Form.Item name="secrecy" valuePropName="checked"><Checkbox>{t("visitors.secrecy")}</Checkbox></Form.Item>
    </>
  );
}

/** A step of a visit with its fields. */
function Step<V extends object>({ visit, initial, ok, said, run, onClose, children }: { visit: Visit; initial?: Partial<V>; ok: string; said: string; run: (v: V) => Promise<Visit>; onClose: () => void; children: ReactNode }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const [form] = Form.useForm<V>();
  const { busy, fault, attempt } = useAttempt(form);
  const save = (v: V) => attempt(async () => {
    try {
      await run(v);
    } finally {
      await cache.invalidateQueries({ queryKey: ["duty"] });
    }
    message.success(said);
    onClose();
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} initialValues={initial} onFinish={(v) => void save(v as V)}>
      <p className="form-lead"><strong className="wrap">{visit.name}{visit.unit ? ` · ${visit.unit}` : ""}</strong></p>
      {children}
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" size="large" htmlType="submit" loading={busy}>{ok}</Button><Button size="large" onClick={onClose}>{t("common.cancel")}</Button></div>
    </Form>
  );
}

export function ToldForm({ visit: v, onClose }: { visit: Visit; onClose: () => void }) {
  const { t } = useTranslation();
  return <Step<{ person: string; number: string }> visit={v} ok={t("visitors.told")} said={t("visitors.done_told", { name: v.name })} onClose={onClose} run={(x) => visitorsApi.told(v.id, { person: x.person, number: x.number.trim() })}><Consent room={v.room} /></Step>;
}

export function EnterForm({ visit: v, onClose }: { visit: Visit; onClose: () => void }) {
  const { t } = useTranslation();
  const outside = v.met === "outside";
  return (
    <Step<{ badge?: string; phone?: boolean; secrecy?: boolean }> visit={v} initial={{ phone: false, secrecy: false }} ok={t(outside ? "visitors.meet" : "visitors.enter")} said={t(outside ? "visitors.done_met" : "visitors.done_in", { name: v.name })} onClose={onClose} run={(x) => visitorsApi.enter(v.id, { badge: x.badge?.trim() ?? "", phone: x.phone ?? false, secrecy: x.secrecy ?? false })}>
      {outside ? <p className="tone-amber">{t("visitors.ownGuest")}</p> : <Going />}
    </Step>
  );
}

export function LeaveForm({ visit: v, onClose }: { visit: Visit; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Step<{ saw: string; caseNo?: string; note?: string }> visit={v} initial={{ saw: "nothing", caseNo: v.kind === "police" ? v.papers : undefined }} ok={t("visitors.out")} said={t("visitors.done_out", { name: v.name })} onClose={onClose} run={(x) => visitorsApi.leave(v.id, { saw: x.saw, caseNo: x.caseNo?.trim(), note: x.note?.trim() })}>
      {v.met === "outside" ? <Form.Item name="saw" hidden><Input /></Form.Item> : (
        <>
          <Form.Item name="saw" label={t("visitors.saw")}><Segmented size="large" options={(["nothing", "live", "recorded"] as const).map((s) => ({ value: s, label: t(`visitors.saw_${s}`) }))} /></Form.Item>
          <Form.Item noStyle dependencies={["saw"]}>{({ getFieldValue }) => (getFieldValue("saw") === "recorded" ? <Form.Item name="caseNo" label={t("visitors.caseNo")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input className="num" autoComplete="off" maxLength={100} /></Form.Item> : null)}</Form.Item>
        </>
      )}
      <Form.Item name="note" label={t("visitors.optional", { label: t("visitors.note") })}><Input autoComplete="off" maxLength={500} /></Form.Item>
    </Step>
  );
}
