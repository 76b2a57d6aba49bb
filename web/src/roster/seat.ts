import { useQueryClient } from "@tanstack/react-query";
import { App } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { problemText } from "../api/problem";
import { rosterApi, type DutyShift, type ShiftInput } from "../api/roster";

export const inputOf = (s: DutyShift): ShiftInput => ({ name: s.name, from: s.from, to: s.to, staff: s.staff, people: s.people });

/** Puts people into drafts, which takes no reason; a refusal is said. */
export function useSeat(): { seat: (s: DutyShift, person: string) => Promise<void>; busy: boolean } {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const [busy, setBusy] = useState(false);
  const seat = async (s: DutyShift, person: string): Promise<void> => {
    if (s.people.some((p) => p.person === person)) return;
    setBusy(true);
    try {
      await rosterApi.change(s, { ...inputOf(s), people: [...s.people, { person }] }, "");
    } catch (e) {
      message.error(problemText(t, e), 8);
    } finally {
      await cache.invalidateQueries({ queryKey: ["duty"] });
      setBusy(false);
    }
  };
  return { seat, busy };
}
