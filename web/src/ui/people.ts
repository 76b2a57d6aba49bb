import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { useCan, useSession } from "../app/session";

/** Names by id, as far as this person may know them; who is not known by name is somebody, never an id. */
export function usePeopleNames(): (id: string) => string {
  const { t } = useTranslation();
  const can = useCan();
  const me = useSession().person;
  const may = can("people.read");
  const { data } = useQuery({ queryKey: ["people"], queryFn: api.people.list, enabled: may, staleTime: 300_000 });
  return useCallback((id: string) => {
    if (id === me.id) return me.displayName || me.username;
    const p = data?.find((x) => x.id === id);
    if (p) return p.displayName || p.username;
    return id === "" || (may && !data) ? "…" : t("common.somebody");
  }, [data, me, may, t]);
}

/** Names of units by id, as far as this person may know them. */
export function useUnitNames(): (id: string) => string {
  const { t } = useTranslation();
  const can = useCan();
  const may = can("people.read");
  const { data } = useQuery({ queryKey: ["units"], queryFn: api.units.list, enabled: may, staleTime: 300_000 });
  return useCallback((id: string) => data?.find((u) => u.id === id)?.name ?? (id === "" || (may && !data) ? "…" : t("common.someUnit")), [data, may, t]);
}
