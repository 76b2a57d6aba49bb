import type { TFunction } from "i18next";
import { expect, test } from "vitest";
import type { HouseRule, RightsPosition } from "../api/types";
import { byChapter, cellOf, differences, effectsOf, gradeDemands, gradeTerms, ruleTerms, shortTerms, suggestedName, termsText, termWords } from "./words";

const t = ((key: string, o: Record<string, unknown> = {}) => [key, ...Object.entries(o).filter(([k]) => k !== "defaultValue").map(([, v]) => String(v))].join(" ")) as unknown as TFunction;
const guard: RightsPosition = { position: "operator", actions: ["live.view", "snapshot.take", "playback.view"], never: ["people.manage"] };
const rule = (more: Partial<HouseRule>): HouseRule => ({ id: "r", position: "operator", actions: ["snapshot.take"], ...more });

test("a cell tells where a right comes from, and that a denial wins", () => {
  const kind = (action: string, ...rules: HouseRule[]) => cellOf(guard, action, rules).kind;
  expect(kind("live.view")).toBe("own");
  expect(kind("camera.switch")).toBe("none");
  expect(kind("people.manage")).toBe("never");
  expect(kind("snapshot.take", rule({ position: "leader", deny: true }))).toBe("own");
  const gate: RightsPosition = { ...guard, position: "gate_guard", basis: "operator" };
  expect(cellOf(gate, "snapshot.take", [rule({ deny: true })]).kind).toBe("denied");
  expect(cellOf(gate, "snapshot.take", [rule({ second: true })]).kind).toBe("narrowed");
  expect(cellOf(gate, "snapshot.take", [rule({ second: true }), rule({ position: "gate_guard" })]).kind).toBe("own");
  expect(cellOf(gate, "snapshot.take", [rule({ deny: true }), rule({ position: "gate_guard" })]).kind).toBe("denied");
  expect(kind("snapshot.take", rule({ deny: true }))).toBe("denied");
  expect(kind("snapshot.take", rule({ deny: true }), rule({ id: "s" }))).toBe("denied");
  expect(kind("snapshot.take", rule({ deny: true, areas: ["library"] }))).toBe("narrowed");
  expect(kind("snapshot.take", rule({ deny: true, fromGrade: 3 }))).toBe("narrowed");
  expect(kind("snapshot.take", rule({ deny: true, fromGrade: 1, toGrade: 4 }))).toBe("denied");
  expect(kind("snapshot.take", rule({ onDuty: true }))).toBe("narrowed");
  expect(kind("snapshot.take", rule({}))).toBe("own");
  expect(kind("snapshot.take", rule({ second: true }), rule({ id: "s" }))).toBe("own");
  expect(kind("camera.switch", rule({ actions: ["camera.switch"], areas: ["library"] }))).toBe("given");
  expect(kind("camera.switch", rule({ actions: ["camera.switch"], deny: true }))).toBe("none");
  expect(kind("camera.switch", rule({ actions: ["camera.switch"] }), rule({ id: "s", actions: ["camera.switch"], deny: true }))).toBe("denied");
});

test("a cell says in short how it is narrowed", () => {
  const short = (...rules: HouseRule[]) => shortTerms(t, cellOf(guard, "snapshot.take", rules));
  expect(short()).toEqual([]);
  expect(short(rule({ deny: true }))).toEqual([]);
  expect(short(rule({ areas: ["a", "b"], onDuty: true, backMinutes: 1440, second: true }))).toEqual(["rights.short_areas 2", "rights.short_onDuty", "rights.short_back duration.d 1", "rights.short_second"]);
  expect(short(rule({ onDuty: true }), rule({ id: "s" }), rule({ id: "d", deny: true, areas: ["a"] }))).toEqual(["rights.short_denied 1"]);
});

test("a rule says where it holds and on what terms", () => {
  expect(ruleTerms(t, rule({ areas: ["a"], fromGrade: 2, toGrade: 3, request: true }), (id) => id.toUpperCase())).toEqual(["rights.inAreas A", "rights.grades 2 3", "rights.request"]);
  expect(ruleTerms(t, rule({ deny: true, toGrade: 1 }), String)).toEqual(["rights.gradeOne 1", "rights.wins"]);
  expect(ruleTerms(t, rule({}), String)).toEqual(["rights.everywhere"]);
});

test("terms are told on watch and off it", () => {
  expect(termsText(t, undefined)).toBe("rights.free");
  expect(termsText(t, { onDuty: true })).toBe("rights.onDuty");
  expect(termsText(t, { ways: [{ rule: "r", second: true }], away: [{ rule: "s", request: true, backMinutes: 60 }] }))
    .toBe("rights.secondrights.andTermsrights.away rights.back duration.h 1rights.andTermsrights.request");
});

test("versions differ by rules of a name", () => {
  const a = rule({ id: "a" });
  const b = rule({ id: "b", deny: true });
  expect(differences([a, b], [a, b])).toEqual([]);
  expect(differences([a], [{ ...a, areas: [], toGrade: 0, deny: false, note: "" }])).toEqual([]);
  expect(differences([a, b], [{ ...a, second: true }, rule({ id: "c" })]).map((d) => `${d.kind} ${d.id}`)).toEqual(["changed a", "new c", "gone b"]);
});

test("changes that are alike stand in one line", () => {
  const lost = { position: "operator", action: "snapshot.take", before: true, after: false };
  expect(effectsOf([{ ...lost, camera: "1" }, { ...lost, camera: "2" }, { ...lost, action: "live.view" }, { position: "leader", action: "live.view", before: true, after: true, is: { onDuty: true } }])).toEqual([
    { position: "operator", action: "snapshot.take", kind: "loses", cameras: ["1", "2"], was: undefined, is: undefined },
    { position: "operator", action: "live.view", kind: "loses", cameras: [], was: undefined, is: undefined },
    { position: "leader", action: "live.view", kind: "terms", cameras: [], was: undefined, is: { onDuty: true } },
  ]);
});

test("rights stand in chapters, also those that nobody has thought of", () => {
  expect(byChapter(["act.read", "live.view", "teapot.boil", "footage.download"], String)).toEqual([
    { chapter: "watching", of: ["live.view", "footage.download"] }, { chapter: "record", of: ["act.read"] }, { chapter: "other", of: ["teapot.boil"] },
  ]);
});

test("a name that is taken is counted on", () => {
  const one = suggestedName(t, rule({ deny: true }), []);
  expect(suggestedName(t, rule({ deny: true }), [one])).toBe(`${one} 2`);
  expect([...suggestedName(t, rule({ actions: Array.from({ length: 30 }, (_, i) => `a.${i}`) }), [])].length).toBeLessThanOrEqual(60);
});

test("what the grade of a camera demands is told, whatever the rules say", () => {
  const none = { reviewMinutes: 30, reviewOnDuty: false };
  expect(gradeDemands(t, none)).toEqual([]);
  expect(gradeTerms(t, "playback.view", none)).toEqual([]);
  const both = { ...none, requestFrom: 4, secondFrom: 3 };
  expect(gradeTerms(t, "playback.view", both)).toEqual(["rights.short_requestFrom 4", "rights.short_secondFrom 3"]);
  expect(gradeTerms(t, "snapshot.take", both)).toEqual(["rights.short_secondFrom 3"]);
  expect(gradeTerms(t, "live.view", both)).toEqual([]);
  expect(gradeDemands(t, { ...both, reviewOnDuty: true })).toEqual(["rights.requestFrom 4", "rights.reviewOnWatch duration.m 30", "rights.secondFrom 3"]);
  expect(gradeDemands(t, { reviewMinutes: 0, reviewOnDuty: false, requestFrom: 4 })).toEqual(["rights.requestFrom 4"]);
  expect(termWords(t, { rule: "r", backMinutes: 30, review: true })).toEqual(["rights.review", "rights.back duration.m 30"]);
  expect(termWords(t, { rule: "r", request: true, graded: true })).toEqual(["rights.request", "rights.graded"]);
});
