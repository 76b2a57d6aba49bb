import type { TFunction } from "i18next";
import { expect, test } from "vitest";
import { Problem } from "../api/problem";
import { atPosition, heldOf, holdingsOf, holdingText, sameHoldings } from "./held";

const zone = "Asia/Shanghai";
const t = ((key: string, o: Record<string, unknown> = {}) => [key, ...Object.values(o)].join(" ")) as unknown as TFunction;

test("a form goes to and fro without changing what is held", () => {
  const held = [{ position: "operator", areas: ["a"], from: "2026-12-01T00:30:00Z", until: "2026-12-03T12:00:00Z" }, { position: "auditor" }];
  const form = heldOf(held, ["auditor", "leader", "operator"], zone);
  expect(form.operator).toEqual({ on: true, areas: ["a"], from: "2026-12-01", until: "2026-12-03" });
  expect(form.leader?.on).toBe(false);
  expect(sameHoldings(holdingsOf(form, held, zone), held)).toBe(true);
});

test("days that were chosen are those of the site, whole", () => {
  const form = heldOf([], ["operator"], zone);
  expect(holdingsOf({ ...form, operator: { on: true, areas: [], from: "2026-12-01", until: "2026-12-03" } }, [], zone)).toEqual([{ position: "operator", from: "2026-11-30T16:00:00.000Z", until: "2026-12-03T16:00:00.000Z" }]);
  expect(holdingsOf(form, [{ position: "operator" }], zone)).toEqual([]);
});

test("lists are the same in any order", () => {
  expect(sameHoldings([{ position: "b" }, { position: "a", areas: ["1", "2"] }], [{ position: "a", areas: ["2", "1"] }, { position: "b", areas: [] }])).toBe(true);
  expect(sameHoldings([{ position: "a" }], [{ position: "a", until: "2026-12-03T12:00:00Z" }])).toBe(false);
});

test("what narrows a position is said, and nothing where nothing does", () => {
  const say = (h: object): string => holdingText(t, { position: "operator", ...h }, (id) => id.toUpperCase(), (ms) => new Date(ms).toISOString().slice(0, 10));
  expect(say({})).toBe("");
  expect(say({ areas: ["a", "b"], from: "2020-01-01T00:00:00Z", until: "2026-12-04T00:00:00Z" })).toBe("rights.heldIn Acommon.commaBcommon.commarights.heldUntil 2026-12-03");
});

test("a refusal stands at the position that it is about", () => {
  const e = atPosition(new Problem(422, "position_areas", "no", { position: "operator" }, [{ location: "body.positions", message: "no" }])) as Problem;
  expect(e.errors).toEqual([{ location: "body.held.operator.areas", message: "no" }]);
  const other = new Problem(409, "last_administrator", "no");
  expect(atPosition(other)).toBe(other);
});
