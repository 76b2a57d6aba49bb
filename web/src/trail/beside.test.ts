import { describe, expect, it } from "vitest";
import type { Act } from "../api/types";
import { byEmergency, calledThen, positionThen, reasonLater } from "./beside";
import { lines } from "./register";

const t = (key: string, o?: Record<string, unknown>): string => {
  const { defaultValue: _, ...rest } = o ?? {};
  return [key, ...Object.values(rest)].join(" ");
};
const zone = "UTC";
const act = (more: Partial<Act>): Act => ({
  id: "a", at: "2026-11-24T08:00:00Z", kind: "live.opened", camera: "gate", person: "ann", personName: "Ann", subject: "s", detail: {}, positions: [],
  decision: { verdict: "allowed", action: "live.view", rule: "built-in/operator" }, ...more,
});
const glass: Partial<Act> = {
  decision: { verdict: "allowed", action: "live.view", rule: "emergency/e1" },
  emergency: { id: "e1", right: "live_graded", cause: "fire", from: "2026-11-24T07:59:00Z", until: "2026-11-24T08:14:00Z", state: "due" },
};

describe("what stands beside an act", () => {
  it("says that a look was by an emergency right, for what and until when", () => {
    expect(byEmergency(t, act(glass), zone)).toBe("acts.byEmergency emergency.causes.fire 2026-11-24 08:14:00");
    expect(byEmergency(t, act({ decision: glass.decision }), zone)).toBe("acts.byEmergencyAlone");
    expect(byEmergency(t, act({}), zone)).toBeUndefined();
    expect(byEmergency(t, act({ decision: { verdict: "refused", rule: "emergency/e1" } }), zone)).toBeUndefined();
  });
  it("keeps looks by an emergency right apart from others", () => {
    expect(lines([act({ id: "1" }), act({ id: "2", camera: "hall" })])).toHaveLength(1);
    expect(lines([act({ id: "1" }), act({ id: "2", camera: "hall", ...glass })])).toHaveLength(2);
  });
  it("says that a reason is due, missing, or given later", () => {
    const dueAt = "2026-11-24T16:00:00Z";
    expect(reasonLater(t, act({}), zone)).toBeUndefined();
    expect(reasonLater(t, act({ reasonDue: { dueAt } }), zone)).toEqual({ text: "acts.reasonDue 2026-11-24 16:00:00", missing: false });
    expect(reasonLater(t, act({ reasonDue: { dueAt, missingSince: "2026-11-24T16:00:05Z" } }), zone)).toEqual({ text: "acts.reasonMissing 2026-11-24 16:00:00", missing: true });
    expect(reasonLater(t, act({ reasonDue: { dueAt, missingSince: "2026-11-24T16:00:05Z", givenAt: "2026-11-24T17:00:00Z", reason: "a fight" } }), zone)).toEqual({ text: "acts.reasonGiven 2026-11-24 17:00:00 a fight", missing: false });
  });
  it("calls a purpose and a position what they were called then, with the present name beside", () => {
    const then = { zh: "事件核查", en: "Incident" };
    const basis = { zh: "第421号", en: "" };
    expect(calledThen(t, act({}), "en")).toBeUndefined();
    expect(calledThen(t, act({ purposeThen: { name: then, basis } }), "zh-CN")).toEqual({ name: "事件核查", basis: "第421号" });
    expect(calledThen(t, act({ purposeThen: { name: then, basis, nameNow: { zh: "事件核查", en: "Police" }, basisNow: { zh: "第799号", en: "order 799" } } }), "en")).toEqual({ name: "acts.calledThen Incident Police", basis: "acts.calledThen 第421号 order 799" });
    expect(calledThen(t, act({ purposeThen: { name: then, basis, nameNow: { zh: "事件核查", en: "Police" } } }), "zh")).toEqual({ name: "事件核查", basis: "第421号" });
    const renamed = act({ positionsThen: [{ position: "operator", name: { zh: "监控员", en: "Operator" }, nameNow: { zh: "甲主管", en: "Leader A" } }] });
    expect([positionThen(t, renamed, "operator", "en"), positionThen(t, renamed, "auditor", "en")]).toEqual(["acts.calledThen Operator Leader A", "position.auditor"]);
  });
});
