import i18next from "i18next";
import { describe, expect, it } from "vitest";
import { en } from "../i18n/en";
import { adviceHelps, reasonText, sinceText } from "./status";

void i18next.init({ lng: "en", resources: { en: { translation: en } }, interpolation: { escapeValue: false } });
const t = i18next.t;

describe("the beginning of a state", () => {
  it("is never an impossible time", () => {
    expect(sinceText(t, { since: "0001-01-01T00:00:00Z" }, "UTC")).toBeUndefined();
    expect(sinceText(t, { since: "" }, "UTC")).toBeUndefined();
    expect(sinceText(t, { since: "2026-11-22T18:09:18Z" }, "UTC", Date.UTC(2026, 10, 23))).toBe("since 2026-11-22 18:09:18");
  });
});

describe("the reason of a camera that is off", () => {
  it("names who switched it off and why, as far as that is known", () => {
    expect(reasonText(t, { code: "off", detail: "", params: { by: "王芳", reason: "施工" } })).toBe("Switched off by 王芳: 施工");
    expect(reasonText(t, { code: "off", detail: "", params: { by: "王芳", reason: "" } })).toBe("Switched off by 王芳.");
    expect(reasonText(t, { code: "off", detail: "", params: {} })).toBe(en.reason.off);
  });
});

describe("the advice for a state", () => {
  it("stands only beside a reason that does not say itself what to do", () => {
    expect(adviceHelps({ code: "device_busy", detail: "" })).toBe(true);
    expect(adviceHelps(undefined)).toBe(true);
    expect(adviceHelps({ code: "address_refused", detail: "" })).toBe(false);
  });
});
