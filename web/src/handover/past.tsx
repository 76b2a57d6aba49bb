import { CheckCircleFilled, PrinterOutlined } from "@ant-design/icons";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { App, Button, Form, Input, Radio, Skeleton } from "antd";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { handoversApi, type Handover, type HandoverLine, type HandoverSignature, type RemarkKind } from "../api/handovers";
import { problemText } from "../api/problem";
import { useCan, useSession, useZone } from "../app/session";
import { LoadFault, Notice } from "../app/states";
import { Sign } from "../keeping/parts";
import { clockText, dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { CopyButton } from "../ui/copy";
import { sentence } from "../ui/fields";
import { saveFile } from "../ui/save";
import type { Tone } from "../ui/status";
import { grouped, keyOf, toRead } from "./draft";
import { Matter, type NameOf } from "./matter";
import { Head, SystemTiles } from "./parts";

const toneOf: Record<HandoverLine["state"], Tone> = { open: "busy", signed: "amber", done: "ok", overtaken: "amber" };

/** The handovers of a room, the latest first. */
export function PastList({ room, name }: { room: string; name: string }) {
  const { t } = useTranslation();
  const zone = useZone();
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ["duty", "handovers", room, "all"], queryFn: ({ pageParam }) => handoversApi.list(room, pageParam || undefined), initialPageParam: "", getNextPageParam: (last) => last.next || undefined,
  });
  if (error && !data) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton active />;
  const lines = data.pages.flatMap((p) => p.items);
  const names = Object.assign({}, ...data.pages.map((p) => p.names)) as Record<string, string>;
  const who = (id: string | undefined): string => (id ? names[id] ?? t("common.somebody") : "–");
  if (lines.length === 0) return <Notice title={t("handover.pastNone")} />;
  return (
    <>
      <h2>{t("handover.past", { room: name })}</h2>
      <ul className="rows panel ho-past">
        {lines.map((l) => (
          <li key={l.id}>
            <Link to="/handover" search={{ id: l.id }} className="ho-line">
              <span className="num">{dateTimeText(Date.parse(l.passedAt ?? l.openedAt), zone)}</span>
              <strong className="wrap">{t("handover.to", { outgoing: who(l.outgoing), incoming: who(l.incoming) })}</strong>
              <Sign tone={toneOf[l.state]}>{t(`handover.state_${l.state}`)}</Sign>
              <span className="dim num">{t("handover.matterCount", { count: l.items })}</span>
              <span className="dim">{l.state === "done" ? t(l.reviewed ? "handover.reviewed" : "handover.notReviewed") : ""}</span>
            </Link>
          </li>
        ))}
      </ul>
      {hasNextPage ? <div className="earlier"><Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t("common.loadMore")}</Button></div> : null}
    </>
  );
}

function PrintButton({ handover: h }: { handover: Handover }) {
  const { t, i18n } = useTranslation();
  const { busy, fault, attempt } = useAttempt();
  const print = (): void => void attempt(async () => {
    saveFile(await handoversApi.sheet(h.id, i18n.language.startsWith("zh") ? "zh-CN" : "en"), `${t("handover.titleOf", { room: h.roomName })} ${h.openedAt.slice(0, 10)}.pdf`);
  });
  return (
    <span className="ho-print">
      <Button size="large" icon={<PrinterOutlined />} loading={busy} onClick={print}>{t("handover.print")}</Button>
      {fault ? <span className="fault-text" role="alert">{problemText(t, fault)}</span> : null}
    </span>
  );
}

function Checkpoint({ handover: h }: { handover: Handover }) {
  const { t } = useTranslation();
  const c = h.taken?.checkpoint;
  if (!c) return <p className="dim">{t("handover.checkpointNone")}</p>;
  return (
    <div className="ho-checkpoint">
      <svg className="qr" viewBox={`0 0 ${c.qrSize} ${c.qrSize}`} role="img" aria-label={c.text} shapeRendering="crispEdges"><path d={c.qrPath} fill="#000" /></svg>
      <div className="ho-checkpoint-text">
        <p><span className="dim">{t("handover.checkpoint")}</span> <strong className="num ho-short">{c.short}</strong></p>
        <p className="dim">{t("handover.checkpointText")}</p>
        <code className="address wrap">{c.text}</code> <CopyButton size="small" label={t("handover.checkpoint")} text={c.text} />
      </div>
    </div>
  );
}

/** The end of the wizard: who is in charge now. */
export function Done({ handover: h, name, onRecord }: { handover: Handover; name: NameOf; onRecord: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const head = useRef<HTMLHeadingElement>(null);
  useEffect(() => head.current?.focus(), []);
  const passed = h.signatures.find((s) => s.role === "incoming");
  return (
    <div className="panel panel-pad ho-done" role="status">
      <CheckCircleFilled aria-hidden className="ho-done-sign tone-ok" />
      <h2 ref={head} tabIndex={-1}>{t("handover.doneTitle", { name: name(h.incoming ?? ""), time: passed ? clockText(Date.parse(passed.at), zone).slice(0, 5) : "" })}</h2>
      <p>{t("handover.doneText", { outgoing: name(h.outgoing) })}</p>
      <Checkpoint handover={h} />
      <div className="ho-go ho-go-start">
        <PrintButton handover={h} />
        {can("live.view") ? <Link to="/wall" className="ho-link">{t("handover.toWall")}</Link> : null}
        <Button size="large" onClick={onRecord}>{t("handover.toRecord")}</Button>
      </div>
    </div>
  );
}

function Signature({ signature: s, name, last }: { signature: HandoverSignature; name: NameOf; last: boolean }) {
  const { t } = useTranslation();
  const zone = useZone();
  const factors = s.factors.length === 0 ? t("handover.factor_none") : s.factors.map((f) => t("handover.factor_with", { factor: t(`handover.factor_${f}`, { defaultValue: f }) })).join(t("common.comma"));
  return (
    <li className={last ? "ho-signature" : "ho-signature gone"}>
      <span><span className="dim">{t(`handover.role_${s.role}`)}</span> <strong className="wrap">{name(s.person)}</strong>{last ? null : <span className="tag">{t("handover.superseded")}</span>}</span>
      <span className="num">{dateTimeText(Date.parse(s.at), zone)}</span>
      <span className="dim">{s.role === "review" ? t("handover.gradeReview") : t("handover.grade", { factors })}</span>
      <span className="ho-hash"><code className="address" title={`${t("handover.hash")}: ${s.hash}`}>{s.hash.slice(0, 12)}…</code> <CopyButton size="small" type="text" label={t("handover.hash")} text={s.hash} /></span>
      {s.note ? <p className="wrap ho-words">{s.note}</p> : null}
    </li>
  );
}

/** A handover of the past with all that was signed and said. */
export function PastOne({ handover: h, name }: { handover: Handover; name: NameOf }) {
  const { t } = useTranslation();
  const zone = useZone();
  const me = useSession().person.id;
  const can = useCan();
  const passed = h.signatures.find((s) => s.role === "incoming");
  const ended = passed ? Date.parse(passed.at) : h.passed ? Date.parse(h.passed.at) : undefined;
  const until = ended === undefined ? 0 : ended + h.remarksFor * 3_600_000;
  const to = passed?.person ?? h.passed?.person;
  const signed = h.signatures.some((s) => s.role === "outgoing");
  const said = new Map(h.taken?.acknowledged.map((a) => [keyOf(a), a]));
  const fresh = new Set(h.added.map(keyOf));
  const latest = (s: HandoverSignature): boolean => h.signatures.filter((x) => x.role === s.role).at(-1) === s;
  return (
    <>
      <div className="panel panel-pad ho-section">
        <div className="ho-one-head">
          <h2>{h.state === "done" ? t("handover.to", { outgoing: name(h.outgoing), incoming: name(h.incoming ?? "") }) : t("handover.overtaken")}</h2>
          <Sign tone={toneOf[h.state]}>{t(`handover.state_${h.state}`)}</Sign>
          <PrintButton handover={h} />
        </div>
        {h.passed ? <p><strong>{t(`handover.overtakenBy_${h.passed.how}`, { time: dateTimeText(Date.parse(h.passed.at), zone), name: name(h.passed.person), reason: h.passed.reason ?? "" })}</strong>{signed ? "" : ` ${t("handover.unsigned")}`}</p> : null}
        <Head handover={h} name={name} />
      </div>
      {h.signatures.length > 0 ? <><h2>{t("handover.signatures")}</h2><ul className="plain-list panel ho-signatures">{h.signatures.map((s, n) => <Signature key={n} signature={s} name={name} last={latest(s)} />)}</ul></> : null}
      {h.taken ? <Checkpoint handover={h} /> : null}
      {signed ? (
        <>
          <h2>{t("handover.system")}</h2>
          <SystemTiles handover={h} />
          <h2>{t("handover.matters")} <span className="tag num">{toRead(h).length}</span></h2>
          {toRead(h).length === 0 ? <p className="dim">{t("handover.mattersNone")}</p> : null}
          {grouped(toRead(h)).map(([kind, items]) => (
            <section key={kind} className="ho-group panel" aria-label={t(`handover.kind_${kind}`, { defaultValue: kind })}>
              <h3 className="ho-group-head">{t(`handover.kind_${kind}`, { defaultValue: kind })}</h3>
              <ul className="plain-list ho-items">
                {items.map((i) => {
                  const a = said.get(keyOf(i));
                  return <li key={i.id} className="ho-tick"><Matter item={i} fresh={fresh.has(keyOf(i))} name={name} />{a ? <Sign tone="ok">{a.note ? t("handover.readNote", { note: a.note }) : t("handover.readBy")}</Sign> : null}</li>;
                })}
              </ul>
            </section>
          ))}
          <h2>{t("handover.countsTitle")}</h2>
          <ul className="plain-list panel panel-pad ho-counted">{h.counts.map((c) => <li key={c.item}><span className="num">{t("handover.pair", { name: t(`handover.thing.${c.item}`, { defaultValue: c.item }), value: c.count })}</span> {c.complete ? <span className="dim">{t("handover.complete")}</span> : <span className="tone-red wrap">{c.note || t("handover.incomplete")}</span>}</li>)}
            <li>{t("handover.pair", { name: t("handover.round"), value: t(h.round ? "handover.roundMade" : "handover.roundNotMade") })}</li>
            {h.fit ? <li>{t("handover.pair", { name: t("handover.incoming"), value: t("handover.fitSaid") })}</li> : null}
          </ul>
          {h.remarks ? <><h2>{t("handover.remarksOut")}</h2><p className="panel panel-pad wrap ho-words">{h.remarks}</p></> : null}
          {h.taken?.remarks ? <><h2>{t("handover.remarksIn")}</h2><p className="panel panel-pad wrap ho-words">{h.taken.remarks}</p></> : null}
        </>
      ) : null}
      <h2>{t("handover.afterwards")}</h2>
      <div className="panel panel-pad">
        {h.afterwards.length === 0 ? <p className="dim">{t("handover.afterwardsNone")}</p> : (
          <ul className="plain-list ho-remarks">{h.afterwards.map((r) => (
            <li key={r.id}><strong>{t(`handover.remark_${r.kind}`)}</strong>{r.found ? <span className="tag tag-amber">{t("handover.found")}</span> : null} <span className="dim num">{name(r.person)} · {dateTimeText(Date.parse(r.at), zone)}</span><p className="wrap ho-words">{r.words}</p></li>
          ))}</ul>
        )}
        {ended !== undefined && Date.now() < until && (me === h.outgoing || me === to || can("duty.decide")) ? <Remark handover={h} until={until} /> : null}
      </div>
      {h.state === "done" && can("duty.decide") && me !== h.outgoing && me !== h.incoming && !h.signatures.some((s) => s.role === "review") ? <Review handover={h} /> : null}
    </>
  );
}

function useChanged(h: Handover): (next: Handover, said: string) => void {
  const cache = useQueryClient();
  const { message } = App.useApp();
  return (next, said) => {
    cache.setQueryData(["duty", "handover", h.id], next);
    void cache.invalidateQueries({ queryKey: ["duty", "handovers"] });
    message.success(said);
  };
}

function Remark({ handover: h, until }: { handover: Handover; until: number }) {
  const { t } = useTranslation();
  const zone = useZone();
  const changed = useChanged(h);
  const [form] = Form.useForm<{ kind: RemarkKind; words: string }>();
  const { busy, fault, attempt } = useAttempt(form);
  const add = (v: { kind: RemarkKind; words: string }): void => void attempt(async () => {
    changed(await handoversApi.remark(h.id, v.kind, v.words.trim()), t("handover.added"));
    form.resetFields();
  });
  return (
    <Form form={form} className="ho-form" layout="vertical" requiredMark={false} initialValues={{ kind: "remark", words: "" }} onFinish={add}>
      <p className="dim">{t("handover.addText", { count: h.remarksFor, time: dateTimeText(until, zone) })}</p>
      <Form.Item name="kind" label={t("handover.addKind")}><Radio.Group optionType="button" buttonStyle="solid" options={(["remark", "dispute", "defect"] as const).map((k) => ({ value: k, label: t(`handover.remark_${k}`) }))} /></Form.Item>
      <Form.Item name="words" label={t("handover.addWords")} rules={[sentence(t("keeping.atLeastFour"))]}><Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} maxLength={2000} /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <Button type="primary" htmlType="submit" loading={busy}>{t("handover.add")}</Button>
    </Form>
  );
}

function Review({ handover: h }: { handover: Handover }) {
  const { t } = useTranslation();
  const changed = useChanged(h);
  const [form] = Form.useForm<{ note?: string }>();
  const { busy, fault, attempt } = useAttempt(form);
  return (
    <>
      <h2>{t("handover.review")}</h2>
      <Form form={form} className="panel panel-pad" layout="vertical" requiredMark={false} onFinish={(v) => void attempt(async () => changed(await handoversApi.review(h.id, (v.note ?? "").trim()), t("handover.reviewedNow")))}>
        <p className="dim form-lead">{t("handover.reviewText")}</p>
        <Form.Item name="note" label={t("handover.reviewNote")}><Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={2000} /></Form.Item>
        <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
        <Button type="primary" htmlType="submit" loading={busy}>{t("handover.reviewDo")}</Button>
      </Form>
    </>
  );
}
