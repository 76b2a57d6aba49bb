import type { Span, SpanCache } from "../timeline/cache";
import type { Interval } from "../timeline/timeline";

export const lead = 5000; // ms before a gap to which one jumps: the last pictures before it
const slack = 500; // ms within which an instant is where one is already

/** The gaps of the cameras in an interval, in order; also those in which it begins or ends. */
export function gapsIn(cache: SpanCache, cameras: readonly string[], within: Interval): Interval[] {
  const view = { start: within.from, end: within.to };
  return cameras
    .flatMap((c) => cache.spans(c, view, 2000).filter((s) => s.kind === "gap"))
    .map((s) => ({ from: s.start, to: s.end }))
    .sort((a, b) => a.from - b.from);
}

/** What the coverage knows of why there was no footage in an interval: a gap of each cause, that of the longest first. */
export function whyIn(cache: SpanCache, cameras: readonly string[], within: Interval): Span[] {
  const long = new Map<string, { of: Span; ms: number }>();
  for (const of of cameras.flatMap((c) => cache.spans(c, { start: within.from, end: within.to }, 2000))) {
    if (of.kind !== "gap" || !of.cause) continue;
    const known = long.get(of.cause);
    long.set(of.cause, { of: known?.of ?? of, ms: (known?.ms ?? 0) + of.end - of.start });
  }
  return [...long.values()].sort((a, b) => b.ms - a.ms).map((l) => l.of);
}

/** Where the next (1) or the previous (-1) gap is looked at from; undefined where there is none. */
export function besideGap(gaps: readonly Interval[], here: number, direction: 1 | -1, from: number): number | undefined {
  const found = direction > 0 ? gaps.find((g) => before(g, from) > here + slack) : gaps.findLast((g) => g.from < here - slack && before(g, from) < here - slack);
  return found && before(found, from);
}

const before = (gap: Interval, from: number): number => Math.max(from, gap.from - lead);
