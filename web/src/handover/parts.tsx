import { CheckCircleFilled, ExclamationCircleFilled, MinusCircleOutlined, WarningFilled } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState, useSyncExternalStore, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { disconnected, reconnected, serverAway } from "../api/events";
import type { Handover } from "../api/handovers";
import { roomsApi } from "../api/rooms";
import type { WatchRoom } from "../api/watch";
import { useZone } from "../app/session";
import { Banner } from "../keeping/parts";
import { dateText } from "../time/zone";
import { bytesText } from "../ui/numbers";
import { whenText, type Tone } from "../ui/status";
import { EndingDialog, type Ending } from "../watch/ending";
import { grouped } from "./draft";
import { Matter, type NameOf } from "./matter";

const tellings = [disconnected, reconnected, "online", "offline"];
const listen = (tell: () => void): (() => void) => {
  for (const e of tellings) window.addEventListener(e, tell);
  return () => { for (const e of tellings) window.removeEventListener(e, tell); };
};

/** Whether the server cannot be reached just now. */
export const useAway = (): boolean => useSyncExternalStore(listen, () => serverAway() || !navigator.onLine);

/** Says that nothing has passed while the server cannot be reached. */
export function AwayBanner({ away, name }: { away: boolean; name: string }) {
  const { t } = useTranslation();
  return away ? <Banner tone="amber" title={t("handover.offline", { name })} /> : null;
}

const signs: Record<Tone, ReactNode> = { ok: <CheckCircleFilled aria-hidden />, busy: <MinusCircleOutlined aria-hidden />, amber: <WarningFilled aria-hidden />, red: <ExclamationCircleFilled aria-hidden />, grey: <MinusCircleOutlined aria-hidden /> };

function Tile({ label, tone, children, more }: { label: string; tone: Tone; children: ReactNode; more?: ReactNode }) {
  return (
    <div className={`ho-tile tone-edge-${tone}`}>
      <dt>{label}</dt>
      <dd><span className={`status status-wrap tone-${tone}`}>{signs[tone]}<span>{children}</span></span>{more ? <span className="dim num">{more}</span> : null}</dd>
    </div>
  );
}

const toneOf: Record<string, Tone> = { ok: "ok", low: "amber", full: "red", fault: "red", warn: "amber", alarm: "red", unknown: "grey", behind: "amber", stopped: "red", "": "grey" };

/** How recorder and room stand, as the sheet has it. */
export function SystemTiles({ handover: h }: { handover: Handover }) {
  const { t } = useTranslation();
  const zone = useZone();
  const y = h.system;
  if (!y) return null;
  return (
    <dl className="ho-tiles" aria-label={t("handover.system")}>
      <Tile label={t("handover.cameras")} tone={y.online < y.cameras ? "red" : "ok"}>{t("handover.camerasText", { online: y.online, total: y.cameras })}</Tile>
      <Tile label={t("handover.recording")} tone={y.recording < y.cameras ? "red" : "ok"}>{t("handover.recordingText", { n: y.recording, of: y.cameras })}</Tile>
      <Tile label={t("handover.gaps")} tone={y.gaps > 0 ? "amber" : "ok"}>{y.gaps > 0 ? t("handover.gapsSome", { count: y.gaps }) : t("handover.gapsNone")}</Tile>
      <Tile label={t("handover.disks")} tone={toneOf[y.disks] ?? "grey"} more={<>{t("handover.diskFree", { free: bytesText(y.freeBytes) })}{y.fullOn ? ` · ${t("handover.diskFull", { day: dateText(Date.parse(y.fullOn), zone) })}` : ""}</>}>{t(`handover.disks_${y.disks}`)}</Tile>
      <Tile label={t("handover.clock")} tone={toneOf[y.clock] ?? "grey"} more={y.clock === "unknown" || y.clock === "" ? undefined : t("handover.clockOff", { ms: y.offsetMs })}>{t(`handover.clock_${y.clock || "unknown"}`)}</Tile>
      <Tile label={t("handover.log")} tone={toneOf[y.log] ?? "grey"}>{t(`handover.log_${y.log}`)}</Tile>
    </dl>
  );
}

/** Who hands over, since when, and who kept watch. */
export function Head({ handover: h, name }: { handover: Handover; name: NameOf }) {
  const { t } = useTranslation();
  const zone = useZone();
  const when = (at: string): string => whenText(Date.parse(at), zone);
  const turn = h.on.find((o) => o.person === h.outgoing && o.from && o.to);
  return (
    <dl className="facts ho-facts">
      <dt>{t("handover.outgoing")}</dt><dd><strong>{name(h.outgoing)}</strong></dd>
      {h.from ? <><dt>{t("handover.from")}</dt><dd className="num">{when(h.from)}</dd></> : null}
      <dt>{t("handover.shift")}</dt><dd className="num">{turn?.from && turn.to ? `${when(turn.from)} – ${when(turn.to)}` : t("handover.unplanned")}</dd>
      {h.on.length > 0 ? (
        <><dt>{t("handover.on")}</dt><dd><ul className="plain-list">{h.on.map((o) => <li key={o.person + o.onAt}>{t("handover.onAt", { name: name(o.person), time: when(o.onAt) })}{o.late ? <span className="tone-amber"> {t("handover.late", { count: Math.floor(o.late / 60) })}</span> : null}</li>)}</ul></dd></>
      ) : null}
    </dl>
  );
}

/** Open matters by kind. */
export function Groups({ handover: h, name }: { handover: Handover; name: NameOf }) {
  const { t } = useTranslation();
  const groups = grouped(h.items);
  if (groups.length === 0) return <p className="ho-none"><CheckCircleFilled aria-hidden className="tone-ok" /> {t("handover.mattersNone")}</p>;
  return (
    <>
      {groups.map(([kind, items]) => (
        <section key={kind} className="ho-group" aria-label={t(`handover.kind_${kind}`, { defaultValue: kind })}>
          <h3>{t(`handover.kind_${kind}`, { defaultValue: kind })} <span className="tag num">{t("handover.matterCount", { count: items.length })}</span></h3>
          <ul className="plain-list ho-items">{items.map((i) => <li key={i.id}><Matter item={i} name={name} /></li>)}</ul>
        </section>
      ))}
    </>
  );
}

/** What to do where somebody cannot or will not sign. */
export function WayOn({ room, handover: h, name, checks }: { room: WatchRoom | undefined; handover: Handover; name: NameOf; checks: readonly string[] }) {
  const { t } = useTranslation();
  const [ending, setEnding] = useState<Ending>();
  const { data } = useQuery({ queryKey: ["duty", "deciders", h.room], queryFn: () => roomsApi.people("decide", h.room), staleTime: 300_000 });
  const names = (data ?? []).filter((p) => p.id !== h.outgoing).slice(0, 6).map((p) => p.name);
  return (
    <details className="ho-way panel panel-pad">
      <summary>{t("handover.wayOn")}</summary>
      <p>{t("handover.wayText", { name: name(h.outgoing) })}</p>
      <p><strong>{names.length > 0 ? t("handover.wayCall", { names: names.join(t("common.comma")) }) : room ? t("handover.wayHead", { name: room.headName }) : null}</strong> {room?.phone ? t("handover.wayPhone", { phone: room.phone }) : null}</p>
      {room?.decides ? <Button danger size="large" onClick={() => setEnding({ room, how: "take" })}>{t("handover.wayTake")}</Button> : null}
      <EndingDialog ending={ending} checks={checks} onClose={() => setEnding(undefined)} />
    </details>
  );
}
