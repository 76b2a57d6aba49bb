import { useQuery, useQueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useCallback } from "react";
import { api } from "../api/api";
import type { Emergency, EmergencyRight } from "../api/types";
import { useSession } from "../app/session";
import { durationText } from "../ui/duration";

/** What can be taken and what was; the event stream keeps it fresh. */
export function useEmergencies() {
  return useQuery({ queryKey: ["emergencies"], queryFn: api.emergencies.list, refetchInterval: 60_000 });
}

/** Asks anew for all that an emergency right changes: what one may do, and the list. */
export function useRenewed(): () => Promise<void> {
  const cache = useQueryClient();
  return useCallback(async () => {
    await Promise.all(["emergencies", "session", "cameras", "system"].map((k) => cache.invalidateQueries({ queryKey: [k] })));
  }, [cache]);
}

/** The ids of one's own emergency rights that run: what was refused may be asked for anew. */
export function useTaken(): string {
  const me = useSession().person.id;
  const { data } = useEmergencies();
  return data?.items.filter((e) => e.person === me && e.state === "running").map((e) => e.id).join(" ") ?? "";
}

/** Until when it counts, in ms. */
export const endOf = (e: Pick<Emergency, "until" | "endedAt">): number => Date.parse(e.endedAt ?? e.until);

/** What is left of it as 4:05, never below nothing. */
export function leftText(ms: number): string {
  const s = Math.max(0, Math.ceil(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, "0");
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

/** How far a right reaches, in words. */
export function scopeText(t: TFunction, r: Pick<EmergencyRight, "name" | "backSeconds" | "grade">): string {
  return t(`emergency.about.${r.name}`, { back: durationText(t, r.backSeconds * 1000), grade: r.grade, defaultValue: "" });
}

/** Lengths that can be chosen: a few short ones, and the longest. */
export function lengths(longest: number): number[] {
  return [...new Set([5, 10, 15, 30, 60].filter((m) => m < longest).slice(0, 3).concat(longest))];
}

/** What is told about an emergency right, for telling it once: that it was taken, and that the report is missing. */
export const noticeOf = (e: Pick<Emergency, "id" | "state">): string => `${e.id} ${e.state === "overdue" ? "missing" : "taken"}`;

/** What others took and nobody has reported yet, as far as it was not seen. */
export function untold<E extends Pick<Emergency, "id" | "state" | "person">>(items: readonly E[], me: string, seen: readonly string[]): E[] {
  return items.filter((e) => e.person !== me && (e.state === "running" || e.state === "due" || e.state === "overdue") && !seen.includes(noticeOf(e)));
}
