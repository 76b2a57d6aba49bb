import { describe, expect, it } from "vitest";
import type { StorageFault } from "../api/types";
import { missing, reasonCode, urgentFirst } from "./order";

const fault = (id: string, f: Partial<StorageFault>): StorageFault => ({ id, kind: "volume_full", subject: "main", openedAt: "2026-11-22T00:00:00Z", overAt: null, escalatedAt: null, closedAt: null, detail: {}, absent: false, steps: [], ...f });
const step = (name: StorageFault["steps"][number]["step"], detail = {}): StorageFault["steps"][number] => ({ at: "2026-11-22T01:00:00Z", step: name, detail });

describe("storage faults", () => {
  it("begin with what leaders were told of, and end with what is closed", () => {
    const list = [
      fault("closed", { escalatedAt: "2026-11-23T00:00:00Z", closedAt: "2026-11-24T00:00:00Z" }), fault("older", {}), fault("newer", { openedAt: "2026-11-25T00:00:00Z" }),
      fault("escalated", { escalatedAt: "2026-11-23T00:00:00Z" }),
    ];
    expect(urgentFirst(list).map((f) => f.id)).toEqual(["escalated", "newer", "older", "closed"]);
  });

  it("say what is missing for closing while that holds", () => {
    const unproved = step("unproved", { why: "not_recording", camera: "c1", cameras: 2 });
    const over = { overAt: "2026-11-22T01:00:00Z" };
    expect(missing(fault("f", { ...over, steps: [step("over"), unproved] }))).toEqual({ why: "not_recording", camera: "c1", cameras: 2 });
    expect(missing(fault("f", { ...over, steps: [step("over"), unproved, step("back"), step("over")] }))).toBeUndefined();
    expect(missing(fault("f", { steps: [step("over"), unproved, step("back")] }))).toBeUndefined();
    expect(missing(fault("f", { ...over, closedAt: "2026-11-22T02:00:00Z", steps: [step("over"), unproved] }))).toBeUndefined();
  });

  it("tell why in the words of the screen where the answer has a code", () => {
    expect(reasonCode('footage_tier_away: This footage lies on vault. It is not lost.: Head "http://x": dial tcp')).toBe("footage_tier_away");
    expect(reasonCode("dial tcp: no route")).toBe("");
    expect(reasonCode("")).toBe("");
  });
});
