import { Link } from "@tanstack/react-router";
import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import { useSession, useZone } from "../app/session";
import { dateText } from "../time/zone";

/** Papers of one's own by which the right to see pictures ends before long, or has ended. */
export function EndingPapers() {
  const { t } = useTranslation();
  const { endingPapers } = useSession();
  if (endingPapers.length === 0) return null;
  return (
    <div className="factor-notices" role="status">
      {endingPapers.map((p) => <Alert key={p.paper} type={p.ended ? "error" : "warning"} showIcon title={t(`papers.${p.paper}_${p.on ? (p.ended ? "ended" : "soon") : "missing"}`, { date: p.on })} action={p.paper === "pledge" ? <Link to="/account" hash="pledge">{t("papers.sign")}</Link> : undefined} />)}
    </div>
  );
}

/** Tokens of one's own that end before long, on every page: what uses them stops then. */
export function EndingTokens() {
  const { t } = useTranslation();
  const zone = useZone();
  const { endingTokens } = useSession();
  if (endingTokens.length === 0) return null;
  return (
    <div className="factor-notices" role="status">
      {endingTokens.map((k) => <Alert key={k.id} type="warning" showIcon title={t("tokens.endsSoon", { name: k.name, date: dateText(Date.parse(k.expiresAt), zone) })} />)}
    </div>
  );
}
