import { useQuery } from "@tanstack/react-query";
import { Button, Input, Select, type InputRef } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { logbook, type EntryInput } from "../api/logbook";
import { useKeys } from "../ui/keys";
import { beside, guess, phrases } from "./phrases";

/** What somebody has typed so far. */
export interface Draft { text: string; category?: string; severity?: string }

/** An entry in one sentence: a key, the sentence and Enter; a set phrase or one of the person's own takes two clicks. */
export function Quick({ room, draft, onDraft, onSend, onFull }: { room: string; draft: Draft; onDraft: (d: Draft) => void; onSend: (body: EntryInput) => void; onFull: (d: Draft) => void }) {
  const { t } = useTranslation();
  const field = useRef<InputRef>(null);
  const [told, setTold] = useState(false);
  const { data } = useQuery({ queryKey: ["duty", "phrases"], queryFn: logbook.phrases, staleTime: 60_000 });
  const offered = data?.categories ?? [];
  const category = draft.category ?? guess(draft.text, offered);
  const severity = draft.severity ?? "ordinary";
  useKeys((e) => {
    if (e.key !== "n" && e.key !== "N" && e.key !== "l" && e.key !== "L") return;
    field.current?.focus();
    return true;
  });
  const take = (text: string, of: string): void => {
    onDraft({ ...draft, text, category: offered.includes(of) ? of : undefined });
    field.current?.focus();
  };
  const store = (): void => {
    const text = draft.text.trim();
    if (!text || offered.length === 0) return;
    onSend({ room, text, category, severity, at: new Date().toISOString() });
    onDraft({ text: "" });
    field.current?.focus();
  };
  const key = (e: React.KeyboardEvent): void => {
    if (e.nativeEvent.isComposing) return; // Enter and arrows belong to the input method then
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      onDraft({ ...draft, category: beside(category, offered, e.key === "ArrowDown" ? 1 : -1) });
    } else if (e.key === "Enter") {
      e.preventDefault();
      if (e.ctrlKey || e.metaKey) onFull({ ...draft, category, severity });
      else store();
    } else if (e.key === "Escape") field.current?.blur();
  };
  const own = (data?.recent ?? []).filter((s) => !phrases.some((p) => t(`record.set.${p.key}`) === s.text)).slice(0, 5);
  return (
    <section className="panel log-quick" aria-label={t("record.quick")}>
      <div className="log-line">
        <Input ref={field} size="large" className="log-text" value={draft.text} maxLength={2000} placeholder={t("record.quickHint")} aria-label={t("record.quick")} aria-describedby="log-keys" autoComplete="off" suffix={<kbd aria-hidden>N</kbd>}
          onChange={(e) => onDraft({ ...draft, text: e.target.value, category: draft.text.trim() === "" ? undefined : draft.category })} onKeyDown={key} onFocus={() => setTold(true)} />
        <Select size="large" className="log-category" aria-label={t("record.category.label")} value={offered.length > 0 ? category : undefined} onChange={(c) => onDraft({ ...draft, category: c })} options={offered.map((c) => ({ value: c, label: t(`record.category.${c}`) }))} />
        <Select size="large" className={`log-severity is-${severity}`} aria-label={t("record.severity.label")} value={severity} onChange={(s) => onDraft({ ...draft, severity: s })} options={["ordinary", "important", "severe"].map((s) => ({ value: s, label: t(`record.severity.${s}`) }))} />
        <Button size="large" type="primary" disabled={!draft.text.trim()} onClick={store}>{t("record.store")}</Button>
        <Button size="large" onClick={() => onFull({ ...draft, category, severity })}>{t("record.storeFull")}</Button>
      </div>
      <p id="log-keys" className={told ? "dim log-keys" : "dim log-keys log-quiet"}>{t("record.keysHint")}</p>
      <div className="log-phrases" role="group" aria-label={t("record.phrases")}>
        {phrases.filter((p) => offered.includes(p.category)).map((p) => <button key={p.key} type="button" className="chip" onClick={() => take(t(`record.set.${p.key}`), p.category)}>{t(`record.set.${p.key}`)}</button>)}
        {own.map((s) => <button key={s.category + s.text} type="button" className="chip log-own cut" title={s.text} onClick={() => take(s.text, s.category)}>{s.text}</button>)}
      </div>
    </section>
  );
}
