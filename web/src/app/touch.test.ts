import { describe, expect, it } from "vitest";
import { due, everyMs, untilLock } from "./touch";

describe("touches", () => {
  it("are told a few times before the lock, and never in a hurry", () => {
    expect(everyMs(600_000)).toBe(60_000);
    expect(everyMs(60_000)).toBe(15_000);
    expect(everyMs(10_000)).toBe(5_000);
    expect(everyMs(0)).toBe(60_000);
    expect(due(0, 59_999, 60_000)).toBe(false);
    expect(due(0, 60_000, 60_000)).toBe(true);
  });

  it("look a moment after the lock, and never later than a browser can count", () => {
    expect(untilLock(600)).toBe(600_400);
    expect(untilLock(-3)).toBe(400);
    expect(untilLock(1e9)).toBe(2 ** 31 - 1);
  });
});
