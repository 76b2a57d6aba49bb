import { Link } from "@tanstack/react-router";
import { Alert } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession, useZone } from "../app/session";
import { dateText } from "../time/zone";
import { durationText } from "../ui/duration";
import { useNow } from "../ui/now";

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

const warned = 10 * 60_000; // ms before the end

/** That one's own session ends in a few minutes, however much it is used. */
export function EndingSession() {
  const { t } = useTranslation();
  const { endsAt, serverTime } = useSession();
  const now = useNow();
  const [ahead, setAhead] = useState(0); // ms, of the server's clock
  useEffect(() => setAhead(Date.parse(serverTime) - Date.now()), [serverTime]);
  if (!endsAt) return null;
  const left = Date.parse(endsAt) - now - ahead;
  if (left > warned) return null;
  return <div className="factor-notices" role="status"><Alert type="warning" showIcon title={t("papers.session_soon", { left: durationText(t, Math.max(60_000, Math.ceil(left / 60_000) * 60_000)) })} /></div>;
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
