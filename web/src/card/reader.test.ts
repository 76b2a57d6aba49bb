import { describe, expect, it } from "vitest";
import { byReader, pressed, typed } from "./reader";

/** Types characters with so many ms between them. */
function type(text: string, every: number): number[] {
  let at: number[] = [];
  for (let i = 0; i < text.length; i++) at = typed(at, i, i + 1, 1000 + i * every);
  return at;
}

describe("a reader of cards", () => {
  it("is told from a person by how fast it types", () => {
    expect(byReader(type("0004719283", 8))).toBe(true);
    expect(byReader(type("0004719283", 0))).toBe(true);
    expect(byReader(type("0004719283", 120))).toBe(false);
    expect(byReader(type("123", 8))).toBe(false);
    expect(byReader([])).toBe(false);
  });

  it("is not taken for one by one slow key among fast ones", () => {
    const at = type("0004719283", 8);
    expect(byReader([...at, (at.at(-1) ?? 0) + 400])).toBe(false);
  });

  it("begins anew with what is deleted or pasted", () => {
    expect(typed([1, 2, 3], 3, 2, 9)).toEqual([]);
    expect(typed([1, 2, 3], 3, 0, 9)).toEqual([]);
    expect(typed([1], 1, 9, 9)).toEqual([9]);
  });
});

describe("the pad", () => {
  it("writes a PIN of at most twelve digits", () => {
    expect(["8", "0", "back", "4", "1"].reduce(pressed, "")).toBe("841");
    expect(pressed("804137", "clear")).toBe("");
    expect(pressed("", "back")).toBe("");
    expect(pressed("123456789012", "3")).toBe("123456789012");
  });
});
