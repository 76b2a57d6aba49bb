import { describe, expect, it } from "vitest";
import { backoff, blame } from "./live";

describe("why there is no live picture", () => {
  it("is the server where that cannot be reached, not the camera", () => {
    for (const code of ["camera_not_live", "failed"]) {
      expect(blame({ code }, true)).toEqual({ code: "server" });
      expect(blame({ code }, false)).toEqual({ code });
    }
    expect(blame({ code: "refused" }, true)).toEqual({ code: "refused" });
  });
});

describe("the delay before the next attempt", () => {
  it("grows to fifteen seconds at most", () => {
    expect(backoff(0, 1)).toBe(500);
    expect(backoff(3, 0)).toBeCloseTo((4000 * 2) / 3);
    expect(backoff(40, 1)).toBe(15_000);
  });
});
