import { useQuery } from "@tanstack/react-query";
import i18next from "i18next";
import { useEffect, useMemo } from "react";
import { api } from "../api/api";
import { positions as program, type PositionEntry } from "../api/types";

const none: PositionEntry[] = [];

/** The register of positions, retired ones too; those of the program come first. */
export function usePositionRegister(): PositionEntry[] {
  return useQuery({ queryKey: ["positions"], queryFn: api.positions.list, staleTime: 300_000 }).data ?? none;
}

/** The codes that people can hold, and those that somebody holds besides. */
export function usePositions(held: readonly { position: string }[] = []): string[] {
  const register = usePositionRegister();
  return useMemo(() => [...new Set<string>([...program, ...register.filter((p) => !p.builtIn && !p.retiredAt).map((p) => p.code), ...held.map((h) => h.position)])], [register, held]);
}

/** Puts the house's names in the place of the words `position.…`, for all screens at once. */
export function usePositionNames(): void {
  const register = usePositionRegister();
  useEffect(() => {
    for (const language of ["zh", "en"] as const) {
      i18next.addResources(language, "translation", Object.fromEntries(register.map((p) => [`position.${p.code}`, p.name[language]])));
    }
  }, [register]);
}
