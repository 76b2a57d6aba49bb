// What is drawn in the editor of masks. Points are in ten-thousandths of the picture, as the
// server has them.
import type { PrivacyMask } from "../api/types";

export type Point = PrivacyMask["points"][number];

export const whole = 10_000;
export const fewest = 3;
export const most = 24;
const least = 50; // of the side of a rectangle; less is a click

const held = (n: number): number => Math.min(whole, Math.max(0, Math.round(n)));

/** The point of the picture under a place on the screen; box is where the picture is. */
export const pointAt = (x: number, y: number, box: { left: number; top: number; width: number; height: number }): Point => ({
  x: held(((x - box.left) / box.width) * whole), y: held(((y - box.top) / box.height) * whole),
});

/** The rectangle between two corners; none where it was a click and no more. */
export function rectangle(a: Point, b: Point): Point[] | undefined {
  const [x0, x1, y0, y1] = [Math.min(a.x, b.x), Math.max(a.x, b.x), Math.min(a.y, b.y), Math.max(a.y, b.y)];
  if (x1 - x0 < least || y1 - y0 < least) return undefined;
  return [{ x: x0, y: y0 }, { x: x1, y: y0 }, { x: x1, y: y1 }, { x: x0, y: y1 }];
}

export const moved = (points: readonly Point[], i: number, to: Point): Point[] => points.map((p, n) => (n === i ? { x: held(to.x), y: held(to.y) } : p));

/** All of it elsewhere, as far as the picture goes. */
export function shifted(points: readonly Point[], dx: number, dy: number): Point[] {
  const x = Math.min(Math.max(dx, -Math.min(...points.map((p) => p.x))), whole - Math.max(...points.map((p) => p.x)));
  const y = Math.min(Math.max(dy, -Math.min(...points.map((p) => p.y))), whole - Math.max(...points.map((p) => p.y)));
  return points.map((p) => ({ x: Math.round(p.x + x), y: Math.round(p.y + y) }));
}

/** One point more, in the middle of the longest line. */
export function divided(points: readonly Point[]): Point[] {
  const after = (i: number): Point => points[(i + 1) % points.length] as Point;
  const length = (i: number): number => Math.hypot(after(i).x - (points[i] as Point).x, after(i).y - (points[i] as Point).y);
  const longest = points.reduce((best, _, i) => (length(i) > length(best) ? i : best), 0);
  const [a, b] = [points[longest] as Point, after(longest)];
  return [...points.slice(0, longest + 1), { x: held((a.x + b.x) / 2), y: held((a.y + b.y) / 2) }, ...points.slice(longest + 1)];
}

export const without = (points: readonly Point[], i: number): Point[] => points.filter((_, n) => n !== i);

/** A name that no mask has: the first number that is free. */
export function freeName(masks: readonly PrivacyMask[], name: (n: number) => string): string {
  for (let n = 1; ; n++) if (!masks.some((m) => m.name === name(n))) return name(n);
}

export const per = (n: number): number => n / 100; // per cent
export const of = (percent: number): number => held(percent * 100);
