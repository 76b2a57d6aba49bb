import i18next, { type TFunction } from "i18next";
import { describe, expect, it } from "vitest";
import { en } from "../i18n/en";
import { zh } from "../i18n/zh";
import { dayTime, dayTimeText, groupOf, looseText, spanOf, spanParts, spanSeconds, spanUnits, valueText } from "./values";

const speak = async (language: "en" | "zh"): Promise<TFunction> => {
  const i = i18next.createInstance();
  await i.init({ lng: language, resources: { en: { translation: en }, zh: { translation: zh } }, interpolation: { escapeValue: false } });
  return i.t;
};

describe("durations", () => {
  it("reads what the server writes and nothing else", () => {
    expect([spanSeconds("1d12h"), spanSeconds("90s"), spanSeconds("0s"), spanSeconds("92d")]).toEqual([129_600, 90, 0, 7_948_800]);
    expect([spanSeconds(""), spanSeconds("12"), spanSeconds("1h1d"), spanSeconds(12), spanSeconds(null)]).toEqual(Array(5).fill(undefined));
  });
  it("offers the largest whole unit and gives the same length back", () => {
    for (const s of [0, 1, 60, 90, 3600, 5400, 86_400, 129_600, 7_948_800]) {
      const { count, unit } = spanParts(s);
      expect(count * spanUnits[unit]).toBe(s);
      expect(spanSeconds(spanOf(count, unit))).toBe(s);
    }
    expect(spanParts(129_600)).toEqual({ count: 36, unit: "h" });
  });
  it("tells times of the day, midnight at both ends", () => {
    expect([dayTime("08:00"), dayTime(" 17:30 "), dayTime("24:00"), dayTime("0:00")]).toEqual(["480m", "1050m", "1440m", "0m"]);
    expect([dayTime("24:01"), dayTime("8"), dayTime("12:60"), dayTime("25:00"), dayTime("")]).toEqual(Array(5).fill(undefined));
    expect([dayTimeText(28_800), dayTimeText(86_400), dayTimeText(63_000)]).toEqual(["08:00", "24:00", "17:30"]);
  });
});

describe("values in words", () => {
  it("are told in both languages", async () => {
    const [e, z] = [await speak("en"), await speak("zh")];
    expect(valueText(e, { kind: "duration" }, "1d12h")).toBe("1 day 12 h");
    expect(valueText(z, { kind: "duration" }, "92d")).toBe("92 天");
    expect(valueText(e, { kind: "duration", ofDay: true }, "17h30m")).toBe("17:30");
    expect(valueText(e, { kind: "int", unit: "characters" }, 12)).toBe("12 characters");
    expect(valueText(z, { kind: "int", unit: "attempts" }, 8)).toBe("8 次");
    expect(valueText(e, { kind: "int" }, 8)).toBe("8");
    expect(valueText(e, { kind: "bool" }, false)).toBe("No");
    expect(valueText(z, { kind: "words" }, ["monday", "friday"])).toBe("星期一、星期五");
    expect(valueText(e, { kind: "names" }, ["leader", "head_of_unit"])).toBe("Leader, head_of_unit");
    expect(valueText(e, { kind: "words" }, [])).toBe("None");
    expect(valueText(e, { kind: "int" }, null)).toBe("–");
  });
  it("are told as well as can be where only their form is known", async () => {
    const [e, z] = [await speak("en"), await speak("zh")];
    expect([looseText(e, 12), looseText(e, "1d12h"), looseText(z, ["leader", "monday"]), looseText(e, []), looseText(e, true), looseText(e, "room")]).toEqual(["12", "1 day 12 h", "分管领导、星期一", "None", "Yes", "room"]);
  });
  it("belong to a group", () => expect(groupOf("viewing.reason_least")).toBe("viewing"));
});
