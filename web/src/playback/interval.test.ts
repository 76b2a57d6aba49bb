import { describe, expect, it } from "vitest";
import { hour, minute } from "../timeline/scale";
import { ends, lengthFrom } from "./interval";

const now = Date.UTC(2026, 10, 22, 10);
const iso = (t: number): string => new Date(t).toISOString();

describe("a length", () => {
  it("is the last of it up to now where nobody chose a time", () => {
    expect(lengthFrom(10 * minute, undefined, now)).toEqual({ from: now - 10 * minute, to: now });
  });
  it("keeps a chosen start, and never reaches beyond now", () => {
    expect(lengthFrom(10 * minute, now - hour, now)).toEqual({ from: now - hour, to: now - 50 * minute });
    expect(lengthFrom(8 * hour, now - hour, now)).toEqual({ from: now - hour, to: now });
    expect(lengthFrom(hour, now + minute, now)).toEqual({ from: now - hour, to: now });
  });
});

describe("the footage there is", () => {
  const lane = (...spans: [number, number, "recorded" | "gap" | "none"][]) => ({ camera: "a", spans: spans.map(([a, b, kind]) => ({ start: iso(now + a), end: iso(now + b), kind })) });
  it("begins with the oldest and ends with the newest of all cameras, in whole seconds that lose nothing", () => {
    expect(ends([
      lane([-5 * hour, -2 * hour, "none"], [-2 * hour, -hour, "recorded"], [-hour, 0, "gap"]),
      lane([-3 * hour + 400, -3 * hour + 90_400, "recorded"], [-minute, -100, "recorded"]),
    ])).toEqual({ first: { from: now - 3 * hour, to: now - 3 * hour + 91_000 }, newest: { from: now - minute, to: now } });
    expect(ends([lane([-2 * hour, -hour, "recorded"])])).toEqual({ first: { from: now - 2 * hour, to: now - 110 * minute }, newest: { from: now - 70 * minute, to: now - hour } });
  });
  it("is none where nothing was recorded", () => {
    expect(ends([lane([-2 * hour, 0, "gap"])])).toEqual({ first: undefined, newest: undefined });
  });
});
