import { describe, expect, it } from "vitest";
import { address, ems, named, tile, type Mark } from "./watermark";

const mark: Mark = { grade: 1, trace: "7KQ-2MD-4XZ", opacity: 22, density: "normal" };
const lines = ["张三 zhang.san", "北校区 2026-11-29 08:13", mark.trace];

describe("the watermark", () => {
  it("says all of it, three times on a tile so that no cut leaves it out", () => {
    const { svg } = tile(lines, mark, 16);
    for (const l of lines) expect(svg.split(l).length - 1).toBe(3);
  });

  it("is no way into the page for what people are called", () => {
    const { svg } = tile(['</text><script>alert("x")</script>', "a&b \u0007'"], mark, 16);
    expect(svg).not.toContain("<script");
    expect(svg).not.toContain("\u0007");
    expect(svg).toContain("a&amp;b");
    expect(address(svg)).not.toMatch(/[<>\s]/);
    expect(address(svg).slice(5, -2)).not.toContain('"');
  });

  it("grows with the type of the page, and stands closer where the rule says so", () => {
    const small = tile(lines, mark, 16);
    const large = tile(lines, mark, 32);
    expect(large.width / small.width).toBeCloseTo(2, 1);
    expect(large.height / small.height).toBeCloseTo(2, 1);
    const dense = tile(lines, { ...mark, density: "dense" }, 16);
    const sparse = tile(lines, { ...mark, density: "sparse" }, 16);
    expect(dense.width).toBeLessThan(small.width);
    expect(small.width).toBeLessThan(sparse.width);
    // Marks do not run into each other.
    for (const t of [small, dense, sparse]) expect(t.width).toBeGreaterThan(Math.max(...lines.map(ems)) * 16 * 0.72);
  });

  it("is as strong as the rule says", () => {
    expect(tile(lines, { ...mark, opacity: 40 }, 16).svg).toContain('opacity="0.40"');
  });

  it("names a person once", () => {
    expect(named("张三", "zhang.san")).toBe("张三 zhang.san");
    expect(named("admin", "admin")).toBe("admin");
    expect(named("", "admin")).toBe("admin");
  });
});
