import { describe, expect, it } from "vitest";
import i18next from "i18next";
import { en } from "../i18n/en";
import type { Bookmark } from "../api/types";
import { detailText, nearMark, personText } from "./timeline";

void i18next.init({ lng: "en", resources: { en: { translation: en } } });
const gap = { start: 0, end: 1, kind: "gap" as const };

describe("what stands beside a gap's cause", () => {
  it("is a person's own words where somebody switched the camera off", () => {
    expect(detailText(i18next.t, { ...gap, cause: "switched_off", detail: "王芳: 施工" })).toBe("王芳: 施工");
  });
  it("is a person's own words where a maintenance window was told", () => {
    const told = { ...gap, cause: "maintenance_window", detail: "王芳: 换硬盘" };
    expect(detailText(i18next.t, told)).toBe("王芳: 换硬盘");
    expect(personText(told)).toBe("王芳: 换硬盘");
    expect(personText({ cause: "network", detail: "closed_without_pictures" })).toBe("");
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

describe("the bookmark under the pointer", () => {
  const at = (s: number): string => new Date(s * 1000).toISOString();
  const mark = (id: string, from: number, more: Partial<Bookmark> = {}): Bookmark => ({ id, camera: "a", at: at(from), title: id, note: "", person: "p", personName: "P", createdAt: at(0), ...more } as Bookmark);
  const marks = [mark("one", 100), mark("two", 104), mark("gone", 106, { retractedAt: at(1) }), mark("long", 200, { end: at(300) }), mark("other", 106, { camera: "b" })];
  const under = (s: number, slack: number): string | undefined => nearMark(marks, "a", s * 1000, slack * 1000)?.id;
  it("is the nearest one, not the first", () => {
    expect(under(101, 10)).toBe("one");
    expect(under(103, 10)).toBe("two");
    expect(under(106, 10)).toBe("two");
  });
  it("is none beyond the reach of the present scale", () => {
    expect(under(108, 10)).toBe("two");
    expect(under(108, 2)).toBeUndefined();
  });
  it("is one that lasts, all the while it does", () => {
    expect(under(250, 1)).toBe("long");
    expect(under(310, 1)).toBeUndefined();
  });
});
