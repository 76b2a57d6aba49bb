import { Button } from "antd";
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import type { Camera, CoverageCell, CoverageDate, CoverageMap } from "../api/types";
import { durationText } from "../ui/duration";
import { barOf, cellState, percentText, unplannedOf } from "./cell";

const screenful = 60; // cameras shown at a go

interface Pointed { row: number; column: number; x: number; y: number; below: boolean }

/** Cameras by days. One cell can be reached by Tab, the others from it by the arrow keys. */
export function HeatMap({ data, names, onOpen }: { data: CoverageMap; names: Map<string, Camera>; onOpen: (camera: string, day: string) => void }) {
  const { t } = useTranslation();
  const frame = useRef<HTMLDivElement>(null);
  const [most, setMost] = useState(screenful);
  const [at, setAt] = useState({ row: 0, column: data.dates.length - 1 });
  const [pointed, setPointed] = useState<Pointed>();
  const rows = useMemo(() => {
    const named = data.cameras.map((r) => ({ ...r, name: names.get(r.camera)?.name ?? r.camera }));
    return named.sort((a, b) => a.name.localeCompare(b.name));
  }, [data, names]);
  const shown = rows.slice(0, most);
  const columns = data.dates.length;
  const current = { row: Math.min(at.row, shown.length - 1), column: Math.min(at.column, columns - 1) };

  // The newest days are what one came for.
  useLayoutEffect(() => {
    if (frame.current) frame.current.scrollLeft = frame.current.scrollWidth;
  }, [columns]);

  const point = (e: Element | null): void => {
    const b = e?.closest<HTMLElement>("[data-cell]");
    if (!b || !frame.current) return setPointed(undefined);
    const [row = 0, column = 0] = (b.dataset.cell ?? "").split(",").map(Number);
    const [r, f] = [b.getBoundingClientRect(), frame.current.getBoundingClientRect()];
    const below = r.top < 260;
    setPointed({ row, column, x: Math.min(Math.max(r.left + r.width / 2 - f.left, 130), Math.max(130, f.width - 130)), y: (below ? r.bottom : r.top) - f.top, below });
  };
  const keys = (e: KeyboardEvent): void => {
    const step: Record<string, [number, number]> = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -columns], End: [0, columns], PageUp: [-10, 0], PageDown: [10, 0] };
    const s = step[e.key];
    if (e.key === "Escape") setPointed(undefined);
    if (!s) return;
    e.preventDefault();
    const next = { row: Math.min(Math.max(current.row + s[0], 0), shown.length - 1), column: Math.min(Math.max(current.column + s[1], 0), columns - 1) };
    setAt(next);
    frame.current?.querySelector<HTMLElement>(`[data-cell="${next.row},${next.column}"]`)?.focus();
  };
  const open = (e: Element): void => {
    const b = e.closest<HTMLElement>("[data-cell]");
    if (!b) return;
    const [row = 0, column = 0] = (b.dataset.cell ?? "").split(",").map(Number);
    const [r, d] = [shown[row], data.dates[column]];
    setAt({ row, column });
    setPointed(undefined);
    if (r && d && cellState(r.cells[column] ?? { share: null, recorded: 0, flags: ["none"] }) !== "none") onOpen(r.camera, d.day);
  };
  useEffect(() => setPointed(undefined), [data]);

  const told = pointed ? shown[pointed.row] : undefined;
  const cell = pointed ? told?.cells[pointed.column] : undefined;
  const date = pointed ? data.dates[pointed.column] : undefined;
  return (
    <div className="heat-slot" onMouseLeave={() => setPointed(undefined)}>
      <div
        ref={frame} className="heat" role="grid" aria-label={t("coverage.map")} aria-rowcount={rows.length + 1} style={{ "--days": columns } as CSSProperties}
        onKeyDown={keys} onMouseOver={(e) => point(e.target as Element)} onFocus={(e) => point(e.target)} onBlur={() => setPointed(undefined)} onScroll={() => setPointed(undefined)} onClick={(e) => open(e.target as Element)}
      >
        <div role="row" className="heat-row heat-days" aria-rowindex={1}>
          <span role="columnheader" className="heat-name">{t("common.camera")}</span>
          {data.dates.map((d, i) => <Day key={d.day} date={d.day} many={columns > 31} first={i === 0 && !data.dates.slice(1, Math.max(4, columns / 15)).some((x) => x.day.endsWith("-01"))} />)}
        </div>
        {shown.map((r, i) => <Row key={r.camera} index={i} name={r.name} cells={r.cells} dates={data.dates} focus={i === current.row ? current.column : -1} />)}
      </div>
      {pointed && told && cell && date ? (
        <div className={pointed.below ? "heat-tip below" : "heat-tip"} style={{ left: pointed.x, top: pointed.y }} aria-hidden>
          <strong className="wrap">{told.name}</strong>
          <span className="num">{date.day}</span>
          <Figures cell={cell} />
        </div>
      ) : null}
      {rows.length > most ? <div className="earlier heat-more"><Button onClick={() => setMost(most + screenful)}>{t("coverage.moreCameras", { count: rows.length - most })}</Button></div> : null}
    </div>
  );
}

function Day({ date, many, first }: { date: string; many: boolean; first: boolean }) {
  const d = new Date(`${date}T12:00:00Z`);
  const n = d.getUTCDate();
  const month = first || n === 1;
  const written = n === 1 || !many || (d.getUTCDay() === 1 && n > 4 && n < 27 && !first);
  return (
    <span role="columnheader" className="heat-day num" title={date}>
      <span className="hidden-text">{date}</span>
      {month ? <span aria-hidden className="heat-month">{date.slice(0, 7)}</span> : null}
      {written ? <span aria-hidden className="heat-date">{many && n !== 1 ? date.slice(5) : n}</span> : null}
    </span>
  );
}

const Row = memo(function Row({ index, name, cells, dates, focus }: { index: number; name: string; cells: readonly CoverageCell[]; dates: readonly CoverageDate[]; focus: number }) {
  const { t } = useTranslation();
  return (
    <div role="row" className="heat-row" aria-rowindex={index + 2}>
      <span role="rowheader" className="heat-name cut" title={name}>{name}</span>
      {cells.map((c, i) => {
        const state = cellState(c);
        const bar = barOf(c);
        const said = c.share === null ? t(`coverage.state.${state}`) : `${t(`coverage.state.${state}`)} ${percentText(c.share)}`;
        return (
          <span key={dates[i]?.day} role="gridcell" className="heat-slot-cell">
            <button
              type="button" tabIndex={i === focus ? 0 : -1} data-cell={`${index},${i}`} data-state={state} className={c.flags?.includes("partial") ? "heat-cell partial" : "heat-cell"}
              aria-label={t("coverage.cell", { name, day: dates[i]?.day ?? "", state: said })}
            >
              {state === "none" || state === "pending" ? <span aria-hidden className="heat-sign">{state === "none" ? "–" : "…"}</span> : (
                <>
                  <span className="heat-unplanned" style={{ height: `${bar.unplanned}%` }} />
                  <span className="heat-planned" style={{ height: `${bar.planned}%` }} />
                  <span className="heat-recorded" style={{ height: `${bar.recorded}%` }} />
                  {c.flags?.includes("short") ? <span className="heat-short" aria-hidden>·</span> : null}
                  {c.flags?.includes("damaged") ? <span className="heat-damaged" aria-hidden>!</span> : null}
                </>
              )}
            </button>
          </span>
        );
      })}
    </div>
  );
});

/** The figures of a cell, as its tip and the panel of the day show them. */
export function Figures({ cell }: { cell: CoverageCell }) {
  const { t } = useTranslation();
  const state = cellState(cell);
  if (state === "none" || state === "pending") return <span>{t(`coverage.state.${state}`)}</span>;
  const length = (s: number): string => durationText(t, s * 1000);
  const lost = unplannedOf(cell);
  const rows: [string, string][] = [
    [t("coverage.share"), cell.share === null ? t("coverage.nothingDemanded") : percentText(cell.share)],
    [t("coverage.recorded"), length(cell.recorded)],
    ...(lost > 0 ? [[t("coverage.unplanned"), length(lost)] as [string, string]] : []),
    ...(cell.planned ? [[t("coverage.planned"), length(cell.planned)] as [string, string]] : []),
    ...(cell.removed ? [[t("coverage.removed"), length(cell.removed)] as [string, string]] : []),
  ];
  return (
    <>
      <span className="figures">{rows.map(([k, v]) => <span key={k} className="figures-row"><span>{k}</span><span className="num">{v}</span></span>)}</span>
      {Object.entries(cell.unplanned ?? {}).sort((a, b) => b[1] - a[1]).map(([cause, s]) => <span key={cause} className="figures-row figures-cause"><span>{t(`cause.${cause}`, { defaultValue: t("cause.unknown") })}</span><span className="num">{length(s)}</span></span>)}
      {(cell.flags ?? []).filter((f) => f === "partial" || f === "short" || f === "damaged").map((f) => <span key={f} className="figures-flag">{t(`coverage.${f}`)}</span>)}
    </>
  );
}

export function Legend() {
  const { t } = useTranslation();
  const sign = (state: string, part?: string) => <span className="heat-cell heat-key" data-state={state} aria-hidden>{part ? <span className={part} style={{ height: "100%" }} /> : <span className="heat-sign">{state === "none" ? "–" : "…"}</span>}</span>;
  return (
    <ul className="legend">
      <li>{sign("whole", "heat-recorded")}{t("coverage.recorded")}</li>
      <li>{sign("gaps", "heat-unplanned")}{t("coverage.unplannedGap")}</li>
      <li>{sign("undemanded", "heat-planned")}{t("coverage.plannedGap")}</li>
      <li><span className="heat-cell heat-key" aria-hidden><span className="heat-recorded" style={{ height: "100%" }} /><span className="heat-short">·</span></span>{t("coverage.short")}</li>
      <li><span className="heat-cell heat-key" aria-hidden><span className="heat-unplanned" style={{ height: "100%" }} /><span className="heat-damaged">!</span></span>{t("coverage.damaged")}</li>
      <li>{sign("none")}{t("coverage.none")}</li>
      <li>{sign("pending")}{t("coverage.pending")}</li>
    </ul>
  );
}
