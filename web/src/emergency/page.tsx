import { useNavigate, useSearch, Link } from "@tanstack/react-router";
import { App, Button, Drawer, Form, Input, Radio, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Emergency } from "../api/types";
import { useCan, useSession, useThroughout, useZone } from "../app/session";
import { LoadFault, Notice } from "../app/states";
import { OwedList } from "../disclosure/reasons";
import { Ask, Facts, Sign, type Question } from "../keeping/parts";
import { dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { sentence, weight } from "../ui/fields";
import { useNow } from "../ui/now";
import type { Tone } from "../ui/status";
import { endOf, leftText, scopeText, useEmergencies, useRenewed } from "./use";
import "../pages/pages.css";
import "./emergency.css";

const tones: Record<Emergency["state"], Tone> = { running: "red", due: "amber", overdue: "red", reported: "busy", settled: "ok" };

/** What was taken: one's own, and for who watches over it that of everybody. */
export function EmergenciesPage() {
  const { t } = useTranslation();
  const throughout = useThroughout();
  const navigate = useNavigate();
  const { emergency: open } = useSearch({ from: "/framed/emergencies" });
  const { data, error, refetch } = useEmergencies();
  const all = throughout("emergency.review") || throughout("act.read");
  const show = (id?: string): void => void navigate({ to: "/emergencies", search: { emergency: id }, replace: true });
  const shown = data?.items.find((e) => e.id === open);
  return (
    <div className="page">
      <header className="page-head"><h1>{all ? t("emergency.title") : t("emergency.mine")}</h1></header>
      <p className="page-lead dim">{t("emergency.leadList")}</p>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 6 }} /></div> : null}
      {data?.items.length === 0 ? <Notice title={t(all ? "emergency.none" : "emergency.noneOwn")}>{t("emergency.noneText")}</Notice> : null}
      {data && data.items.length > 0 ? <ul className="rows panel">{data.items.map((e) => <li key={e.id}><Row emergency={e} onOpen={() => show(e.id)} /></li>)}</ul> : null}
      <OwedList />
      <Drawer open={shown !== undefined} onClose={() => show()} size={540} title={t("emergency.title")} destroyOnHidden>
        {shown ? <One key={shown.id} emergency={shown} /> : null}
      </Drawer>
    </div>
  );
}

function Row({ emergency: e, onOpen }: { emergency: Emergency; onOpen: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  return (
    <button type="button" className="glass-row" onClick={onOpen}>
      <strong className="wrap">{e.personName || e.person}</strong>
      <span className="wrap">{t(`emergency.name.${e.right}`, { defaultValue: e.right })}<span className="dim">{t("common.comma")}{t(`emergency.causes.${e.cause}`, { defaultValue: e.cause })}</span></span>
      <span className="num dim">{dateTimeText(Date.parse(e.from), zone)}</span>
      <State emergency={e} />
    </button>
  );
}

function State({ emergency: e }: { emergency: Emergency }) {
  const { t } = useTranslation();
  if (e.state === "running") return <Running emergency={e} />;
  return <Sign tone={tones[e.state]}>{t(`emergency.state_${e.state}`)}{e.late ? <span className="tag">{t("emergency.late")}</span> : null}</Sign>;
}

function Running({ emergency: e }: { emergency: Emergency }) {
  const { t } = useTranslation();
  const now = useNow();
  return <Sign tone="red">{t("emergency.state_running")}{t("common.comma")}<span className="num">{t("emergency.left", { left: leftText(endOf(e) - now) })}</span></Sign>;
}

function One({ emergency: e }: { emergency: Emergency }) {
  const { t } = useTranslation();
  const can = useCan();
  const throughout = useThroughout();
  const zone = useZone();
  const renewed = useRenewed();
  const { message } = App.useApp();
  const own = useSession().person.id === e.person;
  const [question, setQuestion] = useState<Question>();
  const time = (s: string): string => dateTimeText(Date.parse(s), zone);
  const name = e.personName || e.person;
  return (
    <>
      <Facts rows={[
        [t("emergency.state"), <State key="s" emergency={e} />],
        [t("emergency.person"), name],
        [t("emergency.right"), t(`emergency.name.${e.right}`, { defaultValue: e.right })],
        [t("emergency.scope"), scopeText(t, { name: e.right, backSeconds: e.backSeconds, grade: e.grade })],
        [t("emergency.causeOf"), t(`emergency.causes.${e.cause}`, { defaultValue: e.cause })],
        e.reason !== "" && [t("emergency.words"), <span key="r" className="glass-text">{e.reason}</span>],
        [t("emergency.time"), <span key="t" className="num">{time(e.from)} – {dateTimeText(endOf(e), zone)}</span>],
        e.endedAt !== undefined && [t("emergency.endedBy"), e.endReason ? t("emergency.endedByWhy", { name: e.endedBy, time: time(e.endedAt), reason: e.endReason }) : t("emergency.endedByAt", { name: e.endedBy, time: time(e.endedAt) })],
        [t("emergency.due"), <span key="d" className="num">{time(e.dueAt)}</span>],
        can("act.read") && [t("emergency.acts"), <Link key="a" to="/acts" search={{ rule: [e.rule] }}>{t("emergency.actsLink")}</Link>],
        e.report !== undefined && [t("emergency.report"), <span key="p" className="glass-text">{e.report}<span className="dim">{t("emergency.reportedAt", { time: time(e.reportedAt ?? e.dueAt) })}</span></span>],
        e.settledAt !== undefined && [t("emergency.verdict"), <span key="v" className="glass-text">{e.note}<span className="dim">{t("emergency.verdictBy", { verdict: t(`emergency.${e.verdict}`), name: e.settledBy, time: time(e.settledAt) })}</span></span>],
      ]} />
      {e.state === "running" && (own || throughout("emergency.review")) ? (
        <div className="form-end"><Button danger onClick={() => setQuestion({
          title: t("emergency.endTitle"), text: t("emergency.endText", { name }), needed: !own, ok: t("emergency.end"), danger: true,
          run: async (text) => { await api.emergencies.end(e.id, text || undefined); await renewed(); message.success(t("emergency.ended")); },
        })}>{t("emergency.end")}</Button></div>
      ) : null}
      {own && (e.state === "due" || e.state === "overdue") ? <Report emergency={e} /> : null}
      {!own && throughout("emergency.review") && (e.state === "reported" || e.state === "overdue") ? <Settle emergency={e} /> : null}
      <Ask question={question} onClose={() => setQuestion(undefined)} />
    </>
  );
}

function Report({ emergency: e }: { emergency: Emergency }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const renewed = useRenewed();
  const [form] = Form.useForm<{ report: string }>();
  const { busy, fault, attempt } = useAttempt(form);
  return (
    <Form className="glass-part" form={form} layout="vertical" requiredMark={false} onFinish={(v) => void attempt(async () => {
      await api.emergencies.report(e.id, v.report.trim());
      await renewed();
      message.success(t("emergency.sent"));
    })}>
      <h3>{t("emergency.write")}</h3>
      <Form.Item name="report" label={t("emergency.report")} extra={t("emergency.reportHint")} rules={[{ validator: async (_, v: string | undefined) => { if (weight(v) < 10) throw new Error(t("emergency.reportText")); } }]}>
        <Input.TextArea autoSize={{ minRows: 4, maxRows: 12 }} maxLength={4000} />
      </Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{t("emergency.send")}</Button></div>
    </Form>
  );
}

function Settle({ emergency: e }: { emergency: Emergency }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const renewed = useRenewed();
  const [form] = Form.useForm<{ verdict: "justified" | "unjustified"; note: string }>();
  const { busy, fault, attempt } = useAttempt(form);
  return (
    <Form className="glass-part" form={form} layout="vertical" requiredMark={false} onFinish={(v) => void attempt(async () => {
      await api.emergencies.settle(e.id, v.verdict, v.note.trim());
      await renewed();
      message.success(t("emergency.settled"));
    })}>
      <h3>{t("emergency.settle")}</h3>
      <p className="dim form-lead">{t("emergency.settleLead")}</p>
      <Form.Item name="verdict" label={t("emergency.verdict")} rules={[{ required: true, message: t("common.required") }]}>
        <Radio.Group options={(["justified", "unjustified"] as const).map((v) => ({ value: v, label: t(`emergency.${v}`) }))} />
      </Form.Item>
      <Form.Item name="note" label={t("emergency.note")} rules={[sentence(t("keeping.atLeastFour"))]}><Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{t("emergency.settle")}</Button></div>
    </Form>
  );
}
