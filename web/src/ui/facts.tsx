import { CheckCircleFilled, ExclamationCircleFilled, WarningFilled } from "@ant-design/icons";
import type { ReactNode } from "react";

/** Names and what they are, line by line. */
export function Facts({ rows }: { rows: [string, ReactNode][] }) {
  return <dl className="facts">{rows.map(([k, v]) => <div key={k} className="facts-row"><dt>{k}</dt><dd>{v}</dd></div>)}</dl>;
}

/** A state as sign and word. */
export function State({ good, bad, children }: { good: boolean; bad?: boolean; children: ReactNode }) {
  const tone = good ? "ok" : bad ? "red" : "amber";
  return <span className={`status tone-${tone} status-wrap`}>{good ? <CheckCircleFilled aria-hidden /> : bad ? <ExclamationCircleFilled aria-hidden /> : <WarningFilled aria-hidden />}<span>{children}</span></span>;
}
