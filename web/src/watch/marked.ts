import type { WatchRoom } from "../api/watch";
import { useAreas } from "../organisation/places";
import { useWatch } from "./use";

/**
 * The room that keeps watch over an area: the own one before others, and of several the one that
 * watches least. Where that is not one, none: a mark names no room by chance.
 */
export function roomOver(rooms: readonly WatchRoom[], area: string, areas: readonly { id: string; parent?: string }[]): WatchRoom | undefined {
  const parents = new Map(areas.map((a) => [a.id, a.parent]));
  const chain = new Set<string>();
  for (let at: string | undefined = area; at && !chain.has(at); at = parents.get(at)) chain.add(at);
  const over = rooms.filter((r) => r.areas.length === 0 || r.areas.some((a) => chain.has(a)));
  const wide = (r: WatchRoom): number => (r.areas.length === 0 ? Infinity : r.areas.length);
  const own = over.find((r) => r.mine);
  if (own) return own;
  const least = Math.min(...over.map(wide));
  const narrow = over.filter((r) => wide(r) === least);
  return narrow.length === 1 ? narrow[0] : undefined;
}

/** The room that watches over an area, with who is in charge of it, for the mark on pictures; empty where nobody knows. */
export function useRoomMark(area: string | undefined): string {
  const { data } = useWatch();
  const { data: areas } = useAreas();
  if (area === undefined || !data) return "";
  const room = roomOver(data.rooms, area, areas ?? []);
  if (!room) return "";
  return room.answers?.state === "kept" ? `${room.name} ${room.answers.name}` : room.name;
}
