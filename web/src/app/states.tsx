import { ReloadOutlined } from "@ant-design/icons";
import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { Button, Skeleton } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { asProblem, problemText } from "../api/problem";
import type { Action } from "../api/types";
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
  return (
    <Notice title={t("state.refusedTitle")} action={<Link to="/">{t("state.home")}</Link>}>
      <p>{t("state.refused", { action: t(`action.${action.replace(".", "_")}`) })}</p>
      <p>{t("state.refusedHelp")}</p>
    </Notice>
  );
}
