import { ExclamationCircleFilled } from "@ant-design/icons";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useZone } from "../app/session";
import { timeText } from "./card";
import { useWatch } from "./use";
import "./watch.css";

/**
 * Who is on watch, in the bar of the wall: what is vacant first, then what is mine, as far as there
 * is room in one line. It takes nothing from the pictures.
 */
export function WatchStrip() {
  const { t } = useTranslation();
  const zone = useZone();
  const { data } = useWatch();
  const now = data ? Date.parse(data.at) : 0;
  const rank = (r: { mine: boolean; answers?: { state: string } }): number => (r.answers?.state === "vacant" ? 0 : r.mine ? 1 : 2);
  const rooms = (data?.rooms ?? []).filter((r) => r.answers).map((r, i) => ({ r, i })).sort((a, b) => rank(a.r) - rank(b.r) || a.i - b.i).map((x) => x.r);
  if (rooms.length === 0) return null;
  const vacant = rooms.filter((r) => r.answers?.state === "vacant").length;
  return (
    <Link to="/watch" className="wall-watch" aria-label={t("watch.strip")}>
      {vacant > 0 ? <span className="wall-chip vacant wall-few num" title={t("watch.vacant", { count: vacant })}><ExclamationCircleFilled aria-hidden />{vacant}</span> : null}
      {rooms.map((r) => {
        const a = r.answers;
        if (!a) return null;
        const vacant = a.state === "vacant";
        return (
          <span key={r.id} className={`wall-chip${vacant ? " vacant" : ""}${r.mine ? " mine" : ""}`} title={t("watch.barText", { from: timeText(a.since, now, zone), to: t("watch.untilNow"), name: a.name, state: t(`watch.state_${a.state}`) })}>
            {vacant ? <ExclamationCircleFilled aria-hidden /> : null}<span className="cut wall-room">{r.name}</span>
            <strong className="num">{vacant ? t("watch.stripVacant") : t("watch.stripSince", { name: a.name, time: timeText(a.since, now, zone) })}</strong>
          </span>
        );
      })}
    </Link>
  );
}
