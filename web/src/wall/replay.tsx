import { Button, Form, Input, Modal } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Camera, Shape } from "../api/types";
import { Masks } from "../player/masks";
import { guarded, Watermark } from "../player/overlay";
import { PlaybackSession } from "../player/session";
import type { Mark } from "../player/watermark";
import { SecondDialog, type Pairing } from "../second/dialog";
import { needsSecond } from "../second/use";
import { clockText } from "../time/zone";
import { useAttempt } from "../ui/attempt";

export interface ReplayStart { camera: string; viewing: string; from: number; to: number; mark?: Mark }

const length = 10_000; // ms
const written = 1200; // ms until what was live can be played: parts reach the disk twice a second

/** Asks for the reason, prefilled; Enter is enough. */
export function ReplayDialog({ camera, onClose, onStart }: { camera: Camera | undefined; onClose: () => void; onStart: (v: ReplayStart) => void }) {
  const { t } = useTranslation();
  const { busy, fault, attempt, forget } = useAttempt();
  const asked = useRef(0);
  const [pairing, setPairing] = useState<Pairing>();
  useEffect(() => {
    // The ten seconds before the key, not before Enter.
    if (camera) asked.current = Date.now();
    forget();
  }, [camera?.id]);

  const start = async (v: { reason?: string }): Promise<void> => {
    if (!camera) return;
    await attempt(async () => {
      const to = Math.min(Date.now() - 300, asked.current + written);
      const from = asked.current - length;
      const wish = { cameras: [camera.id], from: new Date(from).toISOString(), to: new Date(to).toISOString(), reason: (v.reason ?? "").trim() };
      const open = async (second?: string): Promise<void> => {
        const opened = await api.viewings.open({ ...wish, second });
        onStart({ camera: camera.id, viewing: opened.id, from, to, mark: opened.marks?.[0]?.mark });
      };
      try {
        await open();
      } catch (e) {
        if (!needsSecond(e)) throw e;
        setPairing({ wish: { kind: "viewing", ...wish }, run: (ask) => open(ask.id) });
      }
    });
  };
  return (
    <>
      <Modal open={camera !== undefined && !pairing} title={camera ? t("wall.replayOf", { name: camera.name }) : ""} onCancel={onClose} footer={null} destroyOnHidden width={440} className="dialog-long">
        <p className="dim form-lead">{t("wall.replayWhy")}</p>
        <Form layout="vertical" requiredMark={false} initialValues={{ reason: t("wall.replayReason") }} onFinish={(v) => void start(v)}>
          <Form.Item name="reason" label={t("common.reason")}>
            <Input autoFocus maxLength={1000} />
          </Form.Item>
          <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
          <Button type="primary" htmlType="submit" loading={busy}>{t("wall.replayStart")}</Button>
        </Form>
      </Modal>
      <SecondDialog pairing={pairing} onClose={() => setPairing(undefined)} />
    </>
  );
}

/** Plays what was just live in front of the live picture, then gives way to it. */
export function Replay({ camera, viewing, from, to, mark, area, masks, zone, onEnd }: ReplayStart & { area: string | undefined; masks: readonly Shape[]; zone: string; onEnd: () => void }) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const bar = useRef<HTMLDivElement>(null);
  const clock = useRef<HTMLSpanElement>(null);
  const end = useRef(onEnd);
  const [fault, setFault] = useState<unknown>();
  useEffect(() => { end.current = onEnd; });
  useEffect(() => {
    if (!video.current) return;
    let frame = 0;
    const session = new PlaybackSession(from, to, from, (v) => { if (v.ended) end.current(); }, () => undefined, () => {
      const p = session.player(camera);
      if (p?.phase === "refused") setFault(p.problem);
    });
    session.add(camera, viewing, video.current);
    session.play(true);
    const show = (): void => {
      frame = requestAnimationFrame(show);
      const at = session.shown;
      if (bar.current) bar.current.style.transform = `scaleX(${Math.min(1, Math.max(0, (at - from) / (to - from)))})`;
      if (clock.current) clock.current.textContent = clockText(at, zone);
    };
    frame = requestAnimationFrame(show);
    return () => {
      cancelAnimationFrame(frame);
      session.close();
      void api.viewings.close(viewing).catch(() => undefined); // it ends by itself at its time
    };
  }, [camera, viewing, from, to, zone]);
  return (
    <div className="replay">
      <video ref={video} playsInline aria-label={t("wall.replaying")} {...guarded} />
      <Masks masks={masks} video={video} />
      <Watermark mark={mark} area={area} />
      {fault ? <div className="tile-none"><div className="tile-none-text">{problemText(t, fault)}</div></div> : null}
      <div className="replay-badge">
        {t("wall.replaying")} <span ref={clock} className="num" />
        <button type="button" className="plain" onClick={onEnd}>{t("wall.replayEnd")}</button>
      </div>
      <div ref={bar} className="replay-bar" />
    </div>
  );
}
