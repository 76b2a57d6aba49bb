import { useTranslation } from "react-i18next";
import { useZone } from "../app/session";
import { clockText } from "../time/zone";
import { hour, place, ticks, type Day, type Span } from "./day";

const minute = 60_000;
const short = (ms: number, zone: string): string => clockText(ms, zone).replace(/^(\d\d:\d\d):\d\d/, "$1");

/** A day of one room: who answered from when to when, and the minute that is asked about. */
export function DayBar({ name, day, all, at, onAt }: { name: string; day: Day; all: readonly Span[]; at: number; onAt: (at: number) => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const set = (ms: number): void => onAt(Math.min(Math.max(Math.floor(ms / minute) * minute, day.from), day.to - minute));
  const point = (e: React.PointerEvent<HTMLDivElement>): void => {
    const box = e.currentTarget.getBoundingClientRect();
    set(day.from + ((e.clientX - box.left) / box.width) * (day.to - day.from));
  };
  const steps: Record<string, number> = { ArrowRight: minute, ArrowUp: minute, ArrowLeft: -minute, ArrowDown: -minute, PageUp: hour, PageDown: -hour };
  const key = (e: React.KeyboardEvent): void => {
    const step = steps[e.key];
    if (step === undefined && e.key !== "Home" && e.key !== "End") return;
    e.preventDefault();
    set(e.key === "Home" ? day.from : e.key === "End" ? day.to - minute : at + (step ?? 0));
  };
  return (
    <div className="day-bar" role="slider" tabIndex={0} aria-label={t("watch.bar", { name, time: short(at, zone) })} aria-valuemin={0} aria-valuemax={(day.to - day.from) / minute - 1} aria-valuenow={Math.round((at - day.from) / minute)} aria-valuetext={short(at, zone)}
      onKeyDown={key} onPointerDown={(e) => { e.currentTarget.setPointerCapture(e.pointerId); point(e); }} onPointerMove={(e) => { if (e.buttons === 1) point(e); }}>
      {all.map((s) => {
        const left = place(day, s.from), width = place(day, s.to) - left;
        const text = t("watch.barText", { from: short(s.from, zone), to: short(s.to, zone), name: s.tenure.name, state: t(`watch.state_${s.tenure.state}`) });
        return <span key={s.tenure.seq} className={`day-span day-${s.tenure.state}${s.tenure.seq % 2 ? " odd" : ""}`} style={{ left: `${left}%`, width: `${width}%` }} title={text}><span className="cut">{s.tenure.name}</span></span>;
      })}
      <span className="day-at" style={{ left: `${place(day, at)}%` }} aria-hidden />
    </div>
  );
}

/** The hours above bars. */
export function Hours({ day }: { day: Day }) {
  const zone = useZone();
  return <div className="day-hours num" aria-hidden>{ticks(day, zone).map((x) => <span key={x.at} style={{ left: `${place(day, x.at)}%` }}>{String(x.hour).padStart(2, "0")}</span>)}</div>;
}
