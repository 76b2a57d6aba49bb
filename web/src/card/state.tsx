import { useTranslation } from "react-i18next";
import type { Factor } from "../api/types";

/** What there is to know of a card beside its name: how its number ends, and why it cannot be used. */
export function CardState({ factor: f }: { factor: Factor }) {
  const { t } = useTranslation();
  const state = f.state === "no_pin" ? t("card.noPIN") : f.state === "locked" ? t("card.locked") : "";
  return <>{[f.tail ? t("card.ending", { tail: f.tail }) : "", state].filter(Boolean).map((s) => ` · ${s}`).join("")}</>;
}
