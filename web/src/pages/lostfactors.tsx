import { IdcardOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Form, Input, Modal } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Factor, Person } from "../api/types";
import { useSession } from "../app/session";
import { IssueCard, UnlockCard } from "../card/dialogs";
import { CardState } from "../card/state";
import { useAttempt } from "../ui/attempt";

/** The second factors of somebody else, for whoever manages people: names and kinds, no secrets. */
export function LostFactors({ person }: { person: Person }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const { data, error } = useQuery({ queryKey: ["factors", person.id], queryFn: () => api.factors.ofPerson(person.id) });
  const [lost, setLost] = useState<Factor>();
  const [locked, setLocked] = useState<Factor>();
  const [issuing, setIssuing] = useState(false);
  const me = useSession().person.id;
  const card = data?.items.find((f) => f.kind === "card");
  const [form] = Form.useForm<{ reason: string }>();
  const { busy, fault, attempt, forget } = useAttempt(form);
  useEffect(forget, [lost]);
  const remove = (v: { reason: string }) => attempt(async () => {
    if (!lost) return;
    await api.factors.removeLost(person.id, lost.id, v.reason);
    message.success(t("factor.lostRemoved", { name: lost.name }));
    setLost(undefined);
    await cache.invalidateQueries({ queryKey: ["factors"] });
  });
  return (
    <section className="person-factors">
      <h3>{t("factor.title")}</h3>
      {error ? <Alert type="error" showIcon title={problemText(t, error)} /> : null}
      {data && data.items.length === 0 ? <p className="dim">{t(data.required ? "factor.otherMissing" : "factor.otherNone")}</p> : null}
      {data && data.items.length > 0 ? (
        <ul className="factor-list">
          {data.items.map((f) => (
            <li key={f.id} className="plain-factor">
              <span className="factor-about"><strong className="cut" title={f.name}>{f.name}</strong><span className="dim">{t(`factor.kind_${f.kind}`)}<CardState factor={f} /></span></span>
              <span className="factor-acts">
                {f.state === "locked" && me !== person.id ? <Button size="small" onClick={() => setLocked(f)}>{t("card.unlock")}</Button> : null}
                <Button size="small" aria-label={t("factor.removeOf", { name: f.name })} onClick={() => setLost(f)}>{t("factor.remove")}</Button>
              </span>
            </li>
          ))}
        </ul>
      ) : null}
      {data && me !== person.id && !person.disabled ? <Button className="card-issue" icon={<IdcardOutlined />} onClick={() => setIssuing(true)}>{t(card ? "card.reissueShort" : "card.issueShort")}</Button> : null}
      <IssueCard person={person} replaces={Boolean(card)} open={issuing} onClose={() => setIssuing(false)} />
      <UnlockCard person={person} factor={locked} onClose={() => setLocked(undefined)} />
      <Modal open={lost !== undefined} title={t("factor.lostTitle", { name: lost?.name ?? "", person: person.displayName })} onCancel={() => setLost(undefined)} footer={null} destroyOnHidden>
        <Form name="lost" form={form} layout="vertical" requiredMark={false} onFinish={(v) => void remove(v)}>
          <div role="alert">{fault ? <Alert type="error" showIcon title={problemText(t, fault)} className="form-alert" /> : null}</div>
          <p>{t("factor.lostText")}</p>
          <Form.Item name="reason" label={t("common.reason")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input autoFocus maxLength={300} /></Form.Item>
          <Button type="primary" danger htmlType="submit" loading={busy}>{t("factor.remove")}</Button>
        </Form>
      </Modal>
    </section>
  );
}
