import { CheckCircleFilled, MinusCircleOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Segmented, Select, Skeleton } from "antd";
import type { TFunction } from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { useCameras } from "../api/queries";
import type { RightsDecision } from "../api/types";
import { useCan, useSession, useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { useAreaNames } from "../organisation/places";
import { dateTimeText } from "../time/zone";
import { usePeopleNames } from "../ui/people";
import { RuleLine } from "./parts";
import { actionText, byChapter, positionText, termWords } from "./words";
import "../pages/pages.css";
import "./rights.css";

/** Asks what somebody may do on a camera. */
export function Explain({ person, camera, onChoose }: { person: string | undefined; camera: string | undefined; onChoose: (person: string | undefined, camera: string | undefined) => void }) {
  const { t } = useTranslation();
  const can = useCan();
  const me = useSession().person;
  const people = useQuery({ queryKey: ["people"], queryFn: api.people.list, enabled: can("people.read") });
  const list = people.data ?? [me];
  return (
    <>
      <p className="dim rule-lead">{t("rights.explainLead")}</p>
      <div className="explain-ask">
        <label><span>{t("rights.person")}</span><Select aria-label={t("rights.person")} value={person} placeholder={t("rights.choosePerson")} showSearch={{ optionFilterProp: "label" }} options={list.map((p) => ({ value: p.id, label: p.displayName || p.username }))} onChange={(p) => onChoose(p, camera)} /></label>
        {can("camera.read") ? <CameraChoice camera={camera} onChoose={(c) => onChoose(person, c)} /> : null}
      </div>
      {person ? <Explained person={person} camera={camera} /> : null}
    </>
  );
}

export function CameraChoice({ camera, onChoose }: { camera: string | undefined; onChoose: (camera: string | undefined) => void }) {
  const { t } = useTranslation();
  const { data = [] } = useCameras();
  return <label><span>{t("rights.camera")}</span><Select aria-label={t("rights.camera")} value={camera ?? ""} showSearch={{ optionFilterProp: "label" }} options={[{ value: "", label: t("rights.anyCamera") }, ...data.map((c) => ({ value: c.id, label: c.name }))]} onChange={(c) => onChoose(c || undefined)} /></label>;
}

type Which = "all" | "may" | "not";

/** Every right of a person on a camera, with the position and the rule that decide it. */
export function Explained({ person, camera }: { person: string; camera?: string }) {
  const { t } = useTranslation();
  const zone = useZone();
  const names = usePeopleNames();
  const areaName = useAreaNames();
  const [which, setWhich] = useState<Which>("all");
  const { data, error, refetch } = useQuery({ queryKey: ["rights", "explain", person, camera ?? ""], queryFn: () => api.rights.explain({ person, camera }) });
  if (error) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!data) return <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 8 }} /></div>;
  const may = data.decisions.filter((d) => d.allowed).length;
  const shown = data.decisions.filter((d) => which === "all" || d.allowed === (which === "may"));
  const areas = data.areas ?? [];
  return (
    <section className="explained" aria-live="polite">
      <p className="explain-sum">
        <strong>{t("rights.summary", { name: names(person), may, all: data.decisions.length })}</strong>
        {camera && data.grade ? <><span>{areas.length > 0 ? t("rights.hangs", { areas: [...areas].reverse().map(areaName).join(" / ") }) : t("rights.hangsNowhere")}</span><span>{t("rights.gradeIs", { grade: t(`org.grade_${data.grade}`) })}</span></> : null}
        <span className="dim num">{t("rights.at", { time: dateTimeText(Date.parse(data.at), zone) })}</span>
      </p>
      <Segmented<Which> className="explain-which" value={which} onChange={setWhich} options={[{ value: "all", label: t("rights.all") }, { value: "may", label: t("rights.onlyMay") }, { value: "not", label: t("rights.onlyNot") }]} />
      {byChapter(shown, (d) => d.action).map(({ chapter, of }) => (
        <section key={chapter} className="panel explain-chapter">
          <h3>{t(`rights.chapter.${chapter}`)}</h3>
          <ul>{of.map((d) => <li key={d.action}><Sentence decision={d} /></li>)}</ul>
        </section>
      ))}
    </section>
  );
}

/** Why somebody may do something, or may not. */
function because(t: TFunction, d: RightsDecision, areaName: (id: string) => string): string {
  const position = positionText(t, d.position ?? "");
  if (d.allowed) return d.rule?.startsWith("built-in/") ? t("rights.why_builtIn", { position }) : t("rights.why_rule", { rule: d.rule, position });
  if (d.lack === "right" && d.steps.length === 0) return t("rights.lack_nothing");
  const step = d.steps.find((s) => s.position === d.position && s.lack === d.lack);
  return t(`rights.lack_${d.lack || "right"}`, { position, rule: d.rule, areas: (step?.areas ?? []).map(areaName).join(t("common.comma")) });
}

function Sentence({ decision: d }: { decision: RightsDecision }) {
  const { t } = useTranslation();
  const can = useCan();
  const areaName = useAreaNames();
  // Who may read the rules reads the one that decided, whole.
  const rights = useQuery({ queryKey: ["rights"], queryFn: api.rights.get, enabled: can("rights.read"), staleTime: 60_000 });
  const rule = rights.data?.version.rules.find((r) => r.id === d.rule);
  // Positions that do not speak of it at all are not worth a line each.
  const near = d.steps.filter((s) => s.lack !== "right");
  const terms = (d.terms ?? []).some((x) => termWords(t, x).length === 0) ? [] : (d.terms ?? []);
  return (
    <>
      <span className={d.allowed ? "tone-ok" : "tone-grey"} aria-hidden>{d.allowed ? <CheckCircleFilled /> : <MinusCircleOutlined />}</span>
      <span className="explain-text">
        <strong>{t(d.allowed ? "rights.mayDo" : "rights.mayNotDo", { action: actionText(t, d.action) })}</strong>
        <span className="wrap">{because(t, d, areaName)}</span>
        {terms.map((x, i) => <span key={i} className="dim">{termWords(t, x).join(t("rights.andTerms"))}</span>)}
        {d.deciders && d.deciders.length > 0 ? <span className="dim">{t("refusal.byWhom", { positions: d.deciders.map((x) => positionText(t, x)).join(t("common.comma")) })}</span> : null}
        {rule ? <RuleLine rule={rule} bare /> : null}
        {near.length > 1 ? <details><summary>{t("rights.steps")}</summary><ul>{near.map((s) => <li key={s.position}>{positionText(t, s.position)} <span className="dim">{t(`rights.step_${s.lack || "ok"}`)}</span></li>)}</ul></details> : null}
      </span>
    </>
  );
}
