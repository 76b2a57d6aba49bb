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
    expect(adviceHelps({ code: "closed_by_camera", detail: "" })).toBe(true);
    expect(adviceHelps(undefined)).toBe(true);
    expect(adviceHelps({ code: "address_refused", detail: "" })).toBe(false);
    expect(adviceHelps({ code: "connection_refused", detail: "" })).toBe(false);
    expect(adviceHelps({ code: "name_unknown", detail: "" })).toBe(false);
    expect(adviceHelps({ code: "not_an_rtsp_server", detail: "" })).toBe(false);
    expect(adviceHelps({ code: "no_answer", detail: "" })).toBe(false);
    expect(adviceHelps({ code: "waiting_for_key_frame", detail: "" })).toBe(false);
  });

  it("never stands beneath another instruction", () => {
    const about = new Set(["picture_of_registered_camera", "picture_address_unclear", "ffmpeg_missing", "picture_undecodable", "picture_too_slow"]); // of a picture, not a state
    const instructs = /\b(Allow|Check|Close|Correct|Enter|Look at|Restart|Set|Update|choose|switch|try)\b/;
    const both = Object.entries(en.reason).filter(([code, text]) => !about.has(code) && instructs.test(text) && adviceHelps({ code, detail: "" }));
    expect(both.map(([code]) => code)).toEqual([]);
  });
});
