import { keepPreviousData, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { useCameraMap } from "../api/queries";
import type { HouseRule } from "../api/types";
import { Sign } from "../keeping/parts";
import { useAreaNames } from "../organisation/places";
import type { Tone } from "../ui/status";
import { actionText, differences, effectsOf, positionText, ruleTerms, ruleText, termsText, type Difference, type Effect } from "./words";

/** A rule: its name, what it says, where and on what terms, and why it is there. */
export function RuleLine({ rule, bare }: { rule: HouseRule; bare?: boolean }) {
  const { t } = useTranslation();
  const areaName = useAreaNames();
  return (
    <span className="rule-line">
      {bare ? null : <strong className="wrap">{rule.id}</strong>}
      <span className={rule.deny ? "rule-deny wrap" : "wrap"}>{ruleText(t, rule)}</span>
      <span className="dim wrap">{ruleTerms(t, rule, areaName).join(" · ")}</span>
      {rule.note ? <span className="dim wrap">{rule.note}</span> : null}
    </span>
  );
}

const marks: Record<Difference["kind"], Tone> = { new: "ok", changed: "amber", gone: "red" };

/** What is different between two versions, rule by rule. */
export function Differences({ before, after }: { before: readonly HouseRule[]; after: readonly HouseRule[] }) {
  const { t } = useTranslation();
  const said = { new: "rights.diffNew", changed: "rights.diffChanged", gone: "rights.diffGone" } as const;
  return (
    <ul className="rule-differences">
      {differences(before, after).map((d) => (
        <li key={d.id}>
          <Sign tone={marks[d.kind]}>{t(said[d.kind])}</Sign>
          <strong className="wrap">{d.id}</strong>
          {d.kind === "changed" && d.before && d.after ? (
            <dl className="facts"><dt>{t("rights.diffWas")}</dt><dd><RuleLine rule={d.before} bare /></dd><dt>{t("rights.diffIs")}</dt><dd><RuleLine rule={d.after} bare /></dd></dl>
          ) : <RuleLine rule={(d.after ?? d.before) as HouseRule} bare />}
        </li>
      ))}
    </ul>
  );
}

/** What rules would give and take, as the server reckons it, before anybody asks for them or approves them. */
export function Effects({ rules }: { rules: HouseRule[] }) {
  const { t } = useTranslation();
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ["rights", "preview", rules],
    queryFn: ({ signal }) => api.rights.preview(rules, signal),
    staleTime: 10_000,
    retry: false,
    placeholderData: keepPreviousData, // while a rule is written the lines stay where they are
  });
  const effects = effectsOf(data?.changes ?? []);
  return (
    <section className="preview" aria-live="polite" aria-busy={isPlaceholderData} aria-label={t("rights.effects")}>
      <h3>{t("rights.effects")}</h3>
      {error ? <p className="fault-text">{problemText(t, error)}</p> : null}
      {!data && !error ? <p className="dim">{t("common.loading")}</p> : null}
      {data && !error ? (
        <>
          {effects.length === 0 ? <p><Sign tone="grey">{t("rights.effectNone")}</Sign></p> : null}
          <ul className="rule-effects">{effects.map((e, i) => <li key={i}><EffectLine effect={e} /></li>)}</ul>
          {data.left ? <p className="dim">{t("rights.left", { count: data.left })}</p> : null}
          {effects.length > 0 ? <p className="dim rule-under">{t("rights.effectsLead")}</p> : null}
        </>
      ) : null}
    </section>
  );
}

const tones: Record<Effect["kind"], Tone> = { gains: "ok", loses: "red", terms: "amber" };
const mostNames = 6;

function EffectLine({ effect: e }: { effect: Effect }) {
  const { t } = useTranslation();
  const cameras = useCameraMap();
  const names = e.cameras.map((id) => cameras.get(id)?.name ?? id);
  const first = names.slice(0, mostNames).join(t("common.comma"));
  const more = names.length - mostNames;
  const where = names.length === 0 ? t("rights.onAll") : t("rights.onCameras", { count: names.length, names: more > 0 ? t("rights.moreNames", { names: first, count: more }) : first });
  return (
    <>
      <Sign tone={tones[e.kind]}>{t(`rights.${e.kind}`, { position: positionText(t, e.position), action: actionText(t, e.action) })}</Sign>
      <span className="dim wrap">{where}</span>
      {e.kind === "terms" ? <span className="dim wrap">{t("rights.wasTerms", { terms: termsText(t, e.was) })}</span> : null}
      {e.kind === "terms" || (e.kind === "gains" && e.is) ? <span className="dim wrap">{t("rights.isTerms", { terms: termsText(t, e.is) })}</span> : null}
    </>
  );
}

/** A heading with what belongs to it at the end of the line. */
export function Head({ title, children }: { title: string | undefined; children?: ReactNode }) {
  return <header className="rule-head">{title ? <h2 className="section-title">{title}</h2> : null}<span className="end">{children}</span></header>;
}
