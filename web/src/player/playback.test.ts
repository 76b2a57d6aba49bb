import { describe, expect, it } from "vitest";
import { Problem } from "../api/problem";
import { correction, driftLimit, MasterClock } from "./clock";
import { Loader, type Chunk, type ChunkFetch } from "./loader";
import { mendAfter } from "./recorded";
import { nextFootage, pieceAt, without, type Piece } from "./pieces";

const piece = (start: number, end: number): Piece => ({ start, end, mime: "m", codec: "h264", fps: 25, width: 1, height: 1 });

describe("the master clock", () => {
  it("runs at its rate while it plays and nobody holds it", () => {
    let now = 0;
    const c = new MasterClock(1000, () => now);
    now = 50;
    expect(c.position).toBe(1000);
    c.play(true);
    now = 150;
    expect(c.position).toBe(1100);
    c.setRate(4);
    now = 250;
    expect(c.position).toBe(1500);
    c.hold(true);
    now = 900;
    expect(c.position).toBe(1500);
    c.hold(false);
    now = 925;
    expect(c.position).toBe(1600);
    c.play(false);
    now = 5000;
    expect(c.position).toBe(1600);
    c.set(70);
    expect(c.position).toBe(70);
  });
});

describe("keeping cameras in step", () => {
  it("leaves small drift alone, mends larger drift by rate, and jumps when far off", () => {
    expect(correction(driftLimit * 0.9, 1)).toEqual({ rate: 1, seek: false });
    expect(correction(0.3, 1).rate).toBeLessThan(1);
    expect(correction(-0.3, 1).rate).toBeGreaterThan(1);
    expect(correction(2, 1)).toEqual({ rate: 1, seek: true });
    expect(correction(-2, 1).seek).toBe(true);
  });

  it("brings any camera within the limit, at any speed", () => {
    for (const rate of [0.25, 1, 4, 16]) {
      for (let start = -3; start <= 3; start += 0.17) {
        let drift = start;
        for (let i = 0; i < 60 * 20; i++) {
          const c = correction(drift, rate);
          if (c.seek) drift = 0;
          else drift += (c.rate - rate) / 60;
        }
        expect(Math.abs(drift)).toBeLessThanOrEqual(driftLimit * Math.max(1, rate) + 1e-9);
      }
    }
  });
});

describe("pieces", () => {
  it("are cut where footage cannot be read", () => {
    const open = { ...piece(60, 100), open: true };
    const cut = without([piece(0, 50), open], [{ from: 10, until: 20 }, { from: 40, until: 70 }, { from: 15, until: 18 }]);
    expect(cut.map((p) => [p.start, p.end, p.open])).toEqual([[0, 10, undefined], [20, 40, undefined], [70, 100, true]]);
    expect(without([piece(0, 10)], [{ from: 0, until: 10 }])).toEqual([]);
  });

  const list = [piece(100, 200), piece(200, 300), piece(500, 600)];
  it("are found by instant; the end belongs to the next", () => {
    expect(pieceAt(list, 99)).toBeUndefined();
    expect(pieceAt(list, 100)).toBe(list[0]);
    expect(pieceAt(list, 200)).toBe(list[1]);
    expect(pieceAt(list, 300)).toBeUndefined();
    expect(pieceAt(list, 490, 20)).toBe(list[2]);
    expect(pieceAt(list, 600)).toBeUndefined();
  });
  it("tell where footage goes on", () => {
    expect(nextFootage(list, 350)).toBe(500);
    expect(nextFootage(list, 550)).toBe(550);
    expect(nextFootage(list, 600)).toBeUndefined();
  });
});

// A server whose answers the test gives one by one.
function server() {
  const asked: { from: number; to: number; signal: AbortSignal; answer: (c: Chunk | Error) => void }[] = [];
  const fetch: ChunkFetch = (from, to, signal, begin, data) =>
    new Promise((resolve, reject) => {
      asked.push({
        from, to, signal,
        answer: (c) => {
          if (c instanceof Error) return reject(c);
          if (!c.empty) {
            begin('video/mp4; codecs="avc1.64001F"');
            data(new Uint8Array(8));
          }
          resolve(c);
        },
      });
    });
  return { asked, fetch };
}
const settle = async (): Promise<void> => { for (let i = 0; i < 10; i++) await Promise.resolve(); };

describe("mending a player that the browser gave up on", () => {
  it("is tried at once twice, then ever later, and never given up", () => {
    const waits = Array.from({ length: 12 }, (_, n) => mendAfter(n));
    expect(waits.slice(0, 3)).toEqual([0, 0, 1000]);
    for (const [i, w] of waits.entries()) expect(w).toBeGreaterThanOrEqual(waits[i - 1] ?? 0);
    expect(waits.at(-1)).toBe(15_000);
  });
});

describe("the loader", () => {
  function setup() {
    const s = server();
    let now = 0;
    const got: string[] = [];
    const list = [piece(0, 25_000), piece(40_000, 90_000)];
    const loader = new Loader(0, 80_000, s.fetch, { begin: (m) => got.push(m), data: (b) => got.push(`${b.byteLength} bytes`), refused: (p) => got.push(`refused ${p.code}`), troubled: (p) => got.push(p ? `trouble ${p.code}` : "well again") }, () => now);
    const pump = (until: number): void => loader.pump(until, 10_000, (t) => pieceAt(list, t) ?? list.find((p) => p.start > t));
    return { s, got, loader, pump, later: (ms: number) => { now += ms; } };
  }

  it("walks chunk by chunk, across a gap, and stops at the end", async () => {
    const { s, loader, pump } = setup();
    const seen: string[] = [];
    for (let i = 0; i < 20; i++) {
      pump(1e9);
      const a = s.asked.at(-1);
      if (!a || !loader.busy) break;
      seen.push(`${a.from}-${a.to}`);
      a.answer({ empty: false });
      await settle();
    }
    expect(seen).toEqual(["0-10000", "10000-20000", "20000-25000", "40000-50000", "50000-60000", "60000-70000", "70000-80000"]);
  });

  it("goes on behind footage that cannot be read, at once, and says which", async () => {
    const holes: number[][] = [];
    const s = server();
    const loader = new Loader(0, 80_000, s.fetch, { begin: () => undefined, data: () => undefined, refused: () => undefined, hole: (from, until) => holes.push([from, until]) }, () => 0);
    const pump = (): void => loader.pump(1e9, 10_000, (t) => pieceAt([piece(0, 90_000)], t));
    pump();
    s.asked[0]?.answer(new Problem(503, "footage_unreadable", "", { from: "1970-01-01T00:00:00Z", until: "1970-01-01T00:00:20.000400Z" }));
    await settle();
    expect(holes).toEqual([[0, 20_001]]);
    pump();
    expect(s.asked[1]?.from).toBe(20_001);
    s.asked[1]?.answer(new Problem(503, "footage_unreadable", ""));
    await settle();
    pump();
    expect(s.asked.length).toBe(2); // without a word of where it goes on it is asked for again, later
  });

  it("goes on where the server says, and forward whatever it says", async () => {
    const { s, loader, pump } = setup();
    pump(1e9);
    s.asked[0]?.answer({ empty: false, next: 9_500 });
    await settle();
    expect(loader.position).toBe(9_500);
    pump(1e9);
    s.asked[1]?.answer({ empty: false, next: 3 });
    await settle();
    expect(loader.position).toBe(19_500);
  });

  it("has one request in flight and none beyond what is wanted", async () => {
    const { s, pump } = setup();
    pump(5_000);
    pump(5_000);
    expect(s.asked).toHaveLength(1);
    s.asked[0]?.answer({ empty: false });
    await settle();
    pump(5_000);
    expect(s.asked).toHaveLength(1);
  });

  it("drops what is in flight when it jumps", async () => {
    const { s, got, loader, pump } = setup();
    pump(1e9);
    loader.jump(50_000);
    expect(s.asked[0]?.signal.aborted).toBe(true);
    pump(1e9);
    s.asked[0]?.answer({ empty: false });
    await settle();
    expect(got).toEqual([]);
    expect(s.asked[1]?.from).toBe(50_000);
    expect(loader.covers(55_000)).toBe(true);
    expect(loader.covers(5_000)).toBe(false);
  });

  it("waits longer after each failure, and at most ten seconds", async () => {
    const { s, pump, later } = setup();
    const waits: number[] = [];
    for (let n = 0; n < 8; n++) {
      pump(1e9);
      s.asked.at(-1)?.answer(new TypeError("network"));
      await settle();
      let waited = 0;
      const before = s.asked.length;
      while (s.asked.length === before) { later(100); waited += 100; pump(1e9); }
      waits.push(waited);
      s.asked.at(-1)?.answer(new TypeError("network"));
      await settle();
      later(20_000);
    }
    expect(waits[0]).toBe(500);
    expect(Math.max(...waits)).toBe(10_000);
  });

  it("stops for good when it is refused", async () => {
    const { s, got, pump, later } = setup();
    pump(1e9);
    s.asked[0]?.answer(new Problem(403, "viewing_expired", ""));
    await settle();
    later(60_000);
    pump(1e9);
    expect(got).toEqual(["refused viewing_expired"]);
    expect(s.asked).toHaveLength(1);
  });

  it("asks again soon for footage that is just being written", async () => {
    const { s, pump, later } = setup();
    pump(1e9);
    s.asked[0]?.answer({ empty: true });
    await settle();
    pump(1e9);
    expect(s.asked).toHaveLength(1);
    later(400);
    pump(1e9);
    expect(s.asked).toHaveLength(2);
  });
});
