import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession, useZone } from "../app/session";
import { clockText, dateText } from "../time/zone";
import { useRoomMark } from "../watch/marked";
import { address, named, tile, type Mark } from "./watermark";
import "./watermark.css";

const minute = 60_000;

// The minute of now, renewed when the next begins.
function useMinute(): number {
  const [now, setNow] = useState(() => Math.floor(Date.now() / minute) * minute);
  useEffect(() => {
    const timer = window.setTimeout(() => setNow(Math.floor(Date.now() / minute) * minute), minute - (Date.now() % minute) + 20);
    return () => window.clearTimeout(timer);
  }, [now]);
  return now;
}

/** Person, site, minute, control room with who is in charge there, trace id and the label of the grade over a picture: one background, drawn once a minute. */
export function Watermark({ mark, area }: { mark: Mark | undefined; area: string | undefined }) {
  const { person, siteName } = useSession();
  const { t } = useTranslation();
  const zone = useZone();
  const now = useMinute();
  const room = useRoomMark(area);
  const background = useMemo(() => {
    if (!mark) return undefined;
    const type = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
    const lines = [named(person.displayName, person.username), `${siteName} ${dateText(now, zone)} ${clockText(now, zone).slice(0, 5)}`.trim(), ...(room ? [room] : []), mark.grade > 1 ? `${mark.trace} ${t("org.label", { n: mark.grade })}` : mark.trace];
    return address(tile(lines, mark, type).svg);
  }, [t, mark?.trace, mark?.grade, mark?.opacity, mark?.density, person.displayName, person.username, siteName, zone, room, now]);
  if (!mark) return null;
  return <div className="watermark" data-trace={mark.trace} style={{ backgroundImage: background }} aria-hidden />;
}

/** For a video that bears a watermark: no menu to save a frame by, no window of its own without it. */
export const guarded = {
  disablePictureInPicture: true,
  onContextMenu: (e: React.MouseEvent): void => e.preventDefault(),
} as const;
