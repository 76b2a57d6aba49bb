import i18next, { type TFunction } from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import { Problem, problemText } from "../api/problem";
import { en } from "../i18n/en";
import { zh } from "../i18n/zh";
import { grounds, helps } from "./grounds";

let t: TFunction;
let tz: TFunction;
beforeAll(async () => {
  await i18next.init({ lng: "en", resources: { en: { translation: en }, zh: { translation: zh } }, interpolation: { escapeValue: false } });
  t = i18next.getFixedT("en");
  tz = i18next.getFixedT("zh");
});
const of = (code: string, params: Record<string, unknown>) => new Problem(403, code, "", params);

describe("what a refusal rests on", () => {
  it("names the house rule and who decides", () => {
    const p = of("right_denied", { action: "playback.view", rule: "no night", position: "operator", deciders: ["supervisor", "leader"] });
    expect(grounds(t, p)).toEqual({ rule: "House rule “no night”", deciders: "Supervisor, Leader" });
    expect(grounds(tz, p).rule).toBe("本单位规定“no night”");
    expect(problemText(t, p)).toContain("no night");
  });

  it("names what comes with the position where no house rule speaks of it", () => {
    const p = of("right_elsewhere", { rule: "built-in/operator/live.view", position: "operator" });
    expect(grounds(t, p).rule).toContain("Operator");
    expect(grounds(t, p).deciders).toBeUndefined();
  });

  it("names the parameter that refuses by itself, and that it needs a request", () => {
    const p = of("viewing_graded", { grade: 3, deciders: ["leader"] });
    expect(grounds(t, p).rule).toContain(t("parameters.name.viewing_request_grade"));
    expect(grounds(t, p).request).toBe(true);
  });

  it("tells the grade only where the server did", () => {
    expect(problemText(t, of("right_grade", { grade: 3, position: "operator" }))).toContain("grade 3");
    expect(problemText(tz, of("right_grade", { position: "operator" }))).toContain("监控员");
  });

  it("offers an emergency right where one would help", () => {
    expect([helps("viewing_too_old"), helps("right_grade"), helps("right_denied"), helps("right_missing")]).toEqual([true, true, false, false]);
  });
});
