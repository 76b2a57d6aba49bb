import type { SpanCache } from "../timeline/cache";
import type { View } from "../timeline/scale";

/** What a list without gaps means. */
export type Verdict = "unknown" | "nothing" | "partly" | "everything";

const lag = 20_000; // ms of the present that nobody has been told of yet

/** How much of the window's past was to be recorded and was, where no camera has a gap in it. */
export function verdict(cache: SpanCache, cameras: readonly string[], view: View, now = Date.now()): Verdict {
  const past = { start: view.start, end: Math.min(view.end, now - lag) };
  if (past.end <= past.start) return "nothing"; // it lies ahead
  let recorded = 0;
  for (const c of cameras) {
    const spans = cache.spans(c, past, 1000);
    if (spans.length === 0) return "unknown";
    for (const s of spans) if (s.kind === "recorded") recorded += s.end - s.start;
  }
  const all = (past.end - past.start) * cameras.length;
  return recorded === 0 ? "nothing" : recorded < all - 1 ? "partly" : "everything";
}
