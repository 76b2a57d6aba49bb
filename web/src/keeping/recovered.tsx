import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { useCameraMap } from "../api/queries";
import type { RetentionState } from "../api/types";
import { useCan } from "../app/session";

type Freeze = RetentionState["frozen"][number];

/** What stands behind a reason for which nothing is removed: which records, and how many. */
export function FreezeDetail({ freeze: f }: { freeze: Freeze }) {
  const { t } = useTranslation();
  const cameras = useCameraMap();
  if (f.reason === "holds_missing") return <Holds freeze={f} />;
  if (f.reason === "rules_missing") return <Rules freeze={f} />;
  const [have, known] = f.detail.split(" < ");
  const said = f.reason === "database_older" && known !== undefined ? t("keep.frozenOlder", { have, known })
    : f.reason === "records_behind" && /^\d+$/.test(f.detail) ? t("keep.frozenActs", { count: Number(f.detail) })
      : cameras.get(f.detail)?.name ?? f.detail;
  return said ? <span className="dim wrap banner-detail">{said}</span> : null;
}

function Holds({ freeze: f }: { freeze: Freeze }) {
  const { t } = useTranslation();
  const { data } = useQuery({ queryKey: ["holds"], queryFn: () => api.holds.list(true) });
  const back = data?.filter((h) => h.recoveredAt && Date.parse(h.recoveredAt) >= Date.parse(f.at)) ?? [];
  if (back.length === 0) return <Count freeze={f} />;
  return <ul className="banner-back">{back.map((h) => <li key={h.id}><Link to="/holds" search={{ hold: h.id }}>{t(`retention.hold.${h.kind}`)} · {h.owner}</Link> <span className="dim wrap">{h.reason}</span></li>)}</ul>;
}

function Rules({ freeze: f }: { freeze: Freeze }) {
  const { t } = useTranslation();
  const can = useCan();
  const cameras = useCameraMap();
  const { data } = useQuery({ queryKey: ["acts", "retention.recovered"], queryFn: () => api.acts.list({ kind: ["retention.recovered"], limit: 100 }), enabled: can("act.read") });
  const back = data?.items.filter((a) => Date.parse(a.at) >= Date.parse(f.at)) ?? [];
  if (back.length === 0) return <Count freeze={f} />;
  return (
    <ul className="banner-back">
      {back.map((a) => {
        const after = a.detail.after as { minimum?: unknown } | string | undefined;
        const least = typeof after === "object" && typeof after.minimum === "number" ? t("keep.days", { count: after.minimum }) : t("keep.followsGeneral");
        return <li key={a.id}>{a.camera ? cameras.get(a.camera)?.name ?? a.camera : t("keep.general")} <span className="dim">{least}</span></li>;
      })}
    </ul>
  );
}

/** Where the records cannot be named, at least how many there are of them. */
function Count({ freeze: f }: { freeze: Freeze }) {
  const { t } = useTranslation();
  const count = Number(f.detail);
  return count > 0 ? <span className="dim banner-detail">{t("keep.frozenCount", { count })}</span> : null;
}
