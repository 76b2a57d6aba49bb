import { useCallback, useEffect, useRef, useState } from "react";
import { logbook, type EntryInput } from "../api/logbook";
import { Problem } from "../api/problem";

/** A sentence on its way into the record. It is kept in this browser until it is stored, so that none is lost. */
export interface Sent { key: string; person: string; body: EntryInput; fault?: unknown; sending: boolean }

const place = "watchroom.duty-entries";

function kept(person: string): Sent[] {
  try {
    const all = JSON.parse(localStorage.getItem(place) ?? "[]") as Sent[];
    return all.filter((s) => s.person === person).map((s) => ({ ...s, sending: false, fault: new Problem(0, "offline", "") }));
  } catch {
    return [];
  }
}

function keep(person: string, mine: Sent[]): void {
  try {
    const others = (JSON.parse(localStorage.getItem(place) ?? "[]") as Sent[]).filter((s) => s.person !== person);
    localStorage.setItem(place, JSON.stringify([...others, ...mine.map((s) => ({ key: s.key, person: s.person, body: s.body, sending: false }))]));
  } catch {
    // a browser that keeps nothing still shows them
  }
}

/** What was sent and is not stored yet, and what sends. */
export function useOutbox(person: string, stored: () => Promise<unknown>): { waiting: Sent[]; send: (body: EntryInput) => void; again: (key: string) => void; drop: (key: string) => void } {
  const [waiting, setWaiting] = useState<Sent[]>(() => kept(person));
  const now = useRef(waiting);
  const done = useRef(stored);
  useEffect(() => {
    done.current = stored;
  });
  const put = useCallback((change: (all: Sent[]) => Sent[]) => {
    now.current = change(now.current);
    keep(person, now.current);
    setWaiting(now.current);
  }, [person]);
  const post = useCallback(async (s: Sent) => {
    try {
      await logbook.write(s.body);
      await done.current();
      put((all) => all.filter((x) => x.key !== s.key));
    } catch (fault) {
      put((all) => all.map((x) => (x.key === s.key ? { ...x, sending: false, fault } : x)));
    }
  }, [put]);
  const send = useCallback((body: EntryInput) => {
    const s: Sent = { key: crypto.randomUUID(), person, body, sending: true };
    put((all) => [...all, s]);
    void post(s);
  }, [person, post, put]);
  const again = useCallback((key: string) => {
    const s = now.current.find((x) => x.key === key);
    if (!s || s.sending) return;
    put((all) => all.map((x) => (x.key === key ? { ...x, sending: true, fault: undefined } : x)));
    void post(s);
  }, [post, put]);
  const drop = useCallback((key: string) => put((all) => all.filter((x) => x.key !== key)), [put]);
  return { waiting, send, again, drop };
}
