import { CheckCircleFilled, EditOutlined, StopOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";

/** How far a shift is, as sign and word; a published one says nothing. */
export function StateTag({ state }: { state: "draft" | "published" | "cancelled" }) {
  const { t } = useTranslation();
  const signs = { draft: <EditOutlined aria-hidden />, published: <CheckCircleFilled aria-hidden />, cancelled: <StopOutlined aria-hidden /> };
  return <span className={`status status-wrap ${state === "published" ? "tone-ok" : "dim"}`}>{signs[state]}<span>{t(`roster.kind.${state === "draft" ? "planned" : state}`)}</span></span>;
}
