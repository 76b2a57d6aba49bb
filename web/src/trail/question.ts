/** What a trace begins with, as the address of the screen bears it. */
export interface TraceSearch {
  id?: string;
  camera?: string;
  at?: number; // ms since 1970 UTC, within the minute
}

export function readTrace(s: Record<string, unknown>): TraceSearch {
  const text = (v: unknown): string | undefined => (typeof v === "string" && v !== "" ? v.slice(0, 40) : typeof v === "number" ? String(v) : undefined);
  return {
    id: text(s.id),
    camera: text(s.camera),
    at: typeof s.at === "number" && Number.isFinite(s.at) && s.at > 0 ? s.at : undefined,
  };
}
