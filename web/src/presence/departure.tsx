import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { presenceApi, type WatchDeparture } from "../api/presence";
import { problemText } from "../api/problem";
import { roomsApi } from "../api/rooms";
import type { WatchRoom } from "../api/watch";
import { useSession, useZone } from "../app/session";
import { clockText, dateText } from "../time/zone";
import { useAttempt, type Attempt } from "../ui/attempt";
import { timeText } from "../watch/card";
import { minuteOf } from "../watch/day";
import { useHandover } from "../watch/use";
import { nextOf } from "./asked";
import "./presence.css";

export function useDepartures(room: string, wanted: boolean) {
  return useQuery({ queryKey: ["duty", "departures", room], queryFn: () => presenceApi.departures(room), enabled: wanted });
}

/** Does something with a departure, and looks at the room anew. */
function useAct(): Attempt & { act: (f: () => Promise<unknown>) => void } {
  const cache = useQueryClient();
  const attempt = useAttempt();
  const act = (f: () => Promise<unknown>): void => void attempt.attempt(async () => {
    try {
      await f();
    } finally {
      for (const key of ["duty", "watch", "presence"]) void cache.invalidateQueries({ queryKey: [key] });
    }
  });
  return { ...attempt, act };
}

/** The own departure before the shift ends: asked for, agreed to, and gone. */
export function OwnDeparture({ room, since, now }: { room: WatchRoom; since: string; now: number }) {
  const { t } = useTranslation();
  const me = useSession().person.id;
  const { data } = useDepartures(room.id, true);
  const [asking, setAsking] = useState(false);
  if (!data) return null;
  const mine = data.find((d) => d.person === me && Date.parse(d.at) >= Date.parse(since));
  const open = mine !== undefined && (mine.state === "asked" || mine.state === "approved");
  return (
    <>
      {mine && (open || mine.state === "refused") ? <State of={mine} room={room} now={now} /> : null}
      {open ? null : <div className="leaving-acts"><Button onClick={() => setAsking(true)}>{t("presence.leaveEarly")}</Button></div>}
      <Modal open={asking} onCancel={() => setAsking(false)} footer={null} destroyOnHidden width={500} title={t("presence.leaveTitle", { room: room.name })}>
        <Asking room={room} now={now} onClose={() => setAsking(false)} />
      </Modal>
    </>
  );
}

function Asking({ room, now, onClose }: { room: WatchRoom; now: number; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const zone = useZone();
  const cache = useQueryClient();
  const me = useSession().person.id;
  const { data } = useQuery({ queryKey: ["duty", "stand", room.id], queryFn: () => roomsApi.people("stand", room.id) });
  const [form] = Form.useForm<{ relief: string; reason: string; backAt?: string }>();
  const { busy, fault, attempt } = useAttempt(form);
  const others = data?.filter((p) => p.id !== me);
  // The next time that the clock shows this: today, or else tomorrow.
  const back = (text: string | undefined): number | undefined => {
    if (!text?.trim()) return undefined;
    const today = minuteOf(text.trim(), dateText(now, zone), zone);
    return today !== undefined && today <= now ? minuteOf(text.trim(), dateText(now + 86_400_000, zone), zone) : today;
  };
  const ask = (v: { relief: string; reason: string; backAt?: string }): void => void attempt(async () => {
    const at = back(v.backAt);
    await presenceApi.ask({ relief: v.relief, reason: v.reason.trim(), backAt: at === undefined ? undefined : new Date(at).toISOString() });
    await cache.invalidateQueries({ queryKey: ["duty"] });
    message.success(t("presence.asked"));
    onClose();
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={ask}>
      <p className="form-lead dim">{t("presence.leaveText")}</p>
      <Form.Item name="relief" label={t("presence.relief")} extra={t(others?.length === 0 ? "presence.reliefNone" : "presence.reliefHint")} rules={[{ required: true, message: t("common.required") }]}>
        <Select showSearch optionFilterProp="label" loading={!data} options={others?.map((p) => ({ value: p.id, label: p.name }))} />
      </Form.Item>
      <Form.Item name="reason" label={t("presence.why")} rules={[{ required: true, whitespace: true, min: 4, message: t("presence.whyShort") }]}><Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} /></Form.Item>
      <Form.Item name="backAt" label={t("presence.backAt")} extra={t("presence.backAtHint")} rules={[{ validator: (_, v: string | undefined) => (v?.trim() && back(v) === undefined ? Promise.reject(new Error(t("presence.backAtWrong"))) : Promise.resolve()) }]}>
        <Input className="num" placeholder={clockText(now + 3_600_000, zone).slice(0, 5)} maxLength={5} autoComplete="off" style={{ width: "8em" }} />
      </Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end">
        <Button type="primary" htmlType="submit" loading={busy}>{t("presence.ask")}</Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </Form>
  );
}

function About({ of: d, now }: { of: WatchDeparture; now: number }) {
  const { t } = useTranslation();
  const zone = useZone();
  return (
    <p className="dim wrap">
      <span>{t("presence.because", { reason: d.reason })}</span> · <span className="num">{d.backAt ? t("presence.backBy", { time: timeText(d.backAt, now, zone) }) : t("presence.backNot")}</span>
    </p>
  );
}

/** How far the own departure has come, and what is next. */
function State({ of: d, room, now }: { of: WatchDeparture; room: WatchRoom; now: number }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const handOver = useHandover();
  const { busy, fault, act } = useAct();
  const next = nextOf(d, room.on);
  const refused = d.steps.find((s) => s.step === "refused");
  return (
    <section className="leaving">
      <h3>{t("presence.departure")}</h3>
      {next ? <p><strong>{t(`presence.next_${next}`, { relief: d.reliefName })}</strong></p> : null}
      {refused ? <p className="wrap">{refused.note ? t("presence.refusedBy", { name: refused.name, note: refused.note }) : t("presence.refusedPlain", { name: refused.name })}</p> : null}
      <About of={d} now={now} />
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      {next ? (
        <div className="leaving-acts">
          {next === "leave" ? <Button type="primary" loading={busy} onClick={() => act(async () => { await presenceApi.leave(d.id); message.success(t("presence.left", { room: room.name })); })}>{t("presence.leave")}</Button> : null}
          {next === "charge" && handOver ? <Button type="primary" onClick={() => handOver(room.id)}>{t("presence.handOver")}</Button> : null}
          <Button type="text" disabled={busy} onClick={() => act(() => presenceApi.withdraw(d.id))}>{t("presence.withdraw")}</Button>
        </div>
      ) : null}
    </section>
  );
}

/** Departures that wait for whoever decides. */
export function AskedDepartures({ room, now }: { room: WatchRoom; now: number }) {
  const { t } = useTranslation();
  const me = useSession().person.id;
  const { data } = useDepartures(room.id, true);
  const asked = (data ?? []).filter((d) => d.state === "asked" && d.person !== me && room.on.some((a) => a.person === d.person));
  if (asked.length === 0) return null;
  return (
    <section className="leaving">
      <h3>{t("presence.departures")}</h3>
      <ul>{asked.map((d) => <Deciding key={d.id} of={d} now={now} />)}</ul>
    </section>
  );
}

function Deciding({ of: d, now }: { of: WatchDeparture; now: number }) {
  const { t } = useTranslation();
  const { busy, fault, act, forget } = useAct();
  const [refusing, setRefusing] = useState(false);
  const [note, setNote] = useState("");
  return (
    <li>
      <p className="wrap"><strong>{t("presence.by", { name: d.name, relief: d.reliefName })}</strong></p>
      <About of={d} now={now} />
      {refusing ? (
        <label>{t("presence.refuseWhy")}<Input.TextArea autoFocus value={note} onChange={(e) => setNote(e.target.value)} autoSize={{ minRows: 2, maxRows: 5 }} maxLength={1000} aria-label={t("presence.refuseTitle", { name: d.name })} /></label>
      ) : null}
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="leaving-acts">
        {refusing ? (
          <>
            <Button danger loading={busy} onClick={() => act(() => presenceApi.decide(d.id, false, note.trim()))}>{t("presence.refuse")}</Button>
            <Button type="text" onClick={() => { forget(); setRefusing(false); }}>{t("common.cancel")}</Button>
          </>
        ) : (
          <>
            <Button type="primary" loading={busy} onClick={() => act(() => presenceApi.decide(d.id, true, ""))}>{t("presence.agree")}</Button>
            <Button onClick={() => setRefusing(true)}>{t("presence.refuse")}</Button>
          </>
        )}
      </div>
    </li>
  );
}
