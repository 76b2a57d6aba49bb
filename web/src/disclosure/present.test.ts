import { describe, expect, it } from "vitest";
import { named, presentText } from "./names";
import { wordsOf } from "./words";

describe("who is present", () => {
  it("is whoever was named, without rows that nobody filled in", () => {
    expect(named([{ person: "a" }, { name: "", unit: " " }, { name: " 李警官 ", unit: "城东派出所" }, { name: "", unit: "police" }])).toEqual([
      { person: "a" }, { name: "李警官", unit: "城东派出所" }, { name: "", unit: "police" },
    ]);
    expect(named(undefined)).toEqual([]);
  });

  it("is told by name, and from outside with the unit", () => {
    const t = ((k: string, o?: Record<string, string>) => (k === "common.comma" ? ", " : `${o?.name} (${o?.unit})`)) as never;
    expect(presentText(t, [{ person: "a", name: "Anna" }, { person: "b", name: "" }, { name: "Li", unit: "police" }])).toBe("Anna, b, Li (police)");
  });
});

describe("words of the register", () => {
  it("are those of the other language where one has none", () => {
    expect([wordsOf({ zh: "事故", en: "Accident" }, "zh"), wordsOf({ zh: "", en: "Accident" }, "zh"), wordsOf({ zh: "事故", en: "" }, "en")]).toEqual(["事故", "Accident", "事故"]);
  });
});
