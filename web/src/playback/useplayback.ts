import { useEffect, useMemo, useReducer, useRef, useState } from "react";
import { api } from "../api/api";
import { useLocked } from "../app/lock";
import { PlaybackSession, type PlaybackView, type Skip } from "../player/session";
import { SpanCache } from "../timeline/cache";
import type { Viewing } from "../api/types";

/** Coverage of the page's cameras; `version` grows whenever something was learnt. */
export function useCoverage(): { cache: SpanCache; version: number } {
  const [version, bump] = useReducer((n: number) => n + 1, 0);
  const [cache, setCache] = useState(() => new SpanCache(api.timeline, bump));
  const closed = useRef(false);
  useEffect(() => {
    // Strict mode runs effects twice; a closed cache is replaced.
    if (closed.current) setCache(new SpanCache(api.timeline, bump));
    closed.current = false;
    return () => {
      closed.current = true;
    };
  }, []);
  useEffect(() => () => cache.close(), [cache]);
  return { cache, version };
}

/** The playback of one viewing; undefined while there is none. */
export function usePlayback(viewing: Viewing | undefined, start: number, skipped: (s: Skip) => void) {
  const [view, setView] = useState<PlaybackView>({ playing: false, rate: 1, holding: false, ended: false });
  const [version, bump] = useReducer((n: number) => n + 1, 0);
  const [session, setSession] = useState<PlaybackSession>();
  const skip = useRef(skipped);
  useEffect(() => {
    skip.current = skipped;
  });
  const key = viewing?.id;
  // A locked console plays nothing and keeps no picture; it goes on where it was.
  const locked = useLocked();
  const left = useRef<{ viewing: string; at: number; playing: boolean; rate: number }>(undefined);
  const window = useMemo(() => (viewing ? { from: Date.parse(viewing.from), to: Date.parse(viewing.to) } : undefined), [viewing]);
  useEffect(() => {
    if (!key || !window || locked) {
      setSession(undefined);
      return;
    }
    const back = left.current?.viewing === key ? left.current : undefined;
    const s = new PlaybackSession(window.from, window.to, back?.at ?? start, setView, (gap) => skip.current(gap), bump);
    setSession(s);
    setView(s.view);
    if (back) s.setRate(back.rate);
    s.play(back?.playing ?? true);
    return () => {
      left.current = { viewing: key, at: s.position, playing: s.view.playing, rate: s.view.rate };
      s.close();
    };
    // The start is taken once, when the viewing opens.
  }, [key, window, locked]);
  return { session, view, version };
}
