import { MasterClock } from "./clock";
import { RecordedPlayer } from "./recorded";

export const speeds = [1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32] as const;

export interface PlaybackView {
  playing: boolean;
  rate: number;
  holding: boolean;
  ended: boolean;
}

const patience = 6000; // ms for which one camera may keep the others waiting
const settling = 2000; // ms after its end during which the newest footage may not be listed yet

export interface Skip {
  from: number;
  to: number;
  first: boolean; // the viewing began without footage
  broken: boolean; // footage in it is on record and cannot be read
}

/**
 * Several cameras in step: one clock, one player each. While nobody has footage it
 * jumps to where somebody has; while one waits for data all wait, but not for ever.
 */
export class PlaybackSession {
  view: PlaybackView = { playing: false, rate: 1, holding: false, ended: false };
  private readonly clock: MasterClock;
  private readonly players = new Map<string, RecordedPlayer>();
  private readonly waitingSince = new Map<string, number>();
  private frame = 0;
  private hidden = 0;
  private stepping = 0;
  private closed = false;
  private begun = false; // some footage was reached

  constructor(
    readonly from: number,
    readonly to: number,
    start: number,
    private readonly changed: (v: PlaybackView) => void,
    private readonly skipped: (s: Skip) => void,
    private readonly playerChanged: () => void,
  ) {
    this.clock = new MasterClock(Math.min(Math.max(start, from), to));
    const tick = (): void => {
      if (this.closed) return;
      this.tick();
      this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
    // Screens do not tick while the page is hidden; the clock goes on all the same.
    this.hidden = window.setInterval(() => { if (document.hidden) this.tick(); }, 250);
  }

  add(camera: string, viewing: string, video: HTMLVideoElement): RecordedPlayer {
    const p = new RecordedPlayer(video, { viewing, camera, from: this.from, to: this.to }, this.playerChanged);
    this.players.set(camera, p);
    return p;
  }
  remove(camera: string): void {
    this.players.get(camera)?.close();
    this.players.delete(camera);
    this.waitingSince.delete(camera);
  }
  player(camera: string): RecordedPlayer | undefined {
    return this.players.get(camera);
  }

  close(): void {
    this.closed = true;
    cancelAnimationFrame(this.frame);
    window.clearInterval(this.hidden);
    window.clearTimeout(this.stepping);
    for (const p of this.players.values()) p.close();
    this.players.clear();
  }

  get position(): number {
    return Math.min(Math.max(this.clock.position, this.from), this.limit);
  }

  /** The instant of the frame on screen where there is one, else the clock's. */
  get shown(): number {
    for (const p of this.players.values()) {
      const f = p.frameAt;
      if (f !== undefined && Math.abs(f - this.position) < 1000 * Math.max(1, this.view.rate)) return f;
    }
    return this.position;
  }

  play(on: boolean): void {
    if (on && this.position >= this.limit - 50) this.clock.set(this.from);
    this.clock.play(on);
    this.publish(false);
  }
  toggle(): void {
    window.clearTimeout(this.stepping);
    this.play(!this.clock.playing);
  }
  setRate(rate: number): void {
    this.clock.setRate(rate);
    this.publish(false);
  }
  seek(t: number): void {
    this.clock.set(Math.min(Math.max(t, this.from), this.limit));
    this.waitingSince.clear();
    this.publish(false);
    this.tick();
  }
  /**
   * Shows the next (1) or the previous (-1) frame. The length of a frame is known
   * only roughly where cameras vary it, so it looks a little further until the
   * picture has changed.
   */
  step(direction: 1 | -1): void {
    this.clock.play(false);
    this.publish(false);
    const first = [...this.players.values()].find((p) => p.frameAt !== undefined) ?? [...this.players.values()][0];
    const at = first?.frameAt ?? this.position;
    const length = first?.frameLength(at) ?? 40;
    window.clearTimeout(this.stepping);
    const attempt = (n: number): void => {
      // The middle of the neighbour, so that rounding cannot miss it.
      this.seek(direction > 0 ? at + (0.5 + n) * length : at - (n - 0.5) * length);
      this.stepping = window.setTimeout(() => {
        const now = first?.frameAt;
        if (n < 6 && now !== undefined && Math.abs(now - at) < 1) attempt(n + 1);
      }, 160);
    };
    attempt(1);
  }

  private get limit(): number {
    return Math.min(this.to, Date.now() - 300);
  }

  private tick(): void {
    const players = [...this.players.values()];
    const known = players.length > 0 && players.every((p) => p.known || p.phase === "refused");
    let t = this.position;
    if (this.clock.playing && players.length > 0 && players.every((p) => p.phase === "refused")) {
      this.clock.play(false);
      this.publish(false);
    }
    if (this.clock.playing && known) {
      if (!players.some((p) => p.footageAt(t))) {
        const next = players.map((p) => p.footageAfter(t)).filter((x) => x !== undefined).reduce((a, b) => Math.min(a, b), Infinity);
        if (next <= this.limit) {
          const from = t;
          t = next + 20;
          this.clock.set(t);
          const broken = players.some((p) => p.brokenIn(from, t));
          if (t - from > 1000 || broken) this.skipped({ from, to: t, first: !this.begun, broken });
          this.begun = true;
        } else if (t >= this.limit - 100 || next === Infinity) {
          if ((t >= this.limit - 100 && this.limit >= this.to - 50) || (next === Infinity && Date.now() > this.to + settling)) {
            this.clock.play(false);
            this.publish(true);
          }
        }
      } else if (t >= this.to - 30) {
        this.clock.play(false);
        this.publish(true);
      } else this.begun = true;
    }
    const now = performance.now();
    let hold = !known;
    for (const [camera, p] of this.players) {
      p.follow(t, this.clock.running, this.clock.rate);
      if (!p.waiting) {
        this.waitingSince.delete(camera);
        continue;
      }
      const since = this.waitingSince.get(camera) ?? now;
      this.waitingSince.set(camera, since);
      // Alone on the screen there is nobody to keep waiting.
      if (players.length === 1 || now - since < patience) hold = true;
    }
    if (hold !== this.clock.holding) {
      this.clock.hold(hold);
      if (!hold) for (const p of players) p.follow(this.position, this.clock.running, this.clock.rate);
      this.publish(false);
    }
  }

  private publish(ended: boolean): void {
    this.view = { playing: this.clock.playing, rate: this.clock.rate, holding: this.clock.holding, ended };
    this.changed(this.view);
  }
}
