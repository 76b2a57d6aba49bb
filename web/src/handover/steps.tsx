import { CheckCircleFilled, CheckOutlined, CloseOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Alert, Button, Input, InputNumber, Radio } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { handoversApi, type Handover } from "../api/handovers";
import { asProblem, problemText } from "../api/problem";
import type { WatchRoom } from "../api/watch";
import { useSession, useZone } from "../app/session";
import { whenText } from "../ui/status";
import { SignHere } from "../watch/proof";
import { SignOnDialog } from "../watch/signon";
import { asBefore, counting, isCounted, lacking, statement, uncounted, type Draft } from "./draft";
import { Bars, type NameOf } from "./matter";
import { Groups, Head, SystemTiles } from "./parts";

export type Change = (change: Partial<Draft> | ((d: Draft) => Partial<Draft>)) => void;

export interface StepProps { handover: Handover; room: WatchRoom | undefined; draft: Draft; change: Change; name: NameOf; checks: readonly string[] }

/** Step 1: what stands on the sheet. */
export function SheetStep({ handover: h, change, name }: StepProps) {
  const { t } = useTranslation();
  return (
    <>
      <Bars items={h.items} name={name} />
      <section className="panel panel-pad ho-section"><Head handover={h} name={name} /></section>
      <h2>{t("handover.system")}</h2>
      <SystemTiles handover={h} />
      <h2>{t("handover.matters")} <span className="tag num">{h.items.length}</span></h2>
      <Groups handover={h} name={name} />
      <div className="ho-go"><Button type="primary" size="large" onClick={() => change({ step: 1 })}>{t("handover.nextCount")}</Button></div>
    </>
  );
}

function YesNo({ label, value, yes, no, onChange, lacks }: { label: string; value: boolean | undefined; yes: string; no: string; onChange: (v: boolean) => void; lacks?: string }) {
  return (
    <fieldset className="ho-ask">
      <legend>{label}</legend>
      <Radio.Group size="large" buttonStyle="solid" value={value} onChange={(e) => onChange(Boolean(e.target.value))}>
        <Radio.Button value={true}><CheckOutlined aria-hidden /> {yes}</Radio.Button>
        <Radio.Button value={false}><CloseOutlined aria-hidden /> {no}</Radio.Button>
      </Radio.Group>
      {lacks ? <p className="tone-red" role="alert">{lacks}</p> : null}
    </fieldset>
  );
}

/** Step 2: what is counted, and who takes over. */
export function CountStep({ handover: h, room, draft: d, change, name, checks }: StepProps) {
  const { t } = useTranslation();
  const zone = useZone();
  const [asked, setAsked] = useState(false); // somebody went on too early
  const [signsOn, setSignsOn] = useState(false);
  const word = (item: string): string => t(`handover.thing.${item}`, { defaultValue: item });
  const others = (room?.on ?? []).filter((a) => a.person !== h.outgoing);
  const here = others.map((a) => a.person);
  const lacks = lacking(d, h.counted, here);
  const { data: before } = useQuery({
    queryKey: ["duty", "handovers", h.room, "last"], staleTime: Infinity,
    queryFn: async () => {
      const last = (await handoversApi.list(h.room)).items.find((l) => l.state === "done" && l.id !== h.id);
      return last ? handoversApi.get(last.id) : null;
    },
  });
  useEffect(() => { if (before && Object.keys(d.counts).length === 0) change({ counts: asBefore(before) }); }, [before]);
  const only = others.length === 1 ? others[0]?.person : undefined;
  useEffect(() => { if (!d.incoming && only) change({ incoming: only }); }, [only]);
  const set = (item: string, c: Partial<Draft["counts"][string]>): void => change((all) => ({ counts: { ...all.counts, [item]: { ...counting(all, item), ...c } } }));
  const go = (): void => {
    if (lacks.length === 0) change({ step: 2 });
    else {
      setAsked(true);
      window.setTimeout(() => document.querySelector(".ho-lacks, .ho-ask:has([role=alert])")?.scrollIntoView({ block: "center" }));
    }
  };
  const all = (): void => change((x) => ({ counts: Object.fromEntries(h.counted.map((i) => [i, { ...counting(x, i), complete: true, note: "" }])) }));
  return (
    <>
      <h2>{t("handover.count")}</h2>
      <p className="dim">{t("handover.countText")} {before ? t("handover.lastTime") : ""}</p>
      <div className="ho-row"><Button size="large" icon={<CheckOutlined />} onClick={all}>{t("handover.allComplete")}</Button></div>
      <ul className="plain-list ho-counts panel">
        {h.counted.map((item) => {
          const c = counting(d, item);
          return (
            <li key={item} className={asked && !isCounted(c) ? "ho-count ho-lacks" : "ho-count"}>
              <span className="ho-count-name">{word(item)}</span>
              <InputNumber size="large" className="num" min={0} max={100000} precision={0} value={c.count} aria-label={t("handover.number_of", { item: word(item) })} status={asked && c.count === null ? "error" : undefined} onChange={(v) => set(item, { count: typeof v === "number" ? v : null })} />
              <Radio.Group size="large" buttonStyle="solid" aria-label={word(item)} value={c.complete} onChange={(e) => set(item, e.target.value ? { complete: true, note: "" } : { complete: false })}>
                <Radio.Button value={true}><CheckOutlined aria-hidden /> {t("handover.complete")}</Radio.Button>
                <Radio.Button value={false}><CloseOutlined aria-hidden /> {t("handover.incomplete")}</Radio.Button>
              </Radio.Group>
              {c.complete === false ? (
                <span className="ho-count-note">
                  <Input size="large" autoFocus={c.note === ""} maxLength={200} value={c.note} placeholder={t("handover.missing")} aria-label={t("handover.missingOf", { item: word(item) })} status={asked && c.note.trim().length < 2 ? "error" : undefined} onChange={(e) => set(item, { note: e.target.value })} />
                  {asked && c.note.trim().length < 2 ? <span className="tone-red">{t("handover.noteNeeded")}</span> : null}
                </span>
              ) : null}
            </li>
          );
        })}
      </ul>
      <YesNo label={t("handover.round")} value={d.round} yes={t("handover.roundYes")} no={t("handover.roundNo")} onChange={(round) => change({ round })} lacks={asked && lacks.includes("round") ? t("handover.lacksRound") : undefined} />
      <fieldset className="ho-ask">
        <legend>{t("handover.who")}</legend>
        {others.length === 0 ? <p>{t("handover.whoNone")}</p> : (
          <Radio.Group className="ho-who" size="large" value={d.incoming || undefined} onChange={(e) => change({ incoming: String(e.target.value), fit: undefined })}>
            {others.map((a) => <Radio key={a.person} value={a.person}><strong>{a.name}</strong> <span className="dim num">{t("handover.whoSince", { time: whenText(Date.parse(a.onAt), zone) })}</span></Radio>)}
          </Radio.Group>
        )}
        <Button size="large" type={others.length === 0 ? "primary" : "default"} onClick={() => setSignsOn(true)}>{t("handover.whoSignOn")}</Button>
        {asked && lacks.includes("who") ? <p className="tone-red" role="alert">{t("handover.lacksWho")}</p> : null}
      </fieldset>
      <YesNo label={t("handover.fit")} value={d.fit} yes={t("handover.fitYes")} no={t("handover.fitNo")} onChange={(fit) => change({ fit })} lacks={asked && d.fit === undefined ? t("handover.lacksFit") : undefined} />
      {d.fit === false ? <Alert type="error" showIcon title={t("handover.unfit", { name: name(h.outgoing) })} /> : null}
      <label className="ho-ask"><span className="ho-legend">{t("handover.remarks")}</span>
        <Input.TextArea size="large" value={d.remarksOut} maxLength={4000} autoSize={{ minRows: 2, maxRows: 8 }} onChange={(e) => change({ remarksOut: e.target.value })} />
      </label>
      {asked && lacks.length > 0 ? <p className="tone-red" role="status">{lacks.includes("count") ? t("handover.lacksCount", { items: uncounted(d, h.counted).map(word).join(t("common.comma")) }) : t("handover.lacks")}</p> : null}
      <div className="ho-go">
        <Button size="large" onClick={() => change({ step: 0 })}>{t("handover.back")}</Button>
        <Button type="primary" size="large" onClick={go}>{t("handover.nextSign", { name: name(h.outgoing) })}</Button>
      </div>
      <SignOnDialog signing={signsOn && room ? { room, who: "another" } : undefined} checks={checks} onClose={() => setSignsOn(false)} />
    </>
  );
}

/** Step 3: whoever is in charge signs. */
export function OutStep({ handover: h, room, draft: d, change, name, onSigned }: StepProps & { onSigned: (h: Handover) => void }) {
  const { t } = useTranslation();
  const me = useSession().person;
  const [refused, setRefused] = useState<unknown>();
  const top = useRef<HTMLDivElement>(null);
  const here = (room?.on ?? []).map((a) => a.person).filter((p) => p !== h.outgoing);
  const lacks = lacking(d, h.counted, here);
  const barred = h.items.some((i) => i.bars);
  return (
    <div ref={top}>
      <Bars items={h.items} name={name} />
      <div className="panel panel-pad ho-sign">
        <h2>{t("handover.outTitle", { name: name(h.outgoing) })}</h2>
        <p className="ho-say">{t("handover.outText", { name: name(h.outgoing), room: h.roomName, incoming: name(d.incoming), matters: t("handover.matterCount", { count: h.items.length }), things: t("handover.things", { count: h.counted.length }) })}</p>
        {lacks.length > 0 ? <Alert type="warning" showIcon title={t("handover.lacks")} action={<Button onClick={() => change({ step: 1 })}>{t("handover.step_count")}</Button>} /> : barred ? null : (
          <>
            <p className="dim">{t("handover.signHint")}</p>
            <SignHere<Handover> username={me.id === h.outgoing ? me.username : undefined} begin={() => { setRefused(undefined); return handoversApi.signOut(h.id, statement(d, h.counted)); }} submit={t("handover.outSign")} onDone={onSigned}
              onRefused={(e) => {
                const code = asProblem(e).code;
                if (!["handover_counts", "handover_absent", "handover_self", "handover_unfit", "record_no_record"].includes(code)) return false;
                setRefused(e);
                return true;
              }} />
          </>
        )}
        {refused ? <Alert type="error" showIcon title={problemText(t, refused)} action={asProblem(refused).code === "record_no_record" ? <Link to="/logbook" search={{ room: h.room }}>{t("nav.logbook")}</Link> : <Button onClick={() => change({ step: 1 })}>{t("handover.step_count")}</Button>} /> : null}
      </div>
      <div className="ho-go"><Button size="large" onClick={() => change({ step: 1 })}>{t("handover.back")}</Button></div>
    </div>
  );
}

export function Signed({ children }: { children: React.ReactNode }) {
  return <p className="ho-signed"><CheckCircleFilled aria-hidden className="tone-ok" /> {children}</p>;
}
