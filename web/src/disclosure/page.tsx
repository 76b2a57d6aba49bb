import { PlusOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Form, Input, Select, Skeleton, Switch } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { Problem, problemText } from "../api/problem";
import type { Purpose, PurposeProposalInput } from "../api/types";
import { useThroughout, useZone } from "../app/session";
import { LoadFault, Needs } from "../app/states";
import { Ask, type Question } from "../keeping/parts";
import { Retire } from "../organisation/retire";
import { dateText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { durationText } from "../ui/duration";
import { Terms } from "./terms";
import { Waiting } from "./waiting";
import { wordsOf } from "./words";
import "../pages/pages.css";
import "../organisation/organisation.css";
import "./disclosure.css";

export function PurposesPage() {
  return <Needs action="act.read"><Purposes /></Needs>;
}

/** The register of what footage is looked at for, those in use first. */
function Purposes() {
  const { t } = useTranslation();
  const throughout = useThroughout();
  const { data, error, refetch } = useQuery({ queryKey: ["purposes"], queryFn: api.purposes.list });
  const open = useQuery({ queryKey: ["purposes", "proposals"], queryFn: api.purposes.open }).data ?? [];
  const [editing, setEditing] = useState<Purpose | "new">();
  const inUse = data?.filter((p) => !p.retiredAt) ?? [];
  const retired = data?.filter((p) => p.retiredAt) ?? [];
  const rows = (all: Purpose[]) => (
    <ul className="rows panel">{all.map((p) => <li key={p.code}><Row purpose={p} onOpen={throughout("purpose.configure") ? () => setEditing(p) : undefined} /></li>)}</ul>
  );
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("purposes.title")}</h1>
        {data ? <span className="sub">{t("purposes.count", { count: inUse.length })}</span> : null}
        <span className="end">{throughout("purpose.configure") ? <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing("new")}>{t("purposes.add")}</Button> : null}</span>
      </header>
      <p className="dim page-lead">{t("purposes.lead")}</p>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 6 }} /></div> : null}
      {open.length > 0 ? (
        <section className="proposals" aria-label={t("purposes.waiting")}>
          <h2 className="section-title">{t("purposes.waiting")}</h2>
          {open.map((p) => <Waiting key={p.id} proposal={p} />)}
        </section>
      ) : null}
      {inUse.length > 0 ? <section aria-label={t("purposes.inUse")}>{rows(inUse)}</section> : null}
      {retired.length > 0 ? <section aria-label={t("purposes.showRetired")}><h2 className="section-title">{t("purposes.showRetired")}</h2>{rows(retired)}</section> : null}
      <Drawer open={editing !== undefined} onClose={() => setEditing(undefined)} size={500} destroyOnHidden title={t(editing === "new" ? "purposes.add" : "purposes.edit")}>
        {editing ? <Fields purpose={editing === "new" ? undefined : editing} onClose={() => setEditing(undefined)} /> : null}
      </Drawer>
    </div>
  );
}

function Row({ purpose: p, onOpen }: { purpose: Purpose; onOpen?: () => void }) {
  const { t, i18n } = useTranslation();
  const zone = useZone();
  return (
    <button type="button" className={p.retiredAt ? "purpose-row purpose-retired" : "purpose-row"} disabled={!onOpen} onClick={onOpen}>
      <span className="purpose-name"><strong className="wrap">{wordsOf(p.name, i18n.language)}</strong><code className="dim">{p.code}</code></span>
      <span className="purpose-name"><span className="wrap">{wordsOf(p.basis, i18n.language)}</span><span>{p.clauses.map((c) => <span key={c} className="tag first">{c}</span>)}</span></span>
      <span className="purpose-tags">
        <Terms purpose={p} />
        {p.retiredAt ? <span className="dim">{t("purposes.retiredSince", { date: dateText(Date.parse(p.retiredAt), zone) })}</span> : null}
      </span>
    </button>
  );
}

interface Values { code: string; name: { zh?: string; en?: string }; basis: { zh?: string; en?: string }; clauses: string[]; needsReason: boolean; reasonAfter: boolean; needsRequest: boolean; needsSecond: boolean; backMinutes: number }

const backs = [0, 30, 60, 8 * 60, 24 * 60, 7 * 24 * 60, 30 * 24 * 60, 90 * 24 * 60];

function Fields({ purpose, onClose }: { purpose: Purpose | undefined; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const [question, setQuestion] = useState<Question>();
  const done = async (text: string): Promise<void> => {
    await cache.invalidateQueries({ queryKey: ["purposes"] });
    message.success(text);
    onClose();
  };
  const both = (w: { zh?: string; en?: string }) => ({ zh: (w.zh ?? "").trim(), en: (w.en ?? "").trim() });
  const save = (v: Values) => attempt(async () => {
    const words = { name: both(v.name), basis: both(v.basis), clauses: v.clauses ?? [] };
    const terms = { needsReason: v.needsReason, reasonAfter: v.needsReason && v.reasonAfter, needsRequest: v.needsRequest, needsSecond: v.needsSecond, backMinutes: v.backMinutes };
    const change = purpose?.bySystem ? words : { ...words, ...terms };
    const code = purpose?.code ?? v.code.trim();
    await alone(
      async () => {
        if (purpose) await api.purposes.change(code, change);
        else await api.purposes.add({ code, ...words, ...terms });
        await done(t("purposes.saved", { name: wordsOf(words.name, i18n.language) }));
      },
      { step: purpose ? "change" : "add", code, change },
    );
  });
  /** Does what one person may do; what takes another one is proposed. */
  const alone = async (act: () => Promise<void>, proposal: Omit<PurposeProposalInput, "reason">, reason?: string): Promise<void> => {
    try {
      await act();
    } catch (e) {
      if (!(e instanceof Problem) || !["purpose_lowers", "purpose_words"].includes(e.code)) throw e;
      const propose = async (why: string): Promise<void> => {
        await api.purposes.propose({ ...proposal, reason: why });
        await done(t("purposes.proposed"));
      };
      if (reason === undefined) setQuestion({ title: t("purposes.propose"), text: t("purposes.proposeText"), needed: true, ok: t("purposes.propose"), run: propose });
      else await propose(reason);
    }
  };
  const name = purpose ? wordsOf(purpose.name, i18n.language) : "";
  const all = [...new Set([...backs, purpose?.bySystem ? 0 : purpose?.backMinutes ?? 0])].sort((a, b) => a - b);
  const either = (of: "name" | "basis") => ({
    validator: async (): Promise<void> => {
      const w = both((form.getFieldValue(of) as { zh?: string; en?: string } | undefined) ?? {});
      if (!w.zh && !w.en) throw new Error(t(of === "name" ? "problem.purpose_nameless" : "problem.purpose_baseless"));
    },
  });
  return (
    <>
    <Form form={form} layout="vertical" requiredMark={false} initialValues={purpose ?? { code: "", name: {}, basis: {}, clauses: ["C006"], needsReason: true, reasonAfter: false, needsRequest: false, needsSecond: false, backMinutes: 0 }} onFinish={(v) => void save(v)}>
      {purpose ? <p className="dim"><code>{purpose.code}</code>{purpose.builtIn ? ` · ${t("purposes.builtIn")}` : ""}</p> : (
        <Form.Item name="code" label={t("purposes.code")} extra={t("purposes.codeHint")} rules={[{ required: true, pattern: /^[a-z][a-z0-9_]{1,39}$/, message: t("problem.purpose_code") }]}><Input autoFocus autoComplete="off" placeholder="traffic_accident" /></Form.Item>
      )}
      <Form.Item name={["name", "zh"]} label={t("purposes.nameZh")} dependencies={[["name", "en"]]} rules={[either("name")]}><Input maxLength={60} /></Form.Item>
      <Form.Item name={["name", "en"]} label={t("purposes.nameEn")} extra={t("purposes.eitherHint")}><Input maxLength={60} /></Form.Item>
      <Form.Item name={["basis", "zh"]} label={t("purposes.basisZh")} dependencies={[["basis", "en"]]} rules={[either("basis")]}><Input.TextArea autoSize={{ minRows: 1, maxRows: 4 }} maxLength={300} /></Form.Item>
      <Form.Item name={["basis", "en"]} label={t("purposes.basisEn")} extra={t("purposes.eitherHint")}><Input.TextArea autoSize={{ minRows: 1, maxRows: 4 }} maxLength={300} /></Form.Item>
      <Form.Item name="clauses" label={t("purposes.clauses")} extra={t("purposes.clausesHint")} rules={[{ type: "array", defaultField: { pattern: /^C[0-9]{3}$/ }, message: t("problem.purpose_clauses") }]}><Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[",", " "]} /></Form.Item>
      {purpose?.bySystem ? null : (
        <>
          <Form.Item name="needsReason" label={t("purposes.needsReason")} extra={t("purposes.needsReasonHint")} valuePropName="checked"><Switch /></Form.Item>
          <Form.Item name="reasonAfter" label={t("purposes.reasonAfter")} extra={t("purposes.reasonAfterHint")} valuePropName="checked"><Switch /></Form.Item>
          <Form.Item name="needsRequest" label={t("purposes.needsRequest")} extra={t("purposes.needsRequestHint")} valuePropName="checked"><Switch /></Form.Item>
          <Form.Item name="needsSecond" label={t("purposes.needsSecond")} extra={t("purposes.needsSecondHint")} valuePropName="checked"><Switch /></Form.Item>
          <Form.Item name="backMinutes" label={t("purposes.back")}><Select options={all.map((m) => ({ value: m, label: m === 0 ? t("purposes.backNone") : durationText(t, m * 60_000) }))} /></Form.Item>
        </>
      )}
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{t("common.save")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
      {purpose && !purpose.retiredAt ? <Retire text={t("purposes.retireText")} label={t("purposes.retire")} act={(reason) => api.purposes.retire(purpose.code, { reason })} onDone={() => void done(t("purposes.retired", { name }))} /> : null}
      {purpose?.retiredAt ? <Retire text={t("purposes.restoreText")} label={t("purposes.restore")} act={(reason) => alone(async () => { await api.purposes.restore(purpose.code, { reason }); await done(t("purposes.restored", { name })); }, { step: "restore", code: purpose.code, change: {} }, reason)} onDone={() => undefined} /> : null}
    </Form>
    <Ask question={question} onClose={() => setQuestion(undefined)} />
    </>
  );
}
