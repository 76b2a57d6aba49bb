import { useTranslation } from "react-i18next";
import type { Span, SpanCache, Whole } from "../timeline/cache";
import type { View } from "../timeline/scale";
import { causeText, personText, type Lane } from "../timeline/timeline";
import { durationText } from "../ui/duration";
import { dateTimeText } from "../time/zone";
import { verdict } from "./verdict";

const most = 200;

// A gap at the edge of the window is told as long as it is, not as long as it is seen.
function edges(cache: SpanCache, camera: string, s: Span, view: View): Pick<Whole, "start" | "end" | "open" | "cut"> {
  const inside = { start: s.start, end: s.end, open: s.open, cut: false };
  if (s.start > view.start && s.end < view.end) return inside;
  const w = cache.whole(camera, (s.start + s.end) / 2);
  if (w?.kind !== "gap") return inside;
  cache.reach(camera, w);
  return { start: Math.min(w.start, s.start), end: Math.max(w.end, s.end), open: w.open, cut: w.cut };
}

/** The gaps of the visible time as text: for reading, for screen readers, for jumping to. */
export function GapList({ lanes, cache, view, zone, onChoose }: { lanes: readonly Lane[]; cache: SpanCache; view: View; zone: string; onChoose: (t: number) => void }) {
  const { t } = useTranslation();
  const rows = lanes
    .flatMap((l) => cache.spans(l.camera, view, 1000).filter((s) => s.kind === "gap").map((s) => ({ ...s, ...edges(cache, l.camera, s, view), ...l })))
    .sort((a, b) => b.start - a.start);
  return (
    <aside className="gaps" aria-label={t("playback.gapsIn")}>
      <h2>{t("playback.gapsIn")}</h2>
      <p className="dim num">{dateTimeText(view.start, zone)} – {dateTimeText(view.end, zone)}</p>
      {rows.length === 0 ? <p>{t(`playback.noGaps_${verdict(cache, lanes.map((l) => l.camera), view)}`)}</p> : null}
      <ul>
        {rows.slice(0, most).map((g) => (
          <li key={`${g.camera}/${g.start}`}>
            <button type="button" onClick={() => onChoose(g.start - 5000)}>
              <span className="num">{g.cut ? t("playback.atLeastSince", { time: dateTimeText(g.start, zone) }) : dateTimeText(g.start, zone)}</span>
              <span className="num gaps-length">{g.open ? t("playback.goesOn") : durationText(t, g.end - g.start)}</span>
              <span className="gaps-cause">{causeText(t, g)}</span>
              {personText(g) ? <span className="dim">{personText(g)}</span> : null}
              {lanes.length > 1 ? <span className="dim cut">{g.name}</span> : null}
            </button>
          </li>
        ))}
      </ul>
      {rows.length > most ? <p className="dim">{t("playback.moreGaps", { count: rows.length - most })}</p> : null}
    </aside>
  );
}
