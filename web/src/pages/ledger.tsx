import { CheckOutlined, CopyOutlined, ExclamationCircleFilled } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { LedgerState, Witness } from "../api/types";
import { useZone } from "../app/session";
import { LoadFault, Needs } from "../app/states";
import { day, minute } from "../timeline/scale";
import { durationText } from "../ui/duration";
import { Facts, State } from "../ui/facts";
import { bytesText, decimalText } from "../ui/numbers";
import { whenText } from "../ui/status";
import "./pages.css";
import "./ledger.css";

const lateAfter = 2 * minute; // the alarm ledger_late says the same
const behindAfter = 10 * minute; // it is asked once a minute
const silentAfter = day; // and witness_silent

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
  const { data, error, refetch } = useQuery({ queryKey: ["ledger"], queryFn: api.ledger, refetchInterval: 5000 });
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("ledger.title")}</h1>
        {data && data.number > 0 ? <span className="sub">{t("ledger.number", { n: data.number })}</span> : null}
      </header>
      <p className="page-lead dim">{t("ledger.lead")}</p>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="system-grid">{[0, 1, 2].map((i) => <div key={i} className="panel panel-pad"><Skeleton active paragraph={{ rows: 4 }} /></div>)}</div> : null}
      {data ? <Overview data={data} /> : null}
    </div>
  );
}

function Overview({ data }: { data: LedgerState }) {
  const { t } = useTranslation();
  const zone = useZone();
  const when = (at: string | undefined): string => (at ? whenText(Date.parse(at), zone) : "–");
  const late = data.lagSeconds * 1000 > lateAfter;
  return (
    <>
      <Refused data={data} />
      <div className="system-grid ledger-grid">
        <section className="panel panel-pad">
          <h2>{t("ledger.entries")}</h2>
          <p className="system-big num">{decimalText(data.size, 0)}</p>
          <Facts rows={[
            [t("common.state"), <State key="s" good={data.ready && !data.refusal && !data.trouble} bad={data.refusal !== undefined}>{t(data.refusal ? "ledger.refuses" : data.ready && !data.trouble ? "ledger.signs" : "ledger.waits")}</State>],
            [t("ledger.signed"), decimalText(data.signed, 0)],
            [t("ledger.signedAt"), when(data.signedAt)],
            [t("ledger.cosigned"), data.witnesses.length === 0 ? t("ledger.noWitness") : decimalText(data.cosigned, 0)],
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
        <Verified data={data} when={when} />
      </div>
      <Witnesses list={data.witnesses} />
      <section className="panel panel-pad ledger-part">
        <h2>{t("ledger.checkpoint")}</h2>
        {data.checkpoint ? <Copyable label={t("ledger.checkpointText")} text={data.checkpoint} block /> : <p className="dim">{t("ledger.noCheckpoint")}</p>}
        <p className="dim ledger-hint">{t("ledger.checkpointHint")}</p>
      </section>
    </>
  );
}

function Refused({ data }: { data: LedgerState }) {
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
          <p>{t("ledger.orContinue")} <code className="address">watchroom ledger continue</code></p>
        </div>
      </div>
    );
  }
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

function Verified({ data, when }: { data: LedgerState; when: (at: string | undefined) => string }) {
  const { t } = useTranslation();
  const v = data.verification;
  return (
    <section className="panel panel-pad">
      <h2>{t("ledger.verification")}</h2>
      {v?.state === "altered" ? <p className="fault-text" role="alert">{t("ledger.verifiedAltered")}</p> : v ? (
        <>
          <p className="system-big num">{t("ledger.findings", { count: v.findings })}</p>
          <Facts rows={[
            [t("common.state"), <State key="s" good={v.findings === 0 && v.mode === "full"} bad={v.findings > 0}>{t(v.findings > 0 ? "ledger.differs" : v.mode === "full" ? "ledger.agrees" : "ledger.agreesUnread")}</State>],
            [t("ledger.verifiedAt"), when(v.at)],
            [t("ledger.footage"), v.mode === "full" ? t("ledger.readSince", { since: when(v.since) }) : <State key="f" good={false}>{t("ledger.unread")}</State>],
            [t("ledger.entries"), decimalText(v.size, 0)],
            [t("ledger.segments"), decimalText(v.segments, 0)],
            v.mode === "full" ? [t("ledger.files"), t("ledger.filesValue", { n: decimalText(v.read, 0), bytes: bytesText(v.bytes) })] : [t("ledger.filesFound"), decimalText(v.files, 0)],
            ...(v.kept > 0 ? [[t("ledger.goneOn"), t("ledger.goneOnValue", { n: decimalText(v.kept, 0) })] as [string, ReactNode]] : []),
            [t("ledger.acts"), decimalText(v.acts, 0)],
            ...(v.origin !== data.origin ? [[t("ledger.ofLog"), <span key="o" className="wrap">{v.origin}</span>] as [string, ReactNode]] : []),
          ]} />
          {v.mode === "full" ? null : <p className="dim ledger-hint">{t("ledger.unreadHelp")}</p>}
          {v.kept > 0 ? <p className="dim ledger-hint">{t("ledger.goneOnHelp")} <code className="address">watchroom ledger verify --fresh</code></p> : null}
          {v.state === "waiting" ? <p className="dim ledger-hint">{t("ledger.verifiedWaits")}</p> : null}
          {v.findings > 0 ? <p className="fault-text ledger-hint">{t("ledger.findingsHelp")}</p> : null}
        </>
      ) : <p className="dim">{t("ledger.neverVerified")}</p>}
      <p className="dim ledger-hint">{t("ledger.verifyHow")} <code className="address">watchroom ledger verify</code></p>
    </section>
  );
}

function Witnesses({ list }: { list: readonly Witness[] }) {
  const { t } = useTranslation();
  const zone = useZone();
  return (
    <section className="panel ledger-part">
      <h2 className="ledger-head">{t("ledger.witnesses")}</h2>
      {list.length === 0 ? <p className="dim ledger-empty">{t("ledger.witnessesNone")}</p> : (
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
                    <td data-label={t("common.state")}><State good={w.answered && recent(w)} bad={silent && !w.answered}>{t(witnessWord(w, silent))}</State></td>
                  </tr>
                );
              })}
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
  if (!w.triedAt) return "ledger.witness.untried";
  if (!w.answered) return silent ? "ledger.witness.silent" : "ledger.witness.failed";
  return recent(w) ? "ledger.witness.current" : "ledger.witness.behind";
}

/** Text for carrying elsewhere, letter by letter. */
function Copyable({ label, text, block }: { label: string; text: string; block?: boolean }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = window.setTimeout(() => setCopied(false), 2000);
    return () => window.clearTimeout(timer);
  }, [copied]);
  if (!text) return null;
  return (
    <div className="copyable">
      <div className="copyable-head">
        <span className="dim">{label}</span>
        <Button type="text" size="small" icon={copied ? <CheckOutlined /> : <CopyOutlined />} aria-label={`${t("common.copy")} ${label}`} onClick={() => void navigator.clipboard?.writeText(text).then(() => setCopied(true))}>{t(copied ? "common.copied" : "common.copy")}</Button>
      </div>
      {block ? <pre className="copyable-text" tabIndex={0}>{text}</pre> : <code className="copyable-text">{text}</code>}
    </div>
  );
}
