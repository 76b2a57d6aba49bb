import { useQuery } from "@tanstack/react-query";
import { api } from "../api/api";
import { asProblem } from "../api/problem";

/** Asks for a second person: one's own, and those that one may answer; the event stream keeps them fresh. */
export function useSeconds(enabled = true) {
  return useQuery({ queryKey: ["second-asks"], queryFn: api.secondAsks.list, refetchInterval: 60_000, enabled });
}

/** Whether something was refused because it needs a second person. */
export const needsSecond = (e: unknown): boolean => asProblem(e).code === "viewing_second";
