import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button, Drawer, Form, Input, Select, Skeleton } from "antd";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { useCameraMap } from "../api/queries";
import type { LossExplanation, LossExplanationInput, LossSignature, LossStatement } from "../api/types";
import { useCan, useSession, useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { percentText } from "../coverage/cell";
import { dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { durationText } from "../ui/duration";
import { Facts } from "../ui/facts";
import { causesText, partsText } from "./causes";
import { signers, StateWord } from "./state";

/** A statement as the paper that it replaces: what was lost, why, what was done, who signed. */
export function StatementDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(id);
  useEffect(() => { if (id) setShown(id); }, [id]);
  const { data, error, refetch } = useQuery({
    queryKey: ["losses", "one", shown],
    queryFn: () => api.losses.get(shown ?? ""),
    enabled: shown !== undefined,
    refetchInterval: id ? 15_000 : false,
  });
  return (
    <Drawer open={id !== undefined} onClose={onClose} size={680} title={t("losses.one")}>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton active paragraph={{ rows: 10 }} /> : null}
      {data ? <Statement key={data.id} data={data} /> : null}
    </Drawer>
  );
}

function Statement({ data }: { data: LossStatement }) {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const when = (at: string): string => dateTimeText(Date.parse(at), zone);
  const [correcting, setCorrecting] = useState(false);
  const later = <span className="dim">{t("loss.watch_later")}</span>;
  return (
    <div className="statement">
      <header className="statement-head">
        <h2 className="num">{t("losses.number", { n: data.number })}</h2>
        <StateWord state={data.state} signed={data.signatures.length} />
      </header>
      <Facts rows={[
        [t("losses.cause"), causesText(t, data.causes)],
        [t("common.from"), when(data.from)],
        [t("common.to"), data.to ? when(data.to) : <span key="t" className="tone-red">{t("playback.goesOn")}</span>],
        ...(data.to ? [[t("losses.length"), durationText(t, Date.parse(data.to) - Date.parse(data.from))] as [string, ReactNode]] : []),
        [t("loss.first_alarm"), data.firstAlarm ? when(data.firstAlarm) : t("loss.no_alarm")],
        [t("loss.on_watch"), data.onWatch ?? later],
        [t("loss.acknowledged_by"), data.acknowledgedBy ?? later],
        [t("losses.opened"), when(data.openedAt)],
      ]} />
      <Lost data={data} when={when} />
      <Neighbours list={data.neighbours} />
      <section>
        <h3>{t("losses.explanation")}</h3>
        {data.explanation && !correcting ? (
          <>
            <Said explanation={data.explanation} when={when} />
            {can("loss.explain") ? <Button size="small" onClick={() => setCorrecting(true)}>{t("losses.correct")}</Button> : null}
          </>
        ) : can("loss.explain") ? (
          <Explain data={data} onDone={() => setCorrecting(false)} onCancel={correcting ? () => setCorrecting(false) : undefined} />
        ) : <p className="dim">{t("losses.notExplained")}</p>}
      </section>
      <section>
        <h3 className="num">{t("losses.signatures", { n: data.signatures.length, of: signers })}</h3>
        <Signatures list={data.signatures} open={data.state === "signed" ? [] : data.lines.filter((l) => data.signatures.every((s) => s.line !== l.line))} when={when} />
        <Sign data={data} />
      </section>
      {data.history.length > 0 ? (
        <section>
          <h3>{t("losses.history")}</h3>
          {data.history.map((e) => <div key={e.id} className="said-old"><Said explanation={e} when={when} /><Signatures list={data.void.filter((s) => s.explanation === e.id)} when={when} /></div>)}
        </section>
      ) : null}
      {data.revisions.length > 0 ? <Revisions data={data} when={when} /> : null}
    </div>
  );
}

type When = (at: string) => string;

function Lost({ data, when }: { data: LossStatement; when: When }) {
  const { t } = useTranslation();
  const cameras = useCameraMap();
  const can = useCan();
  return (
    <section>
      <h3>{t("losses.cameras")}</h3>
      <ul className="lost">
        {data.cameras.map((c) => (
          <li key={`${c.camera}/${c.from}`}>
            {can("camera.read") ? <Link className="wrap" to="/cameras" search={{ camera: c.camera }}>{cameras.get(c.camera)?.name ?? c.camera}</Link> : <span className="wrap">{c.camera}</span>}
            <span className="num">{when(c.from)} – {c.to ? when(c.to) : t("playback.goesOn")}</span>
            <span className="dim">{partsText(t, c.causes)}</span>
            {can("playback.view") ? <Link to="/playback" search={{ cameras: [c.camera], at: Date.parse(c.from) - 5000 }}>{t("coverage.playBefore")}</Link> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Neighbours({ list }: { list: LossStatement["neighbours"] }) {
  const { t } = useTranslation();
  const cameras = useCameraMap();
  return (
    <section>
      <h3>{t("loss.neighbours")}</h3>
      {list.length === 0 ? <p className="dim">{t("losses.noNeighbours")}</p> : (
        <ul className="lost">
          {list.map((n) => <li key={n.camera}><span className="wrap">{cameras.get(n.camera)?.name ?? n.camera}</span><span className="num">{t("losses.neighbourShare", { share: percentText(n.share) })}</span></li>)}
        </ul>
      )}
    </section>
  );
}

function Said({ explanation: e, when }: { explanation: LossExplanation; when: When }) {
  const { t } = useTranslation();
  const empty = <span className="dim">—</span>;
  return (
    <div className="said">
      <p className="said-text wrap">{e.text}</p>
      <Facts rows={[[t("loss.reported"), e.reported || empty], [t("loss.repaired"), e.repaired || empty], [t("loss.contractor"), e.contractor || empty]]} />
      <p className="dim num">{t("losses.by", { person: e.personName || e.person, time: when(e.at) })}</p>
    </div>
  );
}

function Explain({ data, onDone, onCancel }: { data: LossStatement; onDone: () => void; onCancel?: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [form] = Form.useForm<LossExplanationInput>();
  const { busy, fault, attempt } = useAttempt(form);
  const old = data.explanation;
  const run = (v: LossExplanationInput) => attempt(async () => {
    const line = (s: string | undefined) => s?.trim() || undefined;
    const fresh = await api.losses.explain(data.id, { text: v.text.trim(), reported: line(v.reported), repaired: line(v.repaired), contractor: line(v.contractor), corrects: old?.id });
    cache.setQueryData(["losses", "one", data.id], fresh);
    await cache.invalidateQueries({ queryKey: ["losses"] });
    onDone();
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} initialValues={old} onFinish={(v) => void run(v)}>
      {old ? <p className="dim form-lead">{t("losses.correctText")}</p> : null}
      {fault ? <p className="fault-text" role="alert">{problemText(t, fault)}</p> : null}
      <Form.Item name="text" label={t("losses.text")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input.TextArea autoSize={{ minRows: 3, maxRows: 12 }} maxLength={4000} placeholder={t("losses.textHint")} /></Form.Item>
      <Form.Item name="reported" label={t("losses.optionalOf", { label: t("loss.reported") })}><Input maxLength={300} placeholder={t("losses.reportedHint")} /></Form.Item>
      <Form.Item name="repaired" label={t("losses.optionalOf", { label: t("loss.repaired") })}><Input maxLength={300} placeholder={t("losses.repairedHint")} /></Form.Item>
      <Form.Item name="contractor" label={t("losses.optionalOf", { label: t("loss.contractor") })}><Input maxLength={300} /></Form.Item>
      <div className="form-end">
        <Button type="primary" htmlType="submit" loading={busy}>{t("losses.explain")}</Button>
        {onCancel ? <Button onClick={onCancel}>{t("common.cancel")}</Button> : null}
      </div>
    </Form>
  );
}

// As they stand on the paper, whoever signs first.
const rank = (line: string | undefined): number => ["on_watch", "informed", "repaired"].indexOf(line ?? "");

/** The lines of the paper, each with who signed it or who may; in that order, so that none moves while somebody signs. */
function Signatures({ list, open = [], when }: { list: readonly LossSignature[]; open?: LossStatement["lines"]; when: When }) {
  const { t } = useTranslation();
  const title = (p: string): string => t(`position.${p}`, { defaultValue: p });
  const rows = [...list.map((signed) => ({ line: signed.line, signed, positions: [] })), ...open.map(({ line, positions }) => ({ line, signed: undefined, positions }))].sort((a, b) => rank(a.line) - rank(b.line));
  if (rows.length === 0) return null;
  return (
    <ul className="lost">
      {rows.map(({ line, signed: s, positions }) => (s ? (
        <li key={`${s.person}/${s.at}`}>
          {s.line ? <span className="dim">{t(`losses.lines.${s.line}`)}</span> : null}
          <strong className="wrap">{s.personName || s.person}</strong>
          <span>{title(s.position)}</span>
          <span className="num">{when(s.at)}</span>
          <span className="dim">{t(`loss.${s.grade}`)}</span>
        </li>
      ) : (
        <li key={line}>
          <span className="dim">{t(`losses.lines.${line}`)}</span>
          <span className="dim wrap">{t("losses.lineBy", { positions: positions.map(title).join(t("common.comma")) })}</span>
        </li>
      )))}
    </ul>
  );
}

// What the server will refuse is said beforehand, with what is missing.
function Sign({ data }: { data: LossStatement }) {
  const { t } = useTranslation();
  const can = useCan();
  const { person } = useSession();
  const cache = useQueryClient();
  const [chosen, setChosen] = useState<string>();
  const { busy, fault, attempt } = useAttempt();
  if (data.state === "signed") return null;
  if (!can("loss.sign")) return <p className="dim">{t("losses.signNeeds", { action: t("action.loss_sign") })}</p>;
  if (!data.explanation) return <p className="dim">{t("losses.signLater")}</p>;
  if (!data.to) return <p className="dim">{t("problem.loss_lasts")}</p>;
  if (data.signatures.some((s) => s.person === person.id)) return <p className="dim">{t("problem.loss_signed_by_same")}</p>;
  const { explanation } = data;
  const open = data.lines.filter((l) => data.signatures.every((s) => s.line !== l.line));
  const ways = open.flatMap(({ line, yours }) => yours.map((position) => ({ line, position, key: `${line}/${position}` })));
  const way = ways.find((w) => w.key === chosen) ?? ways[0];
  if (!way) return <p className="dim">{t("losses.lineNotYours")}</p>;
  const run = () => attempt(async () => {
    const fresh = await api.losses.sign(data.id, { explanation: explanation.id, line: way.line, position: way.position });
    cache.setQueryData(["losses", "one", data.id], fresh);
    await cache.invalidateQueries({ queryKey: ["losses"] });
  });
  return (
    <>
      {fault ? <p className="fault-text" role="alert">{problemText(t, fault)}</p> : null}
      <div className="sign">
        <Select aria-label={t("losses.signAs")} value={way.key} onChange={setChosen} options={ways.map((w) => ({ value: w.key, label: t("losses.lineAs", { line: t(`losses.lines.${w.line}`), position: t(`position.${w.position}`, { defaultValue: w.position }) }) }))} />
        <Button type="primary" loading={busy} onClick={() => void run()}>{t("losses.sign", { name: person.displayName || person.username })}</Button>
      </div>
    </>
  );
}

function Revisions({ data, when }: { data: LossStatement; when: When }) {
  const { t } = useTranslation();
  const cameras = useCameraMap();
  return (
    <section>
      <h3>{t("losses.revisions")}</h3>
      <ul className="lost">
        {data.revisions.map((r) => (
          <li key={`${r.camera}/${r.at}`}>
            <span className="wrap">{cameras.get(r.camera)?.name ?? r.camera}</span>
            <span className="num">{r.nowFrom === r.nowUntil ? t("losses.nothingLost") : t("losses.nowLost", { from: when(r.nowFrom), to: when(r.nowUntil) })}</span>
            <span className="dim num">{when(r.at)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
