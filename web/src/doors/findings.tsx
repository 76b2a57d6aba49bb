import { useTranslation } from "react-i18next";
import type { DeviceFile } from "../api/types";
import { Sign } from "../keeping/parts";

/** What there is to find in the file of a camera, in short. */
export function FileFindings({ file }: { file: DeviceFile }) {
  const { t } = useTranslation();
  const unknown = file.doors.filter((d) => d.state === "unknown").length;
  return (
    <>
      {unknown > 0 ? <span><Sign tone="amber">{t("doors.unknown", { count: unknown })}</Sign></span> : null}
      {file.password?.overdue ? <span><Sign tone="amber">{t("doors.old", { count: file.password.days })}</Sign></span> : null}
    </>
  );
}
