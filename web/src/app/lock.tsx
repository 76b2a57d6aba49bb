import { KeyOutlined, LockOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Alert, Button, Form, Input } from "antd";
import { useCallback, useEffect, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Console, Session } from "../api/types";
import { offersPasskeys, showPasskey } from "../api/webauthn";
import { CardForm } from "../card/fields";
import { clockText } from "../time/zone";
import { useLeave } from "./leave";
import { SessionContext, sessionKey, useSession, useZone } from "./session";
import { due, everyMs, untilLock } from "./touch";
import "./lock.css";

const touches = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

/**
 * Tells the server now and then that somebody touches the console, and looks when it is
 * time for it to lock. The server decides; a screen that says nothing is locked all the same.
 */
export function useConsole(session: Session): void {
  const cache = useQueryClient();
  const state = session.console;
  const take = useCallback((c: Console) => {
    cache.setQueryData<Session | null>(sessionKey, (old) => (old ? { ...old, console: c } : old));
  }, [cache]);
  const last = useRef({ touched: 0, told: Date.now() });
  const locked = state?.locked ?? false;
  const after = (state?.afterSeconds ?? 0) * 1000;

  useEffect(() => {
    if (locked) return;
    const tell = (): void => {
      last.current.told = Date.now();
      void api.console.input().then(take).catch(() => undefined); // the next touch tells it
    };
    let x: number | undefined;
    let y: number | undefined;
    const touched = (e: Event): void => {
      if (e instanceof PointerEvent && e.type === "pointermove") {
        // Browsers say that a pointer moved when only the page did, under it.
        const still = e.screenX === x && e.screenY === y || x === undefined;
        [x, y] = [e.screenX, e.screenY];
        if (still) return;
      }
      const now = Date.now();
      last.current.touched = now;
      if (due(last.current.told, now, everyMs(after))) tell();
    };
    for (const kind of touches) window.addEventListener(kind, touched, { capture: true, passive: true });
    return () => { for (const kind of touches) window.removeEventListener(kind, touched, { capture: true }); };
  }, [locked, after, take]);

  useEffect(() => {
    if (locked || state?.leftSeconds === undefined) return;
    const timer = window.setTimeout(() => {
      // What was touched since it was last told is told now; else the server locks it.
      const ask = last.current.touched > last.current.told ? api.console.input().then(take) : cache.invalidateQueries({ queryKey: sessionKey });
      last.current.told = Date.now();
      void ask.catch(() => undefined);
    }, untilLock(state.leftSeconds));
    return () => window.clearTimeout(timer);
  }, [locked, state, cache, take]);

  // Dialogs and lists hang below the page's body and would stand in front of the lock.
  useEffect(() => {
    if (!locked) return;
    document.documentElement.dataset.locked = "yes";
    return () => { delete document.documentElement.dataset.locked; };
  }, [locked]);
}

/** Whether the console is locked. Pages that play what was recorded stop and go on after. */
export const useLocked = (): boolean => useSession().console?.locked ?? false;

const onTheWall = new Set(["live.view", "camera.read", "system.read"]);

/** The page of a console that may be locked: behind the lock it stays as it was, out of sight. */
export function Lockable({ wall, children }: { wall: boolean; children: ReactNode }) {
  const session = useSession();
  const locked = useLocked();
  const behind = locked && !wall;
  // The wall goes on; what it could do besides waits.
  const shown = locked && wall ? { ...session, actions: session.actions.filter((a) => onTheWall.has(a)) } : session;
  return (
    <>
      <div className={behind ? "behind-lock" : "before-lock"} inert={behind} aria-hidden={behind || undefined}>
        <SessionContext value={shown}>{children}</SessionContext>
      </div>
      {locked ? <Lock wall={wall} /> : null}
    </>
  );
}

function Lock({ wall }: { wall: boolean }) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(false);
  const { actions } = useSession();
  if (wall && !asked) {
    return (
      <div className="lock-bar" role="status">
        <LockOutlined aria-hidden />
        <span>{t("lock.onWall")}</span>
        <Button type="primary" onClick={() => setAsked(true)}>{t("lock.unlock")}</Button>
      </div>
    );
  }
  return (
    <div className={wall ? "lock lock-corner" : "lock"} role="dialog" aria-labelledby="lock-title" aria-describedby="lock-text">
      <div className="lock-card">
        <h2 id="lock-title"><LockOutlined aria-hidden /> {t("lock.title")}</h2>
        <p id="lock-text" className="dim">{t("lock.text")}</p>
        <Unlocking />
        <div className="lock-foot">
          {wall ? <Button type="link" onClick={() => setAsked(false)}>{t("common.cancel")}</Button> : null}
          {!wall && actions.includes("live.view") ? <Link to="/wall" className="lock-wall">{t("lock.toWall")}</Link> : null}
        </div>
      </div>
    </div>
  );
}

/** Shows who sits there, with one of what the person has. */
function Unlocking() {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const zone = useZone();
  const { person, console: state } = useSession();
  const ways = (state?.ways ?? []).filter((w) => w !== "passkey" || offersPasskeys());
  const [way, setWay] = useState(ways[0]);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const [form] = Form.useForm<{ proof: string }>();

  const unlock = async (show: () => Promise<Console>): Promise<void> => {
    setBusy(true);
    setFault(undefined);
    try {
      const c = await show();
      cache.setQueryData<Session | null>(sessionKey, (old) => (old ? { ...old, console: c } : old));
      await cache.invalidateQueries();
    } catch (e) {
      setFault(e);
      form.resetFields();
    } finally {
      setBusy(false);
    }
  };
  const leave = useLeave();
  return (
    <>
      <p className="lock-who"><strong>{person.displayName || person.username}</strong>{state?.lockedAt ? <span className="dim num">{t("lock.since", { time: clockText(Date.parse(state.lockedAt), zone) })}</span> : null}</p>
      <div role="alert">{fault ? <Alert type="error" showIcon title={problemText(t, fault)} className="form-alert" /> : null}</div>
      {way === "passkey" ? (
        <Button type="primary" size="large" block icon={<KeyOutlined />} loading={busy} onClick={() => void unlock(async () => api.console.passkey(await showPasskey(await api.console.askPasskey())))}>{t("second.usePasskey")}</Button>
      ) : null}
      {way === "totp" || way === "password" ? (
        <Form key={way} form={form} layout="vertical" requiredMark={false} onFinish={(v) => void unlock(() => api.console.unlock(way === "totp" ? { code: v.proof.trim() } : { password: v.proof }))}>
          <Form.Item name="proof" label={t(way === "totp" ? "second.code_totp" : "signIn.password")} rules={[{ required: true, message: t("common.required") }]}>
            {way === "totp"
              ? <Input autoFocus size="large" autoComplete="one-time-code" inputMode="numeric" maxLength={64} />
              : <Input.Password autoFocus size="large" autoComplete="current-password" maxLength={1000} />}
          </Form.Item>
          <Button type="primary" size="large" htmlType="submit" block loading={busy}>{t("lock.unlock")}</Button>
        </Form>
      ) : null}
      {way === "card" ? <CardForm busy={busy} submit={t("lock.unlock")} onShow={(card, pin) => unlock(() => api.console.unlock({ card, pin }))} /> : null}
      {way === undefined ? <p>{t("lock.again")}</p> : null}
      <div className="lock-ways">
        {ways.filter((w) => w !== way).map((w) => <Button key={w} type="link" onClick={() => { setFault(undefined); setWay(w); }}>{t(`lock.with_${w}`)}</Button>)}
        <Button type="link" onClick={() => void leave()}>{t("nav.signOut")}</Button>
      </div>
    </>
  );
}
