import { Link, useRouter } from "@tanstack/react-router";
import { Button } from "antd";
import { useQueryClient } from "@tanstack/react-query";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { HandoverItem } from "../api/handovers";
import { problemText } from "../api/problem";
import { useCameraMap } from "../api/queries";
import { useCan, useZone } from "../app/session";
import { Sign } from "../keeping/parts";
import { alarmText } from "../ui/alarm";
import { useAttempt } from "../ui/attempt";
import { whenText } from "../ui/status";

export type NameOf = (id: string) => string;

const text = (v: unknown): string => (typeof v === "string" || typeof v === "number" ? String(v) : "");

/** What a matter is about, in one line. */
export function useMatterText(): (i: HandoverItem) => string {
  const { t } = useTranslation();
  const zone = useZone();
  const cameras = useCameraMap();
  return (i) => matterText(t, i, zone, (id) => cameras.get(id)?.name ?? id);
}

function matterText(t: TFunction, i: HandoverItem, zone: string, camera: (id: string) => string): string {
  const p = i.params ?? {};
  const number = text(p.number) ? t("handover.number", { n: text(p.number) }) : "";
  const told = [number, i.text ?? ""].filter(Boolean).join(" ");
  switch (i.kind) {
    case "alarm": return alarmText(t, { code: text(p.code), params: (p.params ?? {}) as Record<string, unknown>, detail: i.text || text(p.code) }, zone);
    case "storage_fault": return alarmText(t, { code: "storage_fault", params: p as Record<string, unknown>, detail: text(p.kind) }, zone);
    case "loss": return [number, ...(Array.isArray(p.cameras) ? p.cameras.map((c) => camera(String(c))) : [])].filter(Boolean).join(" ");
    case "visitor": return text(p.name) ? (text(p.unit) ? t("handover.visitor", { name: text(p.name), unit: text(p.unit) }) : text(p.name)) : told;
    case "more": return t("handover.more", { count: Number(p.count) });
  }
  return told || text(p.title) || text(p.code) || t(`handover.kind_${i.kind}`, { defaultValue: i.kind });
}

/** A matter with since when it is open, who sees to it, and where it is dealt with. */
export function Matter({ item: i, fresh, name }: { item: HandoverItem; fresh?: boolean; name: NameOf }) {
  const { t } = useTranslation();
  const zone = useZone();
  const line = useMatterText();
  const p = i.params ?? {};
  const due = i.due ? Date.parse(i.due) : undefined;
  return (
    <span className="ho-matter">
      <span className="ho-matter-text wrap">
        {fresh ? <span className="tag first ho-new">{t("handover.isNew")}</span> : null}{line(i)}
      </span>
      <span className="ho-matter-about dim">
        {i.urgent && !i.bars ? <Sign tone="red">{t("handover.urgent")}</Sign> : null}
        <span className="num">{t("handover.matterSince", { time: whenText(Date.parse(i.since), zone) })}</span>
        {i.kind === "storage_fault" ? <span>{t(p.acknowledged === true ? "handover.acknowledgedFault" : "handover.unacknowledgedFault")}</span> : null}
        {i.kind === "visitor" && text(p.host) ? <span className="wrap">{t("handover.host", { name: text(p.host) })}</span> : null}
        {i.owner && i.kind !== "visitor" ? <span className="wrap">{t("handover.owner", { name: name(i.owner) })}</span> : i.kind === "instruction" ? <span className="tone-red">{t("handover.ownerNone")}</span> : null}
        {due ? <span className={due < Date.now() ? "tone-red num" : "num"}>{t(due < Date.now() ? "handover.dueOver" : "handover.due", { time: whenText(due, zone) })}</span> : null}
        <Where item={i} />
      </span>
    </span>
  );
}

/** The way to where a matter is dealt with, for who may go there. */
function Where({ item: i }: { item: HandoverItem }) {
  const { t } = useTranslation();
  const can = useCan();
  const cameras = useCameraMap();
  const router = useRouter();
  const camera = text(i.params?.camera);
  const elsewhere = (path: string, word: string, search: Record<string, string>) =>
    path in router.routesByPath ? <Link to={path as never} search={search as never}>{t(word)}</Link> : null;
  switch (i.kind) {
    case "alarm": return camera && can("camera.read") ? <Link to="/cameras" search={{ camera }}>{cameras.get(camera)?.name ?? camera}</Link> : camera ? <span>{cameras.get(camera)?.name ?? camera}</span> : null;
    case "storage_fault": return can("system.read") ? <Link to="/losses" search={{ tab: "faults" }}>{t("handover.toFault")}</Link> : null;
    case "loss": return can("system.read") ? <Link to="/losses" search={{ statement: i.id }}>{t("handover.toLoss")}</Link> : null;
    case "record_head": return elsewhere("/logbook", "handover.toHead", { room: i.id });
    case "visitor": return elsewhere("/visitors", "handover.toVisitors", {});
    case "follow_up": case "unreported": return elsewhere("/logbook", "handover.toLog", { entry: i.id });
    case "instruction": case "notice": return elsewhere("/instructions", "handover.toInstruction", {});
  }
  return null;
}

/** What bars a signature, red and first, with what deals with it. */
export function Bars({ items, name }: { items: readonly HandoverItem[]; name: NameOf }) {
  const { t } = useTranslation();
  const bars = items.filter((i) => i.bars);
  if (bars.length === 0) return null;
  return (
    <section className="banner banner-red ho-bars" role="alert">
      <div className="banner-text">
        <h2>{t("handover.bars")}</h2>
        <ul className="ho-bar-list">
          {bars.map((i) => (
            <li key={`${i.kind} ${i.id}`}>
              <span className="ho-bar-text"><strong>{t(`handover.bars_${i.bars}`, { defaultValue: i.bars })}</strong> <Matter item={i} name={name} /></span>
              {i.bars === "fault_unacknowledged" ? <AcknowledgeFault id={i.id} /> : null}
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function AcknowledgeFault({ id }: { id: string }) {
  const { t } = useTranslation();
  const can = useCan();
  const cache = useQueryClient();
  const { busy, fault, attempt } = useAttempt();
  if (!can("fault.acknowledge")) return <span className="dim">{t("handover.mayNot")}</span>;
  const run = (): void => void attempt(async () => {
    await api.storageFaults.acknowledge(id, {});
    await Promise.all(["duty", "storage-faults"].map((k) => cache.invalidateQueries({ queryKey: [k] })));
  });
  return (
    <span className="ho-bar-act">
      <Button type="primary" danger size="large" loading={busy} onClick={run}>{t("handover.acknowledge")}</Button>
      {fault ? <span className="fault-text" role="alert">{problemText(t, fault)}</span> : null}
    </span>
  );
}
