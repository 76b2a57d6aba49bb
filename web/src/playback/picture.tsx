import { memo, useEffect, useReducer, useRef } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Camera } from "../api/types";
import { codecName } from "../player/capability";
import { pieceAt } from "../player/pieces";
import type { PlaybackSession } from "../player/session";
import type { SpanCache } from "../timeline/cache";
import { causeText } from "../timeline/timeline";

interface Props {
  camera: Camera;
  viewing: string;
  session: PlaybackSession;
  cache: SpanCache;
  version: number; // grows with every change of a player's state
  chosen: boolean;
  sound: boolean;
  onChoose: () => void;
}

/** One camera of a playback: its picture, or why there is none at this moment. */
export const RecordedPicture = memo(function RecordedPicture({ camera, viewing, session, cache, chosen, sound, onChoose }: Props) {
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
      <video ref={video} className="picture-video" playsInline aria-label={camera.name} data-hidden={phase === "gap" || phase === "unsupported" || phase === "refused" ? "yes" : undefined} />
      <div className="picture-name cut" title={camera.name}>{camera.name}</div>
      {phase === "loading" ? <div className="picture-wait" role="status"><span className="spinner" aria-hidden />{t("playback.loading")}</div> : null}
      {phase === "gap" ? <GapNote cache={cache} camera={camera.id} at={at} /> : null}
      {phase === "ended" ? <div className="picture-note">{t("playback.end")}</div> : null}
      {phase === "unsupported" ? (
        <Stills camera={camera.id} viewing={viewing} session={session} codec={codecName(player ? pieceAt(player.pieces, at, 50)?.codec : undefined)} />
      ) : null}
      {phase === "refused" ? <div className="picture-note" role="alert">{problemText(t, player?.problem)}</div> : null}
    </section>
  );
});

function GapNote({ cache, camera, at }: { cache: SpanCache; camera: string; at: number }) {
  const { t } = useTranslation();
  const s = cache.at(camera, at);
  return (
    <div className="picture-note" role="status">
      <strong>{t("playback.noRecording")}</strong>
      {s?.kind === "gap" ? <span>{causeText(t, s)}</span> : null}
    </div>
  );
}

// The browser cannot decode the footage, but the server can draw its key frames.
function Stills({ camera, viewing, session, codec }: { camera: string; viewing: string; session: PlaybackSession; codec: string }) {
  const { t } = useTranslation();
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
      <div className="picture-hint">{t("playback.stills", { codec })}</div>
    </>
  );
}
