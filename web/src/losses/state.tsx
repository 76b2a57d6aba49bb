import { CheckCircleFilled, EditOutlined, ExclamationCircleFilled } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import type { LossState } from "../api/types";

export const signers = 3;

/** How far a statement has come, as sign and word. */
export function StateWord({ state, signed }: { state: LossState; signed: number }) {
  const { t } = useTranslation();
  const tone = state === "signed" ? "ok" : state === "open" ? "red" : "amber";
  return (
    <span className={`status tone-${tone} status-wrap`}>
      {state === "signed" ? <CheckCircleFilled aria-hidden /> : state === "open" ? <ExclamationCircleFilled aria-hidden /> : <EditOutlined aria-hidden />}
      <span className="num">{state === "explained" ? t("losses.signedOf", { n: signed, of: signers }) : t(`loss.${state}`)}</span>
    </span>
  );
}
