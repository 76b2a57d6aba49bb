import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { TraceRoom } from "../api/types";
import { dateTimeText } from "../time/zone";

/** What the cameras of control rooms saw while somebody looked; with the way to it for who may play it back. */
export function RoomThen({ rooms, zone }: { rooms: readonly TraceRoom[]; zone: string }) {
  const { t } = useTranslation();
  const time = (at: string): string => dateTimeText(Date.parse(at), zone);
  return (
    <ul className="trace-rooms">
      {rooms.map((r) => {
        const text = t("controlRoom.watchedThen", { name: r.name, from: time(r.from), to: time(r.to) });
        return (
          <li key={r.camera} className="wrap">
            {r.playable ? <Link className="num" to="/playback" search={{ cameras: [r.camera], at: Date.parse(r.from) }} title={t("controlRoom.playThen")}>{text}</Link> : <span className="num">{text}</span>}
            {r.bounded ? <span className="dim"> · {t("controlRoom.bounded")}</span> : null}
            {r.markedAt ? <span className="dim"> · {t("controlRoom.markedLater", { time: time(r.markedAt) })}</span> : null}
            {r.possible ? <span className="dim"> · {t("controlRoom.possible")}</span> : null}
          </li>
        );
      })}
    </ul>
  );
}
