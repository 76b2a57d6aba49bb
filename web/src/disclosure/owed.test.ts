import { describe, expect, it } from "vitest";
import { byButton } from "./owed";

const p = (more: object) => ({ code: "x", reasonAfter: true, reasonAfterMinutes: 60, needsRequest: false, needsSecond: false, ...more });

describe("purposes by button", () => {
  const now = 10_000_000;
  it("are those whose reason comes afterwards, as far back as they reach", () => {
    expect(byButton([p({})], now - 3_600_000, now)).toHaveLength(1);
    expect(byButton([p({})], now - 3_600_001, now)).toHaveLength(0);
    expect(byButton([p({ reasonAfter: false }), p({ needsRequest: true }), p({ retiredAt: "2026-11-22T08:00:00Z" }), p({ reasonAfterMinutes: undefined })], now - 1000, now)).toHaveLength(0);
  });
});
