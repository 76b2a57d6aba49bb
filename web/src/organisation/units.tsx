import { PlusOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Form, Input, Select, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Contract, Unit } from "../api/types";
import { useCan, useZone } from "../app/session";
import { LoadFault, Notice } from "../app/states";
import { dateText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { DayField } from "../ui/day";
import { usePeopleNames } from "../ui/people";
import { dayEnd } from "./day";
import { Exchange } from "./exchange";
import { Retire } from "./retire";
import { parentsOf, rowsOf, type Row } from "./tree";

const kinds = ["department", "guard_company", "maintenance_company", "outside"] as const;

/** The tree of units, each with its people, who answers for it and its contract. */
export function Units() {
  const { t } = useTranslation();
  const can = useCan();
  const zone = useZone();
  const nameOf = usePeopleNames();
  const { data, error, refetch } = useQuery({ queryKey: ["units"], queryFn: api.units.list });
  const contracts = useQuery({ queryKey: ["contracts"], queryFn: api.contracts.list });
  const [editing, setEditing] = useState<Unit | "new">();
  const rows = rowsOf(data ?? []);
  const running = (id: string): Contract | undefined => contracts.data?.find((c) => c.unit === id && !c.endedAt);
  const manages = can("people.manage");
  return (
    <>
      {manages ? <p className="org-tools"><Exchange register="units" keys={["units"]} /> <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing("new")}>{t("org.addUnit")}</Button></p> : null}
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 5 }} /></div> : null}
      {data && rows.length === 0 ? <Notice title={t("org.noUnits")}>{t("org.noUnitsText")}</Notice> : null}
      {rows.length > 0 ? (
        <ul className="rows panel">
          {rows.map(({ node, depth }) => {
            const c = running(node.id);
            return (
              <li key={node.id}>
                <button type="button" className="org-row" disabled={!manages} onClick={() => setEditing(node)}>
                  <span className="org-name" style={{ paddingInlineStart: depth * 22 }}><strong className="cut">{node.name}</strong><span className="dim">{t(`org.unit_${node.kind}`)}</span></span>
                  <span className="dim cut">{node.responsible ? nameOf(node.responsible) : t("org.nobody")}</span>
                  <span className="dim cut">{c ? t("org.contractUntil", { number: c.number, on: dateText(Date.parse(c.until) - 1, zone) }) : null}</span>
                  <span className="num org-count">{t("org.people", { count: node.people })}</span>
                </button>
              </li>
            );
          })}
        </ul>
      ) : null}
      <Drawer open={editing !== undefined} onClose={() => setEditing(undefined)} size={460} destroyOnHidden title={t(editing === "new" ? "org.addUnit" : "org.editUnit")}>
        {editing ? <UnitFields unit={editing === "new" ? undefined : editing} rows={rows} contract={editing === "new" ? undefined : running(editing.id)} onClose={() => setEditing(undefined)} /> : null}
      </Drawer>
    </>
  );
}

interface Values { name: string; kind: Unit["kind"]; parent: string; code: string; responsible: string; note: string }

function UnitFields({ unit, rows, contract, onClose }: { unit: Unit | undefined; rows: Row<Unit>[]; contract: Contract | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const people = useQuery({ queryKey: ["people"], queryFn: api.people.list });
  const done = async (text: string): Promise<void> => {
    await Promise.all(["units", "contracts", "people", "files", "due"].map((k) => cache.invalidateQueries({ queryKey: [k] })));
    message.success(text);
    onClose();
  };
  const save = (v: Values) => attempt(async () => {
    const body = { ...v, name: v.name.trim(), parent: v.parent ?? "", code: (v.code ?? "").trim(), responsible: v.responsible ?? "", note: v.note ?? "" };
    await (unit ? api.units.change(unit.id, body) : api.units.create(body));
    await done(t("org.saved", { name: body.name }));
  });
  return (
    <>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={unit ?? { kind: "department", parent: "", code: "", responsible: "", note: "" }} onFinish={(v) => void save(v)}>
        <Form.Item name="name" label={t("common.name")} rules={[{ required: true, whitespace: true, message: t("common.required") }, { max: 100 }]}><Input autoFocus={!unit} autoComplete="off" /></Form.Item>
        <Form.Item name="kind" label={t("org.kind")}><Select options={kinds.map((k) => ({ value: k, label: t(`org.unit_${k}`) }))} /></Form.Item>
        <Form.Item name="parent" label={t("org.above")}><Select showSearch={{ optionFilterProp: "label" }} options={[{ value: "", label: t("org.top") }, ...parentsOf(rows, unit?.id).map((r) => ({ value: r.node.id, label: r.path }))]} /></Form.Item>
        <Form.Item name="responsible" label={t("org.responsible")}><Select showSearch={{ optionFilterProp: "label" }} options={[{ value: "", label: t("org.nobody") }, ...(people.data ?? []).filter((p) => !p.disabled).map((p) => ({ value: p.id, label: p.displayName || p.username }))]} /></Form.Item>
        <Form.Item name="code" label={t("org.code")} rules={[{ max: 40 }]}><Input autoComplete="off" /></Form.Item>
        <Form.Item name="note" label={t("common.note")}><Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={2000} /></Form.Item>
        <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
        <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{t("common.save")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
      </Form>
      {unit && unit.kind !== "department" && !contract ? <Conclude unit={unit} onDone={() => void done(t("org.concluded"))} /> : null}
      {unit && contract ? <Retire text={t("org.endContractText")} label={t("org.endContract", { number: contract.number })} act={(reason) => api.contracts.end(contract.id, { reason })} onDone={() => void done(t("org.contractEnded"))} /> : null}
      {unit ? <Retire text={t("org.retireUnit")} label={t("org.retire")} act={(reason) => api.units.retire(unit.id, { reason })} onDone={() => void done(t("org.retired", { name: unit.name }))} /> : null}
    </>
  );
}

function Conclude({ unit, onDone }: { unit: Unit; onDone: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const [form] = Form.useForm<{ number: string; until: string }>();
  const { busy, fault, attempt } = useAttempt(form);
  const save = (v: { number: string; until: string }) => attempt(async () => {
    await api.contracts.create({ unit: unit.id, number: v.number.trim(), until: dayEnd(v.until, zone) });
    onDone();
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} className="person-more" onFinish={(v) => void save(v)}>
      <Form.Item name="number" label={t("org.contractNumber")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input autoComplete="off" /></Form.Item>
      <DayField name="until" label={t("org.contractLast")} needed />
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <Button htmlType="submit" loading={busy}>{t("org.conclude")}</Button>
    </Form>
  );
}
