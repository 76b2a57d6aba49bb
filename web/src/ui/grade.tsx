import { useTranslation } from "react-i18next";

/** The label of the security grade (C111) beside the name of a camera; the lowest one bears none. */
export function GradeMark({ grade }: { grade: number }) {
  const { t } = useTranslation();
  return grade > 1 ? <span className="grade-mark" title={`${t("org.grade")} ${t(`org.grade_${grade}`)}`}>{t("org.label", { n: grade })}</span> : null;
}
