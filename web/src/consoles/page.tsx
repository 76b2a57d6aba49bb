import { CheckCircleFilled, ClockCircleOutlined, DisconnectOutlined, PlusOutlined, StopOutlined, WarningFilled } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Form, Input, Modal, Select, Skeleton, Typography } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { RegisteredConsole } from "../api/types";
import { useCan, useZone } from "../app/session";
import { LoadFault, Needs, Notice } from "../app/states";
import { lacksCamera, useControlRooms } from "../room/use";
import { day, minute } from "../timeline/scale";
import { dateText, dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { sentence } from "../ui/fields";
import "../pages/pages.css";
import "./consoles.css";

const lifetimes = [30, 90, 180, 365] as const; // days
const quarter = 90; // days

const looks: Record<RegisteredConsole["state"], { tone: string; sign: ReactNode }> = {
  waiting: { tone: "dim", sign: <ClockCircleOutlined aria-hidden /> },
  ok: { tone: "tone-ok", sign: <CheckCircleFilled aria-hidden /> },
  drift: { tone: "tone-red", sign: <WarningFilled aria-hidden /> },
  silent: { tone: "tone-amber", sign: <DisconnectOutlined aria-hidden /> },
  retired: { tone: "dim", sign: <StopOutlined aria-hidden /> },
};

export function ConsolesPage() {
  return (
    <Needs action="people.read">
      <Consoles />
    </Needs>
  );
}

interface Made { id: string; name: string; secret: string }

/** The computers at which people watch, and how each stands. */
function Consoles() {
  const { t } = useTranslation();
  const can = useCan();
  const { data, error, refetch } = useQuery({ queryKey: ["consoles"], queryFn: api.consoles.list, refetchInterval: minute / 2 });
  const lacks = lacksCamera(useControlRooms(), data);
  const [adding, setAdding] = useState(false);
  const [retiring, setRetiring] = useState<RegisteredConsole>();
  const [made, setMade] = useState<Made>();
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("consoles.title")}</h1>
        {data ? <span className="sub">{t("consoles.count", { count: data.filter((c) => c.state !== "retired").length })}</span> : null}
        {can("console.manage") ? <span className="end"><Button type="primary" icon={<PlusOutlined />} onClick={() => setAdding(true)}>{t("consoles.add")}</Button></span> : null}
      </header>
      <p className="dim page-lead">{t("consoles.lead")} {t("consoles.script")}</p>
      {lacks ? <p className="dim page-lead" role="note">{t("controlRoom.none")} {t("controlRoom.noneText")}</p> : null}
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 4 }} /></div> : null}
      {data?.length === 0 ? <Notice title={t("consoles.none")}>{t("consoles.noneText")}</Notice> : null}
      {data && data.length > 0 ? <ul className="rows panel">{data.map((c) => <Line key={c.id} console={c} onMade={setMade} onRetire={() => setRetiring(c)} />)}</ul> : null}
      <Drawer open={adding} onClose={() => setAdding(false)} size={460} destroyOnHidden title={t("consoles.add")}>
        <Add onClose={() => setAdding(false)} onMade={(m) => { setAdding(false); setMade(m); }} />
      </Drawer>
      <Modal open={retiring !== undefined} title={t("consoles.retireTitle", { name: retiring?.name ?? "" })} onCancel={() => setRetiring(undefined)} footer={null} destroyOnHidden width={480}>
        {retiring ? <Retire console={retiring} onClose={() => setRetiring(undefined)} /> : null}
      </Modal>
      <Modal open={made !== undefined} title={t("consoles.made", { name: made?.name ?? "" })} onCancel={() => setMade(undefined)} mask={{ closable: false }} destroyOnHidden footer={<Button type="primary" onClick={() => setMade(undefined)}>{t("consoles.done")}</Button>}>
        <Typography.Text copyable={{ text: made?.secret ?? "", tooltips: [t("common.copy"), t("common.copied")] }} className="secret">{made?.secret}</Typography.Text>
        <p>{t("consoles.once")}</p>
        <p className="dim">{t("consoles.script")}</p>
        <Typography.Text copyable={{ text: made ? command(made.id) : "", tooltips: [t("common.copy"), t("common.copied")] }} className="secret">{made ? command(made.id) : ""}</Typography.Text>
      </Modal>
    </div>
  );
}

/** What is run on the computer. */
const command = (id: string): string => `./setup --server ${window.location.origin} --console ${id} --token-file token`;

function Line({ console: c, onMade, onRetire }: { console: RegisteredConsole; onMade: (m: Made) => void; onRetire: () => void }) {
  const { t } = useTranslation();
  const { message, modal } = App.useApp();
  const can = useCan();
  const zone = useZone();
  const cache = useQueryClient();
  const when = (at: string): string => dateTimeText(Date.parse(at), zone);
  const gone = c.state === "retired";
  const look = looks[c.state];
  const over = !gone && (c.tokenOver || (c.tokenEnds !== undefined && Date.parse(c.tokenEnds) < Date.now()));
  const renew = (): void => {
    modal.confirm({
      title: t("consoles.renewTitle", { name: c.name }), content: t("consoles.renewText"), okText: t("consoles.renew"), cancelText: t("common.cancel"),
      onOk: async () => {
        try {
          const made = await api.consoles.renew(c.id);
          await cache.invalidateQueries({ queryKey: ["consoles"] });
          onMade({ id: made.id, name: made.name, secret: made.token });
        } catch (e) {
          message.error(problemText(t, e));
        }
      },
    });
  };
  return (
    <li className={gone ? "console-row gone" : "console-row"}>
      <span className="console-name"><strong className="wrap">{c.name}</strong>{c.place ? <span className="dim wrap">{c.place}</span> : null}<span className="dim num">{t("consoles.id", { id: c.id })}</span></span>
      <span className="console-state">
        <span className={`status status-wrap ${look.tone}`}>{look.sign}<span>{t(`consoles.state_${c.state}`)}</span></span>
        {c.state === "silent" && c.reportedAt ? <span className="num">{t("consoles.silentSince", { time: when(c.reportedAt) })}</span> : null}
        {c.state === "drift" && c.driftAt ? <span className="num">{t("consoles.driftSince", { time: when(c.driftAt) })}</span> : null}
        {gone || c.state === "silent" ? null : <span className="dim num">{c.reportedAt ? t("consoles.reported", { time: when(c.reportedAt) }) : t("consoles.never")}</span>}
        {over ? <span className="tone-red">{t("consoles.tokenEnded")}</span> : !gone && c.tokenEnds ? <span className="dim num">{t("consoles.tokenEnds", { time: dateText(Date.parse(c.tokenEnds), zone) })}</span> : null}
      </span>
      {!gone && c.findings.length > 0 ? <ul className="console-found">{c.findings.map((f) => <li key={`${f.kind} ${f.what}`}><span>{t(`consoles.found_${f.kind}`)}</span> <code className="address wrap">{f.what}</code></li>)}</ul> : null}
      {can("console.manage") && !gone ? (
        <span className="console-do">
          <Button size="small" aria-label={t("consoles.renewOf", { name: c.name })} onClick={renew}>{t("consoles.renew")}</Button>
          <Button size="small" danger type="text" aria-label={t("consoles.retireOf", { name: c.name })} onClick={onRetire}>{t("consoles.retire")}</Button>
        </span>
      ) : null}
    </li>
  );
}

interface Values { name: string; place: string; days: number }

function Add({ onClose, onMade }: { onClose: () => void; onMade: (m: Made) => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const add = (v: Values) => attempt(async () => {
    const made = await api.consoles.add({ name: v.name.trim(), place: v.place.trim(), ...(v.days > 0 ? { expiresAt: new Date(Date.now() + v.days * day).toISOString() } : {}) });
    await cache.invalidateQueries({ queryKey: ["consoles"] });
    onMade({ id: made.id, name: made.name, secret: made.token });
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} initialValues={{ name: "", place: "", days: quarter }} onFinish={(v) => void add(v)}>
      <Form.Item name="name" label={t("consoles.name")} rules={[{ required: true, whitespace: true, message: t("common.required") }, { max: 60 }]}><Input autoFocus autoComplete="off" /></Form.Item>
      <Form.Item name="place" label={t("consoles.place")} rules={[{ max: 100 }]}><Input autoComplete="off" /></Form.Item>
      <Form.Item name="days" label={t("consoles.lasts")}><Select options={[...lifetimes.map((d) => ({ value: d as number, label: t("consoles.days", { count: d }) })), { value: 0, label: t("tokens.asRuled") }]} /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{t("consoles.add")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
    </Form>
  );
}

function Retire({ console: c, onClose }: { console: RegisteredConsole; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const { busy, fault, attempt } = useAttempt();
  const retire = (v: { reason: string }) => attempt(async () => {
    await api.consoles.retire(c.id, v.reason.trim());
    await cache.invalidateQueries({ queryKey: ["consoles"] });
    message.success(t("consoles.retired", { name: c.name }));
    onClose();
  });
  return (
    <Form layout="vertical" requiredMark={false} onFinish={(v) => void retire(v)}>
      <p>{t("consoles.retireText")}</p>
      <Form.Item name="reason" label={t("common.reason")} rules={[sentence(t("problem.reason_too_short"))]}><Input autoFocus maxLength={500} /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" danger htmlType="submit" loading={busy}>{t("consoles.retire")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
    </Form>
  );
}
