import { PlusOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Checkbox, Drawer, Form, Input, Modal, Skeleton, Typography } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { positions, type Person } from "../api/types";
import { useCan, useSession } from "../app/session";
import { LoadFault, Needs } from "../app/states";
import { useAttempt } from "../ui/attempt";
import { Identities, useDirectories } from "./identities";
import { LostFactors } from "./lostfactors";
import { Tokens } from "./tokens";
import "./pages.css";

interface Secret { person: Person; password: string }

export function PeoplePage() {
  return (
    <Needs action="people.read">
      <People />
    </Needs>
  );
}

function People() {
  const { t } = useTranslation();
  const can = useCan();
  const { data, error, refetch } = useQuery({ queryKey: ["people"], queryFn: api.people.list });
  const titles = useDirectories();
  const [editing, setEditing] = useState<Person | "new">();
  const [secret, setSecret] = useState<Secret>();
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("people.title")}</h1>
        {data ? <span className="sub">{t("people.count", { count: data.filter((p) => !p.disabled).length })}</span> : null}
        <span className="end">{can("people.manage") ? <Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing("new")}>{t("people.add")}</Button> : null}</span>
      </header>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 6 }} /></div> : null}
      {data ? (
        <ul className="rows panel">
          {[...data].sort((a, b) => Number(a.disabled) - Number(b.disabled)).map((p) => (
            <li key={p.id}>
              <button type="button" className={p.disabled ? "person-row gone" : "person-row"} disabled={!can("people.manage")} onClick={() => setEditing(p)}>
                <span className="person-face" aria-hidden>{initial(p.displayName || p.username)}</span>
                <span className="person-name"><strong className="cut">{p.displayName || p.username}</strong><span className="dim cut">{p.directory ? t("people.from", { username: p.username, directory: titles.get(p.directory) ?? p.directory }) : p.username}</span></span>
                <span className="person-positions">{p.positions.length > 0 ? p.positions.map((x) => <span key={x} className="tag">{t(`position.${x}`, { defaultValue: x })}</span>) : <span className="dim">{t("people.noPosition")}</span>}</span>
                <span className="person-state dim">{p.disabled ? t("people.disabled") : p.leftAt ? t("people.left") : null}</span>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {can("people.manage") && data && titles.size > 0 ? <Identities people={data} titles={titles} /> : null}
      {can("token.manage") ? <Tokens /> : null}
      <PersonForm person={editing} onClose={() => setEditing(undefined)} onSecret={setSecret} />
      <Modal open={secret !== undefined} title={t("people.passwordTitle", { name: secret?.person.displayName ?? "" })} onCancel={() => setSecret(undefined)} mask={{ closable: false }} footer={<Button type="primary" onClick={() => setSecret(undefined)}>{t("people.passwordDone")}</Button>}>
        <p>{t("people.passwordOnce")}</p>
        <Typography.Text copyable={{ text: secret?.password ?? "", tooltips: [t("common.copy"), t("common.copied")] }} className="secret">{secret?.password}</Typography.Text>
      </Modal>
    </div>
  );
}

const initial = (name: string): string => [...name.trim()][0]?.toUpperCase() ?? "?";

function PersonForm({ person, onClose, onSecret }: { person: Person | "new" | undefined; onClose: () => void; onSecret: (s: Secret) => void }) {
  const { t } = useTranslation();
  return (
    <Drawer open={person !== undefined} onClose={onClose} size={460} destroyOnHidden title={t(person === "new" ? "people.add" : "people.edit")}>
      {person ? <Fields person={person === "new" ? undefined : person} onClose={onClose} onSecret={onSecret} /> : null}
    </Drawer>
  );
}

interface Values { username: string; displayName: string; positions: string[] }

function Fields({ person, onClose, onSecret }: { person: Person | undefined; onClose: () => void; onSecret: (s: Secret) => void }) {
  const { t } = useTranslation();
  const { message, modal } = App.useApp();
  const cache = useQueryClient();
  const me = useSession().person.id;
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt, forget } = useAttempt(form);
  useEffect(forget, [person]);

  const done = async (): Promise<void> => {
    await cache.invalidateQueries({ queryKey: ["people"] });
    onClose();
  };
  const save = (v: Values) => attempt(async () => {
    if (person) {
      // Only what changed: positions are an act of their own on record.
      const changed = [...v.positions].sort().join() !== [...person.positions].sort().join();
      await api.people.change(person.id, { displayName: v.displayName.trim() === person.displayName ? undefined : v.displayName.trim(), positions: changed ? v.positions : undefined });
      message.success(t("people.saved", { name: v.displayName }));
    } else {
      const made = await api.people.create({ username: v.username.trim(), displayName: v.displayName.trim(), positions: v.positions });
      if (made.initialPassword) onSecret({ person: made.person, password: made.initialPassword });
    }
    await done();
  });
  const able = (disabled: boolean) => attempt(async () => {
    if (!person) return;
    await api.people.change(person.id, { disabled });
    message.success(t(disabled ? "people.nowDisabled" : "people.nowEnabled", { name: person.displayName }));
    await done();
  });
  const reset = (p: Person): void => {
    modal.confirm({
      title: t("people.resetTitle", { name: p.displayName }),
      content: t("people.resetText"),
      okText: t("people.reset"),
      cancelText: t("common.cancel"),
      onOk: () => attempt(async () => {
        onSecret({ person: p, password: (await api.people.resetPassword(p.id)).initialPassword });
        onClose();
      }),
    });
  };

  return (
    <Form form={form} layout="vertical" initialValues={person ?? { username: "", displayName: "", positions: [] }} onFinish={(v) => void save(v)}>
      <div role="alert">{fault ? <Alert type="error" showIcon title={problemText(t, fault)} className="form-alert" /> : null}</div>
      <Form.Item name="displayName" label={t("people.displayName")} rules={[{ required: true, whitespace: true, message: t("common.required") }, { max: 100 }]}><Input autoFocus={!person} autoComplete="off" /></Form.Item>
      <Form.Item name="username" label={t("people.username")} extra={person ? undefined : t("people.usernameHint")} rules={[{ required: true, whitespace: true, message: t("common.required") }, { max: 64 }]}>
        <Input disabled={Boolean(person)} autoComplete="off" autoCapitalize="none" spellCheck={false} />
      </Form.Item>
      <Form.Item name="positions" label={t("account.positions")} extra={person?.directory ? t("problem.directory_positions") : person?.id === me ? t("problem.own_positions") : t("people.positionsApart")}>
        <Checkbox.Group className="positions" disabled={person?.id === me || Boolean(person?.directory)}>
          {positions.map((p) => (
            <Checkbox key={p} value={p}><span>{t(`position.${p}`)}</span><span className="dim">{t(`positionHint.${p}`)}</span></Checkbox>
          ))}
        </Checkbox.Group>
      </Form.Item>
      <div className="form-end">
        <Button type="primary" htmlType="submit" loading={busy}>{t("common.save")}</Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
      {person && person.id !== me ? <LostFactors person={person} /> : null}
      {person && person.id !== me ? (
        <div className="person-more">
          {person.directory ? null : <Button onClick={() => reset(person)}>{t("people.reset")}</Button>}
          {person.disabled ? <Button onClick={() => void able(false)}>{t("people.enable")}</Button> : (
            <Button danger onClick={() => modal.confirm({ title: t("people.disableTitle", { name: person.displayName }), content: t("people.disableText"), okText: t("people.disable"), okButtonProps: { danger: true }, cancelText: t("common.cancel"), onOk: () => able(true) })}>{t("people.disable")}</Button>
          )}
        </div>
      ) : null}
    </Form>
  );
}
