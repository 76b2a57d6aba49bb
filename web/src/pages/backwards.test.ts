import { describe, expect, it } from "vitest";
import { day } from "../timeline/scale";
import { backwards, newestFirst, type ListRange } from "./backwards";

const now = Date.UTC(2026, 10, 22);
interface Entry { id: string; at: string; end?: string }
const entry = (daysAgo: number, lasts = 0): Entry => ({ id: `${daysAgo}`, at: new Date(now - daysAgo * day).toISOString(), end: new Date(now - (daysAgo - lasts) * day).toISOString() });

/** A server with these entries, and how often it was asked. */
function server(...entries: Entry[]): { list: ListRange<Entry>; asked: () => number } {
  let n = 0;
  const list: ListRange<Entry> = async ({ from, to, limit }) => {
    n++;
    return entries.filter((e) => e.at < to && (!from || (e.end ?? e.at) >= from)).slice(0, limit);
  };
  return { list, asked: () => n };
}

describe("looking back", () => {
  it("goes on to the next older entry, however far back it is, and ends where there is none", async () => {
    const { list, asked } = server(entry(900), entry(120), entry(3));
    const seen: string[][] = [];
    for (let to = now; ;) {
      const page = await backwards(list, to);
      seen.push(page.items.map((e) => e.id));
      if (!page.older) break;
      to = page.from;
    }
    expect(seen).toEqual([["3"], ["120"], ["900"]]);
    expect(asked()).toBeLessThan(40);
  });

  it("finds nothing at once where there is nothing", async () => {
    const { list, asked } = server();
    expect(await backwards(list, now)).toMatchObject({ items: [], older: false });
    expect(asked()).toBe(2);
  });

  it("shows once what reaches from one page into the next", async () => {
    const { list } = server(entry(20), entry(15, 2), entry(1));
    const a = await backwards(list, now);
    const b = await backwards(list, a.from);
    expect(newestFirst([a, b]).map((e) => e.id)).toEqual(["1", "15", "20"]);
  });
});
