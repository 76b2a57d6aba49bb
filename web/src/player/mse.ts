import { mediaSourceClass } from "./capability";
import { AppendQueue, type Buffer } from "./queue";
import type { Transport, TransportEvents } from "./whep";

interface Init { type: "init"; mime: string; codec: string; width: number; height: number; wall?: string; base?: string }
type Text = Init | { type: "state"; status: string; reason?: { code: string } | null; since?: string } | { type: "dropped"; frames: number };

const leastMargin = 0.25; // s kept between the playhead and the newest frame
const mostMargin = 1; // s to which the margin grows for streams that come in gulps
const behindLimit = 1.5; // s behind the newest frame, beyond the margin, before jumping
const behindGentle = 0.35; // s beyond the margin before playing a little faster
const keep = 8; // s kept behind the playhead
const silence = 12_000; // ms without a message before the connection counts as dead

/** Where the playhead should go to stay `margin` seconds behind the newest frame; no seek means it is fine where it is. */
export function chase(current: number, newest: number, margin: number): { seek?: number; rate: number } {
  const excess = newest - current - margin;
  if (excess > behindLimit || newest - current < -0.5) return { seek: newest - margin, rate: 1 };
  return { rate: excess > behindGentle ? 1.08 : 1 };
}

/** Start of the first buffered range after t, where t itself is in none or at the very end of one. */
export function nextRange(b: { length: number; start(i: number): number; end(i: number): number }, t: number): number | undefined {
  for (let i = 0; i < b.length; i++) {
    if (b.start(i) > t) return b.start(i);
    if (b.end(i) - t > 0.05) return undefined;
  }
  return undefined;
}

// A camera that sends JPEG: each message is a picture. They are drawn and handed to
// the video element as a stream, so that everything around it stays the same.
class Pictures {
  private readonly canvas = document.createElement("canvas");
  private readonly pen = this.canvas.getContext("2d");
  private busy = false;
  private attached = false;

  constructor(private readonly video: HTMLVideoElement) {}

  show(data: ArrayBuffer): void {
    if (this.busy) return; // the next one is newer anyway
    this.busy = true;
    void createImageBitmap(new Blob([data], { type: "image/jpeg" }))
      .then((b) => {
        if (this.canvas.width !== b.width || this.canvas.height !== b.height) {
          this.canvas.width = b.width;
          this.canvas.height = b.height;
        }
        this.pen?.drawImage(b, 0, 0);
        b.close();
        if (this.attached) return;
        this.attached = true;
        this.video.removeAttribute("src");
        this.video.srcObject = this.canvas.captureStream();
        void this.video.play().catch(() => {
          // the tile offers a click when the browser wants one
        });
      })
      .catch(() => {
        // a damaged picture; the next one follows
      })
      .finally(() => {
        this.busy = false;
      });
  }

  close(): void {
    if (this.attached) this.video.srcObject = null;
  }
}

/** Fragments over WebSocket into Media Source Extensions, always at the live edge. */
export class MseClient implements Transport {
  private socket: WebSocket | undefined;
  private source: MediaSource | undefined;
  private buffer: SourceBuffer | undefined;
  private queue: AppendQueue | undefined;
  private objectURL: string | undefined;
  private mime = "";
  private firstBase: number | undefined; // ms since 1970 UTC
  private held: ArrayBuffer[] = []; // arrived before the media source opened
  private heldInit: Init | undefined;
  private watchdog: number | undefined;
  private closed = false;
  private started = false;
  private pictures: Pictures | undefined;
  private margin = leastMargin;
  private readonly starved = (): void => this.fallBack();
  private readonly visible = (): void => this.visibility();

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly address: string,
    private readonly events: TransportEvents,
  ) {}

  async open(): Promise<void> {
    const Source = mediaSourceClass();
    if (!Source) {
      this.events.ended({ code: "no_transport", final: true });
      return;
    }
    const source = new Source();
    this.source = source;
    source.addEventListener("sourceopen", () => this.opened(), { once: true });
    this.objectURL = URL.createObjectURL(source);
    this.video.disableRemotePlayback = true; // the managed kind insists
    this.video.srcObject = null;
    this.video.src = this.objectURL;

    const s = new WebSocket(this.address);
    this.socket = s;
    s.binaryType = "arraybuffer";
    s.onmessage = (e: MessageEvent<string | ArrayBuffer>) => {
      this.alive();
      if (typeof e.data === "string") this.text(JSON.parse(e.data) as Text);
      else this.fragment(e.data);
    };
    s.onclose = (e) => this.end(e.code === 1008 ? "refused" : "failed", e.code === 1008);
    s.onerror = () => this.end("failed");
    this.alive();
    document.addEventListener("visibilitychange", this.visible);
    this.video.addEventListener("waiting", this.starved);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    window.clearTimeout(this.watchdog);
    document.removeEventListener("visibilitychange", this.visible);
    this.video.removeEventListener("waiting", this.starved);
    if (this.socket) {
      this.socket.onclose = this.socket.onmessage = this.socket.onerror = null;
      this.socket.close();
    }
    this.queue?.close();
    this.pictures?.close();
    if (this.objectURL) {
      if (this.video.src === this.objectURL) {
        this.video.removeAttribute("src");
        this.video.load();
      }
      URL.revokeObjectURL(this.objectURL);
    }
  }

  private alive(): void {
    window.clearTimeout(this.watchdog);
    this.watchdog = window.setTimeout(() => this.end("failed"), silence);
  }

  private end(code: string, final = false): void {
    if (this.closed) return;
    this.close();
    this.events.ended({ code, final });
  }

  private text(m: Text): void {
    switch (m.type) {
      case "init":
        this.init(m);
        break;
      case "state":
        // A stream that nobody watched until now is being opened: its pictures follow.
        if (m.status !== "live" && m.status !== "connecting") this.end("camera_not_live");
        break;
      case "dropped":
        this.events.dropped?.(m.frames);
        break;
    }
  }

  private opened(): void {
    if (this.heldInit) this.init(this.heldInit);
    this.heldInit = undefined;
    for (const f of this.held.splice(0)) this.fragment(f);
  }

  private init(m: Init): void {
    if (m.codec) this.events.codec?.(m.codec);
    if (m.mime === "image/jpeg") {
      this.pictures ??= new Pictures(this.video);
      return;
    }
    if (this.pictures) {
      this.end("codec_changed"); // the next attempt begins with a media source
      return;
    }
    if (this.source?.readyState !== "open") {
      this.heldInit = m;
      this.held = [];
      return;
    }
    const base = m.base ? Date.parse(m.base) : NaN;
    if (!this.queue) {
      try {
        this.buffer = this.source.addSourceBuffer(m.mime);
      } catch {
        this.end("codec_not_offered", true);
        return;
      }
      this.queue = new AppendQueue(this.buffer as Buffer, () => this.old(1), () => this.end("failed"));
      this.firstBase = base;
    } else {
      // A new run: another session of the camera, perhaps another codec. Its zero
      // may differ; both count from the wall clock.
      if (m.mime !== this.mime) this.queue.changeType(m.mime);
      if (Number.isFinite(base) && this.firstBase !== undefined) this.queue.offset((base - this.firstBase) / 1000);
    }
    this.mime = m.mime;
  }

  private fragment(data: ArrayBuffer): void {
    if (this.pictures) {
      this.pictures.show(data);
      return;
    }
    if (!this.queue) {
      this.held.push(data);
      return;
    }
    this.queue.append(data, () => this.follow());
  }

  private old(leave: number): { from: number; to: number } | undefined {
    const b = this.buffer?.buffered;
    if (!b || b.length === 0) return undefined;
    const to = this.video.currentTime - leave;
    return to > b.start(0) ? { from: 0, to } : undefined;
  }

  private follow(): void {
    const v = this.video;
    const b = this.buffer?.buffered;
    if (!b || b.length === 0 || this.closed) return;
    const newest = b.end(b.length - 1);
    if (!this.started) {
      if (newest - b.start(0) < this.margin) return;
      this.started = true;
      v.currentTime = Math.max(b.start(b.length - 1), newest - this.margin);
      void v.play().catch(() => {
        // the tile offers a click when the browser wants one
      });
      return;
    }
    if (!v.paused) {
      // Where frames come late or vary in length there are cracks between fragments;
      // a playhead that stands before one steps over it.
      const over = v.seeking || v.readyState > 2 ? undefined : nextRange(b, v.currentTime);
      if (over !== undefined) v.currentTime = over + 0.001;
      const c = chase(v.currentTime, newest, this.margin);
      if (c.seek !== undefined) v.currentTime = Math.max(b.start(b.length - 1), c.seek);
      if (v.playbackRate !== c.rate) v.playbackRate = c.rate;
    }
    if (v.currentTime - b.start(0) > keep * 2 && this.queue && this.queue.waiting < 2) this.queue.remove(0, v.currentTime - keep);
  }

  // It ran dry: keep more distance from now on, and take it at once.
  private fallBack(): void {
    const v = this.video;
    const b = this.buffer?.buffered;
    if (!this.started || !b || b.length === 0 || v.seeking || v.paused) return;
    const newest = b.end(b.length - 1);
    if (newest - v.currentTime > this.margin) return; // it waits for something else
    this.margin = Math.min(mostMargin, this.margin + 0.15);
    v.currentTime = Math.max(b.start(b.length - 1), newest - this.margin);
  }

  private visibility(): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.socket.send(JSON.stringify({ type: document.hidden ? "pause" : "resume" }));
    window.clearTimeout(this.watchdog);
    if (!document.hidden) this.alive();
  }
}
