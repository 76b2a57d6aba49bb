import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { minute } from "../timeline/scale";
import { useSeconds } from "../second/use";
import { useCan, useSession, useThroughout } from "./session";

export interface Waiting { count: number; tone: "red" | "amber"; text: string }

/**
 * What waits for the person at the places of the rail: red for what is wrong, amber for
 * what nobody but people can decide. Only what they may do something about is counted;
 * the pages themselves ask more often.
 */
export function useWaiting(): Partial<Record<string, Waiting>> {
  const { t } = useTranslation();
  const can = useCan();
  const throughout = useThroughout();
  const { id: me, positions } = useSession().person;
  const ask = { refetchInterval: minute, staleTime: minute / 2 };
  const system = useQuery({ queryKey: ["system"], queryFn: api.system, ...ask, enabled: can("system.read") });
  const faults = useQuery({ queryKey: ["storage-faults"], queryFn: api.storageFaults.list, ...ask, enabled: can("fault.acknowledge") });
  const losses = useQuery({ queryKey: ["losses", "waiting"], queryFn: () => api.losses.list({ state: "open", limit: 100 }), ...ask, enabled: can("loss.explain") });
  const holds = useQuery({ queryKey: ["holds"], queryFn: () => api.holds.list(true), ...ask, enabled: can("hold.place") || can("hold.release") });
  const orders = useQuery({ queryKey: ["deletions"], queryFn: api.orders.list, ...ask, enabled: can("deletion.approve") });
  const retention = useQuery({ queryKey: ["retention"], queryFn: api.retention.get, ...ask, enabled: can("retention.configure") });
  const rules = useQuery({ queryKey: ["retention", "rules"], queryFn: api.retention.rules, ...ask, enabled: can("retention.configure") });
  const parameters = useQuery({ queryKey: ["parameters"], queryFn: api.parameters.get, ...ask, enabled: can("parameter.read") && (throughout("parameter.approve") || throughout("parameter.propose") || can("people.manage")) });
  const emergencies = useQuery({ queryKey: ["emergencies"], queryFn: api.emergencies.list, ...ask, enabled: can("emergency.review") });
  const reviews = useQuery({ queryKey: ["rights-reviews"], queryFn: api.rightsReviews.list, ...ask, enabled: throughout("rights.review") });
  const seconds = useSeconds(can("second.agree"));
  const appointments = useQuery({ queryKey: ["proposals"], queryFn: api.proposals.open, ...ask, enabled: can("rights.approve") });
  const purposes = useQuery({ queryKey: ["purposes", "proposals"], queryFn: api.purposes.open, ...ask, enabled: throughout("rights.approve") });
  const rights = useQuery({ queryKey: ["rights"], queryFn: api.rights.get, ...ask, enabled: throughout("rights.approve") });

  const alarms = system.data?.alarms.length ?? 0;
  const broken = faults.data?.filter((f) => !f.closedAt).length ?? 0;
  const unexplained = losses.data?.items.length ?? 0;
  const overdue = holds.data?.filter((h) => h.overdue && !h.releasedAt).length ?? 0;
  const asked = can("hold.release") ? holds.data?.filter((h) => h.asked && !h.releasedAt && h.asked.by !== me).length ?? 0 : 0;
  const mine = orders.data?.filter((o) => o.state === "requested" && o.requestedBy !== me && !o.decisions.some((d) => d.person === me)).length ?? 0;
  const unchosen = parameters.data && !parameters.data.chosen ? 1 : 0;
  const proposals = !throughout("parameter.approve") ? 0 : parameters.data?.open.filter((p) => p.proposedBy !== me && !p.decisions.some((d) => d.person === me)).length ?? 0;
  const broke = emergencies.data?.items.filter((e) => e.state === "running" || e.state === "overdue").length ?? 0;
  const settling = !throughout("emergency.review") ? 0 : emergencies.data?.items.filter((e) => e.state === "reported" && e.person !== me).length ?? 0;
  const change = rights.data?.waiting;
  const powers = change && change.askedBy !== me && !change.touches?.some((p) => positions.includes(p)) ? 1 : 0;
  const positionsDue = appointments.data?.filter((p) => p.kind === "positions" && p.proposedBy !== me && p.subject !== me).length ?? 0;
  const gradesDue = appointments.data?.filter((p) => (p.kind === "grade" || p.kind === "area" || p.kind === "mask" || p.kind === "room") && p.proposedBy !== me).length ?? 0;
  const schedulesDue = appointments.data?.filter((p) => p.kind === "schedule" && p.proposedBy !== me).length ?? 0;
  const parentsDue = appointments.data?.filter((p) => p.kind === "parent" && p.proposedBy !== me).length ?? 0;
  const purposesDue = purposes.data?.filter((p) => p.proposedBy !== me).length ?? 0;
  const frozen = retention.data?.frozen.length ? 1 : 0;
  const changes = rules.data?.filter((c) => c.waiting && c.askedBy !== me).length ?? 0;

  const sum = (red: [string, number], amber: [string, number]): Waiting | undefined => {
    const parts = [red, amber].filter(([, n]) => n > 0).map(([key, n]) => t(`waiting.${key}`, { count: n }));
    return parts.length > 0 ? { count: red[1] + amber[1], tone: red[1] > 0 ? "red" : "amber", text: parts.join(t("common.comma")) } : undefined;
  };
  return {
    "/system": sum(["alarms", alarms], ["", 0]),
    "/losses": sum(["faults", broken], ["losses", unexplained]),
    "/holds": sum(["overdue", overdue], ["releases", asked]),
    "/deletions": sum(["", 0], ["orders", mine]),
    "/second": sum(["", 0], ["seconds", seconds.data?.filter((a) => a.answerable).length ?? 0]),
    "/parameters": sum(["unchosen", unchosen], ["proposals", proposals]),
    "/emergencies": sum(["emergencies", broke], ["settling", settling]),
    "/rights/review": sum(["", 0], ["reviewDue", reviews.data?.overdue ? 1 : 0]),
    "/rights": sum(["", 0], ["rights", powers]),
    "/people": sum(["", 0], ["positions", positionsDue]),
    "/cameras": sum(["", 0], ["grades", gradesDue]),
    "/coverage": sum(["", 0], ["schedules", schedulesDue]),
    "/areas": sum(["", 0], ["parents", parentsDue]),
    "/purposes": sum(["", 0], ["purposes", purposesDue]),
    "/retention": sum(["frozen", frozen], ["changes", changes]),
  };
}
