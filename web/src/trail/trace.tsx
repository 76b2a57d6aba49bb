import { ArrowLeftOutlined } from "@ant-design/icons";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Button, Form, Input, Select, Tag } from "antd";
import { Fragment, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { useCameraMap, useCameras } from "../api/queries";
import type { Trace, TraceLook } from "../api/types";
import { useZone } from "../app/session";
import { presentText } from "../disclosure/names";
import { Needs, Notice } from "../app/states";
import { RoomThen } from "../room/then";
import { dateTimeText, parseDateTime } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import "../pages/pages.css";
import "./trail.css";

export function TracePage() {
  return (
    <Needs action="act.read">
      <Following />
    </Needs>
  );
}

interface Asked { id?: string; camera?: string; minute?: string }

/** From a picture that leaked to who looked: by the trace id of its watermark, or by camera and minute. */
function Following() {
  const { t } = useTranslation();
  const zone = useZone();
  const navigate = useNavigate();
  const search = useSearch({ from: "/framed/trace" });
  const { data: cameras = [] } = useCameras();
  const { busy, fault, attempt, forget } = useAttempt();
  const [found, setFound] = useState<Trace>();
  const [form] = Form.useForm<Asked>();

  // Asked by a press and never by itself: each question is an act on record.
  const follow = async (v: Asked): Promise<void> => {
    const id = v.id?.trim();
    const at = id ? undefined : parseDateTime(v.minute ?? "", zone);
    await attempt(async () => {
      setFound(await api.traces.follow(id ? { mark: id } : { camera: v.camera, at: at === undefined ? undefined : new Date(at).toISOString() }));
      void navigate({ to: "/trace", search: id ? { id } : { camera: v.camera, at }, replace: true });
    });
  };
  const byMinute = (): boolean => !form.getFieldValue("id")?.trim();
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("trace.title")}</h1>
        <span className="end"><Link to="/acts"><Button icon={<ArrowLeftOutlined />}>{t("trace.back")}</Button></Link></span>
      </header>
      <p className="page-lead dim">{t("trace.lead")}</p>
      <Form form={form} layout="vertical" requiredMark={false} className="panel panel-pad trace-form" initialValues={{ id: search.id, camera: search.camera, minute: search.at === undefined ? undefined : dateTimeText(search.at, zone).slice(0, 16) }}
        onValuesChange={forget} onFinish={(v) => void follow(v)}>
        <Form.Item name="id" label={t("trace.id")} extra={t("trace.idHint")}>
          <Input autoFocus maxLength={40} className="trace-id num" autoCapitalize="characters" autoComplete="off" spellCheck={false} />
        </Form.Item>
        <p className="dim trace-or">{t("trace.or")}</p>
        <div className="trail-two">
          <Form.Item name="camera" label={t("trace.camera")} dependencies={["id"]} rules={[{ validator: (_, v) => (byMinute() && !v ? Promise.reject(new Error(t("trace.needsCamera"))) : Promise.resolve()) }]}>
            <Select allowClear showSearch optionFilterProp="label" options={cameras.map((c) => ({ value: c.id, label: c.name }))} />
          </Form.Item>
          <Form.Item name="minute" label={t("trace.minute")} extra={t("trace.minuteHint")} dependencies={["id"]} rules={[{ validator: (_, v) => (byMinute() && parseDateTime(v ?? "", zone) === undefined ? Promise.reject(new Error(t("trace.minuteInvalid"))) : Promise.resolve()) }]}>
            <Input className="num" maxLength={40} />
          </Form.Item>
        </div>
        <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
        <Button type="primary" htmlType="submit" loading={busy}>{t("trace.search")}</Button>
      </Form>
      {found && !fault ? <Found trace={found} zone={zone} /> : null}
    </div>
  );
}

function Found({ trace, zone }: { trace: Trace; zone: string }) {
  const { t } = useTranslation();
  if (trace.looks.length === 0) return <Notice title={t("trace.none")}>{t(trace.mark ? "trace.noneText" : "trace.noneMinute")}</Notice>;
  return (
    <>
      <div className="trace-head" role="status">
        {trace.mark ? <strong className="num trace-mark">{trace.mark}</strong> : null}
        <span>{t("trace.found", { count: trace.looks.length })}</span>
        {trace.mark ? <Link to="/acts" search={{ mark: [trace.mark] }}>{t("trace.allActs")}</Link> : null}
      </div>
      <ol className="trace-looks">
        {trace.looks.map((l) => <li key={l.acts[0]} className="panel panel-pad"><Look look={l} zone={zone} /></li>)}
      </ol>
      {trace.partial ? <p className="dim">{t("trace.partial")}</p> : null}
      <p className="dim">{t("trace.deters")}</p>
    </>
  );
}

function Look({ look: l, zone }: { look: TraceLook; zone: string }) {
  const { t } = useTranslation();
  const cameras = useCameraMap();
  const time = (at: string): string => dateTimeText(Date.parse(at), zone);
  const span = (from: string, to: string): string => `${time(from)} – ${time(to)}`;
  const playback = l.kind === "playback" || l.kind === "snapshot";
  const facts: [string, ReactNode][] = [
    [t("trace.camera"), <Link key="c" to="/cameras" search={{ camera: l.camera }}>{cameras.get(l.camera)?.name ?? l.camera}</Link>],
    [t("trace.when"), <span key="w" className="num">{l.to ? (l.to === l.from ? time(l.from) : span(l.from, l.to)) : l.kind === "picture" ? time(l.from) : t("trace.noEnd", { from: time(l.from) })}</span>],
    [t("trace.footage"), l.footage && playback ? <Link key="f" className="num" to="/playback" search={{ cameras: [l.camera], at: Date.parse(l.footage.from) }}>{l.kind === "snapshot" ? time(l.footage.from) : span(l.footage.from, l.footage.to)}</Link> : undefined],
    [t("trace.purpose"), l.purpose || l.reason ? <span key="p" className="wrap">{l.purpose ? <strong>{t(`purpose.${l.purpose}`, { defaultValue: l.purpose })}</strong> : null} {l.reason}</span> : undefined],
    [t("acts.present"), l.present?.length ? presentText(t, l.present) : undefined],
    [t("acts.second"), l.second ? t("pair.by", { name: l.second.name || l.second.person, position: t(`position.${l.second.position}`, { defaultValue: l.second.position }) }) : undefined],
    [t("controlRoom.then"), l.rooms?.length ? <RoomThen key="r" rooms={l.rooms} zone={zone} /> : undefined],
    [t("trace.id"), l.mark ? <span key="m" className="num">{l.mark}</span> : undefined],
    [t("trace.address"), l.address],
    [t("trace.console"), l.agent ? <span key="a" className="wrap">{l.agent}</span> : undefined],
    [t("trace.signedIn"), l.signedIn ? <span key="s" className="num">{time(l.signedIn)}</span> : undefined],
    [t("trace.session"), l.session],
    [t("trace.token"), l.token],
    [t("trace.acts"), <span key="x" className="trace-acts">{l.acts.map((id, i) => <Link key={id} to="/acts" search={l.mark ? { mark: [l.mark], act: id } : { camera: [l.camera], act: id }}>{t("trace.act", { n: i + 1 })}</Link>)}</span>],
  ];
  return (
    <>
      <h2 className="trace-who">
        <span className="wrap">{l.personName || l.person}</span>
        {l.positions.map((p) => <span key={p} className="dim act-as">{t(`position.${p}`, { defaultValue: p })}</span>)}
        <Tag>{t(`trace.kind_${l.kind}`)}</Tag>
      </h2>
      <dl className="facts">
        {facts.map(([name, value]) => (value ? <Fragment key={name}><dt>{name}</dt><dd>{value}</dd></Fragment> : null))}
      </dl>
    </>
  );
}
