import { Button, Form, Input, Select } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Camera, Present, Viewing } from "../api/types";
import { Refusal } from "../app/refusal";
import { named } from "../disclosure/names";
import { byButton } from "../disclosure/owed";
import { PresentFields } from "../disclosure/present";
import { usePurposes } from "../disclosure/purposes";
import { SecondDialog, type Pairing } from "../second/dialog";
import { needsSecond } from "../second/use";
import { dateTimeText, parseDateTime } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { durationText } from "../ui/duration";
import { sentence } from "../ui/fields";
import { hour, minute } from "../timeline/scale";
import type { Interval } from "../timeline/timeline";
import { lengthFrom, useElsewhere } from "./interval";

export interface Wish {
  from: number;
  to: number;
  chosen?: boolean; // somebody chose this time; else it is only the last hour
  purpose?: string;
  reason?: string;
  present?: Present[];
}

interface Values { from: string; to: string; purpose?: string; reason?: string; present?: Present[] }

const review = ""; // the purpose that nobody states: the program writes duty review

const lengths = [10 * minute, hour, 8 * hour, 24 * hour];

/** Asks why before anything is shown, and puts the answer on record. */
export function Gate({ cameras, wish, zone, onOpen, onCancel }: { cameras: readonly Camera[]; wish: Wish; zone: string; onOpen: (v: Viewing) => void; onCancel?: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const { list: purposes, nameOf } = usePurposes();
  const [pairing, setPairing] = useState<Pairing>();

  const typed = useRef(false); // the beginning
  useEffect(() => {
    typed.current = false;
    form.setFieldsValue({ from: dateTimeText(wish.from, zone), to: dateTimeText(wish.to, zone) });
  }, [form, wish.from, wish.to, zone]);

  const from = Form.useWatch("from", form) ?? "";
  const to = Form.useWatch("to", form) ?? "";
  const a = parseDateTime(from, zone);
  const b = parseDateTime(to, zone);

  // The newest footage of the own area is duty review, which needs nothing more.
  const own = purposes.find((p) => p.bySystem && !p.retiredAt);
  const fits = own !== undefined && a !== undefined && a >= Date.now() - own.backMinutes * minute;
  const purpose = Form.useWatch("purpose", form);
  const needsReason = purpose !== review && (purposes.find((p) => p.code === purpose)?.needsReason ?? true);
  useEffect(() => {
    if (!fits && purpose === review) form.setFieldValue("purpose", undefined);
    else if (fits && purpose === undefined) form.setFieldValue("purpose", review);
  }, [form, fits, purpose]);

  // Whatever happens at night is looked at by a button: the words come afterwards.
  const quick = a === undefined ? [] : byButton(purposes, a);
  const atOnce = async (code: string): Promise<void> => {
    try {
      await form.validateFields(["from", "to"]);
    } catch {
      return; // the fields say why
    }
    await open({ ...form.getFieldsValue(), purpose: code, reason: undefined });
  };

  const time = (which: "from" | "to") => ({
    validator: async (_: unknown, text: string) => {
      const at = parseDateTime(text ?? "", zone);
      if (at === undefined) throw new Error(t("playback.timeFormat"));
      if (which === "to" && a !== undefined && at <= a) throw new Error(t("playback.timeOrder"));
    },
  });

  const setLength = (ms: number): void => {
    show(lengthFrom(ms, typed.current || wish.chosen ? a : undefined, Date.now()));
  };
  const show = (i: Interval): void => form.setFieldsValue({ from: dateTimeText(i.from, zone), to: dateTimeText(i.to, zone) });
  const pick = (i: Interval): void => {
    typed.current = true;
    show(i);
  };
  const elsewhere = useElsewhere(cameras, a, b);

  const open = async (v: Values): Promise<void> => {
    const first = parseDateTime(v.from, zone);
    const last = parseDateTime(v.to, zone);
    if (first === undefined || last === undefined) return;
    const wish = {
      cameras: cameras.map((c) => c.id),
      from: new Date(first).toISOString(),
      to: new Date(last).toISOString(),
      purpose: v.purpose || undefined,
      reason: v.reason?.trim() || undefined,
    };
    const opening = (second?: string) => api.viewings.open({ ...wish, present: named(v.present), second });
    await attempt(async () => {
      try {
        onOpen(await opening());
      } catch (e) {
        if (!needsSecond(e)) throw e;
        setPairing({ wish: { kind: "viewing", ...wish, present: named(v.present) }, run: async (ask) => onOpen(await opening(ask.id)) });
      }
    });
  };

  return (
    <section className="gate" aria-labelledby="gate-title">
      <h2 id="gate-title">{t("playback.gateTitle")}</h2>
      <p className="gate-why">{t("playback.gateWhy")}</p>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => void open(v)} initialValues={{ purpose: wish.purpose === "duty_review" ? undefined : wish.purpose, reason: wish.reason ?? "", present: wish.present?.map((p) => (p.person ? { person: p.person } : p)) }}>
        <div className="gate-times">
          <Form.Item name="from" label={t("common.from")} rules={[time("from")]}><Input className="num" inputMode="numeric" onChange={() => { typed.current = true; }} /></Form.Item>
          <Form.Item name="to" label={t("common.to")} dependencies={["from"]} rules={[time("to")]}><Input className="num" inputMode="numeric" /></Form.Item>
        </div>
        <div className="gate-lengths">
          {lengths.map((ms) => (
            <button key={ms} type="button" className="chip" aria-pressed={a !== undefined && b !== undefined && Math.abs(b - a - ms) < 1000} onClick={() => setLength(ms)}>
              {durationText(t, ms)}
            </button>
          ))}
        </div>
        {elsewhere ? (
          <div className="gate-elsewhere" role="status">
            <p>{t(elsewhere.first ? "playback.emptyInterval" : "playback.noneAtAll")}</p>
            {elsewhere.first && elsewhere.newest ? (
              <div className="gate-lengths">
                <button type="button" className="chip num" onClick={() => elsewhere.first && pick(elsewhere.first)}>{t("playback.firstRecording", { time: dateTimeText(elsewhere.first.from, zone) })}</button>
                <button type="button" className="chip num" onClick={() => elsewhere.newest && pick(elsewhere.newest)}>{t("playback.newestRecording", { time: dateTimeText(elsewhere.newest.to, zone) })}</button>
              </div>
            ) : null}
          </div>
        ) : null}
        {quick.length > 0 ? (
          <fieldset className="gate-quick">
            <legend>{t("owed.buttons")}</legend>
            {quick.map((p) => <Button key={p.code} size="large" disabled={busy || cameras.length === 0} onClick={() => void atOnce(p.code)}>{nameOf(p.code)}</Button>)}
            <span className="dim">{t("owed.hint", { time: durationText(t, Math.min(...quick.map((p) => p.reasonAfterMinutes ?? 0)) * minute) })}</span>
          </fieldset>
        ) : null}
        <Form.Item name="purpose" label={t("playback.purpose")} extra={fits && purpose === review ? t("purposes.reviewHint", { time: durationText(t, own.backMinutes * minute) }) : undefined}
          rules={[{ validator: async (_: unknown, v: string | undefined) => { if (v === undefined) throw new Error(t("purposes.needed")); } }]}>
          <Select showSearch={{ optionFilterProp: "label" }} placeholder={t("purposes.choose")} options={[
            ...(fits ? [{ value: review, label: t("purposes.review") }] : []),
            ...purposes.filter((p) => !p.bySystem && !p.retiredAt).map((p) => ({ value: p.code, label: nameOf(p.code), disabled: p.needsRequest, title: p.needsRequest ? t("problem.purpose_request") : undefined })),
          ]} />
        </Form.Item>
        <Form.Item
          name="reason"
          label={t("common.reason")}
          rules={needsReason ? [sentence(t("problem.reason_too_short"))] : []}
        >
          <Input.TextArea autoFocus autoSize={{ minRows: 2, maxRows: 5 }} maxLength={1000} placeholder={t("playback.reasonHint")} onPressEnter={(e) => { if (!e.shiftKey && !e.nativeEvent.isComposing) { e.preventDefault(); form.submit(); } }} />
        </Form.Item>
        <Form.Item name="present" label={t("present.label")}><PresentFields /></Form.Item>
        <div role="alert">{fault ? <Refusal error={fault} camera={cameras.length === 1 ? cameras[0]?.id : undefined}><p className="fault-text">{problemText(t, fault)}</p></Refusal> : null}</div>
        <div className="gate-end">
          <Button type="primary" htmlType="submit" loading={busy} disabled={cameras.length === 0}>{t("playback.open")}</Button>
          {onCancel ? <Button onClick={onCancel}>{t("common.cancel")}</Button> : null}
          <span className="dim">{cameras.length === 0 ? t("playback.chooseFirst") : t("common.cameras", { count: cameras.length })}</span>
        </div>
      </Form>
      <SecondDialog pairing={pairing} onClose={() => setPairing(undefined)} />
    </section>
  );
}
