import { CheckCircleFilled, ClockCircleFilled, ExclamationCircleFilled, MinusCircleOutlined, WarningFilled } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { App, Button, Form, Input, Modal, Select } from "antd";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { problemText } from "../api/problem";
import { useCameraMap, useCameras } from "../api/queries";
import type { Action } from "../api/types";
import { useCan, useThroughout, useZone } from "../app/session";
import { dateTimeText, parseDateTime, startOfDay, zoneText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { DayField } from "../ui/day";
import { sentence } from "../ui/fields";
import type { Tone } from "../ui/status";
import "../pages/pages.css";
import "./keeping.css";

const signs: Record<Tone, ReactNode> = { ok: <CheckCircleFilled aria-hidden />, busy: <ClockCircleFilled aria-hidden />, amber: <WarningFilled aria-hidden />, red: <ExclamationCircleFilled aria-hidden />, grey: <MinusCircleOutlined aria-hidden /> };

/** A state as sign, colour and word. */
export function Sign({ tone, children }: { tone: Tone; children: ReactNode }) {
  return <span className={`status tone-${tone} status-wrap`}>{signs[tone]}<span>{children}</span></span>;
}

export function Interval({ from, to }: { from: string; to: string }) {
  const zone = useZone();
  return <span className="num interval"><span>{dateTimeText(Date.parse(from), zone)}</span> – <span>{dateTimeText(Date.parse(to), zone)}</span></span>;
}

export function CameraLinks({ ids }: { ids: readonly string[] }) {
  const cameras = useCameraMap();
  const can = useCan();
  return (
    <span className="camera-links">
      {ids.map((id) => {
        const name = cameras.get(id)?.name ?? id;
        return can("camera.read") ? <Link key={id} className="cut" title={name} to="/cameras" search={{ camera: id }}>{name}</Link> : <span key={id} className="cut" title={name}>{name}</span>;
      })}
    </span>
  );
}

export function CameraNames({ ids }: { ids: readonly string[] }) {
  const { t } = useTranslation();
  const cameras = useCameraMap();
  const text = ids.map((id) => cameras.get(id)?.name ?? id).join(t("common.comma"));
  return <span className="cut" title={text}>{text}</span>;
}

export function Facts({ rows }: { rows: (readonly [string, ReactNode] | false | undefined)[] }) {
  return <dl className="facts">{rows.map((r) => (r ? <div key={r[0]} className="facts-pair"><dt>{r[0]}</dt><dd>{r[1]}</dd></div> : null))}</dl>;
}

/** Cameras and an interval to the second of the site's clock; fields `cameras`, `from`, `to`. */
export function WhereAndWhen({ ahead }: { ahead: boolean }) {
  const { t } = useTranslation();
  const zone = useZone();
  const { data = [] } = useCameras();
  const form = Form.useFormInstance();
  const time = (which: "from" | "to") => ({
    validator: async (_: unknown, text: string) => {
      const at = parseDateTime(text ?? "", zone);
      if (at === undefined) throw new Error(t("playback.timeFormat"));
      const a = parseDateTime(form.getFieldValue("from") ?? "", zone);
      if (which === "to" && a !== undefined && at <= a) throw new Error(t("playback.timeOrder"));
      if (which === "to" && !ahead && at > Date.now()) throw new Error(t("keeping.notAhead"));
    },
  });
  return (
    <>
      <Form.Item name="cameras" label={t("keeping.cameras")} rules={[{ required: true, message: t("common.required") }]}>
        <Select mode="multiple" showSearch optionFilterProp="label" options={data.map((c) => ({ value: c.id, label: c.name }))} placeholder={t("keeping.chooseCameras")} />
      </Form.Item>
      <div className="form-two">
        <Form.Item name="from" label={t("common.from")} rules={[time("from")]} required><Input className="num" placeholder="2026-11-22 18:09:18" /></Form.Item>
        <Form.Item name="to" label={t("common.to")} dependencies={["from"]} rules={[time("to")]} required><Input className="num" placeholder="2026-11-22 18:15:00" /></Form.Item>
      </div>
      <p className="dim form-under">{t(ahead ? "keeping.zoneAhead" : "keeping.zone", { zone: zoneText(Date.now(), zone) })}</p>
    </>
  );
}

/** A day of the site, read as the last second of it. */
export function endOfDay(text: string, zone: string): number | undefined {
  const at = parseDateTime(`${text.trim()} 12:00`, zone);
  return at === undefined ? undefined : startOfDay(startOfDay(at, zone) + 36 * 3_600_000, zone) - 1000;
}

export interface Question {
  title: string;
  text?: ReactNode;
  needed: boolean; // a reason; else a note that may be left out
  ok: string;
  danger?: boolean;
  day?: { label: string; initial: string }; // asks for a day as well
  run: (text: string, day: number) => Promise<unknown>;
}

/** Asks for a sentence before something is done; a refusal stays in the dialog, in words. */
export function Ask({ question, onClose }: { question: Question | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const [form] = Form.useForm<{ text: string; day: string }>();
  const { busy, fault, attempt, forget } = useAttempt();
  const [shown, setShown] = useState(question);
  useEffect(() => {
    if (question) setShown(question);
    forget();
  }, [question]);
  const q = question ?? shown;
  const run = (v: { text?: string; day?: string }) => attempt(async () => {
    await q?.run((v.text ?? "").trim(), endOfDay(v.day ?? "", zone) ?? 0);
    onClose();
  });
  return (
    <Modal open={question !== undefined} title={q?.title} onCancel={onClose} footer={null} destroyOnHidden width={480} className="dialog-long">
      {q?.text ? <div className="dim form-lead">{q.text}</div> : null}
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ day: q?.day?.initial }} onFinish={(v) => void run(v)} preserve={false}>
        {q?.day ? (
          <DayField name="day" label={q.day.label} needed />
        ) : null}
        <Form.Item name="text" label={q?.needed ? t("common.reason") : t("keeping.noteOptional")} rules={q?.needed ? [sentence(t("keeping.atLeastFour"))] : []}>
          <Input.TextArea autoFocus autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} />
        </Form.Item>
        <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
        <div className="form-end">
          <Button type="primary" danger={q?.danger} htmlType="submit" loading={busy}>{q?.ok}</Button>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
        </div>
      </Form>
    </Modal>
  );
}

/**
 * A question that stands open on a page, and what follows once it is answered: what these
 * answers of the server tell is asked for anew, and it is said what was done.
 */
export function useQuestion(...changes: string[]): { ask: (q: Question) => void; done: (said: string) => Promise<void>; dialog: ReactNode } {
  const cache = useQueryClient();
  const { message } = App.useApp();
  const [question, setQuestion] = useState<Question>();
  const done = async (said: string): Promise<void> => {
    await Promise.all(changes.map((key) => cache.invalidateQueries({ queryKey: [key] })));
    message.success(said);
  };
  return { ask: setQuestion, done, dialog: <Ask question={question} onClose={() => setQuestion(undefined)} /> };
}

export type Decision = "approve" | "reject" | "withdraw";

/**
 * What the reader may do about what one person proposed and another decides on, or why not.
 * `bar` says why this reader does not approve, who has the right `decides` otherwise.
 */
export function Decide({ own, house, proposes, decides, bar, rejects = !bar, overtaken, words, onDecide }: {
  own: boolean; house?: boolean; proposes: Action; decides: Action; bar?: string; rejects?: boolean; overtaken?: boolean; words: Record<Decision, string>; onDecide: (d: Decision) => void;
}) {
  const { t } = useTranslation();
  const anywhere = useCan();
  const throughout = useThroughout();
  const can = house ? throughout : anywhere;
  const may = can(decides) && !own;
  return (
    <>
      {own ? <p>{t("problem.proposal_own")}</p> : bar ? <p>{bar}</p> : !can(decides) ? <p className="dim">{t("keeping.waitsForRight", { action: t(`action.${decides.replace(".", "_")}`) })}</p> : null}
      <div className="form-end">
        {may && !bar && !overtaken ? <Button type="primary" onClick={() => onDecide("approve")}>{words.approve}</Button> : null}
        {may && rejects ? <Button onClick={() => onDecide("reject")}>{words.reject}</Button> : null}
        {own && can(proposes) ? <Button onClick={() => onDecide("withdraw")}>{words.withdraw}</Button> : null}
      </div>
    </>
  );
}

/** What stands in the way of everything on a page, loud. */
export function Banner({ tone, title, children, action }: { tone: "red" | "amber"; title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <section className={`banner banner-${tone}`} role={tone === "red" ? "alert" : "status"}>
      <span className="banner-sign">{signs[tone]}</span>
      <div className="banner-text"><h2>{title}</h2>{children}</div>
      {action ? <div className="banner-action">{action}</div> : null}
    </section>
  );
}
