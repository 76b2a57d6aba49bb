import {
  AuditOutlined, BackwardOutlined, CameraOutlined, CaretRightFilled, DownloadOutlined, ForwardOutlined, FullscreenOutlined, MutedOutlined, OrderedListOutlined, PauseOutlined,
  PushpinOutlined, QuestionCircleOutlined, SoundOutlined, StepBackwardOutlined, StepForwardOutlined, VerticalLeftOutlined, VerticalRightOutlined,
} from "@ant-design/icons";
import { Select, Tooltip } from "antd";
import { useEffect, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { speeds, type PlaybackSession, type PlaybackView } from "../player/session";
import { dateTimeText } from "../time/zone";

export interface ControlActions {
  toggle(): void;
  jump(ms: number): void;
  step(d: 1 | -1): void;
  gap(d: 1 | -1): void;
  rate(r: number): void;
  bookmark?(): void;
  snapshot?(): void;
  download?(): void; // only for who may take footage away
  gaps(): void;
  looked?(): void; // who saw what the timeline shows
  sound?(): void;
  help(): void;
  full(): void;
}

export const speedText = (r: number): string => (r < 1 ? `1/${Math.round(1 / r)}×` : `${r}×`);

export function Controls({ session, view, zone, sound, mute, gapsOpen, actions }: { session: PlaybackSession | undefined; view: PlaybackView; zone: string; sound: boolean; mute?: string; gapsOpen: boolean; actions: ControlActions }) {
  const { t } = useTranslation();
  const off = session === undefined;
  return (
    <div className="controls" role="toolbar" aria-label={t("playback.controls")}>
      <div className="controls-part">
        <Key title={t("playback.previousGap")} k="[" off={off} onClick={() => actions.gap(-1)}><VerticalRightOutlined /></Key>
        <Key title={t("playback.back10")} k="←" off={off} onClick={() => actions.jump(-10_000)}><BackwardOutlined /></Key>
        <Key title={t("playback.frameBack")} k="," off={off} onClick={() => actions.step(-1)}><StepBackwardOutlined /></Key>
        <Key title={t(view.playing ? "playback.pause" : "playback.play")} k="␣" off={off} onClick={actions.toggle} strong>{view.playing ? <PauseOutlined /> : <CaretRightFilled />}</Key>
        <Key title={t("playback.frameOn")} k="." off={off} onClick={() => actions.step(1)}><StepForwardOutlined /></Key>
        <Key title={t("playback.on10")} k="→" off={off} onClick={() => actions.jump(10_000)}><ForwardOutlined /></Key>
        <Key title={t("playback.nextGap")} k="]" off={off} onClick={() => actions.gap(1)}><VerticalLeftOutlined /></Key>
        <Select<number>
          className="controls-speed num"
          size="small"
          variant="borderless"
          disabled={off}
          aria-label={t("playback.speed")}
          value={view.rate}
          options={speeds.map((s) => ({ value: s, label: speedText(s) }))}
          onChange={(r) => {
            actions.rate(r);
            if (document.activeElement instanceof HTMLElement) document.activeElement.blur(); // the keys are the page's again
          }}
          popupMatchSelectWidth={false}
        />
      </div>
      <ExactClock session={session} zone={zone} />
      <div className="controls-part end">
        {actions.sound ? <Key title={t(sound ? "wall.mute" : "wall.sound")} onClick={actions.sound} off={off}>{sound ? <SoundOutlined /> : <MutedOutlined />}</Key> : null}
        {mute && !off ? <Key title={mute} unable><MutedOutlined /></Key> : null}
        {actions.bookmark ? <Key title={t("wall.mark")} k="M" off={off} onClick={actions.bookmark}><PushpinOutlined /></Key> : null}
        {actions.snapshot ? <Key title={t("wall.snapshot")} k="S" off={off} onClick={actions.snapshot}><CameraOutlined /></Key> : null}
        {actions.download ? <Key title={t("playback.download")} off={off} onClick={actions.download}><DownloadOutlined /></Key> : null}
        <Key title={t("playback.gaps")} pressed={gapsOpen} onClick={actions.gaps}><OrderedListOutlined /></Key>
        {actions.looked ? <Key title={t("acts.lookedHere")} onClick={actions.looked}><AuditOutlined /></Key> : null}
        <Key title={t("keys.help")} k="?" onClick={actions.help}><QuestionCircleOutlined /></Key>
        <Key title={t("wall.fullScreen")} k="F" onClick={actions.full}><FullscreenOutlined /></Key>
      </div>
    </div>
  );
}

function Key({ title, k, off, unable, strong, pressed, onClick, children }: { title: string; k?: string; off?: boolean; unable?: boolean; strong?: boolean; pressed?: boolean; onClick?: () => void; children: ReactNode }) {
  return (
    <Tooltip title={k ? <span>{title} <kbd>{k}</kbd></span> : title} mouseEnterDelay={0.5}>
      <button type="button" className={strong ? "control strong" : "control"} aria-label={title} aria-pressed={pressed} aria-disabled={unable} disabled={off} onClick={onClick}>{children}</button>
    </Tooltip>
  );
}

// The clock of the frame on screen, written past React sixty times a second.
function ExactClock({ session, zone }: { session: PlaybackSession | undefined; zone: string }) {
  const { t } = useTranslation();
  const el = useRef<HTMLTimeElement>(null);
  useEffect(() => {
    if (!session) {
      if (el.current) el.current.textContent = "––:––:––";
      return;
    }
    let frame = 0;
    let last = "";
    const write = (): void => {
      frame = requestAnimationFrame(write);
      const at = session.shown;
      const text = dateTimeText(at, zone, true);
      if (text === last || !el.current) return;
      last = text;
      el.current.textContent = text;
      el.current.dateTime = new Date(at).toISOString();
    };
    frame = requestAnimationFrame(write);
    return () => cancelAnimationFrame(frame);
  }, [session, zone]);
  return <time ref={el} className="exact-clock num" aria-label={t("playback.clock")} data-testid="playback-clock" />;
}
