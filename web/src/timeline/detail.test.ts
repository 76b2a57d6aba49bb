import { describe, expect, it } from "vitest";
import i18next from "i18next";
import { en } from "../i18n/en";
import { detailText } from "./timeline";

void i18next.init({ lng: "en", resources: { en: { translation: en } } });
const gap = { start: 0, end: 1, kind: "gap" as const };

describe("what stands beside a gap's cause", () => {
  it("is a person's own words where somebody switched the camera off", () => {
    expect(detailText(i18next.t, { ...gap, cause: "switched_off", detail: "王芳: 施工" })).toBe("王芳: 施工");
  });
  it("is a reason in words, never its code", () => {
    expect(en.reason.closed_without_pictures).not.toBe("");
    expect(detailText(i18next.t, { ...gap, cause: "network", detail: "closed_without_pictures" })).toBe(en.reason.closed_without_pictures);
    expect(detailText(i18next.t, { ...gap, cause: "network", detail: "no_such_reason" })).toBe("");
    expect(detailText(i18next.t, { ...gap, cause: "network" })).toBe("");
  });
  it("is left out where the reason's figures are not kept", () => {
    expect(detailText(i18next.t, { ...gap, cause: "no_frames", detail: "no_parameter_sets" })).toBe("");
  });
});
