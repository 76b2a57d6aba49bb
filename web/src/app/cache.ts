import { QueryClient } from "@tanstack/react-query";
import { whenLocked, whenSignedOut } from "../api/client";
import { asProblem } from "../api/problem";
import { sessionEnded, sessionKey } from "./session";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // A browser that calls itself offline knows nothing of a server on this machine or in
      // this house, and would hold back what it is asked until it changes its mind.
      networkMode: "always",
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      // A refusal is an answer; only silence is worth another try.
      retry: (n, e) => {
        const s = asProblem(e).status;
        return (s === 0 || s >= 500) && n < 2;
      },
    },
  },
});

/** Forgets everything that belonged to the person who was signed in. */
export function signedOut(byItself: boolean): void {
  if (byItself && queryClient.getQueryData(sessionKey)) sessionEnded.set(true);
  queryClient.setQueryData(sessionKey, null);
  queryClient.removeQueries({ predicate: (q) => q.queryKey[0] !== "session" });
}

whenLocked(() => void queryClient.invalidateQueries({ queryKey: sessionKey }));

whenSignedOut(() => {
  if (queryClient.getQueryData(sessionKey)) signedOut(true);
});
