import { describe, expect, it } from "vitest";
import type { Act } from "../api/types";
import { instant, lines } from "./register";

const act = (kind: string, camera: string, at: number, more: Partial<Act> = {}): Act => ({
  id: `${kind}${camera}${at}`, at: new Date(1e12 + at * 1000).toISOString(), kind, camera, person: "ann", personName: "Ann", subject: camera, detail: {}, ...more,
});
const told = (list: Act[]): string[] => lines(list).map((l) => `${l.act.kind} ${l.cameras.join("+")}`);

describe("the register", () => {
  it("tells the opening of a wall in one line", () => {
    expect(told([act("live.opened", "c", 12), act("live.opened", "b", 11), act("live.opened", "c", 10), act("session.opened", "", 5)])).toEqual(["live.opened c+b", "session.opened "]);
  });
  it("keeps apart what differs in person, kind, time or reason", () => {
    expect(told([act("live.opened", "a", 200), act("live.opened", "b", 100)])).toHaveLength(2);
    expect(told([act("live.opened", "a", 2), act("live.opened", "b", 1, { person: "bob" })])).toHaveLength(2);
    expect(told([act("live.opened", "a", 2), act("live.picture", "b", 1)])).toHaveLength(2);
    const viewing = (camera: string, reason: string, subject = "v"): Act => act("viewing.opened", camera, 1, { subject, detail: { reason, from: 1, to: 2 } });
    expect(told([viewing("a", "round"), viewing("b", "round")])).toEqual(["viewing.opened a+b"]);
    expect(told([viewing("a", "round"), viewing("b", "fight")])).toHaveLength(2);
    expect(told([viewing("a", "round"), viewing("b", "round", "w")])).toHaveLength(2);
  });
  it("never puts acts of set-up together", () => {
    expect(told([act("camera.changed", "a", 2), act("camera.changed", "b", 1)])).toHaveLength(2);
  });
  it("reads instants in both ways they are written", () => {
    expect(instant(1795377151000000)).toBe(1795377151000);
    expect(instant("2026-11-22T21:47:34.677Z")).toBe(Date.parse("2026-11-22T21:47:34.677Z"));
    expect(instant(undefined)).toBeUndefined();
  });
});
