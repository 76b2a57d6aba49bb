import { describe, expect, it } from "vitest";
import { SpanCache } from "../timeline/cache";
import { besideGap, gapsIn, whyIn } from "./jump";

const at = Date.UTC(2026, 10, 22, 10);
const minute = 60_000;
const gap = (from: number, to: number) => ({ from: at + from, to: at + to });

/** Where each press of a key leads, from one place to the next. */
function presses(gaps: readonly ReturnType<typeof gap>[], start: number, direction: 1 | -1, drift = 0): number[] {
  const out: number[] = [];
  for (let here = at + start; out.length < 10;) {
    const to = besideGap(gaps, here, direction, at);
    if (to === undefined) break;
    out.push(to - at);
    here = to + drift;
  }
  return out;
}

describe("jumping from gap to gap", () => {
  const gaps = [gap(2 * minute, 3 * minute), gap(6 * minute, 6 * minute + 2000), gap(9 * minute, 9 * minute + 1000)];
  it("leads on with every press, to five seconds before each gap, paused or running", () => {
    const stops = [2 * minute - 5000, 6 * minute - 5000, 9 * minute - 5000];
    for (const drift of [0, 1200, 4900]) expect(presses(gaps, 0, 1, drift)).toEqual(stops);
  });
  it("leads back with every press likewise, first to the gap just passed", () => {
    const stops = [9 * minute - 5000, 6 * minute - 5000, 2 * minute - 5000];
    for (const drift of [0, 1200, 4900]) expect(presses(gaps, 9 * minute + 2000, -1, drift)).toEqual(stops);
    expect(presses(gaps, 2 * minute - 5000, -1)).toEqual([]);
  });
  it("knows the gaps in which the viewing begins and ends", () => {
    const both = [gap(0, minute), gap(3000 + minute, 4000 + minute), gap(8 * minute, 10 * minute)];
    expect(presses(both, minute + 3500, 1)).toEqual([8 * minute - 5000]);
    expect(presses(both, 8 * minute + 1000, -1)).toEqual([8 * minute - 5000, minute - 2000, 0]);
    expect(presses(both, 0, 1)).toEqual([minute - 2000, 8 * minute - 5000]);
  });
});

describe("the gaps of a viewing", () => {
  it("come from the coverage, of every camera, cut at the edges", async () => {
    const spans = (list: [number, number, "gap" | "recorded", string?][]) => list.map(([s, e, kind, cause]) => ({ start: new Date(at + s).toISOString(), end: new Date(at + e).toISOString(), kind, cause }));
    const cache = new SpanCache(async () => ({
      now: new Date(at + 60 * minute).toISOString(),
      cameras: [
        { camera: "a", spans: spans([[-minute, minute, "gap", "no_frames"], [minute, 20 * minute, "recorded"]]) },
        { camera: "b", spans: spans([[-minute, 8 * minute, "recorded"], [8 * minute, 20 * minute, "gap", "switched_off"]]) },
      ],
    }) as never, () => undefined, () => at + 60 * minute);
    cache.want(["a", "b"], { start: at, end: at + 10 * minute }, 1000);
    await new Promise((done) => setTimeout(done, 0));
    expect(gapsIn(cache, ["a", "b"], { from: at, to: at + 10 * minute })).toEqual([gap(0, minute), gap(8 * minute, 10 * minute)]);
    const why = (from: number, to: number) => whyIn(cache, ["a", "b"], gap(from, to)).map((s) => s.cause);
    expect([why(0, 10 * minute), why(2 * minute, 3 * minute), why(9 * minute, 10 * minute)]).toEqual([["switched_off", "no_frames"], [], ["switched_off"]]);
  });
});
