import type { CoverageCell, Span } from "../api/types";

export type CellState = "none" | "pending" | "undemanded" | "whole" | "gaps" | "lost";

/** What a cell is, in one word of the texts. */
export function cellState(c: CoverageCell): CellState {
  if (c.flags?.includes("none")) return "none";
  if (c.flags?.includes("pending")) return "pending";
  if (c.share === null) return "undemanded";
  if (c.share === 0) return "lost";
  return unplannedOf(c) > 0 ? "gaps" : "whole";
}

/** Seconds of gaps that nobody planned. */
export function unplannedOf(c: CoverageCell): number {
  return Object.values(c.unplanned ?? {}).reduce((a, b) => a + b, 0);
}

/** What a gap counts as: footage that was lawfully removed is a gap that nobody is blamed for. */
export function gapKind(g: Pick<Span, "planned" | "cause">): "planned" | "unplanned" | "removed" {
  if (g.cause === "deleted_retention" || g.cause === "deleted_order") return "removed";
  return g.planned ? "planned" : "unplanned";
}

export interface Bar { recorded: number; planned: number; unplanned: number } // percent, together 100 or 0

const least = 12; // a gap of a second is seen too

/** How high the parts of a cell are drawn. No gap is too short to be seen, and none fills a cell in which something was recorded. */
export function barOf(c: CoverageCell): Bar {
  const kept = c.recorded + (c.removed ?? 0);
  const parts = [kept, c.planned ?? 0, unplannedOf(c)];
  const total = parts.reduce((a, b) => a + b, 0);
  if (total <= 0) return { recorded: 0, planned: 0, unplanned: 0 };
  const heights = parts.map((p) => (p > 0 ? Math.max(least, (p / total) * 100) : 0));
  const over = heights.reduce((a, b) => a + b, 0) - 100;
  const highest = heights.indexOf(Math.max(...heights));
  heights[highest] = (heights[highest] ?? 0) - over;
  return { recorded: heights[0] ?? 0, planned: heights[1] ?? 0, unplanned: heights[2] ?? 0 };
}

/** A share in percent; never 100 while a second is missing. */
export function percentText(share: number): string {
  return `${(Math.floor(share * 1e4 + 1e-7) / 100).toFixed(share >= 1 ? 0 : 2)} %`;
}
