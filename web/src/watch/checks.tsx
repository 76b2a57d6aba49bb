import { CheckOutlined, CloseOutlined } from "@ant-design/icons";
import { Button, Input, type InputRef } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RoomCheck } from "../api/watch";
import "./watch.css";

export interface Seen { ok?: boolean; note: string }

export interface Looks {
  seen: Record<string, Seen>;
  set: (item: string, s: Partial<Seen>) => void;
  all: () => void;
  /** The list with everything answered, or the first item that is not, and why. */
  done: () => { checks: RoomCheck[]; lacks?: undefined } | { lacks: string; checks?: undefined };
  asked: boolean; // somebody went on too early: what is missing is shown
  ask: () => void;
}

/** What somebody saw who goes through a list. */
export function useLooks(items: readonly string[]): Looks {
  const [seen, setSeen] = useState<Record<string, Seen>>({});
  const [asked, setAsked] = useState(false);
  return {
    seen, asked,
    set: (item, s) => setSeen((all) => ({ ...all, [item]: { ...(all[item] ?? { note: "" }), ...s } })),
    all: () => setSeen(Object.fromEntries(items.map((i) => [i, { ok: true, note: "" }]))),
    ask: () => setAsked(true),
    done: () => {
      const lacks = items.find((i) => lacking(seen[i]));
      if (lacks !== undefined) return { lacks };
      return { checks: items.map((item) => ({ item, ok: seen[item]?.ok ?? false, ...(seen[item]?.ok ? {} : { note: seen[item]?.note.trim() ?? "" }) })) };
    },
  };
}

const lacking = (s: Seen | undefined): boolean => s?.ok === undefined || (!s.ok && s.note.trim().length < 2);

/**
 * A list to go through, with big rows: in order, or not and why. The arrows move, Enter and Space
 * answer; an answer leads to the next row.
 */
export function Checklist({ items, looks, fault, onThrough }: { items: readonly string[]; looks: Looks; fault?: { item: string; text: string }; onThrough: () => void }) {
  const { t } = useTranslation();
  const rows = useRef(new Map<string, HTMLElement>());
  const notes = useRef(new Map<string, InputRef>());
  const word = (item: string): string => t(`parameters.word.${item}`, { defaultValue: item });
  const answered = items.filter((i) => !lacking(looks.seen[i])).length;
  const go = (i: number, which: "ok" | "bad" = "ok"): void => {
    const item = items[i];
    if (item === undefined) {
      if (i >= items.length) onThrough();
      return;
    }
    rows.current.get(item)?.querySelector<HTMLElement>(`[data-answer="${which}"]`)?.focus();
  };
  const keys = (e: React.KeyboardEvent, i: number): void => {
    const at = (e.target as HTMLElement).closest<HTMLElement>("[data-answer]")?.dataset.answer as "ok" | "bad" | undefined;
    if (!at) return;
    const to: Record<string, () => void> = { ArrowDown: () => go(i + 1, at), ArrowUp: () => go(i - 1, at), ArrowRight: () => go(i, "bad"), ArrowLeft: () => go(i, "ok") };
    const move = to[e.key];
    if (!move || (e.key === "ArrowUp" && i === 0)) return;
    e.preventDefault();
    move();
  };
  return (
    <>
      <div className="checks-head">
        <Button size="large" autoFocus icon={<CheckOutlined />} onClick={() => { looks.all(); onThrough(); }}>{t("watch.allOk")}</Button>
        <span className="dim num" role="status">{t("watch.seen", { n: answered, of: items.length })}</span>
        <span className="dim checks-keys">{t("watch.keysHint")}</span>
      </div>
      <ol className="checks">
        {items.map((item, i) => {
          const s = looks.seen[item];
          const wrong = fault?.item === item ? fault.text : looks.asked && lacking(s) && s?.ok === false ? t("watch.noted") : undefined;
          return (
            <li key={item} ref={(el) => { if (el) rows.current.set(item, el); else rows.current.delete(item); }} className={looks.asked && lacking(s) ? "check lacks" : "check"} onKeyDown={(e) => keys(e, i)}>
              <span className="check-text" id={`check-${item}`}>{word(item)}</span>
              <span className="check-answers" role="group" aria-labelledby={`check-${item}`}>
                <button type="button" data-answer="ok" aria-pressed={s?.ok === true} className="check-answer ok" onClick={() => { looks.set(item, { ok: true, note: "" }); go(i + 1); }}><CheckOutlined aria-hidden /> {t("watch.ok")}</button>
                <button type="button" data-answer="bad" aria-pressed={s?.ok === false} className="check-answer bad" onClick={() => { looks.set(item, { ok: false }); window.setTimeout(() => notes.current.get(item)?.focus()); }}><CloseOutlined aria-hidden /> {t("watch.bad")}</button>
              </span>
              {s?.ok === false ? (
                <span className="check-note">
                  <Input size="large" ref={(el) => { if (el) notes.current.set(item, el); else notes.current.delete(item); }} value={s.note} maxLength={200} status={wrong ? "error" : undefined} placeholder={t("watch.note")} aria-label={t("watch.noteFor", { item: word(item) })}
                    onChange={(e) => looks.set(item, { note: e.target.value })}
                    onKeyDown={(e) => { if (e.key === "Enter" && !e.nativeEvent.isComposing) { e.preventDefault(); go(i + 1); } }} />
                  {wrong ? <span className="tone-red" role="alert">{wrong}</span> : null}
                </span>
              ) : null}
            </li>
          );
        })}
      </ol>
    </>
  );
}

/** How many things of a list have no answer yet. */
export const lacks = (items: readonly string[], looks: Looks): number => items.filter((i) => lacking(looks.seen[i])).length;
