import { api } from "../api/api";
import { rightsMoved } from "../api/events";
import { asProblem, type Problem } from "../api/problem";
import { audible, mediaSourceClass, wantedMime } from "./capability";
import { correction } from "./clock";
import { fetchChunk, Loader } from "./loader";
import { measure } from "./measure";
import { nextFootage, pieceAt, piecesOf, without, type Hole, type Piece } from "./pieces";
import { AppendQueue, type Buffer } from "./queue";

export type Phase = "loading" | "ready" | "gap" | "unsupported" | "failed" | "refused" | "ended";

export interface Window { viewing: string; camera: string; from: number; to: number }

const chunk = 12_000; // ms asked for at a time, at normal speed
const ahead = 15_000; // ms kept ready before the playhead, at normal speed
const behind = 20_000; // ms kept behind the playhead
const fastest = 16; // the browser's limit for playbackRate; faster goes by seeking
export const keyframesFrom = 8; // from this speed on only key frames are fetched
const crack = 40; // ms between pieces that count as none
const early = 0.5; // s before the first frame that still show it
const openRefresh = 3000; // ms between looks at footage that is still being written
const settled = 15_000; // ms after its end during which an interval may still gain footage
const patient = 2; // faults of the media pipeline that are mended without a word
const healthy = 8; // s of pictures after which the next fault is a first one

/** Delay before the nth attempt (from 0) to play what the browser gave up on, in ms. */
export function mendAfter(n: number): number {
  return n < patient ? 0 : Math.min(1000 * 2 ** (n - patient), 15_000);
}

/** One camera's recorded footage in one video element, driven by a master clock from outside. */
export class RecordedPlayer {
  phase: Phase = "loading";
  problem: Problem | undefined; // in refused; elsewhere trouble that may pass
  pieces: Piece[] = [];
  private holes: (Hole & { problem: Problem })[] = []; // what could not be read while this player was there
  private readonly base: number; // ms since 1970 UTC of second 0 of the media timeline
  private source: MediaSource | undefined;
  private buffer: SourceBuffer | undefined;
  private queue: AppendQueue | undefined;
  private objectURL: string | undefined;
  private loader: Loader | undefined;
  private mime = "";
  private keyframes = false;
  private sound = false;
  private loadedAt = 0;
  private loading = false;
  private closed = false;
  private faults = 0; // of the media pipeline, one after the other
  private mendAt = 0; // not before, by performance.now
  private healthyFrom: number | undefined; // s, media time of the first frame after a fault
  private listed = false; // the pieces are known
  private listFaults = 0;
  private readonly broken = (): void => this.fault();
  private jumpedAt = -Infinity;
  private gaps: number[] = []; // s between the frames shown last
  private shown: number | undefined; // s, media time of the frame on screen
  private readonly abort = new AbortController();
  private readonly measured;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly window: Window,
    private readonly changed: () => void,
  ) {
    // A minute early: footage begins at the key frame before, and nothing may come
    // before second 0.
    this.base = Math.floor(window.from / 1000) * 1000 - 60_000;
    globalThis.addEventListener(rightsMoved, this.askAgain);
    this.measured = measure(window.camera, "recorded");
    this.measured.record.opens = 1;
    const opened = performance.now();
    const frame: VideoFrameRequestCallback = (_now, meta) => {
      if (this.closed) return;
      const since = this.shown === undefined ? 0 : meta.mediaTime - this.shown;
      // Frames are skipped at speed and repeated when paused; the least step of late is one frame.
      if (since > 0.004 && since < 2) this.gaps = [...this.gaps.slice(-11), since];
      this.shown = meta.mediaTime;
      const m = this.measured.record;
      m.firstFrame ??= performance.now() - opened;
      m.frames++;
      m.mediaTime = meta.mediaTime;
      m.wall = this.base + meta.mediaTime * 1000;
      if (this.faults > 0) {
        this.healthyFrom ??= meta.mediaTime;
        if (Math.abs(meta.mediaTime - this.healthyFrom) > healthy) this.faults = 0;
      }
      this.video.requestVideoFrameCallback(frame);
    };
    video.requestVideoFrameCallback(frame);
    video.addEventListener("error", this.broken);
    video.disableRemotePlayback = true;
    video.muted = true;
    void this.refresh();
  }

  close(): void {
    this.closed = true;
    this.abort.abort();
    globalThis.removeEventListener(rightsMoved, this.askAgain);
    this.video.removeEventListener("error", this.broken);
    this.drop();
    this.measured.forget();
  }

  /** The instant of the frame on screen. */
  get frameAt(): number | undefined {
    return this.shown === undefined || this.phase !== "ready" ? undefined : this.base + this.shown * 1000;
  }

  /** Length of a frame at the instant, in ms. */
  frameLength(t: number): number {
    const fps = pieceAt(this.pieces, t, crack)?.fps ?? 0;
    if (fps > 0.2) return 1000 / fps;
    return this.gaps.length > 0 ? Math.min(...this.gaps) * 1000 : 40;
  }

  get known(): boolean {
    return this.listed;
  }
  footageAt(t: number): boolean {
    return pieceAt(this.pieces, t, crack) !== undefined;
  }
  /** Why there is no picture where footage is on record. */
  brokenAt(t: number): Problem | undefined {
    return this.holes.find((h) => t >= h.from - crack && t < h.until)?.problem;
  }
  /** Whether footage between two instants is on record and could not be read. */
  brokenIn(from: number, to: number): boolean {
    return this.holes.some((h) => h.from < to && h.until > from);
  }
  footageAfter(t: number): number | undefined {
    return nextFootage(this.pieces, t);
  }

  /** Whether the master should wait for this camera. */
  get waiting(): boolean {
    return this.phase === "loading";
  }

  setSound(on: boolean): void {
    this.video.muted = !on;
    if (on === this.sound) return;
    this.sound = on;
    this.drop(); // the tracks change: a new media source
  }

  /** Called for every frame of the screen, and a few times a second when the page is hidden. */
  follow(t: number, running: boolean, rate: number): void {
    if (this.closed || this.phase === "refused") return;
    const keyframes = rate >= keyframesFrom;
    if (keyframes !== this.keyframes) {
      this.keyframes = keyframes;
      this.loader?.jump(t);
      this.queue?.reset();
    }
    const now = Date.now();
    const last = this.pieces.at(-1);
    if (!this.known) {
      if (!this.loading && now - this.loadedAt > Math.min(500 * 2 ** this.listFaults, 10_000)) void this.refresh();
      return;
    }
    if (!this.loading && now - this.loadedAt > openRefresh && (last?.open || this.window.to + settled > this.loadedAt) && t > (last?.end ?? 0) - 60_000) void this.refresh();

    const p = pieceAt(this.pieces, t, crack);
    if (!p) {
      this.pause();
      const more = this.footageAfter(t);
      // What lies ahead may load while the gap is skipped or looked at.
      if (more !== undefined && more - t < 5000) this.pump(more, rate);
      this.set(more === undefined && t >= this.window.to - 500 ? "ended" : "gap");
      return;
    }
    if (!mediaSourceClass()?.isTypeSupported(wantedMime(p, this.sound))) {
      this.pause();
      this.set("unsupported");
      return;
    }
    if (performance.now() < this.mendAt) {
      this.pause();
      this.set(this.faults > patient ? "failed" : "loading");
      return;
    }
    this.pump(t, rate);
    const v = this.video;
    let at = (t - this.base) / 1000;
    const range = this.rangeAt(at);
    if (range) at = Math.max(at, range.start + 0.001);
    const enough = range !== undefined && (range.end - at > Math.min(0.25 * Math.max(1, rate), (p.end - t) / 1000 - 0.1) || !running);
    if (!range || !enough) {
      this.pause();
      this.set("loading");
      if (range && Math.abs(v.currentTime - at) > 0.5 && !v.seeking) v.currentTime = at;
      return;
    }
    if (!running) {
      this.pause();
      if (Math.abs(v.currentTime - at) > 0.004 && !v.seeking) v.currentTime = at;
    } else if (rate > fastest) {
      this.pause();
      if (!v.seeking) v.currentTime = at;
    } else {
      const c = correction(v.currentTime - at, rate);
      if (c.seek && !v.seeking) v.currentTime = at;
      if (v.playbackRate !== c.rate) v.playbackRate = c.rate;
      if (v.paused) void v.play().catch(() => undefined); // interrupted by the next pause
    }
    this.set(v.readyState >= 2 || v.seeking ? "ready" : "loading");
    this.trim(at);
  }

  private pause(): void {
    if (!this.video.paused) this.video.pause();
  }

  // Whether the footage may still be seen: what was fetched before lies here for seconds.
  private readonly askAgain = (): void => {
    if (!this.closed && this.phase !== "refused") void this.refresh();
  };

  private set(p: Phase): void {
    if (this.phase === p) return;
    this.phase = p;
    if (p === "refused") {
      this.pause();
      this.drop();
    }
    this.changed();
  }

  private rangeAt(at: number): { start: number; end: number } | undefined {
    const b = this.buffer?.buffered;
    if (!b) return undefined;
    for (let i = 0; i < b.length; i++) {
      // The first frame of a piece may come a little after its start.
      if (at >= b.start(i) - early && at < b.end(i)) return { start: b.start(i), end: b.end(i) };
    }
    return undefined;
  }

  // Sound that this browser cannot play is not asked for: its bytes would not be digested.
  private heardAt(t: number): boolean {
    const p = pieceAt(this.pieces, t, crack);
    return p !== undefined && audible(p);
  }

  private async refresh(): Promise<void> {
    this.loading = true;
    try {
      const { from, to } = this.window;
      const list = await api.viewings.playlist(this.window.viewing, this.window.camera, from, Math.min(to, Date.now() + 1000), this.abort.signal);
      this.pieces = without(piecesOf(list.pieces), this.holes);
      if (!this.listed || this.listFaults > 0) this.problem = undefined;
      this.listed = true;
      this.listFaults = 0;
    } catch (e) {
      if (this.closed) return;
      const p = asProblem(e);
      this.problem = p;
      this.listFaults++;
      if (p.status === 403 || p.status === 401 || p.status === 404) this.set("refused");
    } finally {
      this.loading = false;
      this.loadedAt = Date.now();
      if (!this.closed) this.changed();
    }
  }

  private pump(t: number, rate: number): void {
    this.build(t);
    const loader = this.loader;
    const buffer = this.buffer;
    if (!loader || !buffer || !this.queue || this.queue.waiting > 30) return;
    const range = this.rangeAt((t - this.base) / 1000);
    const idle = !loader.busy && this.queue.waiting === 0;
    const now = performance.now();
    if (!range) {
      // Nothing here: ask from here, unless the answer is on its way. What was asked
      // for and did not come is asked for again, but not all the time.
      if (!loader.covers(t) || (idle && now - this.jumpedAt > 1000)) this.jump(t);
    } else if (idle) {
      const end = this.base + range.end * 1000;
      if (loader.position > end + 1500 && this.footageAt(end + 500) && now - this.jumpedAt > 1000) this.jump(end);
      else if (loader.position < end - 4000) this.jump(end);
    }
    const scale = Math.min(Math.max(1, rate), 12);
    loader.pump(t + ahead * scale, chunk * scale, (x) => {
      const p = pieceAt(this.pieces, x, crack);
      if (p) return p;
      const n = nextFootage(this.pieces, x);
      return n === undefined ? undefined : pieceAt(this.pieces, n);
    });
  }

  private jump(t: number): void {
    this.jumpedAt = performance.now();
    this.loader?.jump(t);
    this.queue?.interrupt();
  }

  private build(t: number): void {
    if (this.source || this.closed) return;
    const Source = mediaSourceClass();
    if (!Source) return;
    const source = new Source();
    this.source = source;
    this.objectURL = URL.createObjectURL(source);
    source.addEventListener("sourceopen", () => this.opened(source, t), { once: true });
    this.video.src = this.objectURL;
  }

  private opened(source: MediaSource, t: number): void {
    if (this.closed || this.source !== source) return;
    const p = pieceAt(this.pieces, t, crack) ?? this.pieces.find((x) => x.end > t);
    if (!p) return;
    source.duration = Math.max(1, (this.window.to - this.base) / 1000 + 60);
    this.mime = wantedMime(p, this.sound);
    try {
      this.buffer = source.addSourceBuffer(this.mime);
    } catch (e) {
      // Only the browser's own word that it lacks the codec is one about the codec.
      if (e instanceof Error && e.name === "NotSupportedError") this.set("unsupported");
      else this.fault();
      return;
    }
    this.queue = new AppendQueue(this.buffer as Buffer, () => this.room(), () => this.fault());
    const { viewing, camera } = this.window;
    this.loader = new Loader(t, this.window.to, (from, to, signal, begin, data) =>
      fetchChunk(api.viewings.streamURL(viewing, camera, { from, to, base: this.base, keyframes: this.keyframes, audio: this.sound && this.heardAt(from) }), signal, begin, data),
    {
      begin: (mime) => {
        if (mime.includes("codecs=") && mime !== this.mime) {
          this.mime = mime;
          this.queue?.changeType(mime);
        }
      },
      data: (bytes) => this.queue?.append(bytes),
      refused: (problem) => {
        this.problem = problem;
        this.set("refused");
      },
      hole: (from, until, problem) => {
        this.holes.push({ from, until, problem });
        this.pieces = without(this.pieces, this.holes);
        this.changed();
      },
      troubled: (problem) => {
        this.problem = problem;
        this.changed();
      },
    });
  }

  // What the browser could not digest is asked for anew, after a few times with
  // growing delays: a busy machine, a lost decoder or a torn answer all pass.
  private fault(): void {
    if (this.closed || !this.source) return;
    this.drop();
    this.mendAt = performance.now() + mendAfter(this.faults++);
    this.healthyFrom = undefined;
  }

  private drop(): void {
    this.loader?.close();
    this.queue?.close();
    this.loader = undefined;
    this.queue = undefined;
    this.buffer = undefined;
    this.source = undefined;
    if (this.objectURL) {
      URL.revokeObjectURL(this.objectURL);
      this.objectURL = undefined;
      this.video.removeAttribute("src");
      this.video.load();
    }
  }

  private trim(at: number): void {
    const b = this.buffer?.buffered;
    if (!b || b.length === 0 || !this.queue || this.queue.waiting > 0) return;
    const scale = Math.max(1, this.video.playbackRate);
    if (b.start(0) < at - (behind / 1000) * scale * 2) this.queue.remove(0, at - (behind / 1000) * scale);
  }

  private room(): { from: number; to: number } | undefined {
    const b = this.buffer?.buffered;
    if (!b || b.length === 0) return undefined;
    const at = this.video.currentTime;
    if (b.start(0) < at - 6) return { from: 0, to: at - 4 };
    if (b.end(b.length - 1) > at + 30) return { from: at + 20, to: Infinity };
    return undefined;
  }
}
