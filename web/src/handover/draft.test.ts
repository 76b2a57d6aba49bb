import { expect, test } from "vitest";
import type { Handover, HandoverItem } from "../api/handovers";
import { acceptance, asBefore, emptyDraft, grouped, isCounted, lacking, readDraft, statement, uncounted, unread } from "./draft";

const item = (kind: string, id: string): HandoverItem => ({ kind, id, since: "2026-12-01T00:00:00Z" });
const sheet = { items: [item("loss", "l"), item("alarm", "a")], added: [item("alarm", "b")] } as unknown as Handover;

test("what is counted has a number and a word for what is missing", () => {
  expect(isCounted({ count: 3, complete: true, note: "" })).toBe(true);
  expect(isCounted({ count: 0, complete: true, note: "" })).toBe(true);
  expect(isCounted({ count: 3, note: "" })).toBe(false);
  expect(isCounted({ count: null, complete: true, note: "" })).toBe(false);
  expect(isCounted({ count: 1.5, complete: true, note: "" })).toBe(false);
  expect(isCounted({ count: -1, complete: true, note: "" })).toBe(false);
  expect(isCounted({ count: 2, complete: false, note: " 缺 " })).toBe(false);
  expect(isCounted({ count: 2, complete: false, note: "缺一" })).toBe(true);
});

test("nothing is signed before everything is answered", () => {
  const things = ["keys", "radios"];
  expect(lacking(emptyDraft, things, ["bo"])).toEqual(["count", "round", "who", "fit"]);
  const full = { ...emptyDraft, counts: { keys: { count: 4, complete: true, note: "" }, radios: { count: 1, complete: false, note: "  one at the gate " } }, round: false, incoming: "bo", fit: true };
  expect(lacking(full, things, ["bo"])).toEqual([]);
  expect(lacking(full, things, [])).toEqual(["who"]); // has gone away meanwhile
  expect(lacking({ ...full, fit: false }, things, ["bo"])).toEqual(["fit"]);
  expect(uncounted(full, [...things, "torch"])).toEqual(["torch"]);
  expect(statement(full, things)).toEqual({ incoming: "bo", fit: true, round: false, remarks: "", counts: [{ item: "keys", count: 4, complete: true }, { item: "radios", count: 1, complete: false, note: "one at the gate" }] });
});

test("what came up since is read as well, and only what was ticked is acknowledged", () => {
  const d = { ...emptyDraft, read: { "alarm a": true, "alarm gone": true }, notes: { "alarm a": " looked at " } };
  expect(unread(d, sheet).map((i) => i.id)).toEqual(["l", "b"]);
  expect(acceptance(d, sheet)).toEqual({ remarks: "", acknowledged: [{ kind: "alarm", id: "a", note: "looked at" }] });
});

test("what needs a hand stands first, and unknown kinds last", () => {
  expect(grouped([item("zebra", "z"), ...sheet.items, ...sheet.added]).map(([k, all]) => `${k} ${all.length}`)).toEqual(["alarm 2", "loss 1", "zebra 1"]);
});

test("a draft outlives a reload, and what is none is forgotten", () => {
  const d = { ...emptyDraft, step: 2, remarksOut: "夜间风大 🌬" };
  expect(readDraft(JSON.stringify(d))).toEqual(d);
  for (const bad of [null, "", "{", "null", "[]", "7"]) expect(readDraft(bad)).toEqual(emptyDraft);
  expect(asBefore({ counts: [{ item: "keys", count: 4, complete: false, note: "one lost" }] } as unknown as Handover)).toEqual({ keys: { count: 4, note: "" } });
});
