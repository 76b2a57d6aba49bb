import { describe, expect, it } from "vitest";
import { backoff } from "./live";
import { chase, nextRange } from "./mse";
import { AppendQueue, type Buffer } from "./queue";

// A source buffer that finishes a step only when told to.
class FakeBuffer implements Buffer {
  updating = false;
  log: string[] = [];
  quota = Infinity;
  private offset = 0;
  private readonly listeners = new Map<string, Set<() => void>>();
  readonly buffered = { length: 0, start: () => 0, end: () => 0 };

  get timestampOffset(): number { return this.offset; }
  set timestampOffset(s: number) { this.check(); this.offset = s; this.log.push(`offset ${s}`); }
  appendBuffer(data: BufferSource): void {
    this.check();
    if (this.quota-- <= 0) throw Object.assign(new Error("full"), { name: "QuotaExceededError" });
    this.log.push(`append ${data.byteLength}`);
    this.updating = true;
  }
  remove(start: number, end: number): void { this.check(); this.log.push(`remove ${start}-${end}`); this.updating = true; }
  changeType(mime: string): void { this.check(); this.log.push(`type ${mime}`); }
  abort(): void { this.log.push("abort"); if (this.updating) this.finish(); }
  addEventListener(type: string, f: () => void): void { (this.listeners.get(type) ?? this.listeners.set(type, new Set()).get(type))?.add(f); }
  removeEventListener(type: string, f: () => void): void { this.listeners.get(type)?.delete(f); }
  finish(): void { this.updating = false; for (const f of [...(this.listeners.get("updateend") ?? [])]) f(); }
  fail(): void { this.updating = false; for (const f of [...(this.listeners.get("error") ?? [])]) f(); }
  listening(): number { return [...this.listeners.values()].reduce((n, s) => n + s.size, 0); }
  private check(): void { if (this.updating) throw new Error("step during update"); }
}

function setup(room: () => { from: number; to: number } | undefined = () => undefined) {
  const b = new FakeBuffer();
  const faults: string[] = [];
  return { b, faults, q: new AppendQueue(b, room, (e) => faults.push(e.message)) };
}
const bytes = (n: number): Uint8Array<ArrayBuffer> => new Uint8Array(n);

describe("the append queue", () => {
  it("takes one step at a time, in order, and tells when each is in", () => {
    const { b, q } = setup();
    const done: number[] = [];
    q.append(bytes(1), () => done.push(1));
    q.append(bytes(2), () => done.push(2));
    q.changeType("x");
    q.offset(5);
    q.append(bytes(3), () => done.push(3));
    expect(b.log).toEqual(["append 1"]);
    b.finish();
    expect(done).toEqual([1]);
    b.finish();
    expect(b.log).toEqual(["append 1", "append 2", "type x", "offset 5", "append 3"]);
    b.finish();
    expect(done).toEqual([1, 2, 3]);
    expect(q.waiting).toBe(0);
  });

  it("makes room when the browser's quota is used up, and tries again", () => {
    const { b, q, faults } = setup(() => ({ from: 0, to: 9 }));
    b.quota = 1;
    q.append(bytes(1));
    b.finish();
    q.append(bytes(2));
    expect(b.log).toEqual(["append 1", "remove 0-9"]);
    b.quota = 5;
    b.finish();
    expect(b.log.at(-1)).toBe("append 2");
    expect(faults).toEqual([]);
  });

  it("gives up once when there is no room to be had", () => {
    const { b, q, faults } = setup(() => ({ from: 0, to: 9 }));
    b.quota = 0;
    q.append(bytes(1));
    b.finish(); // the removal; the append is refused again
    expect(faults).toEqual(["full"]);
    expect(b.listening()).toBe(0);
    q.append(bytes(2));
    expect(b.log).toEqual(["remove 0-9"]);
  });

  it("forgets what waits and empties the buffer on reset", () => {
    const { b, q } = setup();
    const done: number[] = [];
    q.append(bytes(1), () => done.push(1));
    q.append(bytes(2), () => done.push(2));
    q.reset();
    expect(b.log).toEqual(["append 1", "abort", "remove 0-Infinity"]);
    b.finish();
    q.append(bytes(3), () => done.push(3));
    b.finish();
    expect(done).toEqual([3]);
  });

  it("reports what the browser cannot read", () => {
    const { b, q, faults } = setup();
    q.append(bytes(1));
    b.fail();
    expect(faults).toHaveLength(1);
  });

  it("is silent after closing", () => {
    const { b, q, faults } = setup();
    q.append(bytes(1));
    q.close();
    b.finish();
    q.append(bytes(2));
    expect(b.log).toEqual(["append 1"]);
    expect(faults).toEqual([]);
  });
});

describe("the live edge", () => {
  const margin = 0.25;
  it("is left alone while near, approached gently, jumped to when far", () => {
    expect(chase(10, 10.3, margin)).toEqual({ rate: 1 });
    expect(chase(10, 10.9, margin).seek).toBeUndefined();
    expect(chase(10, 10.9, margin).rate).toBeGreaterThan(1);
    expect(chase(10, 14, margin)).toEqual({ seek: 14 - margin, rate: 1 });
  });

  it("is jumped back to when the timeline went backwards", () => {
    expect(chase(100, 3, margin).seek).toBe(3 - margin);
  });

  it("keeps the distance that the stream needs", () => {
    expect(chase(10, 11, 1)).toEqual({ rate: 1 });
    expect(chase(10, 14, 1).seek).toBe(13);
  });
});

describe("cracks between fragments", () => {
  const ranges = (...list: [number, number][]) => ({ length: list.length, start: (i: number) => list[i]?.[0] ?? 0, end: (i: number) => list[i]?.[1] ?? 0 });
  it("are stepped over only by a playhead that has run out", () => {
    const b = ranges([1, 2], [2.1, 3], [3.2, 4]);
    expect(nextRange(b, 1.5)).toBeUndefined();
    expect(nextRange(b, 1.98)).toBe(2.1);
    expect(nextRange(b, 2.05)).toBe(2.1);
    expect(nextRange(b, 3.1)).toBe(3.2);
    expect(nextRange(b, 3.99)).toBeUndefined();
    expect(nextRange(b, 0)).toBe(1);
    expect(nextRange(ranges(), 5)).toBeUndefined();
  });
});

describe("back-off", () => {
  it("grows, stays bounded and is never at once", () => {
    for (let n = 0; n < 40; n++) {
      for (const r of [0, 0.5, 0.999]) {
        const d = backoff(n, r);
        expect(d).toBeGreaterThanOrEqual(333);
        expect(d).toBeLessThanOrEqual(15_000);
      }
      expect(backoff(n + 1, 0)).toBeGreaterThanOrEqual(backoff(n, 0));
    }
  });
});
