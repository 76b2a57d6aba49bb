import { api } from "../api/api";
import { disconnected, reconnected, serverAway } from "../api/events";
import { asProblem, type Problem } from "../api/problem";
import type { LiveStream, Which } from "../api/types";
import { abilities, browserSupport, choose, codecName, voiceOf, type Support, type Why } from "./capability";
import { measure } from "./measure";
import { MseClient } from "./mse";
import type { Mark } from "./watermark";
import { WhepClient, type Transport } from "./whep";

export interface Size { width: number; height: number }

export interface LiveView {
  phase: "idle" | "opening" | "playing" | "waiting" | "impossible";
  stream?: LiveStream;
  kind?: "whep" | "mse";
  instead?: Why;
  why?: Why; // in waiting and impossible
  refused?: Problem; // in impossible, where the server said no
  sub?: Size; // the sub-stream's own, once known
  voice?: { why?: string }; // the camera has sound; why it cannot be heard here
  mark?: Mark; // to be drawn over the picture
  skipped: number;
  clickToPlay: boolean;
}

const steadyAfter = 10_000; // ms of pictures after which the next fault is a first one
const frameSilence = 6_000; // ms without a new frame before opening again
const wakeSilence = 2_500; // ms the same after the page was hidden, when a connection may have died unseen
const markAgain = 300_000; // ms after which a picture that goes on asks how it is marked by now
const askAgain = 30_000; // ms after which even a refusal is asked about again

/** Delay before attempt n (from 0), in ms: 0.5 s doubling to 15 s, a third of it random. */
export function backoff(n: number, random = Math.random()): number {
  const full = Math.min(500 * 2 ** n, 15_000);
  return full * (2 / 3 + random / 3);
}

/** Without the server nothing is known of the camera: then it is the server that is named. */
export const blame = (why: Why, away: boolean): Why => (away && (why.code === "camera_not_live" || why.code === "failed") ? { code: "server" } : why);

/**
 * Shows one camera live in one video element and keeps trying: it chooses stream and
 * transport, opens again with growing delays, and goes to the other transport when
 * one fails twice.
 */
export class LivePlayer {
  view: LiveView = { phase: "idle", skipped: 0, clickToPlay: false };
  private transport: Transport | undefined;
  private want: Which = "sub";
  private sound = false;
  private attempt = 0;
  private second: { ask: string; until: number } | undefined; // what was agreed to
  private faults = new Map<string, number>(); // by "stream/kind"
  private timer: number | undefined;
  private steady: number | undefined;
  private silent: number | undefined;
  private generation = 0;
  private running = false;
  private openedAt = 0;
  private late: (() => void) | undefined; // what happens when no frame comes
  private readonly measured;
  private readonly remark: number;
  // The network, the server or the page came back: no more waiting.
  private readonly woken = (): void => {
    if (document.hidden) return;
    this.nudge();
    if (!this.late || this.view.phase !== "playing") return;
    window.clearTimeout(this.silent);
    this.silent = window.setTimeout(this.late, wakeSilence);
  };
  private readonly lost = (): void => {
    if (this.view.phase === "waiting" && this.view.why) this.set({ why: blame(this.view.why, true) });
  };

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly camera: string,
    private readonly changed: (v: LiveView) => void,
    private readonly support: Support = browserSupport,
  ) {
    this.measured = measure(camera, "live");
    this.remark = window.setInterval(() => void this.askMark(), markAgain);
    window.addEventListener(reconnected, this.woken);
    window.addEventListener(disconnected, this.lost);
    window.addEventListener("online", this.woken);
    document.addEventListener("visibilitychange", this.woken);
  }

  start(want: Which, sound = false): void {
    if (this.running && this.want === want && this.sound === sound) return;
    const fresh = !this.running;
    this.running = true;
    this.want = want;
    this.sound = sound;
    if (fresh || this.view.phase !== "playing" || this.mustReopen()) void this.open();
  }

  /** A second person has agreed: it opens under their agreement, also after a break until then (ms). */
  with(second: string, until: number): void {
    this.second = { ask: second, until };
    this.nudge();
  }

  /** Tries at once, when something suggests that it would work now. */
  nudge(): void {
    if (this.running && (this.view.phase === "waiting" || this.view.phase === "impossible")) {
      this.attempt = 0;
      this.faults.clear();
      void this.open();
    }
  }

  stop(): void {
    this.running = false;
    this.shut();
    this.set({ phase: "idle", stream: undefined, kind: undefined, why: undefined, instead: undefined });
  }

  destroy(): void {
    this.stop();
    window.clearInterval(this.remark);
    window.removeEventListener(reconnected, this.woken);
    window.removeEventListener(disconnected, this.lost);
    window.removeEventListener("online", this.woken);
    document.removeEventListener("visibilitychange", this.woken);
    this.measured.forget();
  }

  play(): void {
    void this.video.play().then(() => this.set({ clickToPlay: false })).catch(() => this.set({ clickToPlay: true }));
  }

  private mustReopen(): boolean {
    // Whoever listens stays with the stream that has the sound.
    return (this.view.stream?.stream !== this.want && !this.sound) || this.view.stream === undefined || (this.sound && this.view.stream.transports.some((t) => t.kind === this.view.kind && t.audio === false));
  }

  private set(v: Partial<LiveView>): void {
    this.view = { ...this.view, ...v };
    this.changed(this.view);
  }

  private shut(): void {
    this.generation++;
    window.clearTimeout(this.timer);
    window.clearTimeout(this.steady);
    window.clearTimeout(this.silent);
    this.late = undefined;
    this.transport?.close();
    this.transport = undefined;
  }

  private async open(): Promise<void> {
    this.shut();
    const mine = this.generation;
    this.openedAt = performance.now();
    this.measured.record.opens++;
    this.set({ phase: "opening", why: undefined, refused: undefined });
    let found: ReturnType<typeof choose>;
    try {
      const options = await api.live.options(this.camera, this.want, abilities(this.support));
      if (mine !== this.generation) return;
      if (this.second && Date.now() >= this.second.until) this.second = undefined;
      if (options.needsSecond && this.second === undefined) {
        this.impossible({ code: "viewing_second" });
        return;
      }
      const small = options.streams.find((s) => s.stream === "sub");
      this.set({ mark: options.mark, voice: voiceOf(options), sub: small?.width && small.height ? { width: small.width, height: small.height } : this.view.sub });
      const avoid = new Set([...this.faults].filter(([, n]) => n >= 2).map(([k]) => k));
      found = choose(options, this.want, this.support, this.sound, avoid);
      if ("why" in found && avoid.size > 0) {
        this.faults.clear();
        found = choose(options, this.want, this.support, this.sound);
      }
    } catch (e) {
      if (mine !== this.generation) return;
      const p = asProblem(e);
      const final = p.status === 403 || p.status === 404;
      if (final) this.impossible({ code: p.code === "right_missing" ? "refused" : p.code }, p);
      else this.again({ code: p.status === 0 ? "server" : p.code });
      return;
    }
    if ("why" in found) {
      if (found.why.code === "camera_not_live") this.again(found.why);
      else this.impossible(found.why);
      return;
    }
    const { stream, kind, instead } = found.choice;
    Object.assign(this.measured.record, { kind, stream: stream.stream, codec: stream.codec });
    this.set({ stream, kind, instead });
    const events = {
      ended: (why: { code: string; final?: boolean }) => {
        if (mine !== this.generation) return;
        const key = `${stream.stream}/${kind}`;
        if (why.code !== "camera_not_live") this.faults.set(key, (this.faults.get(key) ?? 0) + (why.final ? 2 : 1));
        this.again({ code: why.code, params: { codec: codecName(stream.codec) } });
      },
      codec: (codec: string) => {
        this.measured.record.codec = codec;
        if (this.view.stream && this.view.stream.codec !== codec) this.set({ stream: { ...this.view.stream, codec } });
      },
      dropped: (frames: number) => {
        this.measured.record.skipped += frames;
        this.set({ skipped: this.view.skipped + frames });
      },
    };
    const t = kind === "whep"
      ? new WhepClient(this.video, api.live.whepURL(this.camera, stream.stream, this.second?.ask), events)
      : new MseClient(this.video, api.live.mseURL(this.camera, stream.stream, this.second?.ask), events);
    this.transport = t;
    this.watchFrames(mine);
    try {
      await t.open();
      if (mine === this.generation) this.play();
    } catch {
      if (mine === this.generation) events.ended({ code: "failed" });
    }
  }

  // A wall runs for weeks, and the rule of the house may be another by now.
  private async askMark(): Promise<void> {
    const mine = this.generation;
    if (this.view.phase !== "playing") return;
    try {
      const { mark } = await api.live.options(this.camera, this.want, abilities(this.support));
      if (mine === this.generation) this.set({ mark });
    } catch {
      // the picture tells itself when the server or the right is gone
    }
  }

  private impossible(why: Why, refused?: Problem): void {
    this.set({ phase: "impossible", why, refused, stream: undefined, kind: undefined });
    this.timer = window.setTimeout(() => void this.open(), askAgain);
  }

  private again(why: Why): void {
    this.shut();
    if (!this.running) return;
    this.set({ phase: "waiting", refused: undefined, why: blame(why, serverAway()) });
    this.timer = window.setTimeout(() => void this.open(), backoff(this.attempt++));
  }

  private watchFrames(mine: number): void {
    let first = true;
    const late = (): void => {
      if (mine !== this.generation || document.hidden || this.video.paused) {
        if (mine === this.generation) this.silent = window.setTimeout(late, frameSilence);
        return;
      }
      this.again({ code: "camera_not_live" });
    };
    this.late = late;
    this.silent = window.setTimeout(late, frameSilence);
    const frame: VideoFrameRequestCallback = (_now, meta) => {
      if (mine !== this.generation) return;
      const m = this.measured.record;
      m.frames++;
      m.mediaTime = meta.mediaTime;
      if (first) {
        first = false;
        m.firstFrame = performance.now() - this.openedAt;
        performance.measure(`watchroom:first-frame:${this.camera}`, { start: this.openedAt, end: performance.now() });
        this.set({ phase: "playing", clickToPlay: false, ...(this.view.stream?.stream === "sub" ? { sub: { width: this.video.videoWidth, height: this.video.videoHeight } } : {}) });
        this.steady = window.setTimeout(() => {
          this.attempt = 0;
          this.faults.clear();
        }, steadyAfter);
      }
      if (m.frames % 25 === 0) m.dropped = this.video.getVideoPlaybackQuality().droppedVideoFrames;
      window.clearTimeout(this.silent);
      this.silent = window.setTimeout(late, frameSilence);
      this.video.requestVideoFrameCallback(frame);
    };
    this.video.requestVideoFrameCallback(frame);
  }
}
