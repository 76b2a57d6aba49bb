import type { TFunction } from "i18next";

/** A length of time in its two largest units: 1 day 2 h, 2 h 5 min, 3.2 s. */
export function durationText(t: TFunction | ((k: string, o?: Record<string, unknown>) => string), ms: number): string {
  const tr = t as (k: string, o?: Record<string, unknown>) => string;
  const s = Math.max(0, ms) / 1000;
  if (s < 60) return tr("duration.s", { s: s < 10 ? Math.round(s * 10) / 10 : Math.round(s) });
  const m = Math.floor(s / 60);
  const two = (large: string, a: number, small: string, b: number): string => (b === 0 ? tr(`duration.${large}`, { [large]: a }) : tr(`duration.${large}${small}`, { [large]: a, [small]: b }));
  if (m < 60) return two("m", m, "s", Math.floor(s % 60));
  const h = Math.floor(m / 60);
  if (h < 24) return two("h", h, "m", m % 60);
  const days = Math.floor(h / 24);
  return h % 24 === 0 ? tr("duration.d", { count: days }) : tr("duration.dh", { count: days, h: h % 24 });
}
