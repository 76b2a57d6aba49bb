import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { Places } from "../api/types";
import { useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { dateTimeText } from "../time/zone";
import { durationText } from "../ui/duration";
import { bytesText } from "../ui/numbers";
import type { Tone } from "../ui/status";
import { Sign } from "./parts";

const tones: Record<Places["volumes"][number]["state"], Tone> = { ok: "ok", low: "amber", full: "red", failing: "red", away: "red" };

/** Where footage lies: the disks that are recorded onto, and the tiers it moves to. held is what holds keep, in bytes by the id of the place. */
export function PlacesPanel({ held }: { held: ReadonlyMap<string, number> }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery({ queryKey: ["places"], queryFn: api.places, refetchInterval: 15_000 });
  return (
    <section className="panel-gap">
      <h2 className="section-title">{t("storage.places")}</h2>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 3 }} /></div> : null}
      {data ? <><Disks list={data.volumes} held={held} />{data.tiers.length > 0 ? <Tiers list={data.tiers} held={held} /> : null}<p className="dim places-end">{t(`storage.whenFull_${data.whenFull}`)}</p></> : null}
    </section>
  );
}

function Bar({ total, free, ours }: { total: number; free: number; ours: number }) {
  const used = total > 0 ? (total - free) / total : 0;
  const own = total > 0 ? Math.min(ours / total, used) : 0;
  return <span className="disk place-bar" aria-hidden><span className="disk-ours" style={{ width: `${own * 100}%` }} /><span className="disk-other" style={{ width: `${(used - own) * 100}%` }} /></span>;
}

/** What recordings take of a place, and how much of that holds keep. Use is counted once a minute, and what is held just now. */
function Used({ bytes, held = 0 }: { bytes: number; held?: number }) {
  const { t } = useTranslation();
  return <span className="cell num"><span>{bytesText(Math.max(bytes, held))}</span>{held > 0 ? <Link to="/holds">{t("storage.heldOf", { size: bytesText(held) })}</Link> : null}</span>;
}

function Disks({ list, held }: { list: Places["volumes"]; held: ReadonlyMap<string, number> }) {
  const { t } = useTranslation();
  return (
    <div className="panel keep-scroll">
      <table className="keep-table">
        <thead><tr><th>{t("storage.disk")}</th><th>{t("common.state")}</th><th>{t("storage.room")}</th><th>{t("storage.used")}</th><th>{t("storage.writes")}</th></tr></thead>
        <tbody>
          {list.map((v) => (
            <tr key={v.name || v.folder}>
              <td data-label={t("storage.disk")}><span className="cell"><strong>{v.name || t("storage.mainDisk")}</strong><code className="address dim">{v.folder}</code></span></td>
              <td data-label={t("common.state")}><span className="cell"><Sign tone={tones[v.state]}>{t(`storage.state_${v.state}`)}</Sign>{v.reason ? <span className="dim">{v.reason}</span> : null}</span></td>
              <td data-label={t("storage.room")}><span className="cell num"><span>{t("storage.freeOf", { free: bytesText(v.freeBytes), total: bytesText(v.totalBytes) })}</span><Bar total={v.totalBytes} free={v.freeBytes} ours={v.usedByRecordings} /></span></td>
              <td data-label={t("storage.used")}><Used bytes={v.usedByRecordings} held={held.get(v.name || "main")} /></td>
              <td data-label={t("storage.writes")} className="num">{v.cameras === undefined ? t("system.perSecond", { n: bytesText(v.writeBytesPerSecond) }) : t("storage.writesValue", { rate: t("system.perSecond", { n: bytesText(v.writeBytesPerSecond) }), count: v.cameras })}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Tiers({ list, held }: { list: Places["tiers"]; held: ReadonlyMap<string, number> }) {
  const { t } = useTranslation();
  const zone = useZone();
  const at = (time: string): string => dateTimeText(Date.parse(time), zone);
  return (
    <div className="panel keep-scroll places-tiers">
      <table className="keep-table">
        <thead><tr><th>{t("storage.tier")}</th><th>{t("common.state")}</th><th>{t("storage.room")}</th><th>{t("storage.used")}</th><th>{t("storage.waits")}</th></tr></thead>
        <tbody>
          {list.map((x) => (
            <tr key={x.name}>
              <td data-label={t("storage.tier")}><span className="cell"><strong>{x.name}</strong><span className="dim">{t(x.kind === "s3" ? "storage.bucket" : "storage.folder")}</span><span className="dim">{t("storage.tierAfterValue", { time: durationText(t, x.moveAfterSeconds * 1000) })}</span>{x.objectLock === "none" ? null : <span className="dim">{t(`storage.lock_${x.objectLock}`)}</span>}</span></td>
              <td data-label={t("common.state")}><span className="cell"><Sign tone={tones[x.state]}>{t(`storage.state_${x.state}`)}</Sign>{x.since && x.state !== "ok" ? <span className="dim num">{t("common.since", { time: at(x.since) })}</span> : null}{x.reason ? <span className="dim">{x.reason}</span> : null}</span></td>
              <td data-label={t("storage.room")}><span className="cell num">{x.totalBytes !== undefined && x.freeBytes !== undefined ? <><span>{t("storage.freeOf", { free: bytesText(x.freeBytes), total: bytesText(x.totalBytes) })}</span><Bar total={x.totalBytes} free={x.freeBytes} ours={x.usedByRecordings} /></> : <span className="dim">{t("storage.sizeUnknown")}</span>}</span></td>
              <td data-label={t("storage.used")}><Used bytes={x.usedByRecordings} held={held.get(x.name)} /></td>
              <td data-label={t("storage.waits")}><span className="cell num">{x.waiting.segments > 0 ? <span>{t("storage.waitsValue", { count: x.waiting.segments, size: bytesText(x.waiting.bytes) })}</span> : <span className="dim">{t("storage.waitsNone")}</span>}{x.waiting.oldest ? <span className="dim">{t("storage.waitsSince", { time: at(x.waiting.oldest) })}</span> : null}</span></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
