import { expect, it } from "vitest";
import { readTrace } from "./question";

it("reads an address and leaves out what is none", () => {
  expect(readTrace({ id: "7KQ-2MD-4XZ", camera: 3, at: "x" })).toEqual({ id: "7KQ-2MD-4XZ", camera: "3", at: undefined });
  // An id of digits alone comes out of an address as a number.
  expect(readTrace({ id: 123456789 })).toEqual({ id: "123456789", camera: undefined, at: undefined });
  expect(readTrace({ id: "x".repeat(99), at: -1 }).id).toHaveLength(40);
  expect(readTrace({ at: 1_790_000_000_000 }).at).toBe(1_790_000_000_000);
});
