import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { App, Button, Drawer, Form, Skeleton, Upload } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { logbook, type Entry } from "../api/logbook";
import { problemText } from "../api/problem";
import { useSession, useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { Facts, Interval } from "../keeping/parts";
import { dateText, dateTimeText, parseDateTime } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { bytesText } from "../ui/numbers";
import { ReportFields, type Writing } from "./form";
import { Marks, useSaid } from "./row";

/** The whole entry, with what may be said of it. */
export function Detail({ id, writes, onClose, onOpen, onWrite }: { id: string | undefined; writes: boolean; onClose: () => void; onOpen: (id: string) => void; onWrite: (w: Writing) => void }) {
  const { t } = useTranslation();
  return <Drawer open={id !== undefined} onClose={onClose} size={560} title={t("record.entry")} destroyOnHidden>{id ? <Whole key={id} id={id} writes={writes} onOpen={onOpen} onWrite={onWrite} /> : null}</Drawer>;
}

function Whole({ id, writes, onOpen, onWrite }: { id: string; writes: boolean; onOpen: (id: string) => void; onWrite: (w: Writing) => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const me = useSession().person.id;
  const cache = useQueryClient();
  const said = useSaid();
  const { message } = App.useApp();
  const [reporting, setReporting] = useState(false);
  const { data, error, refetch } = useQuery({ queryKey: ["duty", "entry", id], queryFn: () => logbook.get(id) });
  const e = data?.items[0];
  if (error && !e) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!e || !data) return <Skeleton active />;
  const name = (of: string | undefined): string => (of ? (data.names[of] ?? t("common.somebody")) : "");
  const at = (time: string): string => dateTimeText(Date.parse(time), zone);
  const act = async (f: () => Promise<unknown>, words: string): Promise<void> => {
    try {
      await f();
      message.success(words);
    } catch (x) {
      message.error(problemText(t, x));
    }
    await cache.invalidateQueries({ queryKey: ["duty"] });
  };
  const other = (entry: string) => <button type="button" className="plain log-link" onClick={() => onOpen(entry)}>{t("record.openEntry")}</button>;
  const hand = !e.code;
  return (
    <>
      <p className="detail-state"><span className="tag first">{t(`record.category.${e.category}`)}</span><span className="dim num">{t("record.number", { number: `${e.year}-${e.number}` })}</span></p>
      <p className="detail-text log-big wrap">{said(e)}</p>
      <p className="log-marks"><Marks entry={e} /></p>
      {writes && hand ? (
        <div className="form-end detail-acts">
          {e.correctedBy ? null : <Button type={e.reportBy ? "primary" : undefined} danger={Boolean(e.reportBy)} onClick={() => setReporting(true)}>{t("record.reportNow")}</Button>}
          {e.followUp && !e.followUp.closedBy ? <Button onClick={() => onWrite({ closes: e })}>{t("record.closeFollowUp")}</Button> : null}
          {e.correctedBy ? null : <Button onClick={() => onWrite({ corrects: e })}>{t("record.correct")}</Button>}
        </div>
      ) : null}
      {e.late && !e.late.signedAt && e.late.second === me ? <div className="form-end detail-acts"><Button type="primary" onClick={() => void act(() => logbook.sign(e.id), t("record.signed"))}>{t("record.sign")}</Button></div> : null}
      {reporting ? <Reporting entry={e} onDone={() => setReporting(false)} /> : null}
      <Facts rows={[
        [t("record.at"), <span key="a" className="num">{at(e.at)}</span>],
        [t("record.enteredAt"), <span key="e" className="num">{at(e.enteredAt)}</span>],
        [t("record.authorName"), hand ? name(e.author) : e.author ? `${t("record.program")} · ${name(e.author)}` : t("record.program")],
        [t("record.severity.label"), t(`record.severity.${e.severity}`)],
        e.place ? [t("record.place"), e.place] : undefined,
        e.cameras.length > 0 ? [t("record.cameras"), e.cameras.map((c) => name(c)).join(t("common.comma"))] : undefined,
        e.action ? [t("record.action"), <span key="x" className="log-pre">{e.action}</span>] : undefined,
        e.footage ? [t("record.footage"), <span key="f">{name(e.footage.camera)} <Interval from={e.footage.from} to={e.footage.to} /> <Link to="/playback" search={{ cameras: [e.footage.camera], at: Date.parse(e.footage.from) }}>{t("nav.playback")}</Link></span>] : undefined,
        e.snapshot ? [t("record.snapshot"), <span key="s" className="num">{e.snapshot}</span>] : undefined,
        e.followUp ? [t("record.followUp"), <span key="o">{name(e.followUp.owner)} · {e.followUp.due ? dateText(Date.parse(e.followUp.due), zone) : t("record.noDue")}</span>] : undefined,
        e.followUp?.closedBy ? [t("record.closedBy"), other(e.followUp.closedBy)] : undefined,
        e.closes ? [t("record.closes"), other(e.closes)] : undefined,
        e.corrects ? [t("record.corrects"), other(e.corrects)] : undefined,
        e.correctedBy ? [t("record.correctedBy"), other(e.correctedBy)] : undefined,
        e.late ? [t("record.lateEntry"), <span key="l">{t("record.paper")} {e.late.paper} · {t("record.second")} {name(e.late.second)} · {e.late.signedAt ? t("record.signedAt", { time: at(e.late.signedAt) }) : t("record.notSigned")}</span>] : undefined,
      ]} />
      {e.reports.length > 0 ? (
        <>
          <h3 className="detail-sub">{t("record.reports")}</h3>
          <ul className="log-reports">
            {e.reports.map((r) => (
              <li key={r.id}>
                <strong>{r.person ? name(r.person) : r.name}</strong> · {t(`record.channel.${r.channel}`)} · <span className="num">{at(r.at)}</span>
                {r.typed ? <span className={r.apart ? "log-amber" : "dim"}> · {t("record.typedAt", { time: at(r.enteredAt) })}{r.apart ? ` · ${t("record.apart")}` : ""}</span> : null}
                {r.receipt ? <span className="num"> · {t("record.receiptNo")} {r.receipt}</span> : null}
                {r.person ? <span className={r.receivedAt ? "dim" : "log-amber"}> · {r.receivedAt ? t("record.received", { time: at(r.receivedAt) }) : t("record.notReceived")}</span> : null}
                {r.person === me && !r.receivedAt ? <Button size="small" type="primary" className="log-confirm" onClick={() => void act(() => logbook.receive(r.id), t("record.confirmed"))}>{t("record.confirm")}</Button> : null}
              </li>
            ))}
          </ul>
        </>
      ) : null}
      <h3 className="detail-sub">{t("record.files")}</h3>
      {e.files.length > 0 ? <ul className="log-reports">{e.files.map((f) => <li key={f.id}><a href={logbook.fileURL(f.id)} download>{f.name}</a> <span className="dim num">{bytesText(f.size)} · {name(f.addedBy)} · {at(f.addedAt)}</span></li>)}</ul> : null}
      {writes ? <Upload showUploadList={false} accept="image/jpeg,image/png,application/pdf" beforeUpload={(file) => { void act(() => logbook.attach(e.id, file), t("record.attached")); return false; }}><Button size="small">{t("record.attach")}</Button></Upload> : null}
      {writes ? <p className="dim form-under">{t("record.attachHint")}</p> : null}
    </>
  );
}

interface Values { who?: "person" | "other"; person?: string; name?: string; channel?: string; receipt?: string; reportedAt?: string }

function Reporting({ entry, onDone }: { entry: Entry; onDone: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const cache = useQueryClient();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const [earlier, setEarlier] = useState(false);
  const { busy, fault, attempt } = useAttempt(form);
  const who = Form.useWatch("who", form);
  const time = { validator: async (_: unknown, v: string | undefined): Promise<void> => { if (earlier && (!v?.trim() || parseDateTime(v, zone) === undefined)) throw new Error(t("record.timeFormat")); } };
  const save = (v: Values) => attempt(async () => {
    const at = earlier ? parseDateTime(v.reportedAt ?? "", zone) : undefined;
    await logbook.report(entry.id, { person: v.who === "person" ? v.person : undefined, name: v.who === "other" ? v.name?.trim() : undefined, channel: v.channel ?? "", receipt: v.receipt?.trim() || undefined, at: at === undefined ? undefined : new Date(at).toISOString() });
    await cache.invalidateQueries({ queryKey: ["duty"] });
    message.success(t("record.reportedDone"));
    onDone();
  });
  return (
    <section className="waiting" aria-label={t("record.reportTitle")}>
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ who: "person", channel: "phone" }} onFinish={(v) => void save(v)}>
        <ReportFields who={who ?? "person"} time={time} typed={earlier} />
        <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
        {earlier ? null : <p className="dim">{t("record.nowHint")}</p>}
        <div className="form-end">
          <Button type="primary" htmlType="submit" loading={busy}>{earlier ? t("record.save") : t("record.nowStamp")}</Button>
          {earlier ? null : <Button onClick={() => setEarlier(true)}>{t("record.typedTime")}</Button>}
          <Button onClick={onDone}>{t("common.cancel")}</Button>
        </div>
      </Form>
    </section>
  );
}
