import { useTranslation } from "react-i18next";
import type { SpanCache } from "../timeline/cache";
import type { View } from "../timeline/scale";
import { causeText, type Lane } from "../timeline/timeline";
import { durationText } from "../ui/duration";
import { dateTimeText } from "../time/zone";

const most = 200;

/** The gaps of the visible time as text: for reading, for screen readers, for jumping to. */
export function GapList({ lanes, cache, view, zone, onChoose }: { lanes: readonly Lane[]; cache: SpanCache; view: View; zone: string; onChoose: (t: number) => void }) {
  const { t } = useTranslation();
  const rows = lanes
    .flatMap((l) => cache.spans(l.camera, view, 1000).filter((s) => s.kind === "gap").map((s) => ({ ...s, ...l })))
    .sort((a, b) => b.start - a.start);
  return (
    <aside className="gaps" aria-label={t("playback.gapsIn")}>
      <h2>{t("playback.gapsIn")}</h2>
      <p className="dim num">{dateTimeText(view.start, zone)} – {dateTimeText(view.end, zone)}</p>
      {rows.length === 0 ? <p>{t("playback.noGaps")}</p> : null}
      <ul>
        {rows.slice(0, most).map((g) => (
          <li key={`${g.camera}/${g.start}`}>
            <button type="button" onClick={() => onChoose(g.start - 5000)}>
              <span className="num">{dateTimeText(g.start, zone)}</span>
              <span className="num gaps-length">{g.open ? t("playback.goesOn") : durationText(t, g.end - g.start)}</span>
              <span className="gaps-cause">{causeText(t, g)}</span>
              {g.cause === "switched_off" && g.detail ? <span className="dim">{g.detail}</span> : null}
              {lanes.length > 1 ? <span className="dim cut">{g.name}</span> : null}
            </button>
          </li>
        ))}
      </ul>
      {rows.length > most ? <p className="dim">{t("playback.moreGaps", { count: rows.length - most })}</p> : null}
    </aside>
  );
}
