import i18next, { type TFunction } from "i18next";
import { expect, it } from "vitest";
import { en } from "../i18n/en";
import { zh } from "../i18n/zh";
import { durationText } from "./duration";

const speak = async (language: "en" | "zh"): Promise<TFunction> => {
  const i = i18next.createInstance();
  await i.init({ lng: language, resources: { en: { translation: en }, zh: { translation: zh } }, interpolation: { escapeValue: false } });
  return i.t;
};

it("tells a length of time as people read it, one day and many", async () => {
  const [e, z] = [await speak("en"), await speak("zh")];
  const hour = 3_600_000;
  const told = [3200, 125_000, 2 * hour + 300_000, 24 * hour, 48 * hour, 27 * hour, 50 * hour];
  expect(told.map((ms) => durationText(e, ms))).toEqual(["3.2 s", "2 min 5 s", "2 h 5 min", "1 day", "2 days", "1 day 3 h", "2 days 2 h"]);
  expect(told.map((ms) => durationText(z, ms))).toEqual(["3.2 秒", "2 分 5 秒", "2 小时 5 分", "1 天", "2 天", "1 天 3 小时", "2 天 2 小时"]);
});
