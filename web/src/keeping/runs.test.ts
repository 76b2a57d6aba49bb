import { expect, it } from "vitest";
import type { Tombstone } from "../api/types";
import { runsOf } from "./runs";

const at = (minute: number, ms = 0): string => new Date(Date.UTC(2026, 10, 9, 6, minute) + ms).toISOString();
const of = (camera: string, start: number, more: Partial<Tombstone> = {}): Tombstone =>
  ({ file: `${camera}/${start}`, camera, start: at(start), end: at(start + 10), at: at(59, start), bytes: 5, root: "00", ground: "order", authority: "o1", finished: true, held: false, account: "told", ...more }) as Tombstone;

it("puts segments together that follow one another", () => {
  const runs = runsOf([of("a", 30), of("a", 20, { end: at(30, -40) }), of("a", 0), of("b", 0)]);
  expect(runs.map((r) => [r.camera, r.start, r.end, r.segments.length, r.bytes])).toEqual([
    ["a", at(20), at(40), 2, 10], ["a", at(0), at(10), 1, 5], ["b", at(0), at(10), 1, 5],
  ]);
  expect([runs[0]?.from, runs[0]?.to]).toEqual([at(59, 20), at(59, 30)]);
});

it("keeps what another ground or order removed apart, and says that one is not gone yet", () => {
  const runs = runsOf([of("a", 30), of("a", 20, { authority: "o2" }), of("a", 10, { authority: "o2", finished: false }), of("a", 0, { ground: "maximum", authority: "o2" })]);
  expect(runs.map((r) => [r.segments.length, r.finished])).toEqual([[1, true], [2, false], [1, true]]);
});

it("keeps what no journal tells of apart, and says what a hold keeps", () => {
  const runs = runsOf([of("a", 30), of("a", 20, { account: "untold" }), of("a", 10, { finished: false }), of("a", 0, { finished: false, held: true })]);
  expect(runs.map((r) => [r.segments.length, r.account, r.held])).toEqual([[1, "told", false], [1, "untold", false], [2, "told", true]]);
});
