import { asProblem, Problem, readProblem } from "../api/problem";

/** What one request for footage brought. Instants are ms since 1970 UTC. */
export interface Chunk {
  next?: number; // where to ask on, as the server says
  empty: boolean;
}

export type ChunkFetch = (from: number, to: number, signal: AbortSignal, begin: (mime: string) => void, data: (bytes: Uint8Array<ArrayBuffer>) => void) => Promise<Chunk>;

/** Streams one request into the callbacks while it arrives. Throws Problem. */
export async function fetchChunk(url: string, signal: AbortSignal, begin: (mime: string) => void, data: (bytes: Uint8Array<ArrayBuffer>) => void): Promise<Chunk> {
  const r = await fetch(url, { signal, credentials: "same-origin" }).catch((e: unknown) => {
    throw e instanceof TypeError ? new Problem(0, "offline", "") : e;
  });
  if (!r.ok) throw await readProblem(r);
  const n = r.headers.get("Watchroom-Next");
  const next = n ? Date.parse(n) : undefined;
  if (r.status === 204 || !r.body) return { next, empty: true };
  begin(r.headers.get("Content-Type") ?? "");
  const reader = r.body.getReader();
  let any = false;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (value.byteLength > 0) {
      any = true;
      data(value as Uint8Array<ArrayBuffer>);
    }
  }
  return { next, empty: !any };
}

/** What a refusal says of footage that cannot be read. Microseconds are rounded away from it. */
function holeOf(p: Problem): { from: number; until: number } | undefined {
  if (p.code !== "footage_unreadable" || typeof p.params.from !== "string" || typeof p.params.until !== "string") return undefined;
  const from = Date.parse(p.params.from);
  const until = Date.parse(p.params.until) + 1;
  return from < until ? { from, until } : undefined;
}

export interface LoaderSink {
  begin(mime: string): void;
  data(bytes: Uint8Array<ArrayBuffer>): void;
  /** A refusal that repeating does not mend. */
  refused(p: Problem): void;
  /** What may pass: asked again by itself. Undefined once footage comes again. */
  troubled?(p: Problem | undefined): void;
  /** Footage that is on record and cannot be read, up to where it goes on. */
  hole?(from: number, until: number, p: Problem): void;
}

/**
 * Walks through footage in chunks: remembers where to go on, has one request in
 * flight at most, goes from piece to piece, and waits longer after each failure.
 */
export class Loader {
  private cursor: number;
  private since: number; // where the present walk began
  private asked: number; // how far it has asked
  private abort: AbortController | undefined;
  private failures = 0;
  private notBefore = 0;
  private dead = false;

  constructor(
    start: number,
    private readonly end: number,
    private readonly fetch: ChunkFetch,
    private readonly sink: LoaderSink,
    private readonly now: () => number = () => Date.now(),
  ) {
    this.cursor = this.since = this.asked = start;
  }

  /** Whether the present walk has asked for the instant. */
  covers(t: number): boolean {
    return t >= this.since && t < this.asked;
  }
  get position(): number {
    return this.cursor;
  }
  get busy(): boolean {
    return this.abort !== undefined;
  }

  /** Goes on from another instant; what is in flight is dropped. */
  jump(to: number): void {
    this.abort?.abort();
    this.abort = undefined;
    this.cursor = this.since = this.asked = to;
    this.notBefore = 0;
  }

  close(): void {
    this.dead = true;
    this.abort?.abort();
    this.abort = undefined;
  }

  /**
   * Asks for the next chunk if there is footage before `until`. `piece` gives the
   * piece to load at an instant, or the next one after it.
   */
  pump(until: number, length: number, piece: (t: number) => { start: number; end: number } | undefined): void {
    if (this.dead || this.abort || this.now() < this.notBefore) return;
    const p = piece(this.cursor);
    if (!p) return;
    const from = Math.max(this.cursor, p.start);
    if (from >= until || from >= this.end) return;
    const to = Math.min(from + length, p.end, this.end);
    if (to - from < 1) {
      this.cursor = p.end;
      return;
    }
    void this.load(from, to);
  }

  private async load(from: number, to: number): Promise<void> {
    const abort = new AbortController();
    this.abort = abort;
    this.asked = to;
    try {
      const c = await this.fetch(from, to, abort.signal,
        (mime) => { if (!abort.signal.aborted) this.sink.begin(mime); },
        (bytes) => { if (!abort.signal.aborted) this.sink.data(bytes); });
      if (abort.signal.aborted) return;
      if (this.failures > 0) this.sink.troubled?.(undefined);
      this.failures = 0;
      // Whatever the server says, it goes forward.
      this.cursor = Math.max(from + 1, c.next !== undefined && c.next > from ? c.next : to);
      // Footage that is being written right now: not yet there, ask again soon.
      if (c.empty) this.notBefore = this.now() + 300;
    } catch (e) {
      if (abort.signal.aborted) return;
      const p = asProblem(e);
      const hole = holeOf(p);
      if (hole && hole.until > from) {
        this.failures = 0;
        this.cursor = hole.until;
        this.sink.hole?.(hole.from, hole.until, p);
      } else if (p.status === 401 || p.status === 403 || p.status === 406) {
        this.dead = true;
        this.sink.refused(p);
      } else {
        this.notBefore = this.now() + Math.min(500 * 2 ** this.failures++, 10_000);
        this.sink.troubled?.(p);
      }
    } finally {
      if (this.abort === abort) this.abort = undefined;
    }
  }
}
