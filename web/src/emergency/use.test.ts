import { describe, expect, it } from "vitest";
import { endOf, leftText, lengths, noticeOf, untold } from "./use";

describe("an emergency right on the screen", () => {
  it("counts down to nothing and not below", () => {
    expect(leftText(245_000)).toBe("4:05");
    expect(leftText(244_001)).toBe("4:05");
    expect(leftText(3_600_000)).toBe("1:00:00");
    expect(leftText(-1)).toBe("0:00");
  });
  it("ends when somebody ended it", () => {
    expect(endOf({ until: "2026-11-22T08:15:00Z" })).toBe(Date.UTC(2026, 10, 22, 8, 15));
    expect(endOf({ until: "2026-11-22T08:15:00Z", endedAt: "2026-11-22T08:05:00Z" })).toBe(Date.UTC(2026, 10, 22, 8, 5));
  });
  it("is offered for no longer than the house allows", () => {
    expect(lengths(15)).toEqual([5, 10, 15]);
    expect(lengths(1)).toEqual([1]);
    expect(lengths(240)).toEqual([5, 10, 15, 240]);
  });
  it("is told to who watches over it once when it is taken, and once when the report is missing", () => {
    const e = { id: "e1", person: "wang", state: "running" as const };
    const missing = { ...e, state: "overdue" as const };
    expect(untold([e], "li", [])).toEqual([e]);
    expect(untold([{ ...e, state: "due" }], "li", [noticeOf(e)])).toEqual([]);
    expect(untold([missing], "li", [noticeOf(e)])).toEqual([missing]);
    expect(untold([missing], "li", [noticeOf(missing)])).toEqual([]);
    expect(untold([e, { ...e, id: "e2", person: "sun", state: "reported" }], "wang", [])).toEqual([]); // one's own; reported
  });
});
