import {
  DisconnectOutlined, ExclamationCircleFilled, InboxOutlined, KeyOutlined, LoadingOutlined, PauseCircleOutlined, PoweroffOutlined, QuestionCircleOutlined, StopOutlined,
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

// Their own words say what to do; what holds for the state in general would mislead.
const saysAll = new Set([
  "address_refused", "authentication_unsupported", "connection_refused", "credentials_missing", "description_invalid", "device_busy", "name_unknown", "no_answer", "no_key_frame", "no_parameter_sets",
  "no_supported_track", "not_an_rtsp_server", "not_decodable", "not_recording", "path_not_found", "payload_type_unexpected", "redirect_invalid", "refused_with_status",
  "tcp_not_offered", "tls_not_spoken", "too_many_redirects", "transport_not_offered", "url_invalid", "url_scheme_unsupported", "waiting_for_key_frame",
]);

/** Whether the general advice for a state helps beside its reason. */
export const adviceHelps = (reason: Reason | null | undefined): boolean => !saysAll.has(reason?.code ?? "");

/** Pictures come but are not kept: worse than no picture, because the wall looks well. */
export const notRecorded = (s: CameraState): boolean => s.status === "live" && !s.recording && s.reason?.code === "not_recording";

/** Whether somebody has to do something about the camera. */
export const attention = (s: CameraState): boolean => needsHand(s.status) || notRecorded(s);

/** Whether it is recorded, as sign and word; red where it should be and is not. */
export function RecordedMark({ state }: { state: CameraState }) {
  const { t } = useTranslation();
  if (state.recording) return <span className="rec"><span className="rec-dot" aria-hidden />{t("cameras.recording")}</span>;
  if (notRecorded(state)) return <span className="rec tone-red"><ExclamationCircleFilled aria-hidden />{t("wall.notRecorded")}</span>;
  return <span className="dim">{t("cameras.notRecording")}</span>;
}

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
  if (reason.code === "off" && params.by) return params.reason ? t("reason.off_by", params) : t("reason.off_by_only", params);
  if (typeof params.cause === "string") params.cause = t(`cause.${params.cause}`, { defaultValue: params.cause });
  return t(`reason.${reason.code}`, { ...params, defaultValue: "" }) || t(`cause.${reason.code}`, { defaultValue: "" }) || reason.detail || undefined;
}

/** A clock time today, a date and clock time otherwise. */
export function whenText(ms: number, zone: string, now = Date.now()): string {
  return dateText(ms, zone) === dateText(now, zone) ? clockText(ms, zone) : dateTimeText(ms, zone);
}

/** When the state began, ms since 1970 UTC; NaN where that is not known. */
export function sinceOf(s: Pick<CameraState, "since">): number {
  const at = Date.parse(s.since);
  return at > 0 ? at : NaN; // the year 1 stands for "never told"
}

/** "since …" in words; undefined where it is not known since when. */
export function sinceText(t: TFunction, s: Pick<CameraState, "since">, zone: string, now = Date.now()): string | undefined {
  const at = sinceOf(s);
  return Number.isFinite(at) ? t("common.since", { time: whenText(at, zone, now) }) : undefined;
}
