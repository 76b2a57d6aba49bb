import { useQuery } from "@tanstack/react-query";
import { presenceApi } from "../api/presence";
import { useLocked } from "../app/lock";
import { useCan } from "../app/session";
import { useWatch } from "../watch/use";

/** What whoever is on watch is asked now. A console that is locked asks all the same. */
export function usePresence() {
  const can = useCan();
  const locked = useLocked();
  const { data } = useWatch();
  const on = data?.rooms.some((r) => r.mine) ?? false;
  return useQuery({ queryKey: ["presence"], queryFn: presenceApi.now, enabled: can("duty.stand") && (on || locked), refetchInterval: 30_000, refetchIntervalInBackground: true });
}

/** The number of the tile that a prompt marks now. */
export const useAskedTile = (): number | undefined => usePresence().data?.prompt?.tile;
