import { ExclamationCircleFilled } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { LedgerState, Verification, Witness } from "../api/types";
import { useCan, useZone } from "../app/session";
import { LoadFault, Needs } from "../app/states";
import { useQuestion } from "../keeping/parts";
import { day, minute } from "../timeline/scale";
import { CopyButton } from "../ui/copy";
import { durationText } from "../ui/duration";
import { Facts, State } from "../ui/facts";
import { bytesText, decimalText } from "../ui/numbers";
import { whenText } from "../ui/status";
import "./pages.css";
import "./ledger.css";

const lateAfter = 2 * minute; // the alarm ledger_late says the same
const behindAfter = 10 * minute; // it is asked once a minute
const silentAfter = day; // and witness_silent
const takenDownFor = 30_000; // ms; the server signs within seconds of it

/** Whom the log waits for although the configuration names them no more. */
const goneOf = (s: LedgerState): string[] => (s.awaits ?? []).filter((name) => s.witnesses.every((w) => w.name !== name));

export function LedgerPage() {
  return (
    <Needs action="ledger.read">
      <Ledger />
    </Needs>
  );
}

/** How the transparency log does: what it tells of, who vouches for it, whether it was compared. */
function Ledger() {
  const { t } = useTranslation();
  const [takenDown, setTakenDown] = useState(false); // that it is signed without those it waits for
  const { data, error, refetch } = useQuery({ queryKey: ["ledger"], queryFn: api.ledger, refetchInterval: takenDown ? 1000 : 5000 });
  const waits = Boolean(data?.awaits?.length);
  useEffect(() => {
    if (!takenDown) return;
    const timer = setTimeout(() => setTakenDown(false), waits ? takenDownFor : 0);
    return () => clearTimeout(timer);
  }, [takenDown, waits]);
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("ledger.title")}</h1>
        {data && data.number > 0 ? <span className="sub">{t("ledger.number", { n: data.number })}</span> : null}
      </header>
      <p className="page-lead dim">{t("ledger.lead")}</p>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="system-grid ledger-grid">{[0, 1].map((i) => <div key={i} className="panel panel-pad"><Skeleton active paragraph={{ rows: 4 }} /></div>)}</div> : null}
      {data ? <Overview data={data} takenDown={takenDown} onTakenDown={() => setTakenDown(true)} /> : null}
    </div>
  );
}

interface Told { data: LedgerState; takenDown: boolean; onTakenDown: () => void }

function Overview({ data, takenDown, onTakenDown }: Told) {
  const { t } = useTranslation();
  const zone = useZone();
  const when = (at: string | undefined): string => (at ? whenText(Date.parse(at), zone) : "–");
  const late = data.lagSeconds * 1000 > lateAfter;
  return (
    <>
      <Refused data={data} takenDown={takenDown} onTakenDown={onTakenDown} />
      <div className="system-grid ledger-grid">
        <section className="panel panel-pad">
          <h2>{t("ledger.entries")}</h2>
          <p className="system-big num">{decimalText(data.size, 0)}</p>
          <Facts rows={[
            [t("common.state"), <State key="s" good={data.ready && !data.refusal && !data.trouble} bad={data.refusal !== undefined}>{t(data.refusal ? "ledger.refuses" : data.ready && !data.trouble ? "ledger.signs" : "ledger.waits")}</State>],
            [t("ledger.signed"), decimalText(data.signed, 0)],
            [t("ledger.signedAt"), when(data.signedAt)],
            [t("ledger.cosigned"), data.witnesses.length === 0 && goneOf(data).length === 0 ? t("ledger.noWitness") : decimalText(data.cosigned, 0)],
            [t("ledger.lag"), <State key="l" good={!late}>{data.lagSeconds < 1 ? t("ledger.noLag") : durationText(t, data.lagSeconds * 1000)}</State>],
            [t("ledger.waitingActs"), decimalText(data.waitingActs, 0)],
          ]} />
        </section>
        <section className="panel panel-pad">
          <h2>{t("ledger.identity")}</h2>
          <Copyable label={t("ledger.origin")} text={data.origin} />
          <Copyable label={t("ledger.key")} text={data.key} />
          <p className="dim ledger-hint">{t("ledger.keyHint")}</p>
        </section>
      </div>
      <Verified data={data} when={when} />
      <Witnesses list={data.witnesses} awaits={data.awaits ?? []} gone={goneOf(data)} />
      <section className="panel panel-pad ledger-part">
        <h2>{t("ledger.checkpoint")}</h2>
        {data.checkpoint ? <Copyable label={t("ledger.checkpointText")} text={data.checkpoint} block /> : <p className="dim">{t("ledger.noCheckpoint")}</p>}
        <p className="dim ledger-hint">{t("ledger.checkpointHint")}</p>
      </section>
    </>
  );
}

function Refused({ data, takenDown, onTakenDown }: Told) {
  const { t } = useTranslation();
  const r = data.refusal;
  if (r) {
    return (
      <div className="ledger-refusal" role="alert">
        <ExclamationCircleFilled aria-hidden />
        <div>
          <h2>{t("ledger.refusalTitle")}</h2>
          <p><strong>{t(`ledger.cause.${r.cause}`)}</strong></p>
          {r.known > 0 ? <p className="num">{t("ledger.haveKnown", { have: decimalText(r.have, 0), known: decimalText(r.known, 0) })}</p> : null}
          <p>{t("ledger.meanwhile")}</p>
          <p>{t(`ledger.remedy.${r.cause}`)}</p>
          <p>{t("ledger.orContinue")} <Command name="ledger continue" given={data.given} more={`--reason "${t("ledger.reasonHere")}"`} /></p>
        </div>
      </div>
    );
  }
  if (data.awaits?.length) return <Awaits names={data.awaits} gone={goneOf(data)} given={data.given} takenDown={takenDown} onTakenDown={onTakenDown} />;
  if (!data.trouble) return null;
  return (
    <div className="ledger-refusal amber" role="status">
      <ExclamationCircleFilled aria-hidden />
      <div>
        <h2>{t("ledger.troubleTitle")}</h2>
        <p>{t(`problem.${data.trouble}`, { defaultValue: t("ledger.troubleUnknown", { code: data.trouble }) })}</p>
      </div>
    </div>
  );
}

/** That nothing is signed before some witnesses have spoken, and the way on without them. */
function Awaits({ names, gone, given, takenDown, onTakenDown }: { names: readonly string[]; gone: readonly string[]; given: string | undefined; takenDown: boolean; onTakenDown: () => void }) {
  const { t } = useTranslation();
  const may = useCan()("retention.configure");
  const { ask, done, dialog } = useQuestion("ledger");
  const silent = names.filter((n) => !gone.includes(n));
  const goOn = (): void => ask({
    title: t("ledger.goOn"), text: t(silent.length > 0 ? "ledger.goOnText" : "ledger.goOnGone"), needed: true, ok: t("ledger.goOn"), danger: true,
    run: async (reason) => {
      await api.goOnUnwitnessed(reason);
      onTakenDown();
      await done(t("ledger.goneOnDone"));
    },
  });
  return (
    <div className="ledger-refusal amber" role="alert">
      <ExclamationCircleFilled aria-hidden />
      <div>
        <h2>{t(silent.length > 0 ? "ledger.awaitsTitle" : "ledger.goneTitle")}</h2>
        {silent.length > 0 ? <><p>{t("ledger.awaitsText", { names: silent.join(t("common.comma")) })}</p><p>{t("ledger.awaitsTodo")}</p></> : null}
        {gone.length > 0 ? <><p>{t("ledger.goneText", { names: gone.join(t("common.comma")) })}</p><p>{t("ledger.goneTodo")}</p></> : null}
        {takenDown ? <p role="status"><strong>{t("ledger.goingOn")}</strong></p> : may ? <p><Button danger onClick={goOn}>{t("ledger.goOn")}</Button></p> : <p>{t("keeping.waitsForRight", { action: t("action.retention_configure") })}</p>}
        {given && !takenDown ? <p><Command name="ledger go-on" given={given} more={`--reason "${t("ledger.reasonHere")}"`} /></p> : null}
      </div>
      {dialog}
    </div>
  );
}

/** A command to type on the recorder: whole for who sets that up, the others are not told its folders. */
function Command({ name, given, more }: { name: string; given: string | undefined; more?: string }) {
  const { t } = useTranslation();
  return <code className="ledger-command">{["watchroom", name, given ?? `--config ${t("ledger.configHere")}`, more].filter(Boolean).join(" ")}</code>;
}

/** The last verification of each kind: a quick look hides neither when the footage was read, nor what came of it. */
function Verified({ data, when }: { data: LedgerState; when: (at: string | undefined) => string }) {
  const { t } = useTranslation();
  const last = data.verification;
  const other = data.otherVerification;
  const kept = last?.kept || other?.kept;
  return (
    <section className="panel panel-pad ledger-part">
      <h2>{t("ledger.verification")}</h2>
      {last ? (
        <div className="system-grid ledger-outcomes">
          <Outcome of={last} alone={!other} data={data} when={when} />
          {other ? <Outcome of={other} data={data} when={when} /> : null}
        </div>
      ) : <p className="dim">{t("ledger.neverVerified")}</p>}
      {last?.mode === "presence" && !other ? <p className="dim ledger-hint">{t("ledger.neverRead")}</p> : null}
      {kept ? <p className="dim ledger-hint">{t("ledger.goneOnHelp")} <Command name="ledger verify" given={data.given} more="--fresh" /></p> : null}
      {last?.findings || other?.findings ? <p className="fault-text ledger-hint">{t("ledger.findingsHelp")}</p> : null}
      <p className="dim ledger-hint">{t("ledger.verifyHow")} <Command name="ledger verify" given={data.given} /></p>
    </section>
  );
}

function Outcome({ of: v, alone, data, when }: { of: Verification; alone?: boolean; data: LedgerState; when: (at: string | undefined) => string }) {
  const { t } = useTranslation();
  if (v.state === "altered") return <p className="fault-text ledger-outcome" role="alert">{t("ledger.verifiedAltered", { time: when(v.at) })}</p>;
  const read = v.mode === "full";
  return (
    <section className="ledger-outcome" aria-label={t(read ? "ledger.withFootage" : "ledger.withoutFootage")}>
      <h3>{t(read ? "ledger.withFootage" : "ledger.withoutFootage")}</h3>
      <p className="system-big num">{t("ledger.findings", { count: v.findings })}</p>
      <Facts rows={[
        [t("common.state"), <State key="s" good={v.findings === 0 && (read || !alone)} bad={v.findings > 0}>{t(v.findings > 0 ? "ledger.differs" : read ? "ledger.agrees" : "ledger.agreesUnread")}</State>],
        [t("ledger.verifiedAt"), when(v.at)],
        ...(read ? [[t("ledger.footage"), t("ledger.readSince", { since: when(v.since) })] as [string, ReactNode]] : []),
        [t("ledger.entries"), decimalText(v.size, 0)],
        [t("ledger.segments"), decimalText(v.segments, 0)],
        read ? [t("ledger.files"), t("ledger.filesValue", { n: decimalText(v.read, 0), bytes: bytesText(v.bytes) })] : [t("ledger.filesFound"), decimalText(v.files, 0)],
        ...(v.kept > 0 ? [[t("ledger.goneOn"), t("ledger.goneOnValue", { n: decimalText(v.kept, 0) })] as [string, ReactNode]] : []),
        [t("ledger.acts"), decimalText(v.acts, 0)],
        ...(v.origin !== data.origin ? [[t("ledger.ofLog"), <span key="o" className="wrap">{v.origin}</span>] as [string, ReactNode]] : []),
      ]} />
      {v.state === "waiting" ? <p className="dim ledger-hint">{t("ledger.verifiedWaits")}</p> : null}
      {read ? null : <p className="dim ledger-hint">{t("ledger.unreadHelp")}</p>}
    </section>
  );
}

function Witnesses({ list, awaits, gone }: { list: readonly Witness[]; awaits: readonly string[]; gone: readonly string[] }) {
  const { t } = useTranslation();
  const zone = useZone();
  return (
    <section className="panel ledger-part">
      <h2 className="ledger-head">{t("ledger.witnesses")}</h2>
      {list.length + gone.length === 0 ? <p className="dim ledger-empty">{t("ledger.witnessesNone")}</p> : (
        <div className="table-frame" tabIndex={0} role="region" aria-label={t("ledger.witnesses")}>
          <table className="table witness-table">
            <thead><tr><th>{t("common.name")}</th><th>{t("ledger.address")}</th><th className="figure">{t("ledger.entries")}</th><th>{t("ledger.cosignedAt")}</th><th>{t("common.state")}</th></tr></thead>
            <tbody>
              {list.map((w) => {
                const at = w.at ? Date.parse(w.at) : undefined;
                const silent = at === undefined || Date.now() - at > silentAfter;
                return (
                  <tr key={w.name}>
                    <td data-label={t("common.name")} className="wrap">{w.name}</td>
                    <td data-label={t("ledger.address")} className="wrap"><code className="address">{w.url}</code></td>
                    <td data-label={t("ledger.entries")} className="figure num">{decimalText(w.size, 0)}</td>
                    <td data-label={t("ledger.cosignedAt")} className="num">{at === undefined ? t("ledger.neverCosigned") : whenText(at, zone)}</td>
                    <td data-label={t("common.state")}><State good={w.answered && recent(w)} bad={w.refuses !== undefined || awaits.includes(w.name) || w.without !== undefined || (silent && !w.answered)}>{t(awaits.includes(w.name) && !w.refuses ? "ledger.witness.awaited" : witnessWord(w, silent), witnessFigures(w))}</State></td>
                  </tr>
                );
              })}
              {gone.map((name) => (
                <tr key={name}>
                  <td data-label={t("common.name")} className="wrap">{name}</td>
                  <td data-label={t("ledger.address")}>–</td>
                  <td data-label={t("ledger.entries")} className="figure">–</td>
                  <td data-label={t("ledger.cosignedAt")}>–</td>
                  <td data-label={t("common.state")}><State good={false} bad>{t("ledger.witness.gone")}</State></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

// The log grows all the time: a witness is up to date when it has cosigned lately.
const recent = (w: Witness): boolean => w.at !== undefined && Date.now() - Date.parse(w.at) < behindAfter;

function witnessWord(w: Witness, silent: boolean): string {
  if (w.refuses) return w.refuses.cosigned > w.refuses.have ? "ledger.witness.refuses" : "ledger.witness.differs";
  if (w.without) return `ledger.witness.without_${w.without}`;
  if (!w.triedAt) return "ledger.witness.untried";
  if (!w.answered) return silent ? "ledger.witness.silent" : "ledger.witness.failed";
  return recent(w) ? "ledger.witness.current" : "ledger.witness.behind";
}

const witnessFigures = (w: Witness) => w.refuses && { cosigned: decimalText(w.refuses.cosigned, 0), have: decimalText(w.refuses.have, 0) };

/** Text for carrying elsewhere, letter by letter. */
function Copyable({ label, text, block }: { label: string; text: string; block?: boolean }) {
  if (!text) return null;
  return (
    <div className="copyable">
      <div className="copyable-head">
        <span className="dim">{label}</span>
        <CopyButton label={label} text={text} type="text" size="small" />
      </div>
      {block ? <pre className="copyable-text" tabIndex={0}>{text}</pre> : <code className="copyable-text">{text}</code>}
    </div>
  );
}
