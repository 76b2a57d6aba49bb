import { describe, expect, it } from "vitest";
import type { CoverageCell } from "../api/types";
import { barOf, cellState, gapKind, percentText, unplannedOf } from "./cell";

const cell = (c: Partial<CoverageCell>): CoverageCell => ({ share: 1, recorded: 86_400, ...c });

describe("a cell of the map", () => {
  it.each<[string, CoverageCell]>([
    ["whole", cell({})],
    ["gaps", cell({ share: 0.99998, unplanned: { network: 1.5 } })],
    ["lost", cell({ share: 0, recorded: 0, unplanned: { network: 86_400 } })],
    ["undemanded", cell({ share: null, recorded: 0, planned: 86_400 })],
    ["none", cell({ share: null, recorded: 0, flags: ["none"] })],
    ["pending", cell({ share: null, recorded: 0, flags: ["pending"] })],
    ["whole", cell({ recorded: 3600, removed: 10, flags: ["partial"] })],
  ])("is %s", (state, c) => expect(cellState(c)).toBe(state));

  it("adds the causes", () => expect(unplannedOf(cell({ unplanned: { network: 2, restart: 0.5 } }))).toBe(2.5));

  it("shows the shortest gap and the shortest recording", () => {
    const short = barOf(cell({ recorded: 86_399, unplanned: { network: 1 } }));
    expect(short).toEqual({ recorded: 88, planned: 0, unplanned: 12 });
    const little = barOf(cell({ recorded: 1, planned: 2, unplanned: { network: 86_397 } }));
    expect(little).toEqual({ recorded: 12, planned: 12, unplanned: 76 });
    expect(barOf(cell({ recorded: 0 }))).toEqual({ recorded: 0, planned: 0, unplanned: 0 });
    expect(barOf(cell({ recorded: 0, removed: 86_400 })).recorded).toBe(100);
  });

  it("says 100 % of what is whole alone", () => {
    expect(percentText(1)).toBe("100 %");
    expect(percentText(0.99999)).toBe("99.99 %");
    expect(percentText(0.5)).toBe("50.00 %");
    expect(percentText(0)).toBe("0.00 %");
  });
});

it("calls what was lawfully removed neither planned nor unplanned", () => {
  expect([{ cause: "network" }, { cause: "network", planned: true }, { cause: "deleted_retention" }, { cause: "deleted_order" }].map(gapKind)).toEqual(["unplanned", "planned", "removed", "removed"]);
});
