import { describe, expect, it } from "vitest";
import { en } from "../i18n/en";
import { zh } from "../i18n/zh";
import { beside, guess, phrases, span } from "./phrases";

const offered = Object.keys(zh.record.category).filter((k) => k !== "label");

describe("a quick entry", () => {
  it("is of the category that its words tell", () => {
    for (const [text, category] of [["西门有人翻墙", "public_order"], ["巡查完毕，一切正常。", "patrol"], ["三楼路灯不亮", "lighting"], ["Smoke in hall 3", "alarm"], ["接到领导指示", "instruction"], ["值班员睡岗", "labour_discipline"], ["？", "other"]] as const) expect(guess(text, offered), text).toBe(category);
    expect(guess("西门有人翻墙", ["patrol", "other"])).toBe("other");
    expect(guess("x", ["patrol"])).toBe("patrol");
  });

  it("has set phrases whose words tell their category", () => {
    for (const p of phrases) {
      expect(guess(zh.record.set[p.key], offered), p.key).toBe(p.category);
      expect(guess(en.record.set[p.key], offered), p.key).toBe(p.category);
    }
  });

  it("goes round the categories", () => {
    expect(beside("other", offered, 1)).toBe("patrol");
    expect(beside("patrol", offered, -1)).toBe("other");
  });

  it("says how long", () => {
    expect([span(-5), span(65_000), span(3_727_000)]).toEqual(["0:00", "1:05", "1:02:07"]);
  });
});
