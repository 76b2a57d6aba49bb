import { describe, expect, it } from "vitest";
import { answerOf, left, nextOf, type Key } from "./asked";

const key = (k: string, more: Partial<Key> = {}): Key => ({ key: k, repeat: false, isTrusted: true, ctrlKey: false, metaKey: false, altKey: false, isComposing: false, ...more });

describe("the answer to a prompt", () => {
  it("is any key where no tile is asked for, also one that is typed", () => {
    expect(answerOf(undefined, key("a"), false)).toBe(0);
    expect(answerOf(undefined, key("Shift"), true)).toBe(0);
  });

  it("is a number where a tile is, unless it is typed into a field", () => {
    expect(answerOf(5, key("5"), false)).toBe(5);
    expect(answerOf(5, key("2"), false)).toBe(2);
    expect(answerOf(5, key("5"), true)).toBeUndefined();
    expect(answerOf(5, key("5", { ctrlKey: true }), false)).toBeUndefined();
    for (const k of ["0", "a", "Enter", "F5", "12"]) expect(answerOf(5, key(k), false), k).toBeUndefined();
  });

  it("is no key that something leans on, and none that a program pressed", () => {
    for (const tile of [undefined, 5]) {
      expect(answerOf(tile, key("5", { repeat: true }), false)).toBeUndefined();
      expect(answerOf(tile, key("5", { isTrusted: false }), false)).toBeUndefined();
    }
  });
});

describe("the time that is left", () => {
  it("goes from all to nothing", () => {
    const p = { at: "2026-12-01T00:00:00Z", due: "2026-12-01T00:02:00Z" };
    const at = Date.parse(p.at);
    expect([-5, 0, 60, 120, 900].map((s) => left(p, at + s * 1000))).toEqual([1, 1, 0.5, 0, 0]);
    expect(left({ at: p.at, due: p.at }, at)).toBe(0);
  });
});

describe("what a departure waits for", () => {
  const d = { relief: "bo", person: "anna" };
  it("is the leader, the relief, the handover, and then nothing but to leave", () => {
    const anna = { person: "anna", charge: true }, bo = { person: "bo", charge: false };
    expect(nextOf({ ...d, state: "asked" }, [anna, bo])).toBe("leader");
    expect(nextOf({ ...d, state: "approved" }, [anna])).toBe("relief");
    expect(nextOf({ ...d, state: "approved" }, [anna, bo])).toBe("charge");
    expect(nextOf({ ...d, state: "approved" }, [{ ...anna, charge: false }, { ...bo, charge: true }])).toBe("leave");
    for (const state of ["refused", "withdrawn", "left"] as const) expect(nextOf({ ...d, state }, [anna, bo])).toBeUndefined();
  });
});
