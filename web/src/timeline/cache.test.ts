import { describe, expect, it } from "vitest";
import type { Span as WireSpan, Timeline } from "../api/types";
import { joined, levelFor, resolutionOf, SpanCache, tileLength } from "./cache";
import { day, hour, minute } from "./scale";

const now = Date.UTC(2026, 10, 22, 10);
const iso = (t: number): string => new Date(t).toISOString();

// A server with a gap of one minute at the start of every hour, and nothing after now.
function server() {
  const calls: { cameras: readonly string[]; from: number; to: number; resolution: number }[] = [];
  let fail = false;
  const fetch = async (cameras: readonly string[], from: number, to: number, resolution: number): Promise<Timeline> => {
    calls.push({ cameras, from, to, resolution });
    if (fail) throw new Error("down");
    const spans: WireSpan[] = [];
    const add = (a: number, b: number, s: Omit<WireSpan, "start" | "end">): void => {
      const start = Math.max(a, from), end = Math.min(b, to);
      if (end > start) spans.push({ start: iso(start), end: iso(end), ...s });
    };
    for (let h = Math.floor(from / hour) * hour; h < Math.min(to, now); h += hour) {
      add(h, Math.min(h + minute, now), { kind: "gap", cause: "network" });
      add(h + minute, Math.min(h + hour, now), { kind: "recorded" });
    }
    add(now, Infinity, { kind: "none" });
    return { from: iso(from), to: iso(to), now: iso(now), cameras: cameras.map((camera) => ({ camera, spans })) };
  };
  return { calls, fetch, failing: (f: boolean) => { fail = f; } };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

describe("levels of detail", () => {
  it("never show a pixel coarser than asked", () => {
    for (let span = 90 * day; span > 1000; span /= 1.5) {
      const perPixel = span / 1200;
      const l = levelFor(perPixel);
      if (l > 0) expect(resolutionOf(l)).toBeLessThanOrEqual(perPixel);
      expect(span / tileLength(l)).toBeLessThan(6);
    }
  });
});

describe("the span cache", () => {
  const view = { start: now - 5 * hour, end: now - 3 * hour };

  it("asks once for what it does not know and draws it without asking again", async () => {
    const s = server();
    let changes = 0;
    const c = new SpanCache(s.fetch, () => changes++, () => now);
    c.want(["a", "b"], view, 1000);
    expect(s.calls).toHaveLength(1);
    expect(s.calls[0]?.cameras).toEqual(["a", "b"]);
    c.want(["a", "b"], view, 1000); // on its way
    expect(s.calls).toHaveLength(1);
    await settle();
    expect(changes).toBe(1);
    expect(c.spans("a", view, 1000).map((x) => x.kind)).toEqual(["gap", "recorded", "gap", "recorded"]);

    c.want(["a", "b"], view, 1000); // known: prefetches the neighbours
    await settle();
    const after = s.calls.length;
    for (let i = 0; i <= 20; i++) {
      c.want(["a", "b"], { start: view.start - i * minute, end: view.end - i * minute }, 1000);
      await settle();
    }
    expect(s.calls.length).toBe(after); // dragging over what is known fetches nothing
  });

  it("covers the window without hole or overlap, at any zoom and place", async () => {
    const s = server();
    const c = new SpanCache(s.fetch, () => undefined, () => now);
    for (const span of [2 * minute, 3 * hour, 2 * day, 60 * day]) {
      for (const end of [now + Math.min(span / 3, 12 * hour), now - 3.37 * hour, now - 20 * day]) {
        const v = { start: end - span, end };
        c.want(["a"], v, 800);
        await settle();
        const got = c.spans("a", v, 800);
        expect(got[0]?.start).toBe(v.start);
        expect(got.at(-1)?.end).toBe(v.end);
        for (let i = 1; i < got.length; i++) expect(got[i]?.start).toBe(got[i - 1]?.end);
      }
    }
  });

  it("shows another level until its own arrives", async () => {
    const s = server();
    const c = new SpanCache(s.fetch, () => undefined, () => now);
    const wide = { start: now - 4 * day, end: now - day };
    c.want(["a"], wide, 1000);
    await settle();
    const close = { start: now - 2 * day, end: now - 2 * day + 10 * minute };
    expect(c.spans("a", close, 1000).length).toBeGreaterThan(0); // from the coarser level
    const closeFirst = new SpanCache(s.fetch, () => undefined, () => now);
    closeFirst.want(["a"], close, 1000);
    await settle();
    expect(closeFirst.spans("a", { start: close.start, end: close.start + hour }, 1000).length).toBeGreaterThan(0); // from the finer one
  });

  it("asks again for the present only, and not before it is stale", async () => {
    const s = server();
    let clock = now;
    const c = new SpanCache(s.fetch, () => undefined, () => clock);
    const v = { start: now - hour, end: now };
    const load = async (): Promise<void> => { c.want(["a"], v, 1000); await settle(); c.want(["a"], v, 1000); await settle(); };
    await load();
    const first = s.calls.length;
    clock += 5000;
    await load();
    expect(s.calls.length).toBe(first);
    clock += 10_000;
    await load();
    expect(s.calls.length).toBe(first + 1);
    expect(s.calls.at(-1)?.to).toBeGreaterThan(now - hour);
    c.touch();
    await load();
    expect(s.calls.length).toBeGreaterThan(first + 1);
  });

  it("waits after a failure and then tries again", async () => {
    const s = server();
    let clock = now;
    const c = new SpanCache(s.fetch, () => undefined, () => clock);
    s.failing(true);
    c.want(["a"], view, 1000);
    await settle();
    c.want(["a"], view, 1000);
    expect(s.calls).toHaveLength(1);
    s.failing(false);
    clock += 4000;
    c.want(["a"], view, 1000);
    await settle();
    expect(c.spans("a", view, 1000).length).toBeGreaterThan(0);
  });

  it("knows the cause at an instant", async () => {
    const s = server();
    const c = new SpanCache(s.fetch, () => undefined, () => now);
    c.want(["a"], view, 1000);
    await settle();
    expect(c.at("a", now - 4 * hour + 30_000)).toMatchObject({ kind: "gap", cause: "network" });
    expect(c.at("a", now - 4 * hour + 90_000)?.kind).toBe("recorded");
    expect(c.at("b", now - 4 * hour)).toBeUndefined();
  });
});

describe("joining", () => {
  it("puts equal neighbours together and keeps different ones apart", () => {
    expect(joined([
      { start: 0, end: 1, kind: "recorded" }, { start: 1, end: 2, kind: "recorded" },
      { start: 2, end: 3, kind: "gap", cause: "network" }, { start: 3, end: 4, kind: "gap", cause: "restart" },
      { start: 5, end: 6, kind: "gap", cause: "restart" },
    ])).toEqual([
      { start: 0, end: 2, kind: "recorded" }, { start: 2, end: 3, kind: "gap", cause: "network" },
      { start: 3, end: 4, kind: "gap", cause: "restart" }, { start: 5, end: 6, kind: "gap", cause: "restart" },
    ]);
  });
});

describe("a span as a whole", () => {
  const began = now - 7 * hour;
  const dark = (calls: number[]) => async (cameras: readonly string[], from: number, to: number): Promise<Timeline> => {
    calls.push(from);
    const spans: WireSpan[] = [];
    const add = (a: number, b: number, s: Omit<WireSpan, "start" | "end">): void => {
      const start = Math.max(a, from), end = Math.min(b, to);
      if (end > start) spans.push({ start: iso(start), end: iso(end), ...s });
    };
    add(-Infinity, began, { kind: "recorded" });
    add(began, now, { kind: "gap", cause: "network", open: true });
    add(now, Infinity, { kind: "none" });
    return { from: iso(from), to: iso(to), now: iso(now), cameras: cameras.map((camera) => ({ camera, spans })) };
  };

  it("begins where it began, not where the screen does, and says so while that is not known", async () => {
    const calls: number[] = [];
    const c = new SpanCache(dark(calls), () => undefined, () => now);
    c.want(["a"], { start: now - 10 * minute, end: now }, 1000);
    await settle();
    let s = c.whole("a", now - minute);
    expect(s).toMatchObject({ kind: "gap", cut: true, open: true, end: now });
    expect(s?.start).toBeGreaterThan(began);
    for (let i = 0; s?.cut && i < 8; i++) {
      c.reach("a", s);
      await settle();
      s = c.whole("a", now - minute);
    }
    expect(s).toMatchObject({ start: began, end: now, cut: false });
    const asked = calls.length;
    if (s) c.reach("a", s);
    expect(calls).toHaveLength(asked);
  });

  it("goes on at the present, beyond what was fetched", async () => {
    let at = now;
    const c = new SpanCache(dark([]), () => undefined, () => at);
    c.want(["a"], { start: now - 10 * hour, end: now + minute }, 1000);
    await settle();
    at = now + 5000;
    expect(c.at("a", now + 4000)?.kind).toBe("none");
    expect(c.whole("a", now + 4000)).toMatchObject({ kind: "gap", start: began, open: true });
    expect(c.whole("a", now + 30_000)?.kind).toBe("none");
  });
});
