import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { Parameter, ParameterProposal } from "../api/types";
import { useSession, useZone } from "../app/session";
import { Decide, Sign, useQuestion, type Decision } from "../keeping/parts";
import { dateTimeText } from "../time/zone";
import { usePeopleNames } from "../ui/people";
import { Steps } from "./steps";
import { packName } from "./values";

/** A proposal that waits: what it changes, who asks for it and why, and what the reader may do about it. */
export function Proposal({ proposal: p, parameters }: { proposal: ParameterProposal; parameters: Parameter[] }) {
  const { t } = useTranslation();
  const zone = useZone();
  const me = useSession().person.id;
  const names = usePeopleNames();
  const { ask, done, dialog } = useQuestion("parameters");
  const at = (time: string): string => dateTimeText(Date.parse(time), zone);
  const own = p.proposedBy === me;
  const yes = p.decisions.filter((d) => d.decision === "approved");
  const did = yes.some((d) => d.person === me);
  const changes = p.changes.filter((c) => c.changes);
  const words = { approve: t("parameters.approve"), reject: t("parameters.reject"), withdraw: t("parameters.withdraw") };
  const texts = { approve: t(yes.length + 1 >= p.needs ? "parameters.approveLast" : "parameters.approveFirst"), reject: t("parameters.rejectText"), withdraw: t("parameters.withdrawText") };
  const decide = (d: Decision): void => ask({
    title: words[d], text: texts[d], needed: d === "reject", ok: words[d],
    run: async (note) => {
      const after = await api.parameters[d](p.id, note);
      await done(t(d === "approve" && after.state === "proposed" ? "parameters.done_half" : `parameters.done_${d}`));
    },
  });
  return (
    <article className="panel panel-pad proposal">
      <header className="proposal-head">
        <h3>{p.pack ? t("parameters.packProposal", { name: packName(t, p.pack) }) : t("parameters.proposal")}</h3>
        <Sign tone={p.overtaken ? "red" : "amber"}>{p.overtaken ? t("parameters.overtaken") : t("parameters.approvals", { n: yes.length, of: p.needs })}</Sign>
      </header>
      <Steps steps={changes} parameters={parameters} />
      <p className="wrap proposal-reason">{p.reason}</p>
      <p className="dim">{t("parameters.proposedBy", { name: names(p.proposedBy), time: at(p.proposedAt) })}</p>
      {yes.map((d) => <p key={d.person} className="dim wrap">{t("parameters.approvedBy", { name: names(d.person), time: at(d.at) })}{d.note ? ` ${d.note}` : ""}</p>)}
      {p.needs > 1 ? <p className="dim">{t("parameters.needsTwo")}</p> : null}
      <Decide own={own} house proposes="parameter.propose" decides="parameter.approve" bar={did ? t("problem.proposal_approved_twice") : undefined} rejects overtaken={p.overtaken} words={words} onDecide={decide} />
      {dialog}
    </article>
  );
}
