import { CheckOutlined, CloseOutlined, FilterOutlined, PlusCircleOutlined, StopOutlined } from "@ant-design/icons";
import { Drawer, Segmented, Select } from "antd";
import { Fragment, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { HouseRule, Rights, RightsPosition } from "../api/types";
import { useSession } from "../app/session";
import { RuleLine } from "./parts";
import { actionText, byChapter, cellOf, gradeDemands, gradeTerms, positionText, shortTerms, type Cell, type Kind } from "./words";

const signs: Record<Kind, ReactNode> = {
  own: <CheckOutlined aria-hidden />, given: <PlusCircleOutlined aria-hidden />, narrowed: <FilterOutlined aria-hidden />,
  denied: <StopOutlined aria-hidden />, none: <span aria-hidden>–</span>, never: <CloseOutlined aria-hidden />,
};
const kinds: Kind[] = ["own", "given", "narrowed", "denied", "none", "never"];

type View = "now" | "draft" | "waiting";

/** Who may what: positions beside each other, rights by chapter, and what the house says of each. */
export function Matrix({ rights, draft }: { rights: Rights; draft: HouseRule[] | undefined }) {
  const { t } = useTranslation();
  const me = useSession().person;
  const [chosen, setView] = useState<View>("now");
  const [only, setOnly] = useState(me.positions[0] ?? rights.positions[0]?.position ?? "");
  const [open, setOpen] = useState<{ position: RightsPosition; action: string }>();
  const versions: Record<View, HouseRule[] | undefined> = { now: rights.version.rules, draft, waiting: rights.waiting?.rules };
  const view = versions[chosen] ? chosen : "now";
  const rules = versions[view] ?? [];
  const views = (["now", "waiting", "draft"] as const).filter((v) => versions[v]);
  const words = { now: "rights.asInForce", draft: "rights.asDrafted", waiting: "rights.asProposed" } as const;
  const graded = gradeDemands(t, rights.demands);
  const side = (p: string): string => (p === only ? "" : "matrix-wide");
  return (
    <>
      <div className="matrix-tools">
        {views.length > 1 ? <Segmented<View> value={view} onChange={setView} options={views.map((v) => ({ value: v, label: t(words[v]) }))} /> : null}
        <Select className="matrix-only" aria-label={t("rights.showPosition")} value={only} onChange={setOnly} options={rights.positions.map((p) => ({ value: p.position, label: positionText(t, p.position) }))} />
      </div>
      <ul className="matrix-legend" aria-label={t("rights.legend")}>{kinds.map((k) => <li key={k} className={`cell-${k}`}>{signs[k]}<span>{t(`rights.cell_${k}`)}</span></li>)}</ul>
      {graded.map((w) => <p key={w} className="matrix-graded">{w}</p>)}
      <div className="panel matrix-frame">
        <table className="matrix">
          <thead><tr><th scope="col">{t("rights.action")}</th>{rights.positions.map((p) => <th key={p.position} scope="col" className={side(p.position)}>{positionText(t, p.position)}</th>)}</tr></thead>
          <tbody>
            {byChapter(rights.actions, String).map(({ chapter, of }) => (
              <Fragment key={chapter}>
                <tr className="matrix-chapter"><th scope="rowgroup" colSpan={rights.positions.length + 1}>{t(`rights.chapter.${chapter}`)}</th></tr>
                {of.map((a) => (
                  <tr key={a}>
                    <th scope="row">{actionText(t, a)}</th>
                    {rights.positions.map((p) => {
                      const cell = cellOf(p, a, rules);
                      const changed = view !== "now" && JSON.stringify(cell) !== JSON.stringify(cellOf(p, a, rights.version.rules));
                      return <td key={p.position} className={`${side(p.position)}${changed ? " matrix-changed" : ""}`}><CellButton cell={cell} more={gradeTerms(t, a, rights.demands)} changed={changed} name={t("rights.cellTitle", { position: positionText(t, p.position), action: actionText(t, a) })} onOpen={() => setOpen({ position: p, action: a })} /></td>;
                    })}
                  </tr>
                ))}
              </Fragment>
            ))}
          </tbody>
        </table>
      </div>
      <Drawer open={open !== undefined} onClose={() => setOpen(undefined)} size={480} destroyOnHidden title={open ? t("rights.cellTitle", { position: positionText(t, open.position.position), action: actionText(t, open.action) }) : ""}>
        {open ? <CellMore cell={cellOf(open.position, open.action, rules)} own={open.position.actions.includes(open.action)} more={gradeTerms(t, open.action, rights.demands).length > 0 ? graded : []} /> : null}
      </Drawer>
    </>
  );
}

function CellButton({ cell, more, changed, name, onOpen }: { cell: Cell; more: string[]; changed: boolean; name: string; onOpen: () => void }) {
  const { t } = useTranslation();
  const may = cell.kind === "own" || cell.kind === "given" || cell.kind === "narrowed";
  const terms = [...shortTerms(t, cell), ...(may ? more : [])];
  const said = t(`rights.cell_${cell.kind}`);
  return (
    <button type="button" className={`matrix-cell cell-${cell.kind}`} title={said} onClick={onOpen}>
      <span className="hidden-text">{name} – {said}{changed ? ` – ${t("rights.changes")}` : ""}</span>
      {signs[cell.kind]}
      {terms.length > 0 ? <span className="matrix-terms">{terms.map((w) => <span key={w}>{w}</span>)}</span> : null}
    </button>
  );
}

/** A cell in words: what comes with the position, and every rule that speaks of it. */
function CellMore({ cell, own, more }: { cell: Cell; own: boolean; more: string[] }) {
  const { t } = useTranslation();
  const replaced = cell.rules.some((r) => !r.deny);
  return (
    <>
      <p className={`cell-more cell-${cell.kind}`}>{signs[cell.kind]} <strong>{t(`rights.cell_${cell.kind}`)}</strong></p>
      <p>{t(own ? (replaced ? "rights.cellReplaced" : "rights.cellOwn") : cell.kind === "never" ? "rights.cellNever" : "rights.cellNotOwn")}</p>
      {more.map((w) => <p key={w}>{w}</p>)}
      <h3 className="detail-sub">{cell.rules.length > 0 ? t("rights.cellRules", { count: cell.rules.length }) : t("rights.cellNoRules")}</h3>
      <ul className="rule-list">{cell.rules.map((r) => <li key={r.id}><RuleLine rule={r} /></li>)}</ul>
      {cell.rules.some((r) => r.deny) ? <p className="dim">{t("rights.cellDenies")}</p> : null}
    </>
  );
}
