import {
  AlertOutlined, AppstoreOutlined, AuditOutlined, CarryOutOutlined, DashboardOutlined, DeleteOutlined, DesktopOutlined, EnvironmentOutlined,
  FieldTimeOutlined, FileExclamationOutlined, HddOutlined, HeatMapOutlined, HistoryOutlined, LockOutlined, PushpinOutlined,
  SafetyCertificateOutlined, SafetyOutlined, ScheduleOutlined, SlidersOutlined, SolutionOutlined, TeamOutlined, UsergroupAddOutlined,
  VideoCameraOutlined,
} from "@ant-design/icons";
import { Link, useRouterState } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Action } from "../api/types";
import { useCan, useThroughout } from "./session";
import { useWaiting } from "./waiting";
import { watchPlaces, type WatchPlace } from "../watch/places";

/** or: who has that throughout may go there as well. holds: places that stand behind this one. */
interface Place { to: string; text: string; icon: ReactNode; needs: Action; or?: Action; holds?: readonly WatchPlace[] }

interface Group { name: string; places: Place[] }

const groups: Group[] = [
  { name: "watch", places: [
    { to: "/watch", text: "nav.watchAll", icon: <ScheduleOutlined />, needs: "duty.read", holds: watchPlaces },
    { to: "/wall", text: "nav.wall", icon: <AppstoreOutlined />, needs: "live.view" },
    { to: "/playback", text: "nav.playback", icon: <HistoryOutlined />, needs: "playback.view" },
    { to: "/second", text: "nav.seconds", icon: <UsergroupAddOutlined />, needs: "second.agree" },
    { to: "/marks", text: "nav.marks", icon: <PushpinOutlined />, needs: "playback.view" },
  ] },
  { name: "cameras", places: [
    { to: "/cameras", text: "nav.cameras", icon: <VideoCameraOutlined />, needs: "camera.read" },
    { to: "/areas", text: "nav.areas", icon: <EnvironmentOutlined />, needs: "camera.read" },
    { to: "/coverage", text: "nav.coverage", icon: <HeatMapOutlined />, needs: "camera.read" },
    { to: "/losses", text: "nav.losses", icon: <FileExclamationOutlined />, needs: "system.read" },
  ] },
  { name: "archive", places: [
    { to: "/retention", text: "nav.retention", icon: <FieldTimeOutlined />, needs: "storage.read" },
    { to: "/holds", text: "nav.holds", icon: <LockOutlined />, needs: "storage.read" },
    { to: "/deletions", text: "nav.deletions", icon: <DeleteOutlined />, needs: "storage.read" },
    { to: "/storage", text: "nav.storage", icon: <HddOutlined />, needs: "system.read" },
  ] },
  { name: "records", places: [
    { to: "/acts", text: "nav.acts", icon: <AuditOutlined />, needs: "act.read" },
    { to: "/ledger", text: "nav.ledger", icon: <SafetyCertificateOutlined />, needs: "ledger.read" },
  ] },
  { name: "people", places: [
    { to: "/people", text: "nav.people", icon: <TeamOutlined />, needs: "people.read" },
    { to: "/rights", text: "nav.rights", icon: <SafetyOutlined />, needs: "rights.read" },
    { to: "/rights/review", text: "nav.review", icon: <CarryOutOutlined />, needs: "rights.review" },
    { to: "/emergencies", text: "nav.emergencies", icon: <AlertOutlined />, needs: "emergency.review", or: "act.read" },
    { to: "/purposes", text: "nav.purposes", icon: <SolutionOutlined />, needs: "act.read" },
  ] },
  { name: "system", places: [
    { to: "/parameters", text: "nav.parameters", icon: <SlidersOutlined />, needs: "parameter.read" },
    { to: "/consoles", text: "nav.consoles", icon: <DesktopOutlined />, needs: "people.read" },
    { to: "/system", text: "nav.system", icon: <DashboardOutlined />, needs: "system.read" },
  ] },
];

/** How many places have room for their names below their signs on a low screen; more of them stand in rows. */
const named = 13;

/** The places that the person may go to, each with how much there waits for a hand. */
export function Places() {
  const { t } = useTranslation();
  const can = useCan();
  const throughout = useThroughout();
  const waiting = useWaiting();
  const path = useRouterState({ select: (r) => r.location.pathname });
  const mine = groups.map((g) => ({ ...g, places: g.places.filter((p) => can(p.needs) || (p.or !== undefined && throughout(p.or))) })).filter((g) => g.places.length > 0);
  return (
    <div className={mine.flatMap((g) => g.places).length > named ? "rail-places rail-many" : "rail-places"}>
      {mine.map((g) => (
        <div key={g.name} className="rail-group" role="group" aria-label={t(`nav.group.${g.name}`)}>
          <span className="rail-caption" aria-hidden>{t(`nav.group.${g.name}`)}</span>
          {g.places.map((p) => {
            const w = waiting[p.to];
            return (
              <Link key={p.to} to={p.to} activeOptions={{ exact: p.to === "/rights", includeSearch: false }} className={p.holds?.some((h) => h.to === path) ? "rail-item active" : "rail-item"} activeProps={{ className: "rail-item active", "aria-current": "page" }} title={w?.text ?? t(p.text)}>
                <span className="rail-icon" aria-hidden>{p.icon}{w ? <span className={`rail-count num rail-${w.tone}`}>{w.count > 99 ? "99+" : w.count}</span> : null}</span>
                <span className="rail-text">{t(p.text)}</span>
              </Link>
            );
          })}
        </div>
      ))}
    </div>
  );
}
