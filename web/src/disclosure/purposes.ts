import { useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { Purpose } from "../api/types";
import { useCan } from "../app/session";
import { wordsOf } from "./words";

const none: Purpose[] = [];

/** The register of purposes, and the names of its codes. */
export function usePurposes(): { list: Purpose[]; nameOf: (code: string) => string } {
  const { t, i18n } = useTranslation();
  const can = useCan();
  const { data } = useQuery({ queryKey: ["purposes"], queryFn: api.purposes.list, enabled: can("playback.view") || can("act.read"), staleTime: 300_000 });
  const list = data ?? none;
  const nameOf = useCallback((code: string) => {
    const p = list.find((x) => x.code === code);
    return p ? wordsOf(p.name, i18n.language) : t(`purpose.${code}`, { defaultValue: code });
  }, [list, t, i18n.language]);
  return { list, nameOf };
}
