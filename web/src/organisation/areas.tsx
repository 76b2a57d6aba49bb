import { PlusOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Form, Input, Select, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Area } from "../api/types";
import { useCan, useThroughout } from "../app/session";
import { LoadFault, Needs, Notice } from "../app/states";
import { useAttempt } from "../ui/attempt";
import { Exchange } from "./exchange";
import { WaitingPlaces } from "./waiting";
import { Retire } from "./retire";
import { parentsOf, rowsOf, type Row } from "./tree";
import "../pages/pages.css";
import "./organisation.css";

export function AreasPage() {
  return <Needs action="camera.read"><Areas /></Needs>;
}

const kinds = ["site", "building", "floor", "zone"] as const;
const importances = ["ordinary", "important", "vital"] as const;

/** The tree of areas, with how many cameras hang in each. */
function Areas() {
  const { t } = useTranslation();
  const can = useCan();
  const throughout = useThroughout();
  const { data, error, refetch } = useQuery({ queryKey: ["areas"], queryFn: api.areas.list });
  const cameras = useQuery({ queryKey: ["cameras"], queryFn: api.cameras.list });
  const units = useQuery({ queryKey: ["units"], queryFn: api.units.list, enabled: can("people.read") });
  const [editing, setEditing] = useState<Area | "new">();
  const rows = rowsOf(data ?? []);
  const hang = (id: string): number => (cameras.data ?? []).filter((c) => c.area === id && !c.retiredAt).length;
  const loose = hang("");
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("org.areas")}</h1>
        {data ? <span className="sub">{t("org.areasCount", { count: rows.length })}</span> : null}
        <span className="end">
          <Exchange register="cameras" keys={["cameras"]} gives={can("camera.export")} takes={can("camera.configure")} />
          <Exchange register="areas" keys={["areas"]} gives={can("camera.export")} takes={throughout("area.configure")} />
          {throughout("area.configure") ? <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing("new")}>{t("org.addArea")}</Button> : null}
        </span>
      </header>
      <p className="dim page-lead">{t("org.areasLead")}</p>
      <WaitingPlaces kind="parent" cameras={cameras.data ?? []} />
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 6 }} /></div> : null}
      {data && rows.length === 0 ? <Notice title={t("org.noAreas")}>{t("org.noAreasText")}</Notice> : null}
      {rows.length > 0 ? (
        <ul className="rows panel">
          {rows.map(({ node, depth }) => (
            <li key={node.id}>
              <button type="button" className="org-row" disabled={!throughout("area.configure")} onClick={() => setEditing(node)}>
                <span className="org-name" style={{ paddingInlineStart: depth * 22 }}><strong className="cut">{node.name}</strong><span className="dim">{t(`org.kind_${node.kind}`)}</span></span>
                <span className="org-tags">{node.importance && node.importance !== "ordinary" ? <span className={`tag org-${node.importance}`}>{t(`org.importance_${node.importance}`)}</span> : null}</span>
                <span className="dim cut">{units.data?.find((u) => u.id === node.unit)?.name}</span>
                <span className="num org-count">{t("common.cameras", { count: hang(node.id) })}</span>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {data && loose > 0 ? <p className="dim org-loose">{t("org.loose", { count: loose })}</p> : null}
      <Drawer open={editing !== undefined} onClose={() => setEditing(undefined)} size={460} destroyOnHidden title={t(editing === "new" ? "org.addArea" : "org.editArea")}>
        {editing ? <AreaFields area={editing === "new" ? undefined : editing} rows={rows} units={rowsOf(units.data ?? []).map((r) => ({ value: r.node.id, label: r.path }))} onClose={() => setEditing(undefined)} /> : null}
      </Drawer>
    </div>
  );
}

interface Values { name: string; kind: Area["kind"]; parent: string; importance: Area["importance"]; unit: string; note: string }

function AreaFields({ area, rows, units, onClose }: { area: Area | undefined; rows: Row<Area>[]; units: { value: string; label: string }[]; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const kind = Form.useWatch("kind", form) ?? area?.kind ?? "building";
  const rank = (k: Area["kind"]): number => kinds.indexOf(k);
  const above = parentsOf(rows, area?.id).filter((r) => rank(r.node.kind) < rank(kind) || (kind === "zone" && r.node.kind === "zone"));
  const done = async (text: string): Promise<void> => {
    await cache.invalidateQueries({ queryKey: ["areas"] });
    message.success(text);
    onClose();
  };
  const save = (v: Values) => attempt(async () => {
    const body = { ...v, name: v.name.trim(), parent: v.parent ?? "", unit: v.unit ?? "", note: v.note ?? "" };
    const saved = await (area ? api.areas.change(area.id, body) : api.areas.create(body));
    void cache.invalidateQueries({ queryKey: ["proposals"] });
    await done(t(saved.parentWaiting !== undefined ? "org.savedWaits" : "org.saved", { name: body.name }));
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} initialValues={area ?? { kind: "building", parent: "", importance: "ordinary", unit: "", note: "" }} onFinish={(v) => void save(v)}>
      <Form.Item name="name" label={t("common.name")} rules={[{ required: true, whitespace: true, message: t("common.required") }, { max: 100 }]}><Input autoFocus={!area} autoComplete="off" /></Form.Item>
      <Form.Item name="kind" label={t("org.kind")}><Select options={kinds.map((k) => ({ value: k, label: t(`org.kind_${k}`) }))} /></Form.Item>
      <Form.Item name="parent" label={t("org.liesIn")}><Select showSearch={{ optionFilterProp: "label" }} options={[{ value: "", label: t("org.top") }, ...above.map((r) => ({ value: r.node.id, label: r.path }))]} /></Form.Item>
      <Form.Item name="importance" label={t("org.importance")} extra={t("org.importanceHint")}><Select options={importances.map((k) => ({ value: k, label: t(`org.importance_${k}`) }))} /></Form.Item>
      <Form.Item name="unit" label={t("org.owner")}><Select showSearch={{ optionFilterProp: "label" }} options={[{ value: "", label: t("common.none") }, ...units]} /></Form.Item>
      <Form.Item name="note" label={t("common.note")}><Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={2000} /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{t("common.save")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
      {area ? <Retire text={t("org.retireArea")} label={t("org.retire")} act={(reason) => api.areas.retire(area.id, { reason })} onDone={() => void done(t("org.retired", { name: area.name }))} /> : null}
    </Form>
  );
}
