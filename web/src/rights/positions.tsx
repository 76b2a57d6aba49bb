import { PlusOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Form, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { positions, type PositionEntry } from "../api/types";
import { useThroughout, useZone } from "../app/session";
import { wordsOf } from "../disclosure/words";
import { Retire } from "../organisation/retire";
import { dateText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { usePositionRegister } from "./register";
import { positionText } from "./words";

/** What positions are called, and those of the house. */
export function Names() {
  const { t } = useTranslation();
  const throughout = useThroughout();
  const all = usePositionRegister();
  const [editing, setEditing] = useState<PositionEntry | "new">();
  return (
    <section aria-label={t("rights.tab_names")}>
      <div className="rule-head">
        <p className="dim">{t("rights.namesLead")}</p>
        {throughout("rights.propose") ? <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing("new")}>{t("rights.addPosition")}</Button> : null}
      </div>
      <ul className="rows panel">
        {all.map((p) => <li key={p.code}><Row position={p} onOpen={throughout("rights.propose") ? () => setEditing(p) : undefined} /></li>)}
      </ul>
      <Drawer open={editing !== undefined} onClose={() => setEditing(undefined)} size={460} destroyOnHidden title={t(editing === "new" ? "rights.addPosition" : editing?.retiredAt ? "rights.restorePosition" : "rights.renamePosition")}>
        {editing === "new" || editing && !editing.retiredAt ? <Fields position={editing === "new" ? undefined : editing} onClose={() => setEditing(undefined)} /> : null}
        {editing && editing !== "new" && editing.retiredAt ? <Retired position={editing} onClose={() => setEditing(undefined)} /> : null}
      </Drawer>
    </section>
  );
}

function Row({ position: p, onOpen }: { position: PositionEntry; onOpen?: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  return (
    <button type="button" className={p.retiredAt ? "name-row name-retired" : "name-row"} disabled={!onOpen} onClick={onOpen}>
      <span className="name-words"><strong className="wrap">{p.name.zh}</strong><span className="wrap">{p.name.en}</span></span>
      <code className="dim">{p.code}</code>
      <span className="dim">{p.retiredAt ? t("rights.retiredSince", { date: dateText(Date.parse(p.retiredAt), zone) }) : p.builtIn ? t("rights.ofProgram") : p.basis ? t("rights.basedOn", { position: positionText(t, p.basis) }) : t("rights.basedOnNone")}</span>
    </button>
  );
}

/** What was done to a position is told, and everything that names it looks again. */
function useDone(onClose: () => void): (text: string) => Promise<void> {
  const { message } = App.useApp();
  const cache = useQueryClient();
  return async (text) => {
    await Promise.all([cache.invalidateQueries({ queryKey: ["positions"] }), cache.invalidateQueries({ queryKey: ["rights"] })]);
    message.success(text);
    onClose();
  };
}

/** A retired position: it can come back as it was. */
function Retired({ position: p, onClose }: { position: PositionEntry; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const done = useDone(onClose);
  const name = wordsOf(p.name, i18n.language);
  return (
    <>
      <p className="name-words"><strong className="wrap">{p.name.zh}</strong><span className="wrap">{p.name.en}</span></p>
      <p className="dim name-code"><code>{p.code}</code></p>
      <Retire text={t("rights.restorePositionText")} label={t("rights.restorePosition")} act={(reason) => api.positions.restore(p.code, reason)} onDone={() => void done(t("rights.positionRestored", { name }))} />
    </>
  );
}

interface Values { code: string; name: { zh: string; en: string }; basis?: string }

function Fields({ position, onClose }: { position: PositionEntry | undefined; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const done = useDone(onClose);
  const save = (v: Values) => attempt(async () => {
    const name = { zh: v.name.zh.trim(), en: v.name.en.trim() };
    if (position) await api.positions.rename(position.code, { name });
    else await api.positions.add({ code: v.code.trim(), name, basis: v.basis || undefined });
    await done(t("rights.positionSaved", { name: wordsOf(name, i18n.language) }));
  });
  const needed = { required: true, whitespace: true, message: t("common.required") };
  return (
    <Form form={form} layout="vertical" requiredMark={false} initialValues={position ?? { code: "", name: { zh: "", en: "" }, basis: "" }} onFinish={(v) => void save(v)}>
      {position ? <p className="dim name-code"><code>{position.code}</code></p> : (
        <Form.Item name="code" label={t("rights.positionCode")} extra={t("rights.positionCodeHint")} rules={[{ required: true, pattern: /^[a-z][a-z0-9_]{1,39}$/, message: t("problem.position_code") }]}><Input autoFocus autoComplete="off" placeholder="gate_guard" /></Form.Item>
      )}
      <Form.Item name={["name", "zh"]} label={t("purposes.nameZh")} rules={[needed]}><Input maxLength={40} /></Form.Item>
      <Form.Item name={["name", "en"]} label={t("purposes.nameEn")} rules={[needed]}><Input maxLength={40} /></Form.Item>
      {position ? null : (
        <Form.Item name="basis" label={t("rights.positionBasis")} extra={t("rights.positionBasisHint")}>
          <Select options={[{ value: "", label: t("rights.basedOnNone") }, ...positions.filter((p) => p !== "administrator" && p !== "contractor").map((p) => ({ value: p as string, label: positionText(t, p) }))]} />
        </Form.Item>
      )}
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{t("common.save")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
      {position && !position.builtIn ? <Retire text={t("rights.retirePositionText")} label={t("rights.retirePosition")} act={(reason) => api.positions.retire(position.code, reason)} onDone={() => void done(t("rights.positionRetired", { name: wordsOf(position.name, i18n.language) }))} /> : null}
    </Form>
  );
}
