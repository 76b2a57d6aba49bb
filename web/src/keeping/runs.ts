import type { Tombstone } from "../api/types";
import { second } from "../timeline/scale";

/** Footage that was removed in one go: segments that follow one another, newest first. */
export interface Run {
  camera: string;
  ground: Tombstone["ground"];
  start: string;
  end: string;
  from: string; // when the first of its segments was removed
  to: string; // and the last
  bytes: number;
  finished: boolean;
  held: boolean; // a hold keeps some of it
  account: Tombstone["account"];
  segments: Tombstone[];
}

/** Puts segments together that follow one another and went on the same authority. */
export function runsOf(list: readonly Tombstone[]): Run[] {
  const runs: Run[] = [];
  for (const x of list) {
    const last = runs.at(-1);
    const before = last?.segments.at(-1);
    if (last && before && before.camera === x.camera && before.ground === x.ground && before.authority === x.authority && before.account === x.account && Math.abs(Date.parse(before.start) - Date.parse(x.end)) <= second) {
      last.segments.push(x);
      last.start = x.start;
      last.bytes += x.bytes;
      last.finished &&= x.finished;
      last.held ||= x.held;
      if (Date.parse(x.at) < Date.parse(last.from)) last.from = x.at;
      if (Date.parse(x.at) > Date.parse(last.to)) last.to = x.at;
    } else runs.push({ camera: x.camera, ground: x.ground, start: x.start, end: x.end, from: x.at, to: x.at, bytes: x.bytes, finished: x.finished, held: x.held, account: x.account, segments: [x] });
  }
  return runs;
}
