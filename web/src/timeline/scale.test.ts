import { describe, expect, it } from "vitest";
import { startOfDay, wallTime } from "../time/zone";
import { around, day, hour, longest, minute, pan, second, shortest, spanOf, stepFor, ticks, timeAt, within, xOf, zoom, type View } from "./scale";

// A small generator of numbers in [0, 1), the same on every run.
function numbers(seed: number): () => number {
  return () => {
    seed = (seed * 1664525 + 1013904223) % 2 ** 32;
    return seed / 2 ** 32;
  };
}
const now = Date.UTC(2026, 10, 22, 10);
const bounds = { min: now - longest, max: now + hour };

describe("zooming", () => {
  it("keeps the instant under the pointer where it is, away from the edges", () => {
    const random = numbers(1);
    for (let i = 0; i < 2000; i++) {
      const span = Math.exp(Math.log(shortest * 4) + random() * Math.log(day / shortest));
      const v = around(now - 40 * day + random() * 10 * day, span, bounds);
      const f = random();
      const factor = 0.5 + random();
      const z = zoom(v, f, factor, bounds);
      const before = timeAt(v, f, 1);
      expect(Math.abs(timeAt(z, f, 1) - before)).toBeLessThan(1e-3);
    }
  });

  it("stays between one second and ninety days and within the bounds, whatever is done to it", () => {
    const random = numbers(7);
    let v: View = { start: now - hour, end: now };
    for (let i = 0; i < 5000; i++) {
      v = random() < 0.5 ? zoom(v, random(), random() < 0.5 ? 0.2 + random() : 1 + 5 * random(), bounds) : pan(v, (random() - 0.5) * 4 * spanOf(v), bounds);
      expect(spanOf(v)).toBeGreaterThanOrEqual(shortest - 1e-3);
      expect(spanOf(v)).toBeLessThanOrEqual(longest + 1e-3);
      expect(v.start).toBeGreaterThanOrEqual(bounds.min - 1e-3);
      expect(v.end).toBeLessThanOrEqual(bounds.max + 1e-3);
    }
  });

  it("undoes itself", () => {
    const v = around(now - 5 * day, hour, bounds);
    const back = zoom(zoom(v, 0.3, 0.5, bounds), 0.3, 2, bounds);
    expect(back.start).toBeCloseTo(v.start, 3);
    expect(back.end).toBeCloseTo(v.end, 3);
  });
});

describe("panning", () => {
  it("keeps the length and stops at the bounds", () => {
    const v = { start: now - hour, end: now };
    expect(pan(v, -minute, bounds)).toEqual({ start: v.start - minute, end: v.end - minute });
    expect(pan(v, 10 * day, bounds).end).toBe(bounds.max);
    expect(spanOf(pan(v, 10 * day, bounds))).toBe(hour);
    expect(pan(v, -200 * day, bounds).start).toBe(bounds.min);
  });
  it("shrinks a window that is longer than the bounds", () => {
    expect(within({ start: 0, end: 100 }, { min: 10, max: 20 })).toEqual({ start: 10, end: 20 });
  });
  it("converts both ways", () => {
    const v = { start: now - hour, end: now };
    for (const x of [0, 1, 333.3, 1200]) expect(xOf(v, timeAt(v, x, 1200), 1200)).toBeCloseTo(x, 6);
  });
});

describe("marks", () => {
  it("show every hour of the days of 23 and of 25 hours, and which of the two that read the same", () => {
    const of = (zone: string, at: number): string[] => {
      const start = startOfDay(at, zone);
      const out = ticks({ start, end: startOfDay(at + day, zone) - 1 }, 2600, zone);
      for (let i = 1; i < out.length; i++) expect(out[i]!.t - out[i - 1]!.t).toBe(hour);
      return out.map((x) => x.text);
    };
    expect(of("Europe/Berlin", Date.UTC(2026, 2, 29, 12)).slice(0, 4)).toEqual(["03-29", "01:00", "03:00", "04:00"]);
    expect(of("Europe/Berlin", Date.UTC(2026, 2, 29, 12))).toHaveLength(23);
    expect(of("Europe/Berlin", Date.UTC(2026, 9, 25, 12)).slice(0, 5)).toEqual(["10-25", "01:00", "02:00 +2", "02:00 +1", "03:00"]);
    expect(of("Europe/Berlin", Date.UTC(2026, 9, 25, 12))).toHaveLength(25);
    expect(of("America/New_York", Date.UTC(2026, 10, 1, 12)).slice(0, 4)).toEqual(["11-01", "01:00 −4", "01:00 −5", "02:00"]);
  });

  it("of several hours stand on the clock's readings behind a change, too", () => {
    for (const [zone, at] of [["Europe/Berlin", Date.UTC(2026, 2, 29, 12)], ["Europe/Berlin", Date.UTC(2026, 9, 25, 12)], ["America/New_York", Date.UTC(2026, 2, 8, 12)], ["America/New_York", Date.UTC(2026, 10, 1, 12)]] as const) {
      for (const width of [1200, 700, 320]) {
        const out = ticks({ start: startOfDay(at, zone) - day, end: startOfDay(at, zone) + 2 * day }, width, zone);
        expect(out.length).toBeGreaterThan(2);
        for (let i = 0; i < out.length; i++) {
          expect(wallTime(out[i]!.t, zone).minute).toBe(0);
          if (i > 0) expect(out[i]!.t).toBeGreaterThan(out[i - 1]!.t);
        }
        expect(out.filter((x) => x.major).map((x) => x.text.slice(0, 5)).length).toBeGreaterThanOrEqual(2);
      }
    }
  });

  it("stand on round readings of the site's clock", () => {
    const v = { start: Date.UTC(2026, 10, 22, 9, 58), end: Date.UTC(2026, 10, 22, 10, 10) };
    const t = ticks(v, 600, "Asia/Shanghai");
    expect(t.map((x) => x.text)).toEqual(["17:58", "18:00", "18:02", "18:04", "18:06", "18:08", "18:10"]);
  });

  it("carry the date at the site's midnight, not at UTC's", () => {
    const v = { start: Date.UTC(2026, 10, 22, 12), end: Date.UTC(2026, 10, 22, 20) };
    const midnight = ticks(v, 900, "Asia/Shanghai").filter((x) => x.major);
    expect(midnight).toEqual([{ t: Date.UTC(2026, 10, 22, 16), text: "11-23", major: true }]);
  });

  it("follow a change of the clock", () => {
    // Berlin goes from UTC+2 to UTC+1 on 2026-10-25 at 01:00 UTC.
    const v = { start: Date.UTC(2026, 9, 23), end: Date.UTC(2026, 9, 28) };
    const days = ticks(v, 500, "Europe/Berlin");
    expect(days.every((x) => x.major)).toBe(true);
    expect(days.map((x) => x.text)).toEqual(["10-24", "10-25", "10-26", "10-27", "10-28"]);
  });

  it("leave each other room from ninety days down to a second", () => {
    const random = numbers(3);
    for (let span = longest; span >= shortest; span /= 1.7) {
      const v = around(now - 20 * day - random() * day, span, bounds);
      const t = ticks(v, 1000, "Asia/Shanghai");
      expect(t.length).toBeGreaterThan(1);
      for (let i = 1; i < t.length; i++) expect(((t[i]?.t ?? 0) - (t[i - 1]?.t ?? 0)) / spanOf(v) * 1000).toBeGreaterThan(80);
    }
  });

  it("choose seconds and tenths when close", () => {
    expect(stepFor({ start: 0, end: second }, 1200)).toBe(100);
    expect(ticks({ start: now + 400, end: now + 1400 }, 1200, "UTC").map((x) => x.text).slice(0, 3)).toEqual(["00.4", "00.5", "00.6"]);
  });
});
