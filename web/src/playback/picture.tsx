import { Button } from "antd";
import { memo, useEffect, useReducer, useRef } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Camera } from "../api/types";
import { Refusal } from "../app/refusal";
import { codecName } from "../player/capability";
import { Masks } from "../player/masks";
import { guarded, Watermark } from "../player/overlay";
import { pieceAt } from "../player/pieces";
import type { PlaybackSession } from "../player/session";
import type { Mark } from "../player/watermark";
import type { SpanCache } from "../timeline/cache";
import { causeText, detailText } from "../timeline/timeline";
import { dateTimeText } from "../time/zone";
import { durationText } from "../ui/duration";
import { GradeMark } from "../ui/grade";

interface Props {
  camera: Camera;
  viewing: string;
  mark: Mark | undefined;
  session: PlaybackSession;
  cache: SpanCache;
  version: number; // grows with every change of a player's state
  chosen: boolean;
  sound: boolean;
  zone: string;
  onChoose: () => void;
  onSeek: (t: number) => void;
  onPair: () => void; // asks for the second person whom the picture needs
}

/** One camera of a playback: its picture, or why there is none at this moment. */
export const RecordedPicture = memo(function RecordedPicture({ camera, viewing, mark, session, cache, chosen, sound, zone, onChoose, onSeek, onPair }: Props) {
  const { t } = useTranslation();
  const video = useRef<HTMLVideoElement>(null);
  const [, look] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    if (!video.current) return;
    session.add(camera.id, viewing, video.current);
    look();
    return () => session.remove(camera.id);
  }, [session, camera.id, viewing]);
  useEffect(() => {
    session.player(camera.id)?.setSound(sound);
  }, [session, camera.id, sound]);

  const player = session.player(camera.id);
  const phase = player?.phase ?? "loading";
  const at = session.position;
  return (
    <section
      className={chosen ? "picture chosen" : "picture"}
      aria-label={camera.name}
      data-phase={phase}
      tabIndex={0}
      onFocus={onChoose}
      onPointerDown={onChoose}
    >
      <video ref={video} className="picture-video" playsInline aria-label={camera.name} data-hidden={phase === "gap" || phase === "unsupported" || phase === "refused" ? "yes" : undefined} {...guarded} />
      <Masks masks={camera.masks} video={video} />
      <Watermark mark={mark} area={camera.area} />
      <div className="picture-name cut" title={camera.name}>{camera.name} <GradeMark grade={camera.grade} /></div>
      {phase === "loading" ? <div className="picture-wait" role="status"><span className="spinner" aria-hidden />{t("playback.loading")}</div> : null}
      {phase === "gap" || phase === "ended" ? <GapNote ended={phase === "ended"} cache={cache} camera={camera.id} session={session} zone={zone} onSeek={onSeek} /> : null}
      {phase === "failed" ? <Stills camera={camera.id} viewing={viewing} session={session} note={t("playback.failed")} /> : null}
      {phase === "loading" && player?.problem ? <div className="picture-trouble" role="status">{problemText(t, player.problem)}</div> : null}
      {phase === "unsupported" ? (
        <Stills camera={camera.id} viewing={viewing} session={session} note={t("playback.stills", { codec: codecName(player ? pieceAt(player.pieces, at, 50)?.codec : undefined) })} />
      ) : null}
      {phase === "refused" ? (
        <div className="picture-note" role="alert">
          <Refusal error={player?.problem} camera={camera.id} onPair={onPair} />
        </div>
      ) : null}
    </section>
  );
});

/** Why there is no recording at this moment, how long that lasted, and the way on. */
function GapNote({ ended, cache, camera, session, zone, onSeek }: { ended: boolean; cache: SpanCache; camera: string; session: PlaybackSession; zone: string; onSeek: (t: number) => void }) {
  const { t } = useTranslation();
  // The clock may run on into another gap, and the coverage may come after the note.
  const [, look] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const timer = window.setInterval(look, 400);
    return () => window.clearInterval(timer);
  }, []);
  const at = session.position;
  const player = session.player(camera);
  const s = cache.whole(camera, at);
  const gap = s?.kind === "gap" ? s : undefined;
  const cut = gap?.cut ? gap.start : undefined;
  useEffect(() => {
    if (gap && cut !== undefined) cache.reach(camera, gap);
  }, [cache, camera, cut]);
  if (ended && !gap) return <div className="picture-note">{t("playback.end")}</div>;
  const next = player?.footageAfter(at);
  const broken = gap ? undefined : player?.brokenAt(at);
  const start = gap ? dateTimeText(gap.start, zone) : "";
  return (
    <div className="picture-note" role="status">
      <strong>{t(broken ? "playback.unreadable" : !gap && player?.known && player.pieces.length === 0 ? "playback.noneInWindow" : "playback.noRecording")}</strong>
      {broken ? <span className="cause">{problemText(t, broken)}</span> : null}
      {gap ? <span className="cause">{causeText(t, gap)}</span> : null}
      {s && !gap && s.kind !== "recorded" ? <span>{t(`timeline.${s.kind}`)}</span> : null}
      {gap && detailText(t, gap) ? <p>{detailText(t, gap)}</p> : null}
      {gap && !gap.open && !gap.cut ? <span className="num">{t("playback.gapLasts", { from: start, to: dateTimeText(gap.end, zone), time: durationText(t, gap.end - gap.start) })}</span> : null}
      {gap && (gap.open || gap.cut) ? <span className="num">{t(gap.cut ? "playback.atLeastSince" : "common.since", { time: start })}</span> : null}
      {next !== undefined ? <Button size="small" onClick={() => onSeek(next + 20)}>{t("playback.nextRecording", { time: dateTimeText(next, zone) })}</Button> : null}
    </div>
  );
}

// The browser cannot play the footage, but the server can draw its key frames.
function Stills({ camera, viewing, session, note }: { camera: string; viewing: string; session: PlaybackSession; note: string }) {
  const img = useRef<HTMLImageElement>(null);
  useEffect(() => {
    let last = 0;
    const timer = window.setInterval(() => {
      const at = Math.floor(session.position / 1000) * 1000;
      if (at === last || !img.current || !img.current.complete) return;
      last = at;
      img.current.src = api.viewings.thumbnailURL(viewing, camera, at, 1280);
    }, 250);
    return () => window.clearInterval(timer);
  }, [camera, viewing, session]);
  return (
    <>
      <img ref={img} className="picture-video" alt="" />
      <div className="picture-hint">{note}</div>
    </>
  );
}
