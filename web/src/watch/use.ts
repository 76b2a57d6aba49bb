import { useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { watchApi, type WatchBoard } from "../api/watch";
import { useCan } from "../app/session";

/** Who keeps watch where. It is told anew when something changes, and looked at every minute. */
export function useWatch() {
  const can = useCan();
  return useQuery({ queryKey: ["watch"], queryFn: watchApi.board, enabled: can("duty.read"), refetchInterval: 60_000 });
}

/** By how much the clock of the server is ahead of that of this computer, in ms, as far as one answer tells. */
export const ahead = (board: WatchBoard, gotAt: number): number => {
  const ms = Date.parse(board.at) - gotAt;
  return Math.abs(ms) < 2000 ? 0 : ms; // the way of the answer
};

/** Goes to the handover of a room; undefined where this program has none. */
export function useHandover(): ((room: string) => void) | undefined {
  const router = useRouter();
  if (!("/handover" in router.routesByPath)) return undefined;
  return (room) => void router.navigate({ to: "/handover", search: { room } } as never);
}
