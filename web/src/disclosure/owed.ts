import { useQuery } from "@tanstack/react-query";
import { api } from "../api/api";
import type { Viewing } from "../api/types";
import { useCan, useSession } from "../app/session";

/** Viewings whose reason is due afterwards and was not given: one's own, and for who reads the acts everybody's. */
export function useOwed() {
  const can = useCan();
  return useQuery({ queryKey: ["viewings", "owed"], queryFn: () => api.viewings.list({ owed: true, limit: 100 }), refetchInterval: 60_000, enabled: can("playback.view") || can("act.read") });
}

/** One's own. */
export function useOwnOwed(): Viewing[] {
  const me = useSession().person.id;
  const { data } = useOwed();
  return data?.filter((v) => v.person === me && v.owed && !v.owed.givenAt) ?? [];
}

/** Purposes that are looked at by a button: their reason may come afterwards, for footage from an instant (ms) on. */
export const byButton = <P extends { reasonAfter: boolean; reasonAfterMinutes?: number; needsRequest: boolean; needsSecond: boolean; retiredAt?: string }>(purposes: readonly P[], from: number, now = Date.now()): P[] =>
  purposes.filter((p) => p.reasonAfter && !p.needsRequest && !p.retiredAt && from >= now - (p.reasonAfterMinutes ?? 0) * 60_000);
