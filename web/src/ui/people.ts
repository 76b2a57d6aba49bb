import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { api } from "../api/api";
import { useCan, useSession } from "../app/session";

/** Names by id, as far as this person may know them. */
export function usePeopleNames(): (id: string) => string {
  const can = useCan();
  const me = useSession().person;
  const { data } = useQuery({ queryKey: ["people"], queryFn: api.people.list, enabled: can("people.read"), staleTime: 300_000 });
  return useCallback((id: string) => {
    if (id === me.id) return me.displayName || me.username;
    const p = data?.find((x) => x.id === id);
    return p ? p.displayName || p.username : id;
  }, [data, me]);
}

/** Names of units by id, as far as this person may know them. */
export function useUnitNames(): (id: string) => string {
  const can = useCan();
  const { data } = useQuery({ queryKey: ["units"], queryFn: api.units.list, enabled: can("people.read"), staleTime: 300_000 });
  return useCallback((id: string) => data?.find((u) => u.id === id)?.name ?? id, [data]);
}
