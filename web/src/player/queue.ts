/** The part of SourceBuffer that the queue drives; a seam for tests. */
export interface Buffer {
  readonly updating: boolean;
  readonly buffered: { readonly length: number; start(i: number): number; end(i: number): number };
  timestampOffset: number;
  appendBuffer(data: BufferSource): void;
  remove(start: number, end: number): void;
  changeType(mime: string): void;
  abort(): void;
  addEventListener(type: "updateend" | "error", f: () => void): void;
  removeEventListener(type: "updateend" | "error", f: () => void): void;
}

type Step =
  | { do: "append"; data: BufferSource; done?: () => void }
  | { do: "remove"; from: number; to: number }
  | { do: "type"; mime: string }
  | { do: "offset"; seconds: number }
  | { do: "call"; f: () => void };

/**
 * A SourceBuffer takes one step at a time; the queue holds the rest in order. When
 * the browser's quota is used up it asks for room, once per refusal, and gives up
 * through onFault if there is none to be had.
 */
export class AppendQueue {
  private steps: Step[] = [];
  private running: Step | undefined;
  private refused = false;
  private closed = false;
  private readonly next = (): void => this.finish();
  private readonly fault = (): void => this.give(new Error("the browser could not read the stream"));

  constructor(
    private readonly buffer: Buffer,
    /** Frees memory: a range to remove, or undefined if nothing can go. */
    private readonly room: () => { from: number; to: number } | undefined,
    private readonly onFault: (e: Error) => void,
  ) {
    buffer.addEventListener("updateend", this.next);
    buffer.addEventListener("error", this.fault);
  }

  append(data: BufferSource, done?: () => void): void {
    this.push({ do: "append", data, done });
  }
  remove(from: number, to: number): void {
    if (to > from) this.push({ do: "remove", from, to });
  }
  changeType(mime: string): void {
    this.push({ do: "type", mime });
  }
  /** Places what follows later on the media timeline, in seconds. */
  offset(seconds: number): void {
    this.push({ do: "offset", seconds });
  }
  /** Runs f when everything before it is in the buffer. */
  then(f: () => void): void {
    this.push({ do: "call", f });
  }

  get waiting(): number {
    return this.steps.length + (this.running ? 1 : 0);
  }

  /** Throws away what has not been appended; the next step begins a new initialisation segment. */
  interrupt(): void {
    if (this.closed) return;
    this.refused = false;
    if (this.running?.do === "remove") {
      // A removal cannot be aborted, and the parser has nothing in hand then.
      this.steps = [];
      return;
    }
    this.steps = [];
    this.running = undefined;
    try {
      this.buffer.abort(); // resets the parser amid a fragment
    } catch {
      // the media source has ended; what follows is refused and reported
    }
  }

  /** Throws away what has not been appended and empties the buffer. */
  reset(): void {
    this.interrupt();
    this.remove(0, Infinity);
  }

  close(): void {
    this.closed = true;
    this.steps = [];
    this.buffer.removeEventListener("updateend", this.next);
    this.buffer.removeEventListener("error", this.fault);
  }

  private push(s: Step): void {
    if (this.closed) return;
    this.steps.push(s);
    this.run();
  }

  private finish(): void {
    if (this.closed || this.buffer.updating) return;
    const s = this.running;
    this.running = undefined;
    if (s?.do === "append") {
      this.refused = false;
      s.done?.();
    }
    this.run();
  }

  private run(): void {
    while (!this.closed && !this.running && !this.buffer.updating) {
      const s = this.steps.shift();
      if (!s) return;
      try {
        switch (s.do) {
          case "append":
            this.running = s;
            this.buffer.appendBuffer(s.data);
            return;
          case "remove":
            this.running = s;
            this.buffer.remove(s.from, s.to);
            return;
          case "type":
            this.buffer.changeType(s.mime);
            break;
          case "offset":
            this.buffer.timestampOffset = s.seconds;
            break;
          case "call":
            s.f();
            break;
        }
      } catch (e) {
        this.running = undefined;
        if (!this.retry(s, e)) return;
      }
    }
  }

  private retry(s: Step, e: unknown): boolean {
    if (s.do === "append" && e instanceof Error && e.name === "QuotaExceededError" && !this.refused) {
      const r = this.room();
      if (r && r.to > r.from) {
        this.refused = true;
        this.steps.unshift({ do: "remove", ...r }, s);
        return true;
      }
    }
    this.give(e instanceof Error ? e : new Error(String(e)));
    return false;
  }

  private give(e: Error): void {
    if (this.closed) return;
    this.close();
    this.onFault(e);
  }
}
