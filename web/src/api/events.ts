import type { QueryClient } from "@tanstack/react-query";
import { url } from "./client";
import type { Camera, CameraState } from "./types";

/** Told to the window when the server can be reached again after it could not. */
export const reconnected = "watchroom:reconnected";

/** Told to the window when the server can no longer be reached. */
export const disconnected = "watchroom:disconnected";

/**
 * Told to the window when what the person may see can be other than before: an emergency right
 * ended, a position was taken away. Players ask anew, for they hold pictures of some seconds.
 */
export const rightsMoved = "watchroom:rights";

let away = false;

/** Whether the server cannot be reached just now, as far as this page knows. */
export const serverAway = (): boolean => away;

export type Connection = { up: boolean; since: number };

/**
 * The stream of server-sent events: one per page. It writes camera states into the
 * query cache, a few times a second at most so that a storm of cameras does not
 * become a storm of renders, and tells whether it is connected.
 */
export class Events {
  private source: EventSource | undefined;
  private pending = new Map<string, CameraState>();
  private flushTimer: number | undefined;
  private retryTimer: number | undefined;
  private backoff = 1000;
  private connection: Connection = { up: true, since: Date.now() };
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly cache: QueryClient,
    private readonly ask: () => Promise<unknown>, // reads the session
  ) {}

  start(): void {
    if (this.source) return;
    const s = new EventSource(url("/events"));
    this.source = s;
    s.onopen = () => this.up();
    s.onerror = () => {
      this.mark(false);
      // The browser retries by itself unless the answer was a refusal.
      if (s.readyState === EventSource.CLOSED) {
        s.close();
        this.source = undefined;
        this.retryTimer = window.setTimeout(() => this.start(), this.backoff);
        this.backoff = Math.min(this.backoff * 2, 15_000);
        void this.cache.invalidateQueries({ queryKey: ["session"] });
      }
    };
    s.addEventListener("hello", () => {
      this.up();
      // What was asked for before the stream stood may have changed since, and nobody was told.
      for (const key of ["cameras", "duty", "emergencies", "factors", "presence", "second-asks", "sessions", "system", "watch"]) void this.cache.invalidateQueries({ queryKey: [key] });
    });
    // This page was too slow and missed some: what they would have told is asked for.
    s.addEventListener("again", () => {
      void this.cache.invalidateQueries();
      window.dispatchEvent(new Event(rightsMoved));
    });
    s.addEventListener("camera", (e) => this.camera(JSON.parse((e as MessageEvent<string>).data)));
    s.addEventListener("emergency", () => {
      void this.cache.invalidateQueries({ queryKey: ["emergencies"] });
      window.dispatchEvent(new Event(rightsMoved));
    });
    s.addEventListener("second", () => void this.cache.invalidateQueries({ queryKey: ["second-asks"] }));
    s.addEventListener("parameter", () => void this.cache.invalidateQueries({ queryKey: ["parameters"] }));
    s.addEventListener("purposes", () => void this.cache.invalidateQueries({ queryKey: ["purposes"] }));
    s.addEventListener("duty", () => {
      for (const key of ["duty", "presence", "watch"]) void this.cache.invalidateQueries({ queryKey: [key] });
    });
    s.addEventListener("presence", () => void this.cache.invalidateQueries({ queryKey: ["presence"] }));
    s.addEventListener("cameras", () => void this.cache.invalidateQueries({ queryKey: ["cameras"] }));
    s.addEventListener("console", () => void this.cache.invalidateQueries({ queryKey: ["session"] }));
    s.addEventListener("factor", () => { // or a sign-in from a new place
      for (const key of ["factors", "sessions"]) void this.cache.invalidateQueries({ queryKey: [key] });
    });
    s.addEventListener("alarm", () => void this.cache.invalidateQueries({ queryKey: ["system"] }));
    s.addEventListener("system", () => void this.cache.invalidateQueries({ queryKey: ["system"] }));
    // Said when the session has ended, and also when the server stops: the answer to
    // a question tells which. Who is not signed in any more is shown the door by it.
    s.addEventListener("session", () => void this.ask().catch(() => undefined));
  }

  stop(): void {
    this.source?.close();
    this.source = undefined;
    away = false; // nobody listens any more
    window.clearTimeout(this.retryTimer);
    window.clearTimeout(this.flushTimer);
    this.flushTimer = undefined;
    this.pending.clear();
  }

  readonly get = (): Connection => this.connection;
  readonly listen = (l: () => void): (() => void) => {
    this.listeners.add(l);
    return () => this.listeners.delete(l);
  };

  private up(): void {
    this.backoff = 1000;
    const was = this.connection.up;
    this.mark(true);
    if (was) return;
    void this.cache.invalidateQueries();
    window.dispatchEvent(new Event(reconnected));
  }

  private mark(up: boolean): void {
    if (this.connection.up === up) return;
    this.connection = { up, since: Date.now() };
    away = !up;
    for (const l of this.listeners) l();
    if (away) window.dispatchEvent(new Event(disconnected));
  }

  private camera(data: { id: string; state?: CameraState } & Partial<CameraState>): void {
    this.pending.set(data.id, data.state ?? (data as CameraState));
    this.flushTimer ??= window.setTimeout(() => this.flush(), 300);
  }

  private flush(): void {
    this.flushTimer = undefined;
    const fresh = this.pending;
    this.pending = new Map();
    this.cache.setQueryData<Camera[]>(["cameras"], (old) =>
      old?.map((c) => {
        const state = fresh.get(c.id);
        return state ? { ...c, state } : c;
      }),
    );
  }
}
