import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { useZone } from "../app/session";
import { Needs } from "../app/states";
import { Banner, Sign } from "../keeping/parts";
import { dateText } from "../time/zone";
import { Tabs } from "../ui/tabs";
import { Campaigns } from "./campaign";
import { Held } from "./held";
import { Reports } from "./report";
import "../pages/pages.css";
import "../keeping/keeping.css";
import "./review.css";

export function ReviewPage() {
  return <Needs action="rights.review"><Review /></Needs>;
}

const tabs = ["review", "held", "report"] as const;

/** Who holds what: confirmed or withdrawn, looked through, and what the trail says of its use. */
function Review() {
  const { t } = useTranslation();
  const zone = useZone();
  const navigate = useNavigate();
  const { tab = "review" } = useSearch({ from: "/framed/rights/review" });
  const { data, error, refetch } = useQuery({ queryKey: ["rights-reviews"], queryFn: api.rightsReviews.list });
  const day = (s: string | undefined): string => (s ? dateText(Date.parse(s), zone) : "");
  const open = data?.items.find((r) => !r.closedAt);
  const late = open && Date.parse(open.dueAt) < Date.now() ? open.dueAt : data?.nextAt;
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("review.title")}</h1>
        {data ? <span className="sub">{data.lastAt ? t("review.last", { date: day(data.lastAt) }) : t("review.never")}</span> : null}
        {data ? <span className="end"><State overdue={data.overdue} open={open?.dueAt} next={data.nextAt} day={day} /></span> : null}
      </header>
      <p className="page-lead dim">{t("review.lead")}</p>
      {data?.overdue ? <div className="review-state"><Banner tone="red" title={t("review.overdue", { date: day(late) })}>{t("review.overdueText")}</Banner></div> : null}
      <Tabs<(typeof tabs)[number]> value={tab} onChange={(v) => void navigate({ to: "/rights/review", search: { tab: v === "review" ? undefined : v }, replace: true })} options={tabs.map((v) => ({ value: v, label: t(`review.tab_${v}`) }))} />
      {tab === "review" ? <Campaigns reviews={data} error={error} retry={() => void refetch()} /> : null}
      {tab === "held" ? <Held /> : null}
      {tab === "report" ? <Reports /> : null}
    </div>
  );
}

const soon = 30 * 24 * 3_600_000;

/** Whether all is reviewed, is being reviewed, or is to be before long; green only where there is nothing to do. */
function State({ overdue, open, next, day }: { overdue: boolean; open: string | undefined; next: string | undefined; day: (s: string | undefined) => string }) {
  const { t } = useTranslation();
  if (overdue) return <Sign tone="red">{t("review.isOverdue")}</Sign>;
  if (open) return <Sign tone="amber">{t("review.dueBy", { date: day(open) })}</Sign>;
  if (next) return <Sign tone={Date.parse(next) - Date.now() < soon ? "amber" : "ok"}>{t("review.next", { date: day(next) })}</Sign>;
  return null;
}
