import type { Piece as WirePiece } from "../api/types";

/** Footage without a break and with one set of tracks. Instants are ms since 1970 UTC. */
export interface Piece {
  start: number;
  end: number;
  mime: string;
  codec: string;
  fps: number;
  width: number;
  height: number;
  audioCodec?: string; // as recorded
  derivedAudio?: string; // what the server makes of it for players
  open?: boolean;
}

export function piecesOf(list: readonly WirePiece[]): Piece[] {
  return list
    .map((p) => ({ start: Date.parse(p.start), end: Date.parse(p.end), mime: p.mime, codec: p.codec, fps: p.fps, width: p.width, height: p.height, audioCodec: p.audioCodec, derivedAudio: p.derivedAudio, open: p.open }))
    .sort((a, b) => a.start - b.start);
}

/** The piece that holds the instant. A crack of less than `slack` ms between pieces belongs to the later one. */
export function pieceAt(list: readonly Piece[], t: number, slack = 0): Piece | undefined {
  return list[indexAt(list, t, slack)];
}

function indexAt(list: readonly Piece[], t: number, slack: number): number {
  let lo = 0;
  let hi = list.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if ((list[mid]?.end ?? 0) <= t) lo = mid + 1;
    else hi = mid;
  }
  const p = list[lo];
  return p && p.start - slack <= t ? lo : -1;
}

/** The first instant with footage at or after t. */
export function nextFootage(list: readonly Piece[], t: number): number | undefined {
  for (const p of list) {
    if (p.end <= t) continue;
    return Math.max(p.start, t);
  }
  return undefined;
}

/** A stretch that is on record and cannot be read. Instants are ms since 1970 UTC. */
export interface Hole { from: number; until: number }

/** The pieces without the stretches that cannot be read. */
export function without(list: readonly Piece[], holes: readonly Hole[]): Piece[] {
  return holes.reduce<Piece[]>((left, h) => left.flatMap((p) => {
    if (p.end <= h.from || p.start >= h.until) return [p];
    return [{ ...p, end: h.from, open: undefined }, { ...p, start: h.until }].filter((x) => x.start < x.end);
  }), [...list]);
}
