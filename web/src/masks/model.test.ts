import { describe, expect, it } from "vitest";
import { divided, freeName, moved, of, per, pointAt, rectangle, shifted, without } from "./model";

const box = { left: 100, top: 50, width: 400, height: 200 };

describe("drawing masks", () => {
  it("finds the point under the pointer, and stays within the picture", () => {
    expect(pointAt(300, 150, box)).toEqual({ x: 5000, y: 5000 });
    expect(pointAt(0, 900, box)).toEqual({ x: 0, y: 10_000 });
  });

  it("makes a rectangle of two corners, in whatever direction, and none of a click", () => {
    const r = [{ x: 1000, y: 2000 }, { x: 3000, y: 2000 }, { x: 3000, y: 4000 }, { x: 1000, y: 4000 }];
    expect(rectangle({ x: 3000, y: 4000 }, { x: 1000, y: 2000 })).toEqual(r);
    expect(rectangle({ x: 1000, y: 4000 }, { x: 3000, y: 2000 })).toEqual(r);
    expect(rectangle({ x: 1000, y: 2000 }, { x: 1040, y: 4000 })).toBeUndefined();
  });

  it("moves a point, or all of them, no farther than the edge", () => {
    const t = [{ x: 0, y: 0 }, { x: 9000, y: 0 }, { x: 0, y: 5000 }];
    expect(moved(t, 1, { x: 12_000, y: -3 })[1]).toEqual({ x: 10_000, y: 0 });
    expect(shifted(t, 2000, 100)).toEqual([{ x: 1000, y: 100 }, { x: 10_000, y: 100 }, { x: 1000, y: 5100 }]);
    expect(shifted(t, -5, -5)).toEqual(t);
  });

  it("divides the longest line, and takes a point away", () => {
    const t = [{ x: 0, y: 0 }, { x: 100, y: 0 }, { x: 0, y: 1000 }];
    expect(divided(t)).toHaveLength(4);
    expect(divided(t)[2]).toEqual({ x: 50, y: 500 });
    expect(without(divided(t), 2)).toEqual(t);
  });

  it("names what has no name yet", () => {
    const n = (i: number): string => `Mask ${i}`;
    expect(freeName([], n)).toBe("Mask 1");
    expect(freeName([{ name: "Mask 1", reason: "", points: [] }], n)).toBe("Mask 2");
  });

  it("speaks of per cent with two digits", () => {
    expect(per(1234)).toBe(12.34);
    expect(of(12.34)).toBe(1234);
    expect(of(100.7)).toBe(10_000);
  });
});
