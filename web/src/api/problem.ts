import type { TFunction } from "i18next";
import { spanSeconds } from "../regime/values";
import { durationText } from "../ui/duration";

/** One field's fault, as RFC 9457 answers carry it. */
export interface FieldFault {
  location?: string; // such as "body.main.url"
  message: string;
  value?: unknown;
}

/** A refusal or failure that can be shown to a person. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly params: Record<string, unknown> = {},
    readonly errors: FieldFault[] = [],
  ) {
    super(detail || code);
    this.name = "Problem";
  }
}

/** Reads an answer that is not a success. Never throws. */
export async function readProblem(r: Response): Promise<Problem> {
  let body: unknown;
  try {
    body = await r.json();
  } catch {
    body = undefined;
  }
  return problemFrom(r.status, body);
}

export function problemFrom(status: number, body: unknown): Problem {
  const b = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const errors = Array.isArray(b.errors) ? (b.errors as FieldFault[]).filter((e) => e && typeof e.message === "string") : [];
  let code = typeof b.code === "string" ? b.code : "";
  if (!code && typeof b.type === "string" && b.type.startsWith("/problems/")) code = b.type.slice("/problems/".length);
  if (!code) code = codeOfStatus(status);
  const params = (typeof b.params === "object" && b.params !== null ? b.params : {}) as Record<string, unknown>;
  return new Problem(status, code, typeof b.detail === "string" ? b.detail : "", params, errors);
}

function codeOfStatus(status: number): string {
  switch (status) {
    case 400: case 422: return "invalid_input";
    case 401: return "not_signed_in";
    case 403: return "right_missing";
    case 404: return "not_found";
    case 409: return "conflict";
    case 429: return "too_many_attempts";
    case 502: case 503: case 504: return "server_unavailable";
  }
  return status >= 500 ? "internal_error" : "request_failed";
}

/** Any thrown value as a Problem. */
export function asProblem(e: unknown): Problem {
  if (e instanceof Problem) return e;
  return new Problem(0, "unexpected", e instanceof Error ? e.message : String(e));
}

/**
 * The sentence for a person. Codes that the texts do not know fall back to the
 * server's own sentence, which is English and safe to show.
 */
export function problemText(t: TFunction, e: unknown): string {
  const p = asProblem(e);
  const key = `problem.${p.code}`;
  const params = translateParams(t, p.params);
  // Whoever may is named where the refusal says so; a right that nobody has names nobody.
  const text = t(key + variant(p, params), { ...params, defaultValue: "" });
  if (text) return text;
  return p.detail || t("problem.unknown", { code: p.code, status: p.status });
}

// Which sentence of several a refusal has, by what the server told.
function variant(p: Problem, params: Record<string, unknown>): string {
  switch (p.code) {
    case "right_missing": return params.positions ? "_held" : "";
    case "right_grade": return params.grade ? "_of" : "";
    case "card_pin_weak": return typeof params.reason === "string" ? `_${params.reason}` : "";
    case "right_denied": return params.rule ? "_rule" : "";
  }
  return "";
}

// A right named by its action is shown by its name in the language of the screen, and so
// are positions and a length of time.
function translateParams(t: TFunction, params: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = { ...params };
  if (typeof params.action === "string") {
    out.action = t(`action.${params.action.replace(".", "_")}`, { defaultValue: params.action });
  }
  if (Array.isArray(params.positions)) out.positions = params.positions.map((x) => t(`position.${String(x)}`, { defaultValue: String(x) })).join(t("common.comma"));
  if (Array.isArray(params.lacks)) out.lacks = params.lacks.map((x) => t(`roster.lack.${String(x)}`, { defaultValue: String(x) })).join(t("common.comma"));
  for (const k of ["key", "other"]) {
    const key = params[k];
    if (typeof key === "string") out[`${k}Name`] = t(`parameters.name.${key.replaceAll(".", "_")}`, { defaultValue: key });
  }
  if (typeof params.position === "string") out.position = t(`position.${params.position}`, { defaultValue: params.position });
  if (typeof params.why === "string") out.why = t(`handover.bars_${params.why}`, { defaultValue: params.why });
  const longest = typeof params.longest === "string" ? spanSeconds(params.longest) : undefined;
  if (longest !== undefined) out.longest = durationText(t, longest * 1000);
  return out;
}

/**
 * Faults by form field. `body.main.url` becomes `main.url`; huma writes array
 * indices in brackets, which forms here do not have.
 */
export function fieldFaults(t: TFunction, e: unknown): { name: string[]; text: string }[] {
  const p = asProblem(e);
  return p.errors
    .filter((f) => f.location)
    .map((f) => ({ name: (f.location ?? "").replace(/^body\.?/, "").split(".").filter(Boolean), text: faultText(t, p, f) }))
    .filter((f) => f.name.length > 0);
}

// A fault of the problem itself repeats its sentence; faults of the shape of the
// input come in the words of the server's schema check.
function faultText(t: TFunction, p: Problem, f: FieldFault): string {
  if (f.message === p.detail) return problemText(t, p);
  if (/length >=|required/.test(f.message)) return t("problem.field_required");
  if (/length <=/.test(f.message)) return t("problem.field_too_long");
  return t("problem.field_invalid");
}
