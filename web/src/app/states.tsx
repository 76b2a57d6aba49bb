import { ReloadOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { Button, Skeleton } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { asProblem, Problem, problemText } from "../api/problem";
import type { Action } from "../api/types";
import { Refusal } from "./refusal";
import { useCan, useSession } from "./session";

/** A quiet message in place of content: what is the case and what to do. */
export function Notice({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="notice" role="status">
      <h2>{title}</h2>
      {children ? <div className="notice-text">{children}</div> : null}
      {action ? <div className="notice-action">{action}</div> : null}
    </div>
  );
}

export function LoadFault({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  return (
    <Notice
      title={t("state.error")}
      action={retry ? <Button icon={<ReloadOutlined />} onClick={retry}>{t("common.retry")}</Button> : undefined}
    >
      {problemText(t, error)}
    </Notice>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Notice title={t("state.notFoundTitle")} action={<Link to="/">{t("state.home")}</Link>}>
      {t("state.notFound")}
    </Notice>
  );
}

export function NoHome() {
  const { t } = useTranslation();
  return <Notice title={t("state.refusedTitle")}>{t("state.noHome")}</Notice>;
}

export function PageCrash({ error }: ErrorComponentProps) {
  const { t } = useTranslation();
  return (
    <Notice title={t("state.crash")} action={<Button onClick={() => location.reload()}>{t("common.reload")}</Button>}>
      <p>{t("state.crashHelp")}</p>
      <code className="fault-detail">{asProblem(error).message}</code>
    </Notice>
  );
}

export function PageSkeleton() {
  return (
    <div className="page" aria-busy="true">
      <Skeleton active title={{ width: 180 }} paragraph={{ rows: 8 }} />
    </div>
  );
}

/** Shows its children to those who may; to others the rule, the missing right and what to do. */
export function Needs({ action, children }: { action: Action; children: ReactNode }) {
  const { t } = useTranslation();
  const can = useCan();
  const { endingPapers } = useSession();
  if (can(action)) return <>{children}</>;
  const paper = action === "live.view" || action === "playback.view" ? endingPapers.find((p) => p.ended) : undefined;
  if (paper) return <Notice title={t("state.refusedTitle")} action={<Link to="/">{t("state.home")}</Link>}>{t(`problem.right_${paper.paper}`)}</Notice>;
  return <Lacks action={action} />;
}

// The whole reason, as the evaluator tells it: by which rule, and who can let it happen.
function Lacks({ action }: { action: Action }) {
  const { t } = useTranslation();
  const me = useSession().person.id;
  const { data } = useQuery({ queryKey: ["rights", "explain", me, "", action], queryFn: () => api.rights.explain({ person: me, action }) });
  const d = data?.decisions.find((x) => x.action === action && !x.allowed);
  const p = new Problem(403, d?.lack && d.lack !== "right" ? codeOf[d.lack] ?? "right_missing" : "right_missing", "", {
    action, rule: d?.rule, position: d?.position, positions: d?.lack === "right" ? d.holders ?? [] : undefined, deciders: d?.deciders,
  });
  return (
    <Notice title={t("state.refusedTitle")} action={<><Link to="/account">{t("refusal.mineAll")}</Link> <Link to="/">{t("state.home")}</Link></>}>
      <Refusal error={p} />
    </Notice>
  );
}

const codeOf: Record<string, string> = {
  time: "right_other_time", grade: "right_grade", duty: "right_on_duty", denied: "right_denied", room: "right_control_room", unproved: "right_unproved", unlogged: "right_unlogged",
  pledge: "right_pledge", vetting: "right_vetting", licence: "right_licence", briefing: "right_briefing", host: "right_host", password: "password_change_required", factor: "factor_required",
};
