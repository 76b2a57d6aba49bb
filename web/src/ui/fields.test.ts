import type { TFunction } from "i18next";
import { expect, it } from "vitest";
import { days, isDays, notBelow, number, sentence, weight } from "./fields";

const t = ((key: string) => key) as unknown as TFunction;
const said = (rule: { validator: (_: unknown, v: never) => Promise<void> }, v: unknown): Promise<string> => rule.validator(undefined, v as never).then(() => "taken", (e: Error) => e.message);

it("counts a Chinese character as two letters", () => {
  expect([weight("写错了"), weight(" 断电 "), weight("no"), weight("２号门"), weight(undefined)]).toEqual([6, 4, 2, 5, 0]);
});

it("takes a whole reason of two Chinese characters, and no two letters", async () => {
  const rule = sentence("too short");
  expect(await Promise.all(["写错了", "断电", "错", "no", "  a  ", "hail", undefined].map((v) => said(rule, v)))).toEqual(["taken", "taken", "too short", "too short", "too short", "taken", "too short"]);
});

it("refuses a number that does not fit, and leaves an empty field to others", async () => {
  const rule = days(t, "retention_minimum");
  const told = await Promise.all([1, 3650, 0, -5, 1.5, 99999, null, undefined].map((v) => said(rule, v)));
  expect(told).toEqual(["taken", "taken", ...Array<string>(4).fill("problem.retention_minimum"), "taken", "taken"]);
  expect([1, 3650, 0, 1.5, 99999, null].map(isDays)).toEqual([true, true, false, false, false, false]);
  expect(await Promise.all([0.001, 1000, 2000, -1].map((v) => said(number(0.001, 1000, false, "no"), v)))).toEqual(["taken", "taken", "no", "no"]);
});

it("refuses a maximum below the minimum, as soon as both are numbers of days", async () => {
  let least: unknown = 90;
  const rule = notBelow(() => least, (n) => `at least ${n}`);
  expect(await Promise.all([90, 30, 365, undefined, 1.5].map((v) => said(rule, v)))).toEqual(["taken", "at least 90", "taken", "taken", "taken"]);
  least = undefined;
  expect(await said(rule, 1)).toBe("taken");
});
