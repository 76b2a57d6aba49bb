import { readProblem } from "./problem";

export type Query = Record<string, string | number | boolean | undefined | null | readonly string[]>;

export const root = "/api/v1";

/** Makes a URL below /api/v1; undefined and null parameters are left out, lists repeat. */
export function url(path: string, query?: Query): string {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(query ?? {})) {
    if (v === undefined || v === null) continue;
    if (Array.isArray(v)) for (const x of v) q.append(k, x);
    else q.set(k, String(v));
  }
  const s = q.toString();
  return root + path + (s ? `?${s}` : "");
}

let onSignedOut: () => void = () => {};

/** Registers the one function that learns that the session has ended. */
export function whenSignedOut(f: () => void): void {
  onSignedOut = f;
}

/** One call of the API. Throws Problem for every answer that is not 2xx. */
export async function call<T>(
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  options: { query?: Query; body?: unknown; signal?: AbortSignal } = {},
): Promise<T> {
  const r = await fetch(url(path, options.query), {
    method,
    signal: options.signal,
    credentials: "same-origin",
    headers: options.body === undefined ? { Accept: "application/json" } : { Accept: "application/json", "Content-Type": "application/json" },
    body: options.body === undefined ? undefined : JSON.stringify(options.body),
  });
  if (!r.ok) {
    const p = await readProblem(r);
    if (p.status === 401 && p.code !== "sign_in_failed") onSignedOut();
    throw p;
  }
  if (r.status === 204 || r.headers.get("Content-Length") === "0") return undefined as T;
  return (await r.json()) as T;
}
