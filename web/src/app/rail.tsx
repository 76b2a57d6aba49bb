import {
  AlertOutlined, AppstoreOutlined, AuditOutlined, BankOutlined, BookOutlined, CalendarOutlined, CarryOutOutlined, DashboardOutlined, DeleteOutlined,
  DesktopOutlined, EnvironmentOutlined, FieldTimeOutlined, FileExclamationOutlined, HddOutlined, HeatMapOutlined, HistoryOutlined, IdcardOutlined,
  LockOutlined, NotificationOutlined, PushpinOutlined, SafetyCertificateOutlined, SafetyOutlined, ScheduleOutlined, SlidersOutlined,
  SolutionOutlined, SwapOutlined, TeamOutlined, UsergroupAddOutlined, VideoCameraOutlined,
} from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Action } from "../api/types";
import { useCan, useThroughout } from "./session";
import { useWaiting } from "./waiting";

/** or: who has that throughout may go there as well. */
interface Place { to: string; text: string; icon: ReactNode; needs: Action; or?: Action }

interface Group { name: string; places: Place[] }

const groups: Group[] = [
  { name: "watch", places: [
    { to: "/watch", text: "nav.watchBoard", icon: <ScheduleOutlined />, needs: "duty.read" },
    { to: "/handover", text: "nav.handover", icon: <SwapOutlined />, needs: "duty.read" },
    { to: "/wall", text: "nav.wall", icon: <AppstoreOutlined />, needs: "live.view" },
    { to: "/roster", text: "nav.roster", icon: <CalendarOutlined />, needs: "duty.read" },
    { to: "/playback", text: "nav.playback", icon: <HistoryOutlined />, needs: "playback.view" },
    { to: "/logbook", text: "nav.logbook", icon: <BookOutlined />, needs: "duty.read" },
    { to: "/second", text: "nav.seconds", icon: <UsergroupAddOutlined />, needs: "second.agree" },
    { to: "/marks", text: "nav.marks", icon: <PushpinOutlined />, needs: "playback.view" },
    { to: "/visitors", text: "nav.visitors", icon: <IdcardOutlined />, needs: "duty.read" },
    { to: "/instructions", text: "nav.instructions", icon: <NotificationOutlined />, needs: "duty.read" },
    { to: "/rooms", text: "nav.rooms", icon: <BankOutlined />, needs: "duty.configure" },
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
  const mine = groups.map((g) => ({ ...g, places: g.places.filter((p) => can(p.needs) || (p.or !== undefined && throughout(p.or))) })).filter((g) => g.places.length > 0);
  return (
    <div className={mine.flatMap((g) => g.places).length > named ? "rail-places rail-many" : "rail-places"}>
      {mine.map((g) => (
        <div key={g.name} className="rail-group" role="group" aria-label={t(`nav.group.${g.name}`)}>
          <span className="rail-caption" aria-hidden>{t(`nav.group.${g.name}`)}</span>
          {g.places.map((p) => {
            const w = waiting[p.to];
            return (
              <Link key={p.to} to={p.to} activeOptions={{ exact: p.to === "/rights", includeSearch: false }} className="rail-item" activeProps={{ className: "rail-item active", "aria-current": "page" }} title={w?.text ?? t(p.text)}>
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
