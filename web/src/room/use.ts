import { useQuery } from "@tanstack/react-query";
import { api } from "../api/api";
import type { ControlRoom, RegisteredConsole } from "../api/types";
import { useCan } from "../app/session";

export interface Rooms { items: ControlRoom[]; none: boolean }

/** The control rooms that a camera watches; undefined until it is known, and for who sees no cameras. */
export function useControlRooms(): Rooms | undefined {
  const can = useCan();
  return useQuery({ queryKey: ["control-rooms"], queryFn: api.controlRooms.list, enabled: can("camera.read") }).data;
}

/** Addresses and networks as people write them down: one a line, or with commas. */
export const networksOf = (text: string): string[] => text.split(/[\s,;，；、]+/).filter((n) => n !== "");

/** Whether people watch at consoles that are registered, and no control room has a camera of its own. */
export const lacksCamera = (rooms: Rooms | undefined, consoles: readonly Pick<RegisteredConsole, "state">[] | undefined): boolean =>
  rooms?.none === true && (consoles ?? []).some((c) => c.state !== "retired");
