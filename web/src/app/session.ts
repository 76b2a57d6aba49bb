import { useQuery } from "@tanstack/react-query";
import { createContext, useContext, useSyncExternalStore } from "react";
import { api } from "../api/api";
import { asProblem } from "../api/problem";
import type { Action, Session } from "../api/types";

export const sessionKey = ["session"] as const;

/** The session, null when nobody is signed in, undefined while unknown. */
export function useSessionQuery() {
  return useQuery<Session | null>({
    queryKey: sessionKey,
    queryFn: async () => {
      try {
        return await api.session.get();
      } catch (e) {
        if (asProblem(e).status === 401) return null;
        throw e;
      }
    },
    staleTime: Infinity,
    // Somebody may have signed in again in another tab.
    refetchOnWindowFocus: (q) => (q.state.data === null ? "always" : false),
    retry: (n, e) => asProblem(e).status === 0 && n < 3,
  });
}

/**
 * Given by the frame. Whoever stands below it keeps the session until the frame has
 * taken them away, also in the moment in which the cache has forgotten it already.
 */
export const SessionContext = createContext<Session | undefined>(undefined);

/** The session of a screen that is only shown to people who are signed in. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("no session");
  return session;
}

export function useCan(): (a: Action) => boolean {
  const { actions } = useSession();
  return (a) => actions.includes(a);
}

/** Whether the person may do what holds for the whole house, in all of it. */
export function useThroughout(): (a: Action) => boolean {
  const { throughout } = useSession();
  return (a) => throughout.includes(a);
}

/** The site's time zone, an IANA name. */
export function useZone(): string {
  return useSession().siteTimeZone || "UTC";
}

/** Where a person begins: the work at hand, not a dashboard. */
export function homeOf(s: Session): string | undefined {
  const can = (a: Action): boolean => s.actions.includes(a);
  if (can("camera.configure")) return "/cameras";
  if (can("live.view")) return "/wall";
  if (can("camera.read")) return "/cameras";
  if (can("act.read")) return "/acts";
  if (can("system.read")) return "/system";
  if (can("people.read")) return "/people";
  return undefined;
}

// Whether the last session ended by itself; the sign-in page says so.
class Ended {
  private value = false;
  private readonly listeners = new Set<() => void>();
  readonly get = (): boolean => this.value;
  readonly set = (v: boolean): void => {
    this.value = v;
    for (const l of this.listeners) l();
  };
  readonly listen = (l: () => void): (() => void) => {
    this.listeners.add(l);
    return () => this.listeners.delete(l);
  };
}
export const sessionEnded = new Ended();
export const useSessionEnded = (): boolean => useSyncExternalStore(sessionEnded.listen, sessionEnded.get);
