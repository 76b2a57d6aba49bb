import { AimOutlined, DownloadOutlined, EyeOutlined, StopOutlined } from "@ant-design/icons";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Button, Skeleton, Tag } from "antd";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { TFunction } from "i18next";
import { api } from "../api/api";
import { useCameraMap } from "../api/queries";
import { useCan, useZone } from "../app/session";
import { presentText } from "../disclosure/names";
import { usePurposes } from "../disclosure/purposes";
import { LoadFault, Needs, Notice } from "../app/states";
import { clockText, dateText, dateTimeText } from "../time/zone";
import type { Act } from "../api/types";
import { usePeopleNames, useUnitNames } from "../ui/people";
import "../pages/pages.css";
import { ActCard } from "./card";
import { chips, looking, nights, ofNight, readSearch, type Chip, type Conditions, type TrailSearch } from "./conditions";
import { ExportDialog } from "./export";
import { Filters } from "./filters";
import { byEmergency, calledThen, positionThen, reasonLater } from "./beside";
import { EmergencyLink } from "./emergency";
import { about, deed, inNight, instant, lines, outage, refusedSince, type InNight, type Line } from "./register";
import { SavedSearches } from "./saved";
import { useRoomNames } from "../rooms/use";
import { roomOf, watchText } from "./watchacts";
import "./trail.css";
import { looseText, packName, textKey } from "../regime/values";

const screenful = 20;
const pagesByItself = 20;
const nightsShown = 7;

export function ActsPage() {
  return (
    <Needs action="act.read">
      <Acts />
    </Needs>
  );
}

/** The audit trail: who watched what, when, why and by what right. */
function Acts() {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const navigate = useNavigate();
  const { act: open, ...conditions } = useSearch({ from: "/framed/acts" });
  const [taking, setTaking] = useState(false);
  const ask = (next: Conditions, act?: string): void => void navigate({ to: "/acts", search: { ...next, act }, replace: act !== undefined || open !== undefined });
  const q = useInfiniteQuery({
    queryKey: ["acts", conditions],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => api.acts.list({ ...conditions, before: pageParam, limit: 100 }),
    getNextPageParam: (last) => last.next || undefined,
  });
  const list = q.data?.pages.flatMap((p) => p.items);
  const told = useMemo(() => lines(list ?? []), [q.data]);
  // A page may shrink to a line or two: what stands above "Show earlier" fills a screen, or there is nothing earlier.
  const fill = q.hasNextPage && !q.isFetching && !q.isError && told.length < screenful && (q.data?.pages.length ?? 0) < pagesByItself;
  useEffect(() => {
    if (fill) void q.fetchNextPage();
  }, [fill]);
  let lastDay = "";
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("acts.title")}</h1>
        <span className="end trail-tools">
          <Link to="/trace"><Button icon={<AimOutlined />}>{t("trace.open")}</Button></Link>
          <SavedSearches conditions={conditions} onOpen={(c) => ask(c)} />
          {can("act.export") ? <Button icon={<DownloadOutlined />} onClick={() => setTaking(true)}>{t("acts.export")}</Button> : null}
        </span>
      </header>
      <p className="page-lead dim">{t("acts.lead")}</p>
      <div className="trail-bar">
        <Filters conditions={conditions} onChange={ask} />
        <Button icon={<EyeOutlined />} type={chips(conditions).some((c) => c.of === "looking") ? "primary" : "default"} onClick={() => ask({ ...conditions, kind: looking })}>{t("acts.looked")}</Button>
        <Button icon={<StopOutlined />} type={conditions.verdict?.includes("refused") ? "primary" : "default"} onClick={() => ask({ ...conditions, kind: undefined, verdict: ["refused"] })}>{t("acts.refusals")}</Button>
      </div>
      {conditions.camera || conditions.footageFrom || conditions.nightFrom || chips(conditions).some((c) => c.of === "looking") ? <Nights conditions={conditions} onChange={ask} /> : null}
      <Chips conditions={conditions} onChange={ask} />
      {q.error && !list ? <LoadFault error={q.error} retry={() => void q.refetch()} /> : null}
      {!list && !q.error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 10 }} /></div> : null}
      {list && list.length === 0 && !q.hasNextPage ? <Notice title={t("acts.none")} /> : null}
      {list && list.length > 0 ? (
        <ol className="acts panel">
          {told.map((l) => {
            const d = dateText(Date.parse(l.act.at), zone);
            const first = d !== lastDay;
            lastDay = d;
            return (
              <li key={l.act.id}>
                {first ? <h2 className="acts-day num">{d}</h2> : null}
                <Row line={l} zone={zone} night={conditions.nightFrom || conditions.nightTo ? inNight(l.act, conditions.nightFrom, conditions.nightTo) : undefined} onOpen={() => ask(conditions, l.act.id)} />
              </li>
            );
          })}
        </ol>
      ) : null}
      {q.hasNextPage && !fill && !(q.isFetchingNextPage && told.length < screenful) ? <div className="earlier"><Button loading={q.isFetchingNextPage} onClick={() => void q.fetchNextPage()}>{t("common.loadMore")}</Button></div> : null}
      <ActCard id={open} known={list?.find((a) => a.id === open)} onClose={() => ask(conditions)} />
      <ExportDialog open={taking} conditions={conditions} onClose={() => setTaking(false)} />
    </div>
  );
}

/** One of the last nights, in one click: who looked in it, and who looked at its footage later. */
function Nights({ conditions, onChange }: { conditions: Conditions; onChange: (c: Conditions) => void }) {
  const { t, i18n } = useTranslation();
  const zone = useZone();
  const list = useMemo(() => nights(Date.now(), zone, nightsShown), [zone]);
  const name = new Intl.DateTimeFormat(i18n.language, { weekday: "short", timeZone: zone });
  return (
    <div className="trail-nights" role="group" aria-label={t("acts.nights")}>
      <span className="dim">{t("acts.nights")}</span>
      {list.map((n) => (
        <Button key={n.from} size="small" type={conditions.nightFrom === n.from ? "primary" : "default"} title={`${dateTimeText(Date.parse(n.from), zone)} – ${dateTimeText(Date.parse(n.to), zone)}`}
          onClick={() => onChange(ofNight(conditions, n))}>
          {t("acts.night", { day: name.format(n.evening), date: dateText(n.evening, zone).slice(5) })}
        </Button>
      ))}
    </div>
  );
}

/** What narrows the list, each to be taken away. */
function Chips({ conditions, onChange }: { conditions: Conditions; onChange: (c: Conditions) => void }) {
  const { t } = useTranslation();
  const text = useChipText(conditions);
  const all = chips(conditions);
  if (all.length === 0) return null;
  return (
    <div className="trail-chips">
      {all.map((c) => <Tag key={`${c.of} ${c.value}`} closable onClose={(e) => { e.preventDefault(); onChange(c.without); }}>{text(c)}</Tag>)}
      {all.length > 1 ? <Button type="link" size="small" onClick={() => onChange({})}>{t("acts.clear")}</Button> : null}
    </div>
  );
}

function useChipText(conditions: Conditions): (c: Chip) => string {
  const { t } = useTranslation();
  const zone = useZone();
  const cameras = useCameraMap();
  const nameOf = usePeopleNames();
  const { nameOf: purposeName } = usePurposes();
  const unitName = useUnitNames();
  const span = (a?: string, b?: string): string => `${a ? dateTimeText(Date.parse(a), zone) : "…"} – ${b ? dateTimeText(Date.parse(b), zone) : "…"}`;
  return (c) => {
    switch (c.of) {
      case "looking": return t("acts.looked");
      case "kind": return c.value.endsWith(".") ? t(`acts.chapter.${c.value.slice(0, -1)}`, { defaultValue: c.value }) : t(actKey(c.value), { defaultValue: c.value });
      case "person": return c.value === "system" ? t("acts.system") : nameOf(c.value);
      case "position": return t(`position.${c.value}`, { defaultValue: c.value });
      case "camera": return cameras.get(c.value)?.name ?? c.value;
      case "purpose": return purposeName(c.value);
      case "present": return t("acts.presentChip", { name: nameOf(c.value) });
      case "verdict": return t(`acts.verdict.${c.value}`);
      case "footage": return t("acts.footageChip", { span: span(conditions.footageFrom, conditions.footageTo) });
      case "night": return t("acts.nightChip", { span: span(conditions.nightFrom, conditions.nightTo) });
      case "unit": return unitName(c.value);
      case "time": return t("acts.timeChip", { span: span(conditions.from, conditions.to) });
    }
    return c.value;
  };
}

const isObject = (v: unknown): v is Record<string, unknown> => typeof v === "object" && v !== null && !Array.isArray(v);

/** What somebody asked of the trail, to ask it again. */
function Asked({ conditions: { act: _, ...conditions } }: { conditions: TrailSearch }) {
  const { t } = useTranslation();
  const text = useChipText(conditions);
  const all = chips(conditions).map(text);
  return <Link className="act-line wrap" to="/acts" search={conditions}>{all.length === 0 ? t("acts.everything") : all.join(t("common.comma"))}</Link>;
}

export const actKey = (kind: string): string => `act.${kind.replace(".", "_")}`;

function Row({ line: { act, cameras: of }, zone, night, onOpen }: { line: Line; zone: string; night?: InNight; onOpen: () => void }) {
  const { t, i18n } = useTranslation();
  const cameras = useCameraMap();
  const d = act.detail;
  const named = [...new Set([...of, ...(Array.isArray(d.cameras) ? d.cameras.filter((c): c is string => typeof c === "string") : [])])];
  const said = typeof d.reason === "string" ? d.reason : undefined;
  const reason = act.kind === "retention.frozen" && said ? t(`retention.frozen.${said}`, { defaultValue: said }) : said;
  const note = typeof d.note === "string" && d.note !== "" ? d.note : undefined;
  const paper = typeof d.document === "string" && d.document !== "" ? d.document : undefined;
  const { nameOf: purposeName } = usePurposes();
  const then = calledThen(t, act, i18n.language);
  const purpose = act.purpose ? (then?.name ?? purposeName(act.purpose)) : undefined;
  const due = reasonLater(t, act, zone);
  const hurried = byEmergency(t, act, zone);
  const nameOf = usePeopleNames();
  const done = about(act, nameOf);
  const roomName = useRoomNames();
  const room = roomOf(act, roomName);
  const watched = watchText(t, act, nameOf);
  const positions = (list: string[]): string => (list.length === 0 ? t("people.noPosition") : list.map((p) => t(`position.${p}`, { defaultValue: p })).join(t("common.comma")));
  const from = instant(d.from);
  const to = instant(d.to);
  const since = refusedSince(act);
  const died = outage(act);
  const who = act.personName || t(act.local ? "acts.commandLine" : "acts.system");
  const can = useCan();
  const right = act.decision;
  const spurned = act.kind === "token.refused" ? String(d.code) : "";
  const times = (act.kind === "access.refused" || spurned) && typeof d.count === "number" ? d.count : 1;
  return (
    <div className="act-row">
      <button type="button" className="act-time num" onClick={onOpen} aria-label={t("acts.open", { time: clockText(Date.parse(act.at), zone) })}>{clockText(Date.parse(act.at), zone)}</button>
      <span className="act-person">
        {act.person && can("rights.read") ? <Link className="wrap" to="/rights" search={{ tab: "explain", person: act.person }}>{who}</Link> : <span className="wrap">{who}</span>}
        {act.positions.length > 0 ? <span className="dim act-as">{(right?.position ? [right.position] : act.positions).map((p) => positionThen(t, act, p, i18n.language)).join(t("common.comma"))}</span> : null}
      </span>
      <span className="act-what">
        <span>{deed(t, act)}</span>
        {typeof d.trace === "string" ? <strong className="act-camera num">{t("trace.asked", { id: d.trace })}</strong> : null}
        {done.name ? <strong className="act-camera wrap">{done.name}</strong> : null}
        {room ? <strong className="act-camera wrap">{room}</strong> : null}
        {watched ? <span className="act-line wrap">{watched}</span> : null}
        {named.map((c) => <Link key={c} className="act-camera wrap" to="/cameras" search={{ camera: c }}>{cameras.get(c)?.name ?? c}</Link>)}
        {right?.verdict === "refused" ? <Tag icon={<StopOutlined />}>{t("acts.verdict.refused")}</Tag> : null}
        {night ? <span className="act-line"><span className={night === "later" ? "tag tag-amber act-night" : "tag act-night"}>{t(`acts.night_${night}`)}</span></span> : null}
        {from !== undefined && to !== undefined ? <span className="dim num act-line">{dateTimeText(from, zone)} – {dateTimeText(to, zone)}</span> : null}
        {since ? <span className="dim num act-line">{dateTimeText(since, zone, true)} – {dateTimeText(Date.parse(act.at), zone, true)}</span> : null}
        {died ? <span className="dim num act-line wrap">{t("acts.died", { alive: dateTimeText(died.alive, zone), back: dateTimeText(died.back, zone) })}</span> : null}
        {done.positions ? <span className="dim act-line">{done.positions.from ? t("acts.fromTo", { from: positions(done.positions.from), to: positions(done.positions.to) }) : positions(done.positions.to)}</span> : null}
        {act.kind.startsWith("parameter.") && typeof d.pack === "string" ? <span className="act-line">{t("parameters.packProposal", { name: packName(t, d.pack) })}</span> : null}
        {changesOf(d.changes).map((c) => <span key={c.key} className="dim act-line wrap">{t("acts.valueChange", { name: t(`parameters.name.${textKey(c.key)}`, { defaultValue: c.key }), from: looseText(t, c.from), to: looseText(t, c.to) })}</span>)}
        {(act.kind.startsWith("retention.change") || act.kind === "retention.recovered") ? <span className="dim act-line">{t(d.class === "snapshot" ? "pictures.snapshots" : "pictures.footage")}</span> : null}
        {act.kind === "footage.snapshot_removed" && typeof d.ground === "string" ? <span className="dim act-line">{t(`pictures.by_${String(d.class ?? "main")}_${d.ground}`, { defaultValue: d.ground })}</span> : null}
        {act.kind.startsWith("trail.") && isObject(d.conditions) ? <Asked conditions={readSearch(d.conditions)} /> : null}
        {act.kind === "trail.opened" ? <Link className="act-line" to="/acts" search={{ act: act.subject }}>{t(actKey(String(d.kind)), { defaultValue: String(d.kind) })}</Link> : null}
        {act.kind === "recording.when_full_changed" ? <span className="dim act-line wrap">{t(`storage.whenFull_${String(d.after)}`, { defaultValue: String(d.after) })}</span> : null}
        {done.owner ? <span className="dim act-line">{t("acts.owner", { name: done.owner })}</span> : null}
        {done.actions?.length ? <span className="dim act-line wrap">{t("acts.may", { list: done.actions.map((a) => t(`action.${a.replace(".", "_")}`, { defaultValue: a })).join(t("common.comma")) })}</span> : null}
        {purpose || reason ? <span className="act-line wrap">{purpose ? <strong>{purpose}</strong> : null} {reason}</span> : null}
        {due ? <span className="act-line wrap">{due.missing ? <span className="tag tag-amber act-due">{due.text}</span> : due.text}</span> : null}
        {act.second ? <span className="dim act-line wrap">{t("acts.secondOf", { name: act.second.name || act.second.person })}</span> : null}
        {act.present?.length ? <span className="dim act-line wrap">{t("acts.presentOf", { names: presentText(t, act.present) })}</span> : null}
        {hurried ? <EmergencyLink act={act} text={hurried} /> : null}
        {!hurried && act.kind !== "session.opened" && (right?.action || spurned) ? <span className="dim act-line">{spurned ? t(`acts.spurned.${spurned}`, { defaultValue: spurned }) : rightText(t, right, act.kind, String(d.code ?? ""))}{times > 1 ? ` ${t("acts.times", { n: times })}` : ""}</span> : null}
        {paper ? <span className="dim act-line wrap">{t("acts.paper", { text: paper })}</span> : null}
        {note ? <span className="act-line wrap">{t("acts.note", { text: note })}</span> : null}
      </span>
    </div>
  );
}

/** By what right, or why not: which right was lacking or whose terms held it back, else what refused it says so itself. */
function rightText(t: TFunction, right: Act["decision"], kind: string, code: string): string {
  const name = { right: t(`action.${(right?.action ?? "").replace(".", "_")}`, { defaultValue: right?.action ?? "" }) };
  if (right?.verdict !== "refused") return t("acts.byRight", name);
  const lacked = t("acts.lacked", name);
  if (kind !== "access.refused" || /^(token_)?right_missing$/.test(code)) return lacked;
  if (code === "right_control_room") return t("controlRoom.held", name);
  if (code === "right_grade") return t("acts.heldGrade", name);
  return /^(right|viewing)_/.test(code) ? t("acts.held", name) : t(`problem.${code}`, { defaultValue: lacked });
}

/** Values of parameters before and after, as far as an act tells them. */
const changesOf = (v: unknown): { key: string; from: unknown; to: unknown }[] =>
  Array.isArray(v) ? v.filter((c): c is { key: string; from: unknown; to: unknown } => typeof c === "object" && c !== null && typeof c.key === "string" && "to" in c) : [];
