import { describe, expect, it } from "vitest";
import type { DeviceFile } from "../api/types";
import { found } from "./use";

describe("side doors", () => {
  it("lists cameras with findings, the most first, and leaves out the others", () => {
    const file = (camera: string, findings: number): [string, DeviceFile] => [camera, { camera, doors: [], findings }];
    expect(found(new Map([file("a", 1), file("b", 0), file("c", 4)])).map((f) => f.camera)).toEqual(["c", "a"]);
  });
});
