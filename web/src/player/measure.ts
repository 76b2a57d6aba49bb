// What the browser tests and the people who tune the player read: one record per
// picture on screen, at window.__watchroom.players.

export interface Measured {
  camera: string;
  mode: "live" | "recorded";
  kind?: string; // whep, mse
  stream?: string;
  codec?: string;
  opens: number; // how often it was opened or opened again
  firstFrame?: number; // ms from opening to the first frame on screen
  frames: number; // frames on screen so far
  dropped: number; // frames the browser decoded too late
  skipped: number; // frames the server left out because this viewer was slow
  mediaTime?: number; // s on the media timeline of the frame on screen
  wall?: number; // recorded: ms since 1970 UTC of the frame on screen
}

declare global {
  interface Window {
    __watchroom?: { players: Map<number, Measured> };
  }
}

let serial = 0; // only makes keys that differ

export function measure(camera: string, mode: Measured["mode"]): { record: Measured; forget(): void } {
  const record: Measured = { camera, mode, opens: 0, frames: 0, dropped: 0, skipped: 0 };
  const key = ++serial;
  const all = (window.__watchroom ??= { players: new Map() }).players;
  all.set(key, record);
  return { record, forget: () => all.delete(key) };
}
