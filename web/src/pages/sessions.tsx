import { DesktopOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Form, Input, Modal, Skeleton } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { OpenSession, Person } from "../api/types";
import { useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { sentence } from "../ui/fields";
import "./pages.css";

/** Where one is signed in, this browser marked; asked is the session that a notice leads to. */
export function OwnSessions({ asked }: { asked?: string }) {
  const { t } = useTranslation();
  const { message, modal } = App.useApp();
  const cache = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: ["sessions", "own"], queryFn: api.sessions.own });
  const { busy, fault, attempt } = useAttempt();
  const here = useRef<HTMLElement>(null);
  const there = data !== undefined;
  useEffect(() => {
    if (asked && there) here.current?.scrollIntoView({ block: "center" });
  }, [asked, there]);
  const ended = async (done: () => Promise<unknown>, text: string): Promise<void> => {
    await attempt(async () => {
      await done();
      message.success(text);
    });
    await cache.invalidateQueries({ queryKey: ["sessions"] });
  };
  const others = data?.filter((s) => !s.here).length ?? 0;
  return (
    <section className="panel panel-pad" ref={here} aria-labelledby="sessions-title">
      <h2 id="sessions-title">{t("sessions.title")}</h2>
      <p className="dim rule-lead">{t("sessions.lead")}</p>
      <div role="alert">{fault ? <Alert type="error" showIcon title={problemText(t, fault)} className="form-alert" /> : null}</div>
      {asked && data && !data.some((s) => s.id === asked) ? <Alert type="info" showIcon title={t("sessions.over")} className="form-alert" /> : null}
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active title={false} paragraph={{ rows: 2 }} /> : null}
      {data ? <SessionList sessions={data} asked={asked} onEnd={busy ? undefined : (s) => modal.confirm({
        title: t("sessions.endTitle", { device: s.device, address: s.address }), content: t("sessions.endText"), okText: t("sessions.end"), okButtonProps: { danger: true }, cancelText: t("common.cancel"),
        onOk: () => ended(() => api.sessions.end(s.id), t("sessions.ended", { count: 1 })),
      })} /> : null}
      {others > 0 ? <Button danger loading={busy} onClick={() => modal.confirm({
        title: t("sessions.endOthersTitle"), content: t("sessions.endText"), okText: t("sessions.endOthers"), okButtonProps: { danger: true }, cancelText: t("common.cancel"),
        onOk: () => ended(api.sessions.endOthers, t("sessions.ended", { count: others })),
      })}>{t("sessions.endOthers")}</Button> : null}
    </section>
  );
}

function SessionList({ sessions, asked, onEnd }: { sessions: OpenSession[]; asked?: string; onEnd?: (s: OpenSession) => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const when = (at: string): string => dateTimeText(Date.parse(at), zone);
  return (
    <ul className="factor-list">
      {sessions.map((s) => (
        <li key={s.id} className={s.id === asked ? "session-asked" : undefined}>
          <DesktopOutlined aria-hidden />
          <span className="factor-about">
            <strong className="wrap" title={s.agent}>{s.device || t("sessions.unknown")}</strong>
            <span className="session-tags">
              {s.here ? <span className="tag">{t("sessions.here")}</span> : null}
              {s.id === asked ? <span className="tag tag-amber">{t("sessions.new")}</span> : null}
            </span>
            <span className="dim num wrap">{t("sessions.from", { address: s.address })}</span>
            <span className="dim num wrap">{t("sessions.times", { since: when(s.createdAt), seen: when(s.seenAt) })}</span>
          </span>
          <span className="factor-acts">{s.here || !onEnd ? null : <Button size="small" aria-label={t("sessions.endOf", { device: s.device, address: s.address })} onClick={() => onEnd(s)}>{t("sessions.end")}</Button>}</span>
        </li>
      ))}
    </ul>
  );
}

type Ending = { session?: OpenSession };

/** Where somebody else is signed in, for whoever manages people. Ending it takes a reason. */
export function SessionsOf({ person }: { person: Person }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: ["sessions", person.id], queryFn: () => api.sessions.ofPerson(person.id) });
  const [ending, setEnding] = useState<Ending>();
  const [form] = Form.useForm<{ reason: string }>();
  const { busy, fault, attempt, forget } = useAttempt(form);
  useEffect(forget, [ending]);
  const end = (v: { reason: string }) => attempt(async () => {
    const { ended } = await api.sessions.endOf(person.id, { session: ending?.session?.id, reason: v.reason.trim() });
    message.success(t("sessions.ended", { count: ended }));
    setEnding(undefined);
    await cache.invalidateQueries({ queryKey: ["sessions"] });
  });
  if (error && !data) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton active title={false} paragraph={{ rows: 3 }} />;
  return (
    <section aria-label={t("sessions.titleOf", { name: person.displayName })}>
      {data.length === 0 ? <p className="dim">{t("sessions.none")}</p> : <SessionList sessions={data} onEnd={(s) => setEnding({ session: s })} />}
      {data.length > 0 ? <Button danger onClick={() => setEnding({})}>{t("sessions.endAll")}</Button> : null}
      <Modal open={ending !== undefined} title={ending?.session ? t("sessions.endTitle", { device: ending.session.device, address: ending.session.address }) : t("sessions.endAllTitle", { name: person.displayName })} onCancel={() => setEnding(undefined)} footer={null} destroyOnHidden>
        <Form name="ending" form={form} layout="vertical" requiredMark={false} onFinish={(v) => void end(v)}>
          <div role="alert">{fault ? <Alert type="error" showIcon title={problemText(t, fault)} className="form-alert" /> : null}</div>
          <p>{t("sessions.endOfText", { name: person.displayName })}</p>
          <Form.Item name="reason" label={t("common.reason")} rules={[sentence(t("problem.reason_too_short"))]}><Input autoFocus maxLength={300} /></Form.Item>
          <Button type="primary" danger htmlType="submit" loading={busy}>{t("sessions.end")}</Button>
        </Form>
      </Modal>
    </section>
  );
}
