import {
  AppstoreOutlined, AuditOutlined, DashboardOutlined, DeleteOutlined, FieldTimeOutlined, FileExclamationOutlined, HddOutlined, HeatMapOutlined, HistoryOutlined, LockOutlined, PushpinOutlined, SafetyCertificateOutlined, SlidersOutlined, TeamOutlined, VideoCameraOutlined,
} from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Action } from "../api/types";
import { useCan } from "./session";
import { useWaiting } from "./waiting";

interface Place { to: string; text: string; icon: ReactNode; needs: Action }

// Watching; what is recorded and what is not; what is kept; the account of it all.
const groups: Place[][] = [
  [
    { to: "/wall", text: "nav.wall", icon: <AppstoreOutlined />, needs: "live.view" },
    { to: "/playback", text: "nav.playback", icon: <HistoryOutlined />, needs: "playback.view" },
    { to: "/marks", text: "nav.marks", icon: <PushpinOutlined />, needs: "playback.view" },
  ],
  [
    { to: "/cameras", text: "nav.cameras", icon: <VideoCameraOutlined />, needs: "camera.read" },
    { to: "/coverage", text: "nav.coverage", icon: <HeatMapOutlined />, needs: "camera.read" },
    { to: "/losses", text: "nav.losses", icon: <FileExclamationOutlined />, needs: "system.read" },
  ],
  [
    { to: "/retention", text: "nav.retention", icon: <FieldTimeOutlined />, needs: "storage.read" },
    { to: "/holds", text: "nav.holds", icon: <LockOutlined />, needs: "storage.read" },
    { to: "/deletions", text: "nav.deletions", icon: <DeleteOutlined />, needs: "storage.read" },
    { to: "/storage", text: "nav.storage", icon: <HddOutlined />, needs: "system.read" },
  ],
  [
    { to: "/acts", text: "nav.acts", icon: <AuditOutlined />, needs: "act.read" },
    { to: "/ledger", text: "nav.ledger", icon: <SafetyCertificateOutlined />, needs: "ledger.read" },
    { to: "/parameters", text: "nav.parameters", icon: <SlidersOutlined />, needs: "parameter.read" },
    { to: "/people", text: "nav.people", icon: <TeamOutlined />, needs: "people.read" },
    { to: "/system", text: "nav.system", icon: <DashboardOutlined />, needs: "system.read" },
  ],
];

/** The places that the person may go to, each with how much there waits for a hand. */
export function Places() {
  const { t } = useTranslation();
  const can = useCan();
  const waiting = useWaiting();
  return (
    <div className="rail-places">
      {groups.map((g) => g.filter((p) => can(p.needs))).filter((g) => g.length > 0).map((g) => (
        <div key={g[0]?.to} className="rail-group">
          {g.map((p) => {
            const w = waiting[p.to];
            return (
              <Link key={p.to} to={p.to} className="rail-item" activeProps={{ className: "rail-item active", "aria-current": "page" }} title={w?.text}>
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
