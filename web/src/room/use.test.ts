import { describe, expect, it } from "vitest";
import { lacksCamera, networksOf } from "./use";

describe("control rooms", () => {
  it("takes addresses one a line, or with commas of either language", () => {
    expect(networksOf(" 10.1.2.30\n10.1.2.0/24, fd00::/64，10.9.9.9、10.9.9.10；\n\n")).toEqual(["10.1.2.30", "10.1.2.0/24", "fd00::/64", "10.9.9.9", "10.9.9.10"]);
    expect(networksOf(" \n")).toEqual([]);
  });

  it("says that no room has a camera only where people watch, and it is known", () => {
    const used = [{ state: "retired" as const }, { state: "ok" as const }];
    expect(lacksCamera({ items: [], none: true }, used)).toBe(true);
    expect(lacksCamera({ items: [], none: false }, used)).toBe(false); // one that is not shown to the person
    expect(lacksCamera({ items: [], none: true }, [{ state: "retired" }])).toBe(false);
    expect(lacksCamera({ items: [], none: true }, undefined)).toBe(false);
    expect(lacksCamera(undefined, used)).toBe(false);
  });
});
