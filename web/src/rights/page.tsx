import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Alert, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { HouseRule, Rights } from "../api/types";
import type { RightsSearch } from "../app/router";
import { useZone } from "../app/session";
import { LoadFault, Needs } from "../app/states";
import { dateTimeText } from "../time/zone";
import { Tabs } from "../ui/tabs";
import { Cedar } from "./cedar";
import { Rules } from "./draft";
import { Explain } from "./explain";
import { History } from "./history";
import { Matrix } from "./matrix";
import { Names } from "./positions";
import { Waiting } from "./waiting";
import "../keeping/keeping.css";
import "../organisation/organisation.css";
import "../pages/pages.css";
import "./rights.css";

export function RightsPage() {
  return <Needs action="rights.read"><Positions /></Needs>;
}

type Tab = "matrix" | NonNullable<RightsSearch["tab"]>;

/** What positions may do, what the house says about it, and why somebody may something. */
function Positions() {
  const { t } = useTranslation();
  const zone = useZone();
  const navigate = useNavigate();
  const { tab = "matrix", person, camera } = useSearch({ from: "/framed/rights" });
  const { data, error, refetch } = useQuery({ queryKey: ["rights"], queryFn: api.rights.get, refetchInterval: 60_000 });
  // A draft is of the version that was looked at; it is not for another one.
  const [draft, setDraft] = useState<{ of: string; rules: HouseRule[] }>();
  const rules = draft && draft.of === data?.version.id ? draft.rules : undefined;
  const go = (to: RightsSearch): void => void navigate({ to: "/rights", search: to, replace: true });
  const since = (v: Rights["version"]): string => (v.inForceAt ? t("rights.inForce", { time: dateTimeText(Date.parse(v.inForceAt), zone) }) : t("rights.builtIn"));
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("rights.title")}</h1>
        {data ? <span className="sub">{since(data.version)}</span> : null}
      </header>
      <p className="dim page-lead">{t("rights.lead")}</p>
      <Tabs<Tab> value={tab} onChange={(k) => go({ tab: k === "matrix" ? undefined : k, person, camera })} options={(["matrix", "rules", "names", "history", "explain", "cedar"] as const).map((k) => ({ value: k, label: t(`rights.tab_${k}`) }))} />
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 10 }} /></div> : null}
      {data?.unproved ? <div role="alert"><Alert type="error" showIcon title={t("rights.unproved")} className="form-alert" /></div> : null}
      {data?.waiting && (tab === "matrix" || tab === "rules") ? <Waiting rights={data} change={data.waiting} /> : null}
      {data && tab === "matrix" ? <Matrix rights={data} draft={rules} /> : null}
      {data && tab === "rules" ? <Rules rights={data} draft={rules} onDraft={(next) => setDraft(next && { of: data.version.id, rules: next })} /> : null}
      {data && tab === "history" ? <History rights={data} /> : null}
      {tab === "names" ? <Names /> : null}
      {data && tab === "cedar" ? <Cedar key={data.version.id} rights={data} /> : null}
      {tab === "explain" ? <Explain person={person} camera={camera} onChoose={(p, c) => go({ tab, person: p, camera: c })} /> : null}
    </div>
  );
}
