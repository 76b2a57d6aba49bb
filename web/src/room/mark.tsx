import { useTranslation } from "react-i18next";

/** Beside the name of a camera that watches a control room. */
export function RoomMark({ room }: { room: string | undefined }) {
  const { t } = useTranslation();
  return room ? <span className="tag" title={t("controlRoom.badgeOf", { name: room })}>{t("controlRoom.badge")}</span> : null;
}
