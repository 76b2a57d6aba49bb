import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Segmented, Skeleton } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { useCameraMap } from "../api/queries";
import type { ReviewPattern, ReviewReport } from "../api/types";
import { useCan, useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { Sign } from "../keeping/parts";
import { dateText, dateTimeText } from "../time/zone";
import type { Conditions } from "../trail/conditions";
import { durationText } from "../ui/duration";
import { usePeopleNames } from "../ui/people";

const spans = [7, 30, 90] as const;

/** What the trail says of the last days; each figure opens the acts behind it. */
export function Reports() {
  const { t } = useTranslation();
  const [days, setDays] = useState<number>(30);
  const time = useMemo(() => {
    const to = new Date(Math.ceil(Date.now() / 60_000) * 60_000);
    return { from: new Date(to.getTime() - days * 86_400_000).toISOString(), to: to.toISOString() };
  }, [days]);
  const { data, error, refetch } = useQuery({ queryKey: ["rights-report", time.from, time.to], queryFn: () => api.rightsReviews.report(time.from, time.to) });
  return (
    <>
      <div className="panel-head"><Segmented aria-label={t("review.span")} value={days} onChange={setDays} options={spans.map((n) => ({ value: n, label: t("review.days", { count: n }) }))} /><span className="dim">{t("review.reportLead")}</span></div>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 8 }} /></div> : null}
      {data?.partial ? <p><Sign tone="amber">{t("review.partial")}</Sign></p> : null}
      {data ? <Parts report={data} /> : null}
    </>
  );
}

function Parts({ report }: { report: ReviewReport }) {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const nameOf = usePeopleNames();
  const span = { from: report.from, to: report.to };
  const acts = (c: Conditions) => (can("act.read") ? <Link to="/acts" search={{ ...span, ...c }}>{t("review.open")}</Link> : <span />);
  return (
    <>
      <section className="review-part" aria-label={t("review.patterns")}>
        <h2 className="section-title">{t("review.patterns")}</h2>
        <p className="dim">{t("review.patternsLead", { count: report.repeats })}</p>
        {report.patterns.length === 0 ? <p><Sign tone="ok">{t("review.patternsNone")}</Sign></p> : (
          <ul className="rows panel">{report.patterns.map((p) => <li key={p.kind + p.person + (p.camera ?? "") + (p.other ?? "") + p.hour} className="review-figure">
            <strong className="cut">{nameOf(p.person)}</strong>
            <Pattern pattern={p} />
            <span className="num dim">{t("review.between", { from: dateText(Date.parse(p.firstAt), zone), to: dateText(Date.parse(p.lastAt), zone) })}</span>
            {acts({ kind: ["viewing.opened"], person: [p.person], camera: p.camera ? [p.camera] : undefined, text: p.other && [...nameOf(p.other)].length >= 2 ? nameOf(p.other) : undefined })}
          </li>)}</ul>
        )}
      </section>
      <section className="review-part" aria-label={t("review.lookups")}>
        <h2 className="section-title">{t("review.lookups")}</h2>
        <p className="dim">{t("review.lookupsLead", { time: durationText(t, report.followUpSeconds * 1000) })}</p>
        {report.lookups.length === 0 ? <p className="dim">{t("review.lookupsNone")}</p> : (
          <ul className="rows panel">{report.lookups.map((l) => <li key={l.person} className="review-figure">
            <strong className="cut">{nameOf(l.person)}</strong>
            <span className="num">{l.followed === l.times ? t("review.allFollowed", { times: l.times }) : t("review.followed", l)}</span>
            <span />
            {acts({ kind: ["viewing.opened"], person: [l.person] })}
          </li>)}</ul>
        )}
      </section>
      <section className="review-part" aria-label={t("review.refused")}>
        <h2 className="section-title">{t("review.refused")}</h2>
        {report.refused.length === 0 ? <p className="dim">{t("review.refusedNone")}</p> : (
          <ul className="rows panel">{report.refused.map((r) => <li key={r.person + r.action} className="review-figure">
            <strong className="cut">{nameOf(r.person)}</strong>
            <span>{r.action ? t(`action.${r.action.replaceAll(".", "_")}`, { defaultValue: r.action }) : t("review.various")}{t("common.comma")}<span className="num">{t("review.times", { count: r.times })}</span>{r.cameras > 0 ? <span className="dim">{t("common.comma")}{t("review.ofCameras", { count: r.cameras })}</span> : null}</span>
            <span className="num dim">{t("review.lastAt", { time: dateTimeText(Date.parse(r.lastAt), zone) })}</span>
            {acts({ kind: ["access.refused"], person: [r.person] })}
          </li>)}</ul>
        )}
      </section>
    </>
  );
}

function Pattern({ pattern: p }: { pattern: ReviewPattern }) {
  const { t } = useTranslation();
  const cameras = useCameraMap();
  const nameOf = usePeopleNames();
  return (
    <span className="wrap">
      {p.camera ? <>{cameras.get(p.camera)?.name ?? p.camera}{t("common.comma")}</> : null}
      {t(`review.${p.kind}`, { hour: String(p.hour).padStart(2, "0"), times: p.times, other: p.other ? nameOf(p.other) : "" })}
    </span>
  );
}
