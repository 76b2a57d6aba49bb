import { day } from "../timeline/scale";

const first = 14 * day; // ms of one look back, doubled where there is nothing in it
const most = 500; // entries that the server gives at a time

export interface Page<X> {
  items: X[];
  from: number; // how far back it was looked
  older: boolean; // something lies before that
}

export type ListRange<X> = (q: { from?: string; to: string; limit: number }) => Promise<X[]>;

/** What lies before an instant (ms since 1970 UTC): as much further back as it takes to find something, if there is anything. */
export async function backwards<X>(list: ListRange<X>, to: number): Promise<Page<X>> {
  for (let span = first; ; span *= 2) {
    const from = Math.max(0, to - span);
    const [items, before] = await Promise.all([
      list({ from: new Date(from).toISOString(), to: new Date(to).toISOString(), limit: most }),
      list({ to: new Date(from).toISOString(), limit: 1 }),
    ]);
    const older = before.length > 0;
    if (items.length > 0 || !older || from === 0) return { items, from, older: older && from > 0 };
  }
}

/** The entries of all pages, each once, the newest first; one that lasts may reach into two pages. */
export function newestFirst<X extends { id: string; at: string }>(pages: readonly Page<X>[]): X[] {
  const all = new Map(pages.flatMap((p) => p.items).map((x) => [x.id, x]));
  return [...all.values()].sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}
