import { DeleteOutlined, EditOutlined, PlusOutlined, UndoOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { HouseRule, Rights } from "../api/types";
import { useThroughout } from "../app/session";
import { Notice } from "../app/states";
import { Sign } from "../keeping/parts";
import { useAttempt } from "../ui/attempt";
import { sentence } from "../ui/fields";
import { Differences, Effects, Head, RuleLine } from "./parts";
import { RuleDrawer, type Writing } from "./rule";
import { differences } from "./words";

/** The rules of the house, and the draft of others that whoever may propose makes from them. */
export function Rules({ rights, draft, onDraft }: { rights: Rights; draft: HouseRule[] | undefined; onDraft: (rules: HouseRule[] | undefined) => void }) {
  const { t } = useTranslation();
  const throughout = useThroughout();
  const [writing, setWriting] = useState<Writing>();
  const now = rights.version.rules;
  const rules = draft ?? now;
  const changes = new Map(differences(now, rules).map((d) => [d.id, d]));
  const gone = [...changes.values()].filter((d) => d.kind === "gone");
  const drafts = throughout("rights.propose") && !rights.waiting;
  const set = (next: HouseRule[]): void => onDraft(differences(now, next).length === 0 ? undefined : next);
  return (
    <>
      <Head title={rules.length + gone.length > 0 ? t("rights.rulesCount", { count: rules.length }) : undefined}>
        {drafts ? <Button type={draft ? "default" : "primary"} icon={<PlusOutlined />} onClick={() => setWriting({})}>{t("rights.addRule")}</Button> : null}
      </Head>
      {throughout("rights.propose") && rights.waiting ? <p className="dim rule-lead">{t("rights.waitsFirst")}</p> : null}
      {rules.length + gone.length === 0 ? <Notice title={t("rights.rulesNone")}>{t("rights.rulesNoneText")}</Notice> : (
        <ul className="rows panel">
          {rules.map((r) => {
            const mark = changes.get(r.id)?.kind;
            return (
              <li key={r.id} className="rule-row">
                <RuleLine rule={r} />
                <span className="rule-mark">{mark === "new" ? <Sign tone="ok">{t("rights.mark_new")}</Sign> : mark === "changed" ? <Sign tone="amber">{t("rights.mark_changed")}</Sign> : null}</span>
                <span className="rule-acts">
                  {drafts ? <Button icon={<EditOutlined />} aria-label={t("rights.editOf", { rule: r.id })} title={t("common.edit")} onClick={() => setWriting({ rule: r })} /> : null}
                  {drafts ? <Button icon={<DeleteOutlined />} aria-label={t("rights.removeOf", { rule: r.id })} title={t("rights.removeRule")} onClick={() => set(rules.filter((x) => x.id !== r.id))} /> : null}
                </span>
              </li>
            );
          })}
          {gone.map((d) => (
            <li key={d.id} className="rule-row gone">
              {d.before ? <RuleLine rule={d.before} /> : null}
              <span className="rule-mark"><Sign tone="red">{t("rights.mark_gone")}</Sign></span>
              <span className="rule-acts"><Button icon={<UndoOutlined />} aria-label={t("rights.restoreOf", { rule: d.id })} onClick={() => d.before && set([...rules, d.before])}>{t("rights.restore")}</Button></span>
            </li>
          ))}
        </ul>
      )}
      {draft && drafts ? <Draft rights={rights} draft={draft} onDone={() => onDraft(undefined)} /> : null}
      <RuleDrawer writing={writing} draft={rules} rights={rights} onDraft={set} onClose={() => setWriting(undefined)} />
    </>
  );
}

function Draft({ rights, draft, onDone }: { rights: Rights; draft: HouseRule[]; onDone: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const { message } = App.useApp();
  const [form] = Form.useForm<{ reason: string }>();
  const { busy, fault, attempt } = useAttempt(form);
  const propose = ({ reason }: { reason: string }) => attempt(async () => {
    await api.rights.propose({ base: rights.version.id, rules: draft, reason: reason.trim() });
    await cache.invalidateQueries({ queryKey: ["rights"] });
    message.success(t("rights.proposed"));
    onDone();
  });
  return (
    <section className="panel panel-pad rule-draft" aria-label={t("rights.draft")}>
      <h2 className="section-title">{t("rights.draft")}</h2>
      <p className="dim rule-lead">{t("rights.draftLead")}</p>
      <Differences before={rights.version.rules} after={draft} />
      <Effects rules={draft} />
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => void propose(v)}>
        <Form.Item name="reason" label={t("common.reason")} rules={[sentence(t("keeping.atLeastFour"))]}><Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} /></Form.Item>
        <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
        <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{t("rights.propose")}</Button><Button disabled={busy} onClick={onDone}>{t("rights.discard")}</Button></div>
      </Form>
    </section>
  );
}
