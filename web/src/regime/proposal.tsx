import { useQueryClient } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { Parameter, ParameterProposal } from "../api/types";
import { useCan, useSession, useZone } from "../app/session";
import { Ask, Sign, type Question } from "../keeping/parts";
import { dateTimeText } from "../time/zone";
import { usePeopleNames } from "../ui/people";
import { Steps } from "./steps";
import { packName } from "./values";

/** A proposal that waits: what it changes, who asks for it and why, and what the reader may do about it. */
export function Proposal({ proposal: p, parameters }: { proposal: ParameterProposal; parameters: Parameter[] }) {
  const { t } = useTranslation();
  const can = useCan();
  const zone = useZone();
  const me = useSession().person.id;
  const names = usePeopleNames();
  const cache = useQueryClient();
  const { message } = App.useApp();
  const [question, setQuestion] = useState<Question>();
  const at = (time: string): string => dateTimeText(Date.parse(time), zone);
  const own = p.proposedBy === me;
  const yes = p.decisions.filter((d) => d.decision === "approved");
  const did = yes.some((d) => d.person === me);
  const changes = p.changes.filter((c) => c.changes);
  const ask = (kind: "approve" | "reject" | "withdraw", needed: boolean, text: string): void => setQuestion({
    title: t(`parameters.${kind}`), text, needed, ok: t(`parameters.${kind}`),
    run: async (note) => {
      const after = await api.parameters[kind](p.id, note);
      await cache.invalidateQueries({ queryKey: ["parameters"] });
      message.success(t(kind === "approve" && after.state === "proposed" ? "parameters.done_half" : `parameters.done_${kind}`));
    },
  });
  const last = yes.length + 1 >= p.needs;
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
      {own ? <p>{t("problem.proposal_own")}</p> : did ? <p>{t("problem.proposal_approved_twice")}</p> : !can("parameter.approve") ? <p className="dim">{t("keeping.waitsForRight", { action: t("action.parameter_approve") })}</p> : null}
      <div className="form-end">
        {can("parameter.approve") && !own && !did && !p.overtaken ? <Button type="primary" onClick={() => ask("approve", false, t(last ? "parameters.approveLast" : "parameters.approveFirst"))}>{t("parameters.approve")}</Button> : null}
        {can("parameter.approve") && !own ? <Button onClick={() => ask("reject", true, t("parameters.rejectText"))}>{t("parameters.reject")}</Button> : null}
        {own && can("parameter.propose") ? <Button onClick={() => ask("withdraw", false, t("parameters.withdrawText"))}>{t("parameters.withdraw")}</Button> : null}
      </div>
      <Ask question={question} onClose={() => setQuestion(undefined)} />
    </article>
  );
}
