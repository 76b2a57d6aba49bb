import { BankOutlined, BookOutlined, CalendarOutlined, IdcardOutlined, NotificationOutlined, ScheduleOutlined, SwapOutlined } from "@ant-design/icons";
import { Link, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Action } from "../api/types";
import { useCan } from "../app/session";
import "./places.css";

export interface WatchPlace { to: string; text: string; icon: ReactNode; needs: Action }

/** What belongs to the watch: one place of the bar at the side, with these in a row on top of each. */
export const watchPlaces: readonly WatchPlace[] = [
  { to: "/watch", text: "nav.watchBoard", icon: <ScheduleOutlined />, needs: "duty.read" },
  { to: "/logbook", text: "nav.logbook", icon: <BookOutlined />, needs: "duty.read" },
  { to: "/handover", text: "nav.handover", icon: <SwapOutlined />, needs: "duty.read" },
  { to: "/roster", text: "nav.roster", icon: <CalendarOutlined />, needs: "duty.read" },
  { to: "/visitors", text: "nav.visitors", icon: <IdcardOutlined />, needs: "duty.read" },
  { to: "/instructions", text: "nav.instructions", icon: <NotificationOutlined />, needs: "duty.read" },
  { to: "/rooms", text: "nav.rooms", icon: <BankOutlined />, needs: "duty.configure" },
];

/** The row of them, on their pages alone. */
export function WatchPlaces() {
  const { t } = useTranslation();
  const can = useCan();
  const path = useRouterState({ select: (r) => r.location.pathname });
  const row = useRef<HTMLElement>(null);
  useEffect(() => row.current?.querySelector(".active")?.scrollIntoView({ block: "nearest", inline: "center" }), [path]); // on a phone it is wider than the screen
  if (!watchPlaces.some((p) => p.to === path)) return null;
  return (
    <nav ref={row} className="watch-places" aria-label={t("nav.watchAll")}>
      {watchPlaces.filter((p) => can(p.needs)).map((p) => (
        <Link key={p.to} to={p.to} activeOptions={{ includeSearch: false }} className="watch-place" activeProps={{ className: "watch-place active", "aria-current": "page" }}>
          <span aria-hidden>{p.icon}</span>{t(p.text)}
        </Link>
      ))}
    </nav>
  );
}
