import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { VolumeForecast } from "../api/types";
import { bytesText } from "../ui/numbers";

const height = 210;
const edge = { left: 64, right: 14, top: 14, bottom: 30 };
const dayOf = (d: string): number => Date.parse(`${d}T00:00:00Z`) / 86_400_000;
const textOf = (n: number): string => new Date(n * 86_400_000).toISOString().slice(0, 10);

/** How full a volume was and will be: past as a line, what is to come dashed, and where it is full. */
export function VolumeChart({ volume: v, today, label }: { volume: VolumeForecast; today: string; label: string }) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const el = box.current;
    if (!el) return;
    const o = new ResizeObserver(() => setWidth(el.clientWidth));
    o.observe(el);
    return () => o.disconnect();
  }, []);
  const now = dayOf(today);
  const used = v.total - v.free;
  const past = [...v.past.map((p) => ({ x: dayOf(p.day), y: p.used })).filter((p) => p.x < now), { x: now, y: used }];
  const ahead = [{ x: now, y: used }, ...v.ahead.map((p) => ({ x: dayOf(p.day), y: p.used })).filter((p) => p.x > now)];
  const first = Math.min(now - 7, past[0]?.x ?? now);
  const last = Math.max(now + 30, ahead.at(-1)?.x ?? now);
  const top = Math.max(v.total, 1);
  const px = (x: number): number => edge.left + ((x - first) / (last - first)) * (width - edge.left - edge.right);
  const py = (y: number): number => height - edge.bottom - (y / top) * (height - edge.top - edge.bottom);
  const path = (list: { x: number; y: number }[]): string => list.map((p, i) => `${i ? "L" : "M"}${px(p.x).toFixed(1)} ${py(Math.min(p.y, top)).toFixed(1)}`).join("");
  const limit = Math.max(v.total - v.reserve, 0); // a disk may be smaller than what is to stay free on it
  // Days on the axis keep their distance, and today is always one of them.
  const step = [1, 2, 7, 14, 30, 60, 90].find((n) => ((width - edge.left - edge.right) / (last - first)) * n >= 92) ?? 90;
  const days: number[] = [];
  for (let d = now; d >= first; d -= step) days.push(d);
  for (let d = now + step; d <= last; d += step) days.push(d);
  return (
    <div ref={box} className="chart">
      {width > 0 ? (
        <svg width={width} height={height} role="img" aria-label={label}>
          {[0, 0.5, 1].map((f) => (
            <g key={f}>
              <line x1={edge.left} x2={width - edge.right} y1={py(top * f)} y2={py(top * f)} className="chart-grid" />
              <text x={edge.left - 8} y={py(top * f) + 4} textAnchor="end" className="chart-text">{bytesText(top * f)}</text>
            </g>
          ))}
          {days.map((d) => {
            const x = px(d);
            return (
              <g key={d}>
                <line x1={x} x2={x} y1={edge.top} y2={height - edge.bottom} className={d === now ? "chart-now" : "chart-grid"} />
                {x > edge.left + 10 || d === now ? <text x={x} y={height - 10} textAnchor={x > width - 50 ? "end" : x < edge.left + 30 ? "start" : "middle"} className={d === now ? "chart-text strong" : "chart-text"}>{d === now ? t("storage.today") : textOf(d).slice(5)}</text> : null}
              </g>
            );
          })}
          <line x1={edge.left} x2={width - edge.right} y1={py(limit)} y2={py(limit)} className="chart-limit" />
          <path d={`${path(past)}L${px(now).toFixed(1)} ${py(0)}L${px(past[0]?.x ?? now).toFixed(1)} ${py(0)}Z`} className="chart-area" />
          <path d={path(past)} className="chart-past" />
          <path d={path(ahead)} className="chart-ahead" />
          <circle cx={px(now)} cy={py(used)} r={4} className="chart-dot" />
        </svg>
      ) : null}
      <p className="chart-legend" aria-hidden>
        <span><i className="key key-past" />{t("storage.past")}</span>
        <span><i className="key key-ahead" />{t("storage.ahead")}</span>
        <span><i className="key key-limit" />{t("storage.limit")}</span>
      </p>
    </div>
  );
}
