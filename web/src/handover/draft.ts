import { useCallback, useEffect, useState } from "react";
import type { Handover, HandoverAcceptance, HandoverItem, HandoverStatement } from "../api/handovers";

export interface Counting { count: number | null; complete?: boolean; note: string }

/** What was typed and ticked and has not been signed yet. */
export interface Draft {
  step: number; // 0 sheet, 1 count, 2 the outgoing signs, 3 the incoming
  incoming: string;
  fit?: boolean;
  round?: boolean;
  counts: Record<string, Counting>;
  remarksOut: string;
  read: Record<string, boolean>; // by key of the matter
  notes: Record<string, string>;
  opened: Record<string, boolean>; // groups, by kind
  remarksIn: string;
}

export const emptyDraft: Draft = { step: 0, incoming: "", counts: {}, remarksOut: "", read: {}, notes: {}, opened: {}, remarksIn: "" };

export const keyOf = (i: Pick<HandoverItem, "kind" | "id">): string => `${i.kind} ${i.id}`;

const place = (id: string): string => `watchroom:handover:${id}`;

/** Reads what stands in the storage; what is no draft, or an old one, is as good as none. */
export function readDraft(text: string | null): Draft {
  if (!text) return emptyDraft;
  try {
    const d = JSON.parse(text) as Partial<Draft> | null;
    return d && typeof d === "object" && !Array.isArray(d) ? { ...emptyDraft, ...d } : emptyDraft;
  } catch {
    return emptyDraft;
  }
}

/** The draft of a handover, which outlives a reload and the network, and goes once it is done. */
export function useDraft(id: string, over: boolean): [Draft, (change: Partial<Draft> | ((d: Draft) => Partial<Draft>)) => void] {
  const [draft, setDraft] = useState<Draft>(() => readDraft(localStorage.getItem(place(id))));
  useEffect(() => {
    if (over) localStorage.removeItem(place(id));
    else if (draft !== emptyDraft) {
      try { localStorage.setItem(place(id), JSON.stringify(draft)); } catch { /* the storage is full; the page still has it */ }
    }
  }, [draft, id, over]);
  const change = useCallback((c: Partial<Draft> | ((d: Draft) => Partial<Draft>)) => setDraft((d) => ({ ...d, ...(typeof c === "function" ? c(d) : c) })), []);
  return [draft, change];
}

export const counting = (d: Draft, item: string): Counting => d.counts[item] ?? { count: null, note: "" };

const wholeNumber = (n: number | null): boolean => n !== null && Number.isInteger(n) && n >= 0 && n <= 100_000;

/** Whether one thing was counted, and what is missing was said. */
export const isCounted = (c: Counting): boolean => wholeNumber(c.count) && c.complete !== undefined && (c.complete || [...c.note.trim()].length >= 2);

export const uncounted = (d: Draft, items: readonly string[]): string[] => items.filter((i) => !isCounted(counting(d, i)));

export type Lack = "count" | "round" | "who" | "fit";

/** What the outgoing has still to answer before they sign. */
export function lacking(d: Draft, items: readonly string[], here: readonly string[]): Lack[] {
  const all: [Lack, boolean][] = [["count", uncounted(d, items).length > 0], ["round", d.round === undefined], ["who", !here.includes(d.incoming)], ["fit", d.fit !== true]];
  return all.filter(([, is]) => is).map(([l]) => l);
}

export function statement(d: Draft, items: readonly string[]): HandoverStatement {
  return {
    incoming: d.incoming, fit: d.fit === true, round: d.round === true, remarks: d.remarksOut.trim(),
    counts: items.map((item) => { const c = counting(d, item); return { item, count: c.count ?? 0, complete: c.complete === true, ...(c.complete ? {} : { note: c.note.trim() }) }; }),
  };
}

/** All that the incoming reads: what the sheet names, then what came up since. */
export const toRead = (h: Handover): HandoverItem[] => [...h.items, ...h.added];

export const unread = (d: Draft, h: Handover): HandoverItem[] => toRead(h).filter((i) => !d.read[keyOf(i)]);

export function acceptance(d: Draft, h: Handover): HandoverAcceptance {
  return {
    remarks: d.remarksIn.trim(),
    acknowledged: toRead(h).filter((i) => d.read[keyOf(i)]).map((i) => { const note = (d.notes[keyOf(i)] ?? "").trim(); return { kind: i.kind, id: i.id, ...(note ? { note } : {}) }; }),
  };
}

const order = ["alarm", "storage_fault", "visitor", "unreported", "instruction", "follow_up", "loss", "notice"];

/** Matters by kind, what needs a hand first; a kind that is not known here stands at the end. */
export function grouped(items: readonly HandoverItem[]): [string, HandoverItem[]][] {
  const by = new Map<string, HandoverItem[]>();
  for (const i of items) by.set(i.kind, [...(by.get(i.kind) ?? []), i]);
  const rank = (kind: string): number => { const n = order.indexOf(kind); return n < 0 ? order.length : n; };
  return [...by].sort(([a], [b]) => rank(a) - rank(b));
}

/** The things of the handover before, as a start: the numbers alone, for somebody has to look. */
export const asBefore = (last: Handover | undefined): Record<string, Counting> => Object.fromEntries((last?.counts ?? []).map((c) => [c.item, { count: c.count, note: "" }]));
