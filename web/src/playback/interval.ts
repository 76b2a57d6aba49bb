import { useQuery } from "@tanstack/react-query";
import { api } from "../api/api";
import type { Camera, Timeline } from "../api/types";
import { longest, minute } from "../timeline/scale";
import type { Interval } from "../timeline/timeline";

const bite = 10 * minute; // as much of other footage as is offered

/** So many ms from a chosen start as far as there is time yet, or the last of them up to now where none was chosen. */
export function lengthFrom(ms: number, start: number | undefined, now: number): Interval {
  return start === undefined || start >= now ? { from: now - ms, to: now } : { from: start, to: Math.min(start + ms, now) };
}

/** The beginning of the oldest and the end of the newest footage, 10 minutes of each at most. */
export function ends(list: Timeline["cameras"]): { first?: Interval; newest?: Interval } {
  let first: Interval | undefined;
  let newest: Interval | undefined;
  for (const s of list.flatMap((c) => c.spans)) {
    if (s.kind !== "recorded") continue;
    const from = Date.parse(s.start);
    const to = Date.parse(s.end);
    if (!first || from < first.from) first = { from, to: Math.min(to, from + bite) };
    if (!newest || to > newest.to) newest = { from: Math.max(from, to - bite), to };
  }
  // The form holds whole seconds: none of it may be cut off.
  const whole = (i: Interval | undefined): Interval | undefined => i && { from: Math.floor(i.from / 1000) * 1000, to: Math.ceil(i.to / 1000) * 1000 };
  return { first: whole(first), newest: whole(newest) };
}

/** Where there is footage, if there is none of these cameras between two instants; undefined if there is some or while it is not known. */
export function useElsewhere(cameras: readonly Camera[], from: number | undefined, to: number | undefined): { first?: Interval; newest?: Interval } | undefined {
  const ids = cameras.map((c) => c.id);
  const here = useQuery({
    queryKey: ["footage", ids, from, to],
    queryFn: async ({ signal }) => (await api.timeline(ids, from ?? 0, to ?? 0, 0, signal)).cameras.some((c) => c.spans.some((s) => s.kind === "recorded")),
    enabled: ids.length > 0 && from !== undefined && to !== undefined && from < to && to - from <= longest,
  });
  const all = useQuery({
    queryKey: ["footage", "ends", ids],
    queryFn: async ({ signal }) => {
      const now = Date.now();
      return ends((await api.timeline(ids, now - longest, now, 1000, signal)).cameras);
    },
    enabled: here.data === false,
  });
  return here.data === false ? all.data : undefined;
}
