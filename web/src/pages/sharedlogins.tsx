import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Form, Input, Modal, Radio, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { SharedLogin } from "../api/types";
import { useSession, useThroughout, useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { sentence } from "../ui/fields";

const answers = ["own", "shared", "taken"] as const;

/** Accounts that were used in two places at once, until somebody has looked into it. */
export function SharedLogins() {
  const { t } = useTranslation();
  const throughout = useThroughout();
  const me = useSession().person.id;
  const zone = useZone();
  const { data, error, refetch } = useQuery({ queryKey: ["shared-logins"], queryFn: api.sharedLogins.list });
  const [judging, setJudging] = useState<SharedLogin>();
  const when = (at: string): string => dateTimeText(Date.parse(at), zone);
  return (
    <section aria-labelledby="shared-title">
      <h2 id="shared-title" className="hidden-text">{t("sharedLogins.title")}</h2>
      <p className="dim page-lead">{t("sharedLogins.lead")}</p>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 3 }} /></div> : null}
      {data?.length === 0 ? <p className="panel panel-pad dim">{t("sharedLogins.none")}</p> : null}
      {data && data.length > 0 ? (
        <ul className="rows panel">
          {data.map((f) => (
            <li key={f.id} className={f.answer ? "shared-row gone" : "shared-row"}>
              <span className="shared-who">
                <strong className="wrap">{f.personName}</strong>
                <span className="dim num">{t("sharedLogins.seen", { from: when(f.firstAt), to: when(f.lastAt), count: f.times })}</span>
              </span>
              <ul className="shared-places">{f.places.map((p) => <li key={`${p.address} ${p.agent}`}><span className="num">{p.address}</span> <span className="dim cut" title={p.agent}>{p.agent}</span></li>)}</ul>
              {f.answer ? (
                <span className="shared-answer"><span className="tag">{t(`sharedLogins.answer_${f.answer}`)}</span> <span className="dim">{t("sharedLogins.answered", { name: f.answeredByName ?? "", time: f.answeredAt ? when(f.answeredAt) : "" })}</span> <span className="wrap">{f.note}</span></span>
              ) : throughout("shared_login.judge") && f.person !== me ? <Button onClick={() => setJudging(f)}>{t("sharedLogins.judge")}</Button>
                : <span className="dim">{t("sharedLogins.open")}</span>}
            </li>
          ))}
        </ul>
      ) : null}
      <Modal open={judging !== undefined} title={t("sharedLogins.judgeOf", { name: judging?.personName ?? "" })} onCancel={() => setJudging(undefined)} footer={null} destroyOnHidden width={480}>
        {judging ? <Judging finding={judging} onDone={() => setJudging(undefined)} /> : null}
      </Modal>
    </section>
  );
}

function Judging({ finding, onDone }: { finding: SharedLogin; onDone: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const { busy, fault, attempt } = useAttempt();
  const judge = (v: { answer: (typeof answers)[number]; note: string }) => attempt(async () => {
    await api.sharedLogins.judge(finding.id, { answer: v.answer, note: v.note.trim() });
    await cache.invalidateQueries({ queryKey: ["shared-logins"] });
    await cache.invalidateQueries({ queryKey: ["system"] });
    message.success(t("sharedLogins.judged"));
    onDone();
  });
  return (
    <Form layout="vertical" requiredMark={false} onFinish={(v) => void judge(v)}>
      <div role="alert">{fault ? <Alert type="error" showIcon title={problemText(t, fault)} className="form-alert" /> : null}</div>
      <Form.Item name="answer" label={t("sharedLogins.what")} rules={[{ required: true, message: t("common.required") }]}>
        <Radio.Group className="positions" options={answers.map((a) => ({ value: a, label: t(`sharedLogins.choose_${a}`) }))} />
      </Form.Item>
      <Form.Item name="note" label={t("sharedLogins.note")} rules={[sentence(t("problem.reason_too_short"))]}><Input.TextArea autoSize={{ minRows: 2 }} maxLength={500} /></Form.Item>
      <div className="form-end">
        <Button type="primary" htmlType="submit" loading={busy}>{t("sharedLogins.judge")}</Button>
        <Button onClick={onDone}>{t("common.cancel")}</Button>
      </div>
    </Form>
  );
}
