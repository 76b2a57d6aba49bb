import { AlertOutlined } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { App, Button, Form, Input, Modal } from "antd";
import { useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from "react";
import { createPortal } from "react-dom";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Emergencies, Emergency } from "../api/types";
import { useLocked } from "../app/lock";
import { useCan, useSession, useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { ReasonBanners } from "../disclosure/reasons";
import { SecondBanners } from "../second/banner";
import { dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { sentence } from "../ui/fields";
import { useNow } from "../ui/now";
import { useBannerPlace } from "./place";
import { onTake } from "./take";
import { endOf, leftText, lengths, scopeText, useEmergencies, useRenewed } from "./use";
import "./emergency.css";

/**
 * The button that is always there for whoever may take an emergency right: at the end of the
 * navigation, and floating where a page covers that.
 */
export function EmergencyButton({ floating }: { floating?: boolean }) {
  const { t } = useTranslation();
  const can = useCan();
  const [open, setOpen] = useState(false);
  // What was refused offers it as well; the button of the navigation is on every page.
  useEffect(() => (floating ? undefined : onTake(() => setOpen(true))), [floating]);
  if (!can("emergency.take")) return null;
  return (
    <>
      <button type="button" className={floating ? "glass-float" : "rail-item glass-button"} onClick={() => setOpen(true)}>
        <span className={floating ? undefined : "rail-icon"} aria-hidden><AlertOutlined /></span>
        <span className={floating ? undefined : "rail-text"}>{t("emergency.button")}</span>
      </button>
      <Modal open={open} title={t("emergency.take")} onCancel={() => setOpen(false)} footer={null} width={560} destroyOnHidden className="dialog-long" rootClassName="glass-modal">
        <Take onClose={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function Take({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useEmergencies();
  if (error && !data) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!data) return null;
  if (data.rights.length === 0) return <p className="dim">{t("emergency.nothing")}</p>;
  return <TakeForm register={data} onClose={onClose} />;
}

/** Two buttons and one more: what is needed, what has happened, now. */
function TakeForm({ register, onClose }: { register: Emergencies; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const renewed = useRenewed();
  const me = useSession().person.id;
  const [form] = Form.useForm<{ reason?: string }>();
  const { busy, fault, attempt } = useAttempt(form);
  const runs = (name: string): boolean => register.items.some((e) => e.person === me && e.right === name && e.state === "running");
  const [right, setRight] = useState(register.rights.length === 1 ? register.rights[0]?.name : undefined);
  const [cause, setCause] = useState<string>();
  const [minutes, setMinutes] = useState(register.longestMinutes);
  const take = (v: { reason?: string }) => attempt(async () => {
    await api.emergencies.take({ right: right ?? "", cause: cause ?? "", minutes, reason: (v.reason ?? "").trim() || undefined });
    await renewed();
    message.success(t("emergency.taken"));
    onClose();
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => void take(v)}>
      <p className="dim form-lead">{t("emergency.lead")}</p>
      <fieldset className="glass-choices">
        <legend>{t("emergency.what")}</legend>
        {register.rights.map((r) => (
          <label key={r.name} className="glass-choice">
            <input type="radio" name="right" value={r.name} checked={right === r.name} disabled={runs(r.name)} onChange={() => setRight(r.name)} />
            <strong>{t(`emergency.name.${r.name}`, { defaultValue: r.name })}</strong>
            <span className="dim">{runs(r.name) ? t("emergency.state_running") : scopeText(t, r)}</span>
          </label>
        ))}
      </fieldset>
      <fieldset className="glass-choices glass-causes">
        <legend>{t("emergency.cause")}</legend>
        {register.causes.map((c) => (
          <label key={c} className="glass-choice">
            <input type="radio" name="cause" value={c} checked={cause === c} onChange={() => setCause(c)} />
            <span>{t(`emergency.causes.${c}`, { defaultValue: c })}</span>
          </label>
        ))}
      </fieldset>
      <fieldset className="glass-choices glass-minutes">
        <legend>{t("emergency.long")}</legend>
        {lengths(register.longestMinutes).map((m) => (
          <label key={m} className="glass-choice">
            <input type="radio" name="minutes" value={m} checked={minutes === m} onChange={() => setMinutes(m)} />
            <span>{t("emergency.minutes", { count: m })}</span>
          </label>
        ))}
      </fieldset>
      <Form.Item name="reason" label={t(register.reasonTyped ? "emergency.reasonNeeded" : "emergency.reason")} rules={register.reasonTyped ? [sentence(t("keeping.atLeastFour"))] : []}>
        <Input.TextArea autoSize={{ minRows: 1, maxRows: 4 }} maxLength={1000} />
      </Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end">
        <Button type="primary" danger htmlType="submit" loading={busy} disabled={!right || !cause}>{t("emergency.takeIt")}</Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
        <Link to="/emergencies" onClick={onClose}>{t("emergency.mine")}</Link>
      </div>
    </Form>
  );
}

/** One's own emergency rights that run, counting down, and reports that are due. */
export function EmergencyBanners() {
  const { data } = useEmergencies();
  const me = useSession().person.id;
  const own = data?.items.filter((e) => e.person === me) ?? [];
  const running = own.filter((e) => e.state === "running");
  const due = own.filter((e) => e.state === "due" || e.state === "overdue");
  const full = useSyncExternalStore(listenFull, isFull);
  const place = useBannerPlace();
  const locked = useLocked(); // a page that wants them elsewhere is out of sight then
  const all = (
    <>
      <div className="glass-stack" role="status">
        <SecondBanners />
        <ReasonBanners />
        {due.map((e) => <DueBanner key={e.id} emergency={e} />)}
        {running.map((e) => <RunningBanner key={e.id} emergency={e} />)}
      </div>
      {full ? <EmergencyButton floating /> : null}
    </>
  );
  return place && !locked ? createPortal(all, place) : <Slot>{all}</Slot>;
}

/** At the lower edge of the window; pages end as much higher, so that what lies there can be scrolled clear. */
function Slot({ children }: { children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const root = document.documentElement.style;
    const watch = new ResizeObserver(([e]) => root.setProperty("--banners", `${e ? Math.ceil(e.contentRect.height) : 0}px`));
    if (box.current) watch.observe(box.current);
    return () => {
      watch.disconnect();
      root.removeProperty("--banners");
    };
  }, []);
  return <div className="glass-slot" ref={box}>{children}</div>;
}

const isFull = (): boolean => document.fullscreenElement !== null;
const listenFull = (tell: () => void): (() => void) => {
  document.addEventListener("fullscreenchange", tell);
  return () => document.removeEventListener("fullscreenchange", tell);
};

function RunningBanner({ emergency: e }: { emergency: Emergency }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const now = useNow();
  const renewed = useRenewed();
  const { busy, attempt } = useAttempt();
  const over = now >= endOf(e);
  useEffect(() => { if (over) void renewed(); }, [over, renewed]);
  const end = () => attempt(async () => {
    try {
      await api.emergencies.end(e.id);
    } catch (x) {
      message.error(problemText(t, x));
    }
    await renewed();
  });
  return (
    <section className="glass-banner" aria-label={t("emergency.title")}>
      <AlertOutlined aria-hidden />
      <strong>{t(`emergency.name.${e.right}`, { defaultValue: e.right })}</strong>
      <span className="glass-left num" role="timer">{leftText(endOf(e) - now)}</span>
      <Button size="small" loading={busy} onClick={() => void end()}>{t("emergency.end")}</Button>
    </section>
  );
}

function DueBanner({ emergency: e }: { emergency: Emergency }) {
  const { t } = useTranslation();
  const zone = useZone();
  const right = t(`emergency.name.${e.right}`, { defaultValue: e.right });
  return (
    <section className={`glass-banner${e.state === "due" ? " glass-due" : ""}`} aria-label={t("emergency.report")}>
      <span>{t(e.state === "due" ? "emergency.reportDue" : "emergency.reportMissing", { time: dateTimeText(Date.parse(e.dueAt), zone), right })}</span>
      <Link to="/emergencies" search={{ emergency: e.id }}>{t("emergency.write")}</Link>
    </section>
  );
}
