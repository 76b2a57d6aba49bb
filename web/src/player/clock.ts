/**
 * The one clock that all cameras of a playback follow. Positions are ms since 1970
 * UTC; it stands still while somebody holds it, such as a camera that waits for data.
 */
export class MasterClock {
  private anchor: number; // position at `since`
  private since: number;
  private speed = 1;
  private wanted = false;
  private held = false;

  constructor(
    position: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.anchor = position;
    this.since = now();
  }

  get position(): number {
    return this.running ? this.anchor + (this.now() - this.since) * this.speed : this.anchor;
  }
  get playing(): boolean {
    return this.wanted;
  }
  get holding(): boolean {
    return this.held;
  }
  get running(): boolean {
    return this.wanted && !this.held;
  }
  get rate(): number {
    return this.speed;
  }

  set(position: number): void {
    this.anchor = position;
    this.since = this.now();
  }
  play(on: boolean): void {
    this.fix();
    this.wanted = on;
  }
  hold(on: boolean): void {
    if (on === this.held) return;
    this.fix();
    this.held = on;
  }
  setRate(rate: number): void {
    this.fix();
    this.speed = rate;
  }

  private fix(): void {
    this.anchor = this.position;
    this.since = this.now();
  }
}

export const driftLimit = 0.08; // s a camera may be off the master before it is corrected
const seekLimit = 0.5; // s beyond which only a jump helps

/**
 * What a camera does that is `drift` seconds ahead of the master (negative: behind)
 * at the given rate: play on, play a little faster or slower, or jump.
 */
export function correction(drift: number, rate: number): { rate: number; seek: boolean } {
  const off = Math.abs(drift);
  const scale = Math.max(1, rate);
  if (off > seekLimit * scale) return { rate, seek: true };
  if (off <= driftLimit * scale) return { rate, seek: false };
  // Within about a second, and never so much that it shows.
  return { rate: rate * (1 - Math.max(-0.12, Math.min(0.12, drift / scale / 2))), seek: false };
}
