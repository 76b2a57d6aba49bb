import { useTranslation } from "react-i18next";
import type { Purpose } from "../api/types";
import { durationText } from "../ui/duration";

/** What a purpose asks of whoever looks, and how far back it reaches. */
export function Terms({ purpose: p }: { purpose: Purpose }) {
  const { t } = useTranslation();
  const back = durationText(t, p.backMinutes * 60_000);
  return (
    <>
      {p.bySystem ? <span className="tag">{t("purposes.bySystem")}</span> : null}
      {p.onDuty ? <span className="tag">{t("purposes.onDuty")}</span> : null}
      {p.needsReason ? <span className="tag">{t(p.reasonAfter ? "purposes.afterTag" : "purposes.reasonTag")}</span> : null}
      {p.needsRequest ? <span className="tag">{t("purposes.requestTag")}</span> : null}
      {p.needsSecond ? <span className="tag">{t("purposes.secondTag")}</span> : null}
      {p.backMinutes > 0 ? <span className="tag num">{t(p.bySystem ? "purposes.backSystem" : "purposes.backOf", { time: back })}</span> : null}
    </>
  );
}
