import createClient from "openapi-fetch";
import { Problem, problemFrom } from "./problem";
import type { paths } from "./schema.gen";

export const client = createClient<paths>({ baseUrl: typeof location === "undefined" ? "" : location.origin, credentials: "same-origin" });

// What the door itself says to who comes in; no session has ended by it.
const atTheDoor = new Set(["sign_in_failed", "second_factor_needed", "second_factor_refused", "second_factor_clock_ahead", "second_factor_clock_behind", "account_outside_term"]);

let onSignedOut: () => void = () => {};

/** Registers the one function that learns that the session has ended. */
export function whenSignedOut(f: () => void): void {
  onSignedOut = f;
}

let onLocked: () => void = () => {};

/** Registers the one function that learns that the console is locked. */
export function whenLocked(f: () => void): void {
  onLocked = f;
}

/** Waits for an answer; throws Problem for every one that is not 2xx. */
export async function take<D>(answer: Promise<{ data?: D; error?: unknown; response: Response }>): Promise<D> {
  const { data, error, response } = await answer.catch((e: unknown) => {
    throw e instanceof TypeError ? new Problem(0, "offline", "") : e; // fetch says TypeError when nobody answers
  });
  if (!response.ok) {
    const p = problemFrom(response.status, error);
    if (p.status === 401 && !atTheDoor.has(p.code)) onSignedOut();
    if (p.code === "console_locked") onLocked();
    throw p;
  }
  return data as D;
}

type Query = Record<string, string | number | undefined>;

/** An address below /api/v1 for elements and players that fetch by themselves. */
export function url(path: string, query: Query = {}): string {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(query)) if (v !== undefined) q.set(k, String(v));
  const s = q.toString();
  return `/api/v1${path}${s ? `?${s}` : ""}`;
}
