import { CheckCircleOutlined, ClockCircleOutlined, EditOutlined, ExclamationCircleFilled, FieldTimeOutlined, PaperClipOutlined, PushpinOutlined, WarningFilled } from "@ant-design/icons";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Entry } from "../api/logbook";
import { useZone } from "../app/session";
import { clockText } from "../time/zone";
import { useNow } from "../ui/now";
import { span } from "./phrases";

/** What an entry says, in the language of the page. */
export function useSaid(): (e: Entry) => string {
  const { t, i18n } = useTranslation();
  return (e) => {
    const code = e.code === "alarm" ? e.params?.code : undefined;
    // An alarm is said here as everywhere else.
    if (typeof code === "string" && i18n.exists(`alarm.${code}`)) return t(`alarm.${code}`, (e.params?.what ?? {}) as Record<string, unknown>);
    return (e.words ? (i18n.language.startsWith("zh") ? e.words.zh : e.words.en) : (e.text ?? ""));
  };
}

function Mark({ tone, icon, children }: { tone: "red" | "amber" | "dim"; icon: ReactNode; children: ReactNode }) {
  return <span className={`log-mark log-${tone}`}><span aria-hidden>{icon}</span>{children}</span>;
}

/** The clock of what is severe and was not reported. */
export function Running({ by }: { by: string }) {
  const { t } = useTranslation();
  const left = Date.parse(by) - useNow();
  return left > 0 ? <Mark tone="amber" icon={<ClockCircleOutlined />}>{t("record.mark.unreported", { time: span(left) })}</Mark> : <Mark tone="red" icon={<ExclamationCircleFilled />}>{t("record.mark.unreportedLate", { time: span(-left) })}</Mark>;
}

export function Marks({ entry: e }: { entry: Entry }) {
  const { t } = useTranslation();
  const late = e.followUp && !e.followUp.closedBy && e.followUp.due && Date.parse(e.followUp.due) < Date.now();
  return (
    <>
      {e.severity === "severe" ? <Mark tone="red" icon={<ExclamationCircleFilled />}>{t("record.severity.severe")}</Mark> : null}
      {e.severity === "important" && !e.code ? <Mark tone="amber" icon={<WarningFilled />}>{t("record.severity.important")}</Mark> : null}
      {e.reportBy ? <Running by={e.reportBy} /> : null}
      {e.reports.some((r) => r.person && !r.receivedAt) ? <Mark tone="amber" icon={<ClockCircleOutlined />}>{t("record.mark.unreceived")}</Mark> : null}
      {e.reports.some((r) => r.apart) ? <Mark tone="amber" icon={<FieldTimeOutlined />}>{t("record.mark.apart")}</Mark> : null}
      {e.followUp && !e.followUp.closedBy ? <Mark tone={late ? "red" : "amber"} icon={<PushpinOutlined />}>{t(late ? "record.mark.overdue" : "record.mark.open")}</Mark> : null}
      {e.followUp?.closedBy ? <Mark tone="dim" icon={<CheckCircleOutlined />}>{t("record.mark.closed")}</Mark> : null}
      {e.correctedBy ? <Mark tone="dim" icon={<EditOutlined />}>{t("record.mark.corrected")}</Mark> : null}
      {e.corrects ? <Mark tone="dim" icon={<EditOutlined />}>{t("record.mark.correction")}</Mark> : null}
      {e.late ? <Mark tone={e.late.signedAt ? "dim" : "amber"} icon={<FieldTimeOutlined />}>{t(e.late.signedAt ? "record.mark.late" : "record.mark.unsigned")}</Mark> : null}
      {e.files.length > 0 ? <Mark tone="dim" icon={<PaperClipOutlined />}>{t("record.mark.files", { count: e.files.length })}</Mark> : null}
    </>
  );
}

/** One line of the record. */
export function Row({ entry: e, names, onOpen }: { entry: Entry; names: Record<string, string>; onOpen: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const said = useSaid();
  const cameras = e.code ? [] : e.cameras.map((c) => names[c] ?? c);
  return (
    <button type="button" className={`log-row is-${e.severity}${e.code ? " by-program" : ""}${e.correctedBy ? " is-corrected" : ""}`} onClick={onOpen}>
      <span className="log-time num">{clockText(Date.parse(e.at), zone).slice(0, 5)}</span>
      <span className="tag first log-tag">{t(`record.category.${e.category}`)}</span>
      <span className="log-said"><span className="log-words wrap">{said(e)}</span>{e.place || cameras.length > 0 ? <span className="dim log-where">{[e.place, ...cameras.slice(0, 3), cameras.length > 3 ? `+${cameras.length - 3}` : ""].filter(Boolean).join(" · ")}</span> : null}<span className="log-marks"><Marks entry={e} /></span></span>
      <span className="log-by dim cut">{e.code ? t("record.program") : (names[e.author ?? ""] ?? "")}</span>
      <span className="log-number dim num">{e.number}</span>
    </button>
  );
}
