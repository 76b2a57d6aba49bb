import { DownOutlined, EditOutlined, RightOutlined } from "@ant-design/icons";
import { Alert, Button, Checkbox, Input } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { handoversApi, type Handover, type HandoverItem } from "../api/handovers";
import { asProblem } from "../api/problem";
import { useSession, useZone } from "../app/session";
import { whenText } from "../ui/status";
import { ProofDialog } from "../watch/proof";
import { acceptance, grouped, keyOf, toRead, unread } from "./draft";
import { Bars, Matter, useMatterText } from "./matter";
import { Head, SystemTiles } from "./parts";
import { Signed, type StepProps } from "./steps";

/** Step 4: whoever takes over reads every open matter, and signs. */
export function ReadStep({ handover: h, draft: d, change, name, onSigned }: StepProps & { onSigned: (h: Handover) => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const me = useSession().person;
  const [signs, setSigns] = useState(false);
  const [asked, setAsked] = useState(false);
  const rows = useRef(new Map<string, HTMLElement>());
  const fresh = new Set(h.added.map(keyOf));
  const all = toRead(h);
  const left = unread(d, h);
  const incoming = h.incoming ?? "";
  const groups = grouped(all);
  const shown = (kind: string): boolean => d.opened[kind] ?? groups[0]?.[0] === kind;
  const out = [...h.signatures].reverse().find((s) => s.role === "outgoing");
  const lead = (i: Pick<HandoverItem, "kind" | "id"> | undefined): void => {
    if (!i) return;
    change((x) => ({ opened: { ...x.opened, [i.kind]: true } }));
    window.setTimeout(() => {
      const box = rows.current.get(keyOf(i))?.querySelector<HTMLElement>("input[type=checkbox]");
      box?.scrollIntoView({ block: "center" });
      box?.focus();
    }, 50);
  };
  const tick = (i: HandoverItem, on: boolean): void => change((x) => ({ read: { ...x.read, [keyOf(i)]: on } }));
  const keys = (e: React.KeyboardEvent): void => {
    if ((e.key !== "ArrowDown" && e.key !== "ArrowUp") || !(e.target instanceof HTMLInputElement) || e.target.type !== "checkbox") return;
    e.preventDefault();
    const boxes = [...document.querySelectorAll<HTMLElement>(".ho-read input[type=checkbox]")];
    boxes[boxes.indexOf(e.target) + (e.key === "ArrowDown" ? 1 : -1)]?.focus();
  };
  const go = (): void => {
    setAsked(true);
    if (left.length === 0) setSigns(true);
    else lead(left[0]);
  };
  useEffect(() => { if (h.added.length > 0) change((x) => ({ opened: { ...x.opened, ...Object.fromEntries(h.added.map((i) => [i.kind, true])) } })); }, [h.added.length]);
  return (
    <>
      <Bars items={[...h.items.filter((i) => i.bars), ...h.added]} name={name} />
      {out ? <Signed>{t("handover.outSigned", { name: name(h.outgoing), time: whenText(Date.parse(out.at), zone) })} {t("handover.stillAnswers", { name: name(h.outgoing), incoming: name(incoming) })}</Signed> : null}
      <details className="panel panel-pad ho-section">
        <summary>{t("handover.sheetOf", { name: name(h.outgoing) })}</summary>
        <Head handover={h} name={name} />
        <SystemTiles handover={h} />
        <ul className="plain-list ho-counted">{h.counts.map((c) => <li key={c.item}><span className="num">{t("handover.pair", { name: t(`handover.thing.${c.item}`, { defaultValue: c.item }), value: c.count })}</span> {c.complete ? <span className="dim">{t("handover.complete")}</span> : <span className="tone-red wrap">{c.note}</span>}</li>)}</ul>
        <p>{t("handover.pair", { name: t("handover.round"), value: t(h.round ? "handover.roundMade" : "handover.roundNotMade") })}</p>
        {h.remarks ? <p className="wrap ho-words">{h.remarks}</p> : null}
      </details>
      <h2>{t("handover.read", { incoming: name(incoming) })}</h2>
      <p className="dim">{t("handover.readText")} <strong className="num" role="status">{t("handover.readOf", { n: all.length - left.length, of: all.length })}</strong></p>
      {all.length === 0 ? <Signed>{t("handover.mattersNone")}</Signed> : null}
      <div className="ho-read" onKeyDown={keys}>
        {groups.map(([kind, items]) => {
          const word = t(`handover.kind_${kind}`, { defaultValue: kind });
          const done = items.filter((i) => d.read[keyOf(i)]).length;
          return (
            <section key={kind} className="ho-group panel" aria-label={word}>
              <header className="ho-group-head">
                <button type="button" className="ho-toggle" aria-expanded={shown(kind)} onClick={() => change((x) => ({ opened: { ...x.opened, [kind]: !shown(kind) } }))}>
                  {shown(kind) ? <DownOutlined aria-hidden /> : <RightOutlined aria-hidden />} <h3>{word}</h3>
                  <span className={done === items.length ? "tag num" : "tag tag-amber num"}>{t("handover.readOf", { n: done, of: items.length })}</span>
                </button>
                {shown(kind) && items.length > 1 && done < items.length ? <Button size="large" onClick={() => change((x) => ({ opened: { ...x.opened, [kind]: true }, read: { ...x.read, ...Object.fromEntries(items.map((i) => [keyOf(i), true])) } }))}>{t("handover.tickAll")}</Button> : null}
              </header>
              {shown(kind) ? (
                <ul className="plain-list ho-items">
                  {items.map((i) => (
                    <li key={i.id} ref={(el) => { if (el) rows.current.set(keyOf(i), el); else rows.current.delete(keyOf(i)); }} className={asked && !d.read[keyOf(i)] ? "ho-tick ho-lacks" : "ho-tick"}>
                      <Tick item={i} fresh={fresh.has(keyOf(i))} read={d.read[keyOf(i)] === true} note={d.notes[keyOf(i)] ?? ""} name={name} onTick={(on) => tick(i, on)} onNote={(text) => change((x) => ({ notes: { ...x.notes, [keyOf(i)]: text } }))} />
                    </li>
                  ))}
                </ul>
              ) : null}
            </section>
          );
        })}
      </div>
      <label className="ho-ask"><span className="ho-legend">{t("handover.inRemarks")}</span>
        <Input.TextArea size="large" value={d.remarksIn} maxLength={4000} autoSize={{ minRows: 2, maxRows: 8 }} onChange={(e) => change({ remarksIn: e.target.value })} />
      </label>
      {asked && left.length > 0 ? <Alert type="error" showIcon title={t("handover.unread", { count: left.length })} action={<Button onClick={() => lead(left[0])}>{t("handover.toUnread")}</Button>} /> : null}
      <div className="ho-go">
        <Button size="large" onClick={() => change({ step: 1 })}>{t("handover.anew", { name: name(h.outgoing) })}</Button>
        <Button type="primary" size="large" onClick={go}>{t("handover.inSign")}</Button>
      </div>
      <p className="dim ho-anew">{t("handover.anewText")}</p>
      <ProofDialog<Handover> open={signs} title={t("handover.inTitle", { name: name(incoming) })} onClose={() => setSigns(false)} lead={<><p>{t("handover.inText", { name: name(incoming) })}</p><p>{t("handover.signHint")}</p></>}
        username={me.id === incoming ? me.username : undefined} begin={() => handoversApi.signIn(h.id, acceptance(d, h))} submit={t("handover.inSign")}
        onDone={(done) => { setSigns(false); onSigned(done); }}
        onRefused={(e) => {
          const p = asProblem(e);
          if (p.code !== "handover_unread") return false;
          // What came up meanwhile is not on this screen yet: it is fetched, and led to.
          setSigns(false);
          onSigned(h);
          window.setTimeout(() => lead({ kind: String(p.params.kind), id: String(p.params.id) }), 600);
          return true;
        }} />
    </>
  );
}

function Tick({ item: i, fresh, read, note, name, onTick, onNote }: { item: HandoverItem; fresh: boolean; read: boolean; note: string; name: (id: string) => string; onTick: (on: boolean) => void; onNote: (text: string) => void }) {
  const { t } = useTranslation();
  const line = useMatterText();
  const [noting, setNoting] = useState(note !== "");
  return (
    <>
      <Checkbox className="ho-box" checked={read} aria-label={t("handover.tick", { what: line(i) })} onChange={(e) => onTick(e.target.checked)} />
      <Matter item={i} fresh={fresh} name={name} />
      {noting ? <Input size="large" className="ho-note" autoFocus={note === ""} maxLength={500} value={note} placeholder={t("handover.note")} aria-label={t("handover.noteOf", { what: line(i) })} onChange={(e) => onNote(e.target.value)} /> : (
        <Button type="text" className="ho-note-open" icon={<EditOutlined />} aria-label={t("handover.noteOf", { what: line(i) })} onClick={() => setNoting(true)}>{t("handover.note")}</Button>
      )}
    </>
  );
}
