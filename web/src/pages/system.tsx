import { CheckCircleFilled, ExclamationCircleFilled } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Alert as Note, Skeleton } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { useCameraMap } from "../api/queries";
import type { Action, Alarm, SystemInfo } from "../api/types";
import { useCan, useZone } from "../app/session";
import { LoadFault, Needs } from "../app/states";
import { awayText, enoughText, fullText, keepsText, usedText } from "../keeping/outlook";
import { dateTimeText, zoneText } from "../time/zone";
import { alarmText } from "../ui/alarm";
import { durationText } from "../ui/duration";
import { Facts, State } from "../ui/facts";
import { bytesText, decimalText } from "../ui/numbers";
import { whenText } from "../ui/status";
import "./pages.css";

export function SystemPage() {
  return (
    <Needs action="system.read">
      <System />
    </Needs>
  );
}

function System() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({ queryKey: ["system"], queryFn: api.system, refetchInterval: 5000 });
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("system.title")}</h1>
        {data ? <span className="sub">{t("system.version", { version: data.version })}</span> : null}
      </header>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="system-grid">{[0, 1, 2, 3].map((i) => <div key={i} className="panel panel-pad"><Skeleton active paragraph={{ rows: 5 }} /></div>)}</div> : null}
      {data ? <Overview data={data} /> : null}
    </div>
  );
}

/** That nobody has chosen the rules of the institution yet, and where that is done. */
function Unchosen() {
  const { t } = useTranslation();
  const can = useCan();
  const { data } = useQuery({ queryKey: ["parameters"], queryFn: api.parameters.get, enabled: can("parameter.read") });
  if (!data || data.chosen) return null;
  return <Note className="system-unchosen" type="warning" showIcon title={t("parameters.unchosen")} description={t("parameters.unchosenText")} action={<Link to="/parameters">{t("parameters.toChoose")}</Link>} />;
}

function Overview({ data }: { data: SystemInfo }) {
  const { t } = useTranslation();
  const zone = useZone();
  const { storage, cameras, process, database } = data;
  const used = storage.totalBytes > 0 ? (storage.totalBytes - storage.freeBytes) / storage.totalBytes : 0;
  const ours = storage.totalBytes > 0 ? storage.usedByRecordings / storage.totalBytes : 0;
  const { outlook, removal } = storage;
  const without = outlook && awayText(t, outlook);
  return (
    <>
      <Alarms list={data.alarms} marked={storage.state !== "ok" || removal.state !== "allowed" || Boolean(outlook?.shortOn) || data.time.level !== "ok"} zone={zone} />
      <Unchosen />
      <div className="system-grid">
        <section className="panel panel-pad">
          <h2>{t("system.recording")}</h2>
          <p className="system-big num">{t("system.recordingOf", { recording: cameras.recording, total: cameras.total })}</p>
          <Facts rows={[
            [t("system.live"), cameras.live],
            [t("system.problems"), cameras.problems > 0 ? <Link to="/cameras">{cameras.problems}</Link> : 0],
            [t("system.writing"), t("system.perSecond", { n: bytesText(storage.writeBytesPerSecond) })],
          ]} />
        </section>
        <section className="panel panel-pad">
          <h2>{t("system.storage")}</h2>
          <p className="system-big num">{t("system.freeOf", { free: bytesText(storage.freeBytes), total: bytesText(storage.totalBytes) })}</p>
          <div className="disk" role="img" aria-label={t("system.diskLabel", { percent: Math.round(used * 100) })}>
            <span className="disk-ours" style={{ width: `${Math.min(ours, used) * 100}%` }} />
            <span className="disk-other" style={{ width: `${Math.max(0, used - ours) * 100}%` }} />
          </div>
          <Facts rows={[
            [t("common.state"), <State key="s" good={storage.state === "ok"} bad={["full", "failing", "away"].includes(storage.state)}>{t(`system.storage_${storage.state}`)}</State>],
            [t("system.keeps"), <Keeps key="k" outlook={outlook} zone={zone} />],
            [t("storage.used"), outlook ? usedText(t, outlook) : "–"],
            [t("storage.full"), outlook && outlook.minimumDays > 0 ? fullText(t, outlook, zone) : "–"],
            ...(without ? [["", <State key="w" good={false}>{without}</State>] as [string, ReactNode]] : []),
            [t("system.removal"), removal.state === "unknown" ? t("system.removalUnknown") : <State key="r" good={removal.state === "allowed"}>{removal.state === "allowed" ? t("system.removalAllowed") : t("system.removalBlocked", { why: t(`problem.${removal.reason ?? ""}`) })}</State>],
            ...(storage.path ? [[t("system.path"), <code key="p" className="address">{storage.path}</code>] as [string, ReactNode]] : []),
          ]} />
        </section>
        <section className="panel panel-pad">
          <h2>{t("system.process")}</h2>
          <p className="system-big num">{durationText(t, data.uptimeSeconds * 1000)}</p>
          <Facts rows={[
            [t("system.started"), dateTimeText(Date.parse(data.startedAt), zone)],
            [t("system.cpu"), t("system.cpuValue", { s: decimalText(process.cpuSeconds, 0), percent: decimalText((process.cpuSeconds / Math.max(data.uptimeSeconds, 1)) * 100) })],
            [t("system.memory"), bytesText(process.rssBytes)],
            [t("system.goroutines"), process.goroutines],
            [t("system.files"), process.openFiles],
          ]} />
        </section>
        <Clock data={data.time} zone={zone} />
        {data.certificate ? <Certificate data={data.certificate} zone={zone} /> : null}
        <section className="panel panel-pad">
          <h2>{t("system.parts")}</h2>
          <Facts rows={[
            [t("system.database"), <State key="d" good={database.ok} bad={!database.ok}>{database.engine === "sqlite" ? "SQLite" : "PostgreSQL"} · {t(database.ok ? "system.answers" : "system.silent")}</State>],
            ["FFmpeg", <State key="f" good={data.ffmpeg.available}>{data.ffmpeg.available ? data.ffmpeg.version : t("system.noFFmpeg")}</State>],
            [t("system.listen"), <code key="l" className="address">{data.listen}</code>],
            [t("system.zone"), `${zone} (${zoneText(Date.now(), zone)})`],
            [t("nav.api"), <a key="a" href="/api/docs" target="_blank" rel="noopener">{t("system.apiDocs")}</a>],
          ]} />
        </section>
      </div>
    </>
  );
}

/** For how long recordings are kept, as the Storage page says it. */
function Keeps({ outlook: o, zone }: { outlook: SystemInfo["storage"]["outlook"]; zone: string }) {
  const { t } = useTranslation();
  if (!o || o.minimumDays === 0) return "–";
  if (o.keepsDays === null) return keepsText(t, o);
  return <State good={!o.shortOn} bad={o.shortOn !== null && o.keepsDays < o.minimumDays}>{o.shortOn ? `${keepsText(t, o)} · ${enoughText(t, o, zone)}` : keepsText(t, o)}</State>;
}

function Certificate({ data, zone }: { data: NonNullable<SystemInfo["certificate"]>; zone: string }) {
  const { t } = useTranslation();
  const end = data.expiresAt ? Date.parse(data.expiresAt) : undefined;
  const days = end === undefined ? undefined : Math.floor((end - Date.now()) / 86_400_000);
  return (
    <section className="panel panel-pad">
      <h2>{t("system.certificate")}</h2>
      <Facts rows={[
        [t("common.state"), <State key="s" good={!data.problem && days !== undefined && days >= 14} bad={days === undefined || days < 0}>{data.problem ? t(`alarm.${data.problem}`) : days === undefined ? t("system.certificateNone") : days < 0 ? t("system.certificateEnded") : t("system.certificateGood", { count: days })}</State>],
        [t("system.certificateFrom"), t(`system.certificate_${data.mode}`)],
        ...(end === undefined ? [] : [[t("system.certificateUntil"), dateTimeText(end, zone)] as [string, ReactNode]]),
        ...(data.names.length > 0 ? [[t("system.certificateNames"), <span key="n" className="wrap">{data.names.join(" · ")}</span>] as [string, ReactNode]] : []),
        ...(data.issuer ? [[t("system.certificateIssuer"), data.issuer] as [string, ReactNode]] : []),
        ...(data.authority ? [
          [t("system.certificateAuthority"), <a key="a" href="/api/v1/certificate/ca.crt" download>{t("system.certificateInstall")}</a>] as [string, ReactNode],
          [t("system.certificateFingerprint"), <code key="f" className="address wrap">{data.authority}</code>] as [string, ReactNode],
        ] : []),
      ]} />
    </section>
  );
}

function Clock({ data, zone }: { data: SystemInfo["time"]; zone: string }) {
  const { t } = useTranslation();
  const signed = (s: number): string => `${s >= 0.0005 ? "+" : ""}${decimalText(Math.abs(s) < 0.0005 ? 0 : s, 3)}`;
  const source = data.source === "kernel" ? t("system.timeKernel") : data.source ? (data.stratum ? t("system.timeStratum", { source: data.source, n: data.stratum }) : data.source) : t("system.timeNothing");
  return (
    <section className="panel panel-pad">
      <h2>{t("system.time")}</h2>
      <Facts rows={[
        [t("common.state"), <State key="s" good={data.state === "synchronised" && data.level === "ok"} bad={data.level === "alarm"}>{t(`system.time_${data.state}`)}</State>],
        [t("system.timeSince"), dateTimeText(Date.parse(data.since), zone)],
        ...(data.reason ? [[t("system.timeWhy"), t(`system.timeWhy_${data.reason}`)] as [string, ReactNode]] : []),
        [t("system.timeOffset"), data.offsetSeconds === null ? "–" : t("system.timeOffsetValue", { n: signed(data.offsetSeconds) })],
        [t("system.timeSource"), source],
        ...(data.setAt ? [[t("system.timeSet"), t("system.timeSetBy", { time: dateTimeText(Date.parse(data.setAt), zone), n: signed(data.setBySeconds ?? 0) })] as [string, ReactNode]] : []),
      ]} />
    </section>
  );
}

// Where an alarm that is about no camera can be looked into, and what is needed for it.
const places: readonly [RegExp, string, string, Action][] = [
  [/^(shortage_(asked|answered)|(storage|volume)_forecast|(storage|volume|tier)_(low|full|failing|away)|footage_damaged|(capacity|moving|shortage)_stands)$/, "/storage", "nav.storage", "system.read"],
  [/^(recorder_died|recording_spared|days_stand)$/, "/coverage", "nav.coverage", "camera.read"],
  [/^(storage_fault|faults_stand)$/, "/losses", "losses.faults", "system.read"],
  [/^cameras_unconfirmed$/, "/cameras", "nav.cameras", "camera.configure"],
  [/^(removal_|proofs?_)/, "/retention", "nav.retention", "storage.read"],
  [/^hold_/, "/holds", "nav.holds", "storage.read"],
  [/^emergency_/, "/emergencies", "nav.emergencies", "emergency.review"],
  [/^rights_review_/, "/rights/review", "nav.review", "rights.review"],
  [/^(ledger|witness)_/, "/ledger", "nav.ledger", "ledger.read"],
];

// An alarm is told to who looks into it: that there is none for this person does not say that all is well.
function Alarms({ list, marked, zone }: { list: readonly Alarm[]; marked: boolean; zone: string }) {
  const { t } = useTranslation();
  const cameras = useCameraMap();
  const can = useCan();
  if (list.length === 0 && marked) return <p className="page-lead dim" role="status">{t("system.noneForYou")}</p>;
  if (list.length === 0) return <p className="all-well" role="status"><CheckCircleFilled aria-hidden /> {t("system.allWell")}</p>;
  return (
    <div role="status">
      <ul className="alarms">
        {list.map((a) => (
          <li key={a.id}>
            <ExclamationCircleFilled aria-hidden />
            <span className="wrap">
              {alarmText(t, a, zone)}
              {a.camera && can("camera.read") ? <Link to="/cameras" search={{ camera: a.camera }}>{cameras.get(a.camera)?.name ?? a.camera}</Link> : null}
              {places.filter(([codes, , , right]) => codes.test(a.code) && can(right)).map(([, to, name]) => <Link key={to} to={to} search={to === "/losses" ? { tab: "faults" } : {}}>{t(name)}</Link>)}
            </span>
            <span className="alarms-since num">{t("common.since", { time: whenText(Date.parse(a.since), zone) })}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
