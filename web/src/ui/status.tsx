import {
  DisconnectOutlined, InboxOutlined, KeyOutlined, LoadingOutlined, PauseCircleOutlined, PoweroffOutlined, QuestionCircleOutlined, StopOutlined,
} from "@ant-design/icons";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { CameraState, Reason, Status } from "../api/types";
import { clockText, dateText, dateTimeText } from "../time/zone";

export type Tone = "ok" | "busy" | "amber" | "red" | "grey";

/** Red needs a hand now, amber drifts, grey is planned. */
export const toneOf: Record<Status, Tone> = {
  live: "ok", connecting: "busy", stalled: "amber", unreachable: "red", wrong_credentials: "red", refused: "red", unsupported: "red", off: "grey", retired: "grey",
};

const icons: Record<Status, ReactNode> = {
  live: <span className="status-dot" />,
  connecting: <LoadingOutlined />,
  stalled: <PauseCircleOutlined />,
  unreachable: <DisconnectOutlined />,
  wrong_credentials: <KeyOutlined />,
  refused: <StopOutlined />,
  unsupported: <QuestionCircleOutlined />,
  off: <PoweroffOutlined />,
  retired: <InboxOutlined />,
};

export const needsHand = (s: Status): boolean => toneOf[s] === "red" || toneOf[s] === "amber";

/** State as sign and word; never colour alone. */
export function StatusMark({ status, bare }: { status: Status; bare?: boolean }) {
  const { t } = useTranslation();
  const word = t(`status.${status}`);
  return (
    <span className={`status tone-${toneOf[status] ?? "grey"}`} title={bare ? word : undefined}>
      <span className="status-icon" aria-hidden>{icons[status] ?? <QuestionCircleOutlined />}</span>
      <span className={bare ? "hidden-text" : undefined}>{word}</span>
    </span>
  );
}

/** What happened, in the language of the screen; undefined if there is nothing to add to the state's word. */
export function reasonText(t: TFunction, reason: Reason | null | undefined): string | undefined {
  if (!reason?.code) return reason?.detail || undefined;
  const params = { ...reason.params };
  if (typeof params.cause === "string") params.cause = t(`cause.${params.cause}`, { defaultValue: params.cause });
  return t(`reason.${reason.code}`, { ...params, defaultValue: "" }) || t(`cause.${reason.code}`, { defaultValue: "" }) || reason.detail || undefined;
}

/** A clock time today, a date and clock time otherwise. */
export function whenText(ms: number, zone: string, now = Date.now()): string {
  return dateText(ms, zone) === dateText(now, zone) ? clockText(ms, zone) : dateTimeText(ms, zone);
}

export const sinceOf = (s: CameraState): number => Date.parse(s.since);
