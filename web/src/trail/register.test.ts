import { describe, expect, it } from "vitest";
import type { Act } from "../api/types";
import { about, deed, inNight, instant, lines, outage, refusedSince } from "./register";

const act = (kind: string, camera: string, at: number, more: Partial<Act> = {}): Act => ({
  id: `${kind}${camera}${at}`, at: new Date(1e12 + at * 1000).toISOString(), kind, camera, person: "ann", personName: "Ann", subject: camera, detail: {}, positions: [], ...more,
});
const told = (list: Act[]): string[] => lines(list).map((l) => `${l.act.kind} ${l.cameras.join("+")}`);

describe("the register", () => {
  it("tells the opening of a wall in one line", () => {
    expect(told([act("live.opened", "c", 12), act("live.opened", "b", 11), act("live.opened", "c", 10), act("session.opened", "", 5)])).toEqual(["live.opened c+b", "session.opened "]);
  });
  it("tells the closing of a wall in one line, though each picture began at its own time", () => {
    const closed = (camera: string, at: number): Act => act("live.closed", camera, at, { detail: { from: at * 1e6, to: at * 1e6 + 9, opened: camera } });
    expect(told([closed("a", 3), closed("b", 2)])).toEqual(["live.closed a+b"]);
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
  it("says of footage what is wrong with it", () => {
    const say = (k: string, o?: Record<string, unknown>): string => (k.endsWith("_shrunk") ? String(o?.defaultValue) : k);
    const found = (kind: string): string => deed(say, act("footage.damaged", "a", 1, { detail: { kind } }));
    expect([found("missing"), found("shrunk"), deed(say, act("footage.mended", "a", 1))]).toEqual(["storageFault.found_missing", "act.footage_damaged", "act.footage_mended"]);
  });
  it("tells when a recorder that died was alive last", () => {
    const died = act("recorder.died", "", 1, { detail: { alive: 1795377151000000, back: 1795377160500000 } });
    expect(outage(died)).toEqual({ alive: 1795377151000, back: 1795377160500 });
    expect(outage({ ...died, kind: "camera.changed" })).toBeUndefined();
    expect(outage({ ...died, detail: {} })).toBeUndefined();
  });
  it("never puts acts of set-up together", () => {
    expect(told([act("camera.changed", "a", 2), act("camera.changed", "b", 1)])).toHaveLength(2);
  });
  it("tells what was done in a night from what looked at it later", () => {
    const at = (s: number): string => new Date(1e12 + s * 1000).toISOString();
    const look = (done: number, from: number, to: number): Act => act("viewing.opened", "gate", done, { footage: { from: at(from), to: at(to) } });
    const of = (a: Act) => inNight(a, at(100), at(200));
    expect(of(look(150, 10, 20))).toBe("other"); // the noon of it, replayed that night
    expect(of(look(150, 90, 101))).toBe("both");
    expect(of(look(500, 199, 300))).toBe("later");
    expect(of(look(200, 10, 100))).toBeUndefined(); // both ends are exclusive
    expect(of(act("camera.changed", "gate", 100))).toBe("done");
    expect(of(act("live.opened", "gate", 50))).toBe("live"); // and went on into it
    expect(inNight(look(50, 10, 20), undefined, at(200))).toBe("both");
  });
  it("reads instants in both ways they are written", () => {
    expect(instant(1795377151000000)).toBe(1795377151000);
    expect(instant("2026-11-22T21:47:34.677Z")).toBe(Date.parse("2026-11-22T21:47:34.677Z"));
    expect(instant(undefined)).toBeUndefined();
  });
});

describe("what an act was done to", () => {
  const nameOf = (id: string): string => ({ bob: "Bob" })[id] ?? id;
  const told = (kind: string, detail: Act["detail"], subject = "bob") => about(act(kind, "", 1, { subject, detail }), nameOf);
  it("is the person with name and positions", () => {
    expect(told("person.created", { username: "li", displayName: "李雷", positions: ["operator"] })).toEqual({ name: "李雷 (li)", positions: { to: ["operator"] } });
    expect(told("person.created", { username: "li", displayName: "", positions: null })).toEqual({ name: "li", positions: { to: [] } });
    expect(told("person.positions_changed", { from: ["operator"], to: [] })).toEqual({ name: "Bob", positions: { from: ["operator"], to: [] } });
    expect(told("person.confirmed", { username: "bob", positions: ["operator"] })).toEqual({ name: "Bob", positions: { to: ["operator"] } });
    expect(told("person.disabled", {})).toEqual({ name: "Bob" });
  });
  it("is the token with its owner and what it may do", () => {
    expect(told("token.created", { person: "bob", name: "Prometheus", actions: ["metrics.read"] }, "t")).toEqual({ name: "Prometheus", owner: "Bob", actions: ["metrics.read"] });
  });
  it("is the address that was tested", () => {
    expect(told("camera.tested", { host: "10.0.0.7", picture: true }, "")).toEqual({ name: "10.0.0.7" });
  });
  it("is never an id that says nothing to a reader", () => {
    expect(told("person.disabled", {}, "zzz").name).toBeUndefined();
    expect(told("token.created", { person: "zzz", name: "x" }, "t").owner).toBeUndefined();
  });
});

it("refusals that were put together tell since when", () => {
  const of = (kind: string, since: unknown) => refusedSince({ kind, at: "2026-12-01T03:45:50Z", detail: { since } });
  expect(of("access.refused", Date.parse("2026-12-01T03:44:51Z") * 1000)).toBe(Date.parse("2026-12-01T03:44:51Z"));
  expect(of("access.refused", Date.parse("2026-12-01T03:45:50Z") * 1000)).toBeUndefined();
  expect(of("access.refused", undefined)).toBeUndefined();
  expect(of("camera.created", 1)).toBeUndefined();
});
