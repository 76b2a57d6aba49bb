import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { roomsApi, type DutyRoom } from "../api/rooms";
import { useCan } from "../app/session";

/** The control rooms that the person may know of, those out of use too. Keys begin with "duty", which events of the watch renew. */
export function useRooms() {
  const can = useCan();
  return useQuery({ queryKey: ["duty", "rooms"], queryFn: roomsApi.list, enabled: can("duty.read"), staleTime: 60_000 });
}

const remembered = "watchroom:room";

/** The room that the screens of the watch are about: the one chosen last, or else the first in use. */
export function useRoom(): { rooms: DutyRoom[] | undefined; room: DutyRoom | undefined; choose: (id: string) => void; error: unknown; refetch: () => void } {
  const { data, error, refetch } = useRooms();
  const [chosen, setChosen] = useState(() => localStorage.getItem(remembered) ?? "");
  useEffect(() => { if (chosen) localStorage.setItem(remembered, chosen); }, [chosen]);
  const inUse = data?.filter((r) => !r.retiredAt);
  return { rooms: inUse, room: inUse?.find((r) => r.id === chosen) ?? inUse?.[0], choose: setChosen, error: data ? undefined : error, refetch: () => void refetch() };
}

/** Names of control rooms by id, as far as this person may know them. */
export function useRoomNames(): (id: string) => string | undefined {
  const { data } = useRooms();
  return (id) => data?.find((r) => r.id === id)?.name;
}
