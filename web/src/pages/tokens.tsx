import { PlusOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Checkbox, Drawer, Form, Input, Modal, Select, Skeleton, Typography } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Token } from "../api/types";
import { useSession, useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { day } from "../timeline/scale";
import { dateText, dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";

const warned = 14 * day; // ms before the end from which it is marked
const lifetimes = [30, 90, 180, 365] as const; // days

/** Tokens of programs: what each may do, until when, and the way to end it. */
export function Tokens() {
  const { t } = useTranslation();
  const { message, modal } = App.useApp();
  const zone = useZone();
    const cache = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: ["tokens"], queryFn: api.tokens.list });
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<{ name: string; secret: string }>();

  const revoke = (token: Token): void => {
    modal.confirm({
      title: t("tokens.revokeTitle", { name: token.name }),
      content: t("tokens.revokeText"),
      okText: t("tokens.revoke"),
      okButtonProps: { danger: true },
      cancelText: t("common.cancel"),
      onOk: async () => {
        try {
          await api.tokens.revoke(token.id);
          await cache.invalidateQueries({ queryKey: ["tokens"] });
          message.success(t("tokens.revoked", { name: token.name }));
        } catch (e) {
          message.error(problemText(t, e));
        }
      },
    });
  };
  return (
    <section className="tokens" aria-labelledby="tokens-title">
      <header className="page-head">
        <h2 id="tokens-title">{t("tokens.title")}</h2>
        <span className="end"><Button icon={<PlusOutlined />} onClick={() => setMaking(true)}>{t("tokens.make")}</Button></span>
      </header>
      <p className="dim page-lead">{t("tokens.lead")}</p>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 2 }} /></div> : null}
      {data?.length === 0 ? <p className="panel panel-pad dim">{t("tokens.none")}</p> : null}
      {data && data.length > 0 ? (
        <ul className="rows panel">
          {data.map((k) => {
            const ends = k.expiresAt ? Date.parse(k.expiresAt) : undefined;
            const over = ends !== undefined && ends < Date.now();
            const soon = ends !== undefined && !over && ends < Date.now() + warned;
            return (
              <li key={k.id} className={over ? "token-row gone" : "token-row"}>
                <span className="token-name"><strong className="wrap">{k.name}</strong><span className="dim">{t("tokens.by", { person: k.personName, time: dateText(Date.parse(k.createdAt), zone) })}</span><span className="dim num">{k.usedOn ? t("tokens.usedOn", { date: dateText(Date.parse(k.usedOn), zone) }) : t("tokens.usedNever")}</span></span>
                <span className="person-positions">{k.actions.map((a) => <span key={a} className="tag">{t(`action.${a.replace(".", "_")}`, { defaultValue: a })}</span>)}</span>
                <span className={soon ? "num token-end token-soon" : "num token-end"}>{ends === undefined ? t("tokens.endless") : t(over ? "tokens.ended" : "tokens.until", { time: dateTimeText(ends, zone) })}</span>
                <Button size="small" danger type="text" aria-label={t("tokens.revokeOf", { name: k.name })} onClick={() => revoke(k)}>{t("tokens.revoke")}</Button>
              </li>
            );
          })}
        </ul>
      ) : null}
      <Drawer open={making} onClose={() => setMaking(false)} size={460} destroyOnHidden title={t("tokens.make")}>
        <MakeToken onClose={() => setMaking(false)} onMade={(name, secret) => { setMaking(false); setMade({ name, secret }); }} />
      </Drawer>
      <Modal open={made !== undefined} title={t("tokens.secretTitle", { name: made?.name ?? "" })} onCancel={() => setMade(undefined)} mask={{ closable: false }} footer={<Button type="primary" onClick={() => setMade(undefined)}>{t("tokens.secretKept")}</Button>}>
        <p>{t("tokens.secretOnce")}</p>
        <Typography.Text copyable={{ text: made?.secret ?? "", tooltips: [t("common.copy"), t("common.copied")] }} className="secret">{made?.secret}</Typography.Text>
      </Modal>
    </section>
  );
}

interface Values { name: string; actions: string[]; days: number }

function MakeToken({ onClose, onMade }: { onClose: () => void; onMade: (name: string, secret: string) => void }) {
  const { t } = useTranslation();
  const { actions } = useSession();
  const cache = useQueryClient();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const make = (v: Values) => attempt(async () => {
    const expiresAt = v.days > 0 ? new Date(Date.now() + v.days * day).toISOString() : undefined;
    const token = await api.tokens.create({ name: v.name.trim(), actions: v.actions, expiresAt });
    await cache.invalidateQueries({ queryKey: ["tokens"] });
    onMade(token.name, token.token);
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} initialValues={{ name: "", actions: [], days: 90 }} onFinish={(v) => void make(v)}>
      <div role="alert">{fault ? <Alert type="error" showIcon title={problemText(t, fault)} className="form-alert" /> : null}</div>
      <Form.Item name="name" label={t("common.name")} extra={t("tokens.nameHint")} rules={[{ required: true, whitespace: true, message: t("common.required") }, { max: 100 }]}><Input autoFocus autoComplete="off" /></Form.Item>
      <Form.Item name="actions" label={t("tokens.may")} extra={t("tokens.mayHint")} rules={[{ validator: async (_, v: string[]) => { if (v.length === 0) throw new Error(t("problem.token_needs_actions")); } }]}>
        <Checkbox.Group className="positions" options={actions.map((a) => ({ value: a, label: t(`action.${a.replace(".", "_")}`, { defaultValue: a }) }))} />
      </Form.Item>
      <Form.Item name="days" label={t("tokens.lasts")}>
        <Select options={[...lifetimes.map((d) => ({ value: d as number, label: t("tokens.days", { count: d }) })), { value: 0, label: t("tokens.asRuled") }]} />
      </Form.Item>
      <div className="form-end">
        <Button type="primary" htmlType="submit" loading={busy}>{t("tokens.make")}</Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </Form>
  );
}
