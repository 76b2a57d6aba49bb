import { expect, test } from "vitest";
import type { TFunction } from "i18next";
import { roomOf, watchText } from "./watchacts";

const named = (id: string): string | undefined => ({ r1: "Gate" })[id];
const nameOf = (id: string): string => ({ ann: "Ann", bob: "Bob" })[id] ?? "somebody";
const t = ((key: string, p: Record<string, string>) => `${key} ${p.name ?? ""} ${p.phone ?? ""}`.trim()) as unknown as TFunction;
const act = (kind: string, detail: Record<string, unknown>, subject = "r1") => ({ kind, subject, detail, person: "ann" });

test("an act of the watch names its room", () => {
  expect(roomOf(act("duty.signed_on", {}), named)).toBe("Gate");
  expect(roomOf(act("duty.handed_over", { room: "r1" }, "h9"), named)).toBe("Gate");
  expect(roomOf(act("room.changed", { room: { name: "New gate" }, from: { name: "Gate" } }), named)).toBe("New gate");
  expect(roomOf(act("room.retired", { name: "Old gate" }, "r2"), named)).toBe("Old gate");
  expect(roomOf(act("duty.signed_on", {}, "elsewhere"), named)).toBeUndefined(); // never an id
  expect(roomOf(act("camera.changed", {}), named)).toBeUndefined();
});

test("and whom it names", () => {
  expect(watchText(t, act("duty.answers", { person: "bob", state: "vacant" }), nameOf)).toBe("watch.act_vacant Bob");
  expect(watchText(t, act("duty.taken_over", { from: "bob", reason: "x" }), nameOf)).toBe("watch.act_from Bob");
  expect(watchText(t, act("duty.room_closed", { standBy: "bob", phone: "8110" }), nameOf)).toBe("watch.act_standBy Bob 8110");
  expect(watchText(t, act("duty.signed_off", { person: "bob" }), nameOf)).toBe("watch.act_of Bob");
  expect(watchText(t, act("duty.signed_off", { person: "ann" }), nameOf)).toBeUndefined(); // the own
  expect(watchText(t, act("room.added", { room: { name: "Gate", head: "bob" } }), nameOf)).toBe("watch.act_head Bob");
  for (const bad of [null, 7, [], {}]) expect(watchText(t, act("duty.answers", { person: bad }), nameOf)).toBeUndefined();
});
