import { SwapOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Button, Drawer, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { Parameter, Parameters as Whole } from "../api/types";
import { useThroughout, useZone } from "../app/session";
import { LoadFault, Needs } from "../app/states";
import { Banner, Sign } from "../keeping/parts";
import { dateText, dateTimeText } from "../time/zone";
import { usePeopleNames } from "../ui/people";
import { One } from "./one";
import { Choose } from "./choose";
import { Proposal } from "./proposal";
import { groupOf, packName, rawText, textKey, valueText } from "./values";
import "../keeping/keeping.css";
import "./regime.css";

export function ParametersPage() {
  return (
    <Needs action="parameter.read">
      <Parameters />
    </Needs>
  );
}

/** The values that the institution sets: what waits for a decision first, then what is in force. */
function Parameters() {
  const { t } = useTranslation();
  const throughout = useThroughout();
  const zone = useZone();
  const navigate = useNavigate();
  const { key: open } = useSearch({ from: "/framed/parameters" });
  const [choosing, setChoosing] = useState(false);
  const { data, error, refetch } = useQuery({ queryKey: ["parameters"], queryFn: api.parameters.get, refetchInterval: 60_000 });
  const show = (key?: string): void => void navigate({ to: "/parameters", search: { key }, replace: true });
  const groups = [...new Set(data?.parameters.map((p) => groupOf(p.key)))];
  const shown = data?.parameters.find((p) => p.key === open);
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("parameters.title")}</h1>
        {data ? <span className="sub">{t("parameters.packNow", { name: packName(t, data.pack) })}</span> : null}
        <span className="end">{throughout("parameter.propose") ? <Button icon={<SwapOutlined />} onClick={() => setChoosing(true)}>{t("parameters.choosePack")}</Button> : null}</span>
      </header>
      <p className="page-lead dim">{t("parameters.lead")}</p>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 8 }} /></div> : null}
      {data && !data.chosen ? <Banner tone="amber" title={t("parameters.unchosen")}>{t(throughout("parameter.propose") ? "parameters.unchosenHere" : "parameters.unchosenText")}</Banner> : null}
      {data && data.open.length > 0 ? (
        <section className="proposals" aria-label={t("parameters.waiting")}>
          <h2 className="section-title">{t("parameters.waitingCount", { count: data.open.length })}</h2>
          {data.open.map((p) => <Proposal key={p.id} proposal={p} parameters={data.parameters} />)}
        </section>
      ) : null}
      {data && data.gone.length > 0 ? (
        <Banner tone="amber" title={t("parameters.gone", { count: data.gone.length })}>
          <ul>{data.gone.map((g) => <li key={g.key}>{t("parameters.goneOne", { key: g.key, value: rawText(g.value), since: dateTimeText(Date.parse(g.since), zone) })}</li>)}</ul>
        </Banner>
      ) : null}
      {data ? groups.map((g) => (
        <section key={g} className="parameter-group">
          <h2 className="section-title">{t(`parameters.group.${g}`, { defaultValue: g })}</h2>
          <ul className="rows panel">{data.parameters.filter((p) => groupOf(p.key) === g).map((p) => <li key={p.key}><Row parameter={p} whole={data} onOpen={() => show(p.key)} /></li>)}</ul>
        </section>
      )) : null}
      <Drawer open={shown !== undefined} onClose={() => show()} size={540} title={t("parameters.one")} destroyOnHidden>
        {data && shown ? <One key={shown.key} parameter={shown} whole={data} onProposed={() => show()} /> : null}
      </Drawer>
      {data ? <Choose open={choosing} whole={data} onClose={() => setChoosing(false)} /> : null}
    </div>
  );
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function Row({ parameter: p, whole, onOpen }: { parameter: Parameter; whole: Whole; onOpen: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const names = usePeopleNames();
  const waits = whole.open.some((o) => o.changes.some((c) => c.key === p.key && c.changes));
  const differs = p.pack !== undefined && !same(p.pack, p.value);
  return (
    <button type="button" className="keep-row parameter-row" onClick={onOpen}>
      <span className="keep-main"><strong>{t(`parameters.name.${textKey(p.key)}`, { defaultValue: p.key })}</strong><span className="dim">{p.clauses.map((c) => <span key={c} className="tag first">{c}</span>)}{t(`parameters.clause.${p.clause}`, { defaultValue: "" })}</span></span>
      <span className="keep-side">
        <span>{t(`parameters.origin_${p.origin}`, { pack: packName(t, whole.pack) })}</span>
        {p.since && p.by ? <span className="dim">{t("parameters.setBy", { name: names(p.by), date: dateText(Date.parse(p.since), zone) })}</span> : null}
      </span>
      <strong className="parameter-value num">{valueText(t, p, p.value)}</strong>
      <span className="keep-state">
        {waits ? <Sign tone="busy">{t("parameters.waits")}</Sign> : null}
        {p.unfit !== undefined ? <Sign tone="red">{t("parameters.unfit")}</Sign> : null}
        {differs ? <Sign tone="amber">{t("parameters.differs", { value: valueText(t, p, p.pack) })}</Sign> : null}
        {p.unread ? <Sign tone="grey">{t("parameters.unread")}</Sign> : null}
      </span>
    </button>
  );
}
