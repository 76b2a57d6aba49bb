import type { Camera, LayoutSize } from "../api/types";

export const sizes: readonly LayoutSize[] = [1, 4, 9, 16];
export type Cells = readonly (string | null)[];

/** What a person has on the wall, kept from visit to visit. */
export interface WallState {
  size: LayoutSize;
  cells: Cells; // at least as many as tiles; those beyond wait until there are more tiles
  layout?: string; // id of the saved layout it came from
}

/**
 * Columns in which 16:9 pictures of that many tiles are largest. The square is kept
 * unless another way shows clearly more, so that a wall looks as it was laid out.
 */
export function columnsOf(size: LayoutSize, width = 16, height = 9): number {
  const square = Math.sqrt(size);
  const area = (columns: number): number => {
    const w = Math.min(width / columns, (height / Math.ceil(size / columns)) * (16 / 9));
    return w * w;
  };
  let best = square;
  for (let c = 1; c <= size; c++) if (area(c) > area(best) * (best === square ? 1.25 : 1)) best = c;
  return best;
}

const mainFrom = 620; // device pixels of height from which the main stream is worth its bits, where the sub-stream's size is not known
const enlargedBy = 1.5; // beyond it a sub-stream looks blurred

/** Whether a tile of that many device pixels is too large for the sub-stream; `was` keeps it from changing to and fro. */
export function tooLarge(width: number, height: number, sub: { width: number; height: number } | undefined, was: boolean): boolean {
  const by = sub && sub.width > 0 && sub.height > 0 ? Math.min(width / sub.width, height / sub.height) / enlargedBy : height / mainFrom;
  return by > (was ? 0.9 : 1);
}

/** Cells for at least that many tiles. None is taken away: who comes back to more tiles finds them as they were. */
export function resize(cells: Cells, size: LayoutSize): Cells {
  return cells.length >= size ? cells : [...cells, ...Array.from({ length: size - cells.length }, () => null)];
}

/** The wall as it is seen and saved: the cells that have a tile. */
export function shown(w: WallState): WallState {
  return { ...w, cells: resize(w.cells, w.size).slice(0, w.size) };
}

/** Puts a camera on a tile. A camera stands on one tile only: it moves there, and what stood there takes its place. */
export function place(cells: Cells, tile: number, camera: string): Cells {
  const from = cells.indexOf(camera);
  return cells.map((c, i) => (i === tile ? camera : i === from ? (cells[tile] ?? null) : c));
}

export function clear(cells: Cells, tile: number): Cells {
  return cells.map((c, i) => (i === tile ? null : c));
}

/** The tile for a camera that is chosen without naming one: the chosen tile, else the first empty one, else the first. */
export function target(cells: Cells, selected: number | undefined): number {
  if (selected !== undefined && selected < cells.length) return selected;
  const empty = cells.indexOf(null);
  return empty >= 0 ? empty : 0;
}

/**
 * A first wall for somebody who has none: as many tiles as cameras, in the order in
 * which they were registered. What a camera does now has no say: who knows that the
 * gate is tile 1 finds it there tomorrow.
 */
export function firstWall(cameras: readonly Camera[]): WallState {
  const usable = cameras.filter((c) => c.state.status !== "retired");
  const size = sizes.find((s) => s >= usable.length) ?? 16;
  const order = [...usable].sort((a, b) => (Date.parse(a.createdAt) || 0) - (Date.parse(b.createdAt) || 0) || (a.id < b.id ? -1 : 1)).map((c) => c.id);
  return { size, cells: Array.from({ length: size }, (_, i) => order[i] ?? null) };
}

/** Removes cameras that no longer exist. */
export function known(cells: Cells, cameras: ReadonlySet<string>): Cells {
  return cells.some((c) => c !== null && !cameras.has(c)) ? cells.map((c) => (c !== null && cameras.has(c) ? c : null)) : cells;
}

const listKey = (person: string): string => `watchroom.wall.list.${person}`;

/** Whether the camera list is open, kept from visit to visit. */
export function rememberList(person: string, open: boolean): void {
  try {
    localStorage.setItem(listKey(person), open ? "open" : "closed");
  } catch {
    // it is then closed next time
  }
}

export function recallList(person: string): boolean {
  try {
    return localStorage.getItem(listKey(person)) === "open";
  } catch {
    return false;
  }
}

const key = (person: string): string => `watchroom.wall.${person}`;

export function remember(person: string, w: WallState): void {
  try {
    localStorage.setItem(key(person), JSON.stringify(w));
  } catch {
    // the wall then begins anew next time
  }
}

export function recall(person: string): WallState | undefined {
  try {
    const w = JSON.parse(localStorage.getItem(key(person)) ?? "") as WallState;
    if (sizes.includes(w.size) && Array.isArray(w.cells) && w.cells.length >= w.size && w.cells.length <= 16 && w.cells.every((c) => c === null || typeof c === "string")) return w;
  } catch {
    // nothing kept, or not ours
  }
  return undefined;
}
