import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Checkbox, Form, Input, InputNumber, Radio, Select } from "antd";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Parameter, ParameterProposal, Parameters as Whole } from "../api/types";
import { useThroughout, useZone } from "../app/session";
import { Facts, Sign } from "../keeping/parts";
import { dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { sentence } from "../ui/fields";
import { usePeopleNames } from "../ui/people";
import { dayTime, dayTimeText, packName, rawText, spanOf, spanParts, spanSeconds, spanUnits, textKey, valueText, type SpanUnit } from "./values";

/** One parameter: what it is for, what is in force and by whom, its history, and the form to propose another value. */
export function One({ parameter: p, whole, onProposed }: { parameter: Parameter; whole: Whole; onProposed: () => void }) {
  const { t } = useTranslation();
  const throughout = useThroughout();
  const zone = useZone();
  const names = usePeopleNames();
  const text = (v: unknown): string => valueText(t, p, v);
  const history = useQuery({ queryKey: ["parameters", "history", p.key], queryFn: () => api.parameters.history(p.key) });
  return (
    <>
      <h2 className="detail-title">{t(`parameters.name.${textKey(p.key)}`, { defaultValue: p.key })}</h2>
      <p className="detail-text">{t(`parameters.about.${textKey(p.key)}`, { defaultValue: "" })}</p>
      {p.unread ? <p><Sign tone="grey">{t("parameters.unreadText")}</Sign></p> : null}
      {p.unfit !== undefined ? <p><Sign tone="red">{t("parameters.unfitText", { value: rawText(p.unfit) })}</Sign></p> : null}
      <Facts rows={[
        [t("parameters.inForce"), <><strong className="num">{text(p.value)}</strong><span className="dim">{t(`parameters.origin_${p.origin}`, { pack: packName(t, whole.pack) })}</span></>],
        p.since !== undefined && p.by !== undefined && [t("parameters.since"), <>{dateTimeText(Date.parse(p.since), zone)}<span className="dim wrap">{t("parameters.proposedAndApproved", { name: names(p.by), others: p.agreed.map(names).join(t("common.comma")) })}</span><span className="wrap">{p.reason}</span></>],
        p.pack !== undefined && [packName(t, whole.pack), text(p.pack)],
        [t("parameters.default"), text(p.default)],
        p.least !== undefined && [t("parameters.bounds"), t("parameters.boundsValue", { least: text(p.least), most: text(p.most) })],
        [t("parameters.clauses"), <>{p.clauses.map((c) => <span key={c}><span className="tag first">{c}</span>{t(`parameters.clause.${c}`, { defaultValue: "" })}<br /></span>)}</>],
        p.guard !== undefined && p.guard !== "" && [t("parameters.guard"), t(`parameters.guard_${p.guard}`)],
      ]} />
      {throughout("parameter.propose") ? <Propose parameter={p} names={whole.names} onProposed={onProposed} /> : null}
      <h3 className="detail-sub">{t("parameters.history")}</h3>
      {history.data?.length === 0 ? <p className="dim">{t("parameters.noHistory")}</p> : null}
      <ol className="steps">{history.data?.map((h) => <Past key={h.id} proposal={h} parameter={p} />)}</ol>
    </>
  );
}

const tones = { proposed: "amber", approved: "ok", rejected: "grey", withdrawn: "grey" } as const;

function Past({ proposal: h, parameter: p }: { proposal: ParameterProposal; parameter: Parameter }) {
  const { t } = useTranslation();
  const zone = useZone();
  const names = usePeopleNames();
  const step = h.changes.find((c) => c.key === p.key);
  const last = h.decisions.at(-1);
  return (
    <li className="step-done">
      <Sign tone={tones[h.state]}>{t(`parameters.state_${h.state}`, { from: valueText(t, p, step?.before), to: valueText(t, p, step?.after) })}</Sign>
      <span className="dim">{t("parameters.proposedBy", { name: names(h.proposedBy), time: dateTimeText(Date.parse(h.proposedAt), zone) })}</span>
      <span className="dim wrap">{h.reason}</span>
      {last && h.state !== "proposed" ? <span className="dim wrap">{t("parameters.decidedBy", { name: names(last.person), time: dateTimeText(Date.parse(last.at), zone) })}{last.note ? ` ${last.note}` : ""}</span> : null}
    </li>
  );
}

interface Values { value?: unknown; unit?: SpanUnit; reason: string }

function Propose({ parameter: p, names, onProposed }: { parameter: Parameter; names: Whole["names"]; onProposed: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const seconds = spanSeconds(p.value) ?? 0;
  const parts = spanParts(seconds);
  const initial: Values = {
    reason: "", unit: parts.unit,
    value: p.kind === "duration" ? (p.ofDay ? dayTimeText(seconds) : parts.count) : p.value,
  };
  const send = (value: unknown, reason: string) => attempt(async () => {
    await api.parameters.propose({ changes: [{ key: p.key, value }], reason: reason.trim() });
    await cache.invalidateQueries({ queryKey: ["parameters"] });
    message.success(t("parameters.proposed"));
    onProposed();
  });
  const valueOf = (v: Values): unknown => {
    if (p.kind !== "duration") return v.value;
    return p.ofDay ? dayTime(String(v.value ?? "")) : spanOf(Number(v.value), v.unit ?? "s");
  };
  const needed = { required: true, message: t("common.required") };
  const words = (p.kind === "names" ? names[p.register ?? ""] ?? [] : p.words).map((w) => ({ value: w, label: t(p.kind === "names" ? `position.${w}` : `parameters.word.${w}`, { defaultValue: w }) }));
  return (
    <section className="propose" aria-label={t("parameters.propose")}>
      <h3 className="detail-sub">{t("parameters.propose")}</h3>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={initial} onFinish={(v) => void send(valueOf(v), v.reason)}>
        {p.kind === "int" ? <Form.Item name="value" label={t("parameters.newValue")} rules={[needed]}><InputNumber /></Form.Item> : null}
        {p.kind === "duration" && p.ofDay ? <Form.Item name="value" label={t("parameters.newValue")} rules={[{ validator: async (_, v: string) => { if (dayTime(v ?? "") === undefined) throw new Error(t("parameters.dayTimeFormat")); } }]}><Input className="num" placeholder="08:00" /></Form.Item> : null}
        {p.kind === "duration" && !p.ofDay ? (
          <div className="form-two">
            <Form.Item name="value" label={t("parameters.newValue")} rules={[needed]}><InputNumber min={0} precision={0} /></Form.Item>
            <Form.Item name="unit" label={t("parameters.unitLabel")}><Select options={(Object.keys(spanUnits) as SpanUnit[]).map((u) => ({ value: u, label: t(`parameters.span.${u}`) }))} /></Form.Item>
          </div>
        ) : null}
        {p.kind === "bool" ? <Form.Item name="value" label={t("parameters.newValue")}><Radio.Group options={[{ value: true, label: t("common.yes") }, { value: false, label: t("common.no") }]} /></Form.Item> : null}
        {p.kind === "word" ? <Form.Item name="value" label={t("parameters.newValue")} rules={[needed]}><Select options={words} /></Form.Item> : null}
        {p.kind === "words" || p.kind === "names" ? <Form.Item name="value" label={t("parameters.newValue")}><Checkbox.Group options={words} className="choices" /></Form.Item> : null}
        <Form.Item name="reason" label={t("common.reason")} rules={[sentence(t("keeping.atLeastFour"))]}><Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} /></Form.Item>
        <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
        <div className="form-end">
          <Button type="primary" htmlType="submit" loading={busy}>{t("parameters.proposeIt")}</Button>
          {p.origin !== "default" ? <Button disabled={busy} onClick={() => void form.validateFields(["reason"]).then((v) => send(null, v.reason))}>{t("parameters.toDefault")}</Button> : null}
        </div>
      </Form>
    </section>
  );
}
