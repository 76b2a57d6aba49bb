import { useQuery } from "@tanstack/react-query";
import { Collapse, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { Rights, RightsVersion } from "../api/types";
import { useZone } from "../app/session";
import { LoadFault, Notice } from "../app/states";
import { Facts, Sign } from "../keeping/parts";
import { dateTimeText } from "../time/zone";
import { usePeopleNames } from "../ui/people";
import type { Tone } from "../ui/status";
import { Differences, RuleLine } from "./parts";

const tones = { approved: "grey", rejected: "grey", withdrawn: "grey", waits: "amber", now: "ok" } as const satisfies Record<string, Tone>;

/** Every change that was asked for, the latest first: by whom, why, who decided, and what was different. */
export function History({ rights }: { rights: Rights }) {
  const { t } = useTranslation();
  const zone = useZone();
  const names = usePeopleNames();
  const { data, error, refetch } = useQuery({ queryKey: ["rights", "versions"], queryFn: api.rights.versions });
  const state = (v: RightsVersion): keyof typeof tones => (v.id === rights.version.id ? "now" : v.decision ? v.decision : "waits");
  const at = (time: string | undefined): string => dateTimeText(Date.parse(time ?? ""), zone);
  if (error && !data) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!data) return <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 5 }} /></div>;
  if (data.length === 0) return <Notice title={t("rights.historyNone")}>{t("rights.historyNoneText")}</Notice>;
  return (
    <Collapse
      className="rule-history" destroyOnHidden
      items={data.map((v) => ({
        key: v.id,
        label: <span className="rule-past"><span className="num">{at(v.askedAt)}</span><span className="wrap">{v.reason}</span><span className="dim">{names(v.askedBy ?? "")}</span><Sign tone={tones[state(v)]}>{t(`rights.state_${state(v)}`)}</Sign></span>,
        children: <Past version={v} all={data} names={names} at={at} />,
      }))}
    />
  );
}

function Past({ version: v, all, names, at }: { version: RightsVersion; all: RightsVersion[]; names: (id: string) => string; at: (time: string | undefined) => string }) {
  const { t } = useTranslation();
  const base = all.find((b) => b.id === v.base);
  return (
    <>
      <Facts rows={[
        [t("rights.asked"), t("rights.decidedBy", { name: names(v.askedBy ?? ""), time: at(v.askedAt) })],
        [t("rights.why"), <span className="wrap">{v.reason}</span>],
        v.decidedAt !== undefined && [t("rights.decided"), <>{t(`rights.state_${v.decision || "waits"}`)}<span className="dim">{t("rights.decidedBy", { name: names(v.decidedBy ?? ""), time: at(v.decidedAt) })}</span></>],
        v.note !== undefined && v.note !== "" && [t("rights.decisionNote"), <span className="wrap">{v.note}</span>],
        v.inForceAt !== undefined && [t("rights.inForceFrom"), at(v.inForceAt)],
        [t("rights.from"), base ? t("rights.fromVersion", { time: at(base.inForceAt ?? base.askedAt) }) : t("rights.fromBuiltIn")],
      ]} />
      <h3 className="detail-sub">{t("rights.difference")}</h3>
      <Differences before={base?.rules ?? []} after={v.rules} />
      {v.rules.length > 0 ? <details className="rule-all"><summary>{t("rights.allRules")}</summary><ul className="rule-list">{v.rules.map((r) => <li key={r.id}><RuleLine rule={r} /></li>)}</ul></details> : null}
    </>
  );
}
