import { PlusOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Alert, App, Button, Drawer, Form, Input, Modal, Skeleton, Typography } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Person } from "../api/types";
import { useCan, useSession, useZone } from "../app/session";
import { LoadFault, Needs } from "../app/states";
import { DueList, StandIns } from "../organisation/due";
import { Exchange } from "../organisation/exchange";
import { FileFields, Leaving } from "../organisation/file";
import { atPosition, heldOf, holdingsOf, sameHoldings, type Held } from "../organisation/held";
import { HoldingFields, PositionTag } from "../organisation/holdings";
import { Units } from "../organisation/units";
import { WaitingPositions, WaitsFor } from "../organisation/waiting";
import { usePositions } from "../rights/register";
import { useAttempt } from "../ui/attempt";
import { Tabs } from "../ui/tabs";
import { Identities, useDirectories } from "./identities";
import { LostFactors } from "./lostfactors";
import { SessionsOf } from "./sessions";
import { SharedLogins } from "./sharedlogins";
import { Tokens } from "./tokens";
import "./pages.css";
import "../organisation/organisation.css";

type Tab = "people" | "units" | "due" | "standIns" | "shared";
type Part = "account" | "sessions" | "file" | "leaving";
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
  const [tab, setTab] = useState<Tab>("people");
  const due = useQuery({ queryKey: ["due"], queryFn: api.files.due }).data?.length ?? 0;
  const shared = useQuery({ queryKey: ["shared-logins"], queryFn: api.sharedLogins.list }).data?.filter((f) => !f.answer).length ?? 0;
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("people.title")}</h1>
        {data ? <span className="sub">{t("people.count", { count: data.filter((p) => !p.disabled).length })}</span> : null}
        <span className="end">{tab === "people" && can("people.manage") ? <><Exchange register="people" keys={["people", "files", "due"]} /><Button type="primary" icon={<PlusOutlined />} onClick={() => setEditing("new")}>{t("people.add")}</Button></> : null}</span>
      </header>
      <Tabs<Tab> value={tab} onChange={setTab} options={(["people", "units", "due", "standIns", "shared"] as const).map((k) => ({ value: k, label: k === "due" && due > 0 ? t("org.tab_dueCount", { count: due }) : k === "shared" ? t(shared > 0 ? "sharedLogins.tabCount" : "sharedLogins.title", { count: shared }) : t(`org.tab_${k}`) }))} />
      {tab === "units" ? <Units /> : null}
      {tab === "due" ? <DueList /> : null}
      {tab === "standIns" ? <StandIns /> : null}
      {tab === "shared" ? <SharedLogins /> : null}
      {tab === "people" ? <>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 6 }} /></div> : null}
      {data ? <WaitingPositions people={data} /> : null}
      {data ? (
        <ul className="rows panel">
          {[...data].sort((a, b) => Number(a.disabled) - Number(b.disabled)).map((p) => (
            <li key={p.id}>
              <button type="button" className={p.disabled ? "person-row gone" : "person-row"} disabled={!can("people.manage")} onClick={() => setEditing(p)}>
                <span className="person-face" aria-hidden>{initial(p.displayName || p.username)}</span>
                <span className="person-name"><strong className="cut">{p.displayName || p.username}</strong>{!p.disabled && alike(data, p) ? <span className="tag tag-amber first">{t("people.alike")}</span> : null}<span className="dim cut">{p.directory ? t("people.from", { username: p.username, directory: titles.get(p.directory) ?? p.directory }) : p.username}</span></span>
                <span className="person-positions">{p.holdings.length > 0 ? p.holdings.map((h) => <PositionTag key={h.position} holding={h} />) : <span className="dim">{t("people.noPosition")}</span>}</span>
                <span className="person-state dim">{p.disabled ? t("people.disabled") : p.waiting ? <span className="tone-amber">{t("people.positionsWait")}</span> : p.leftAt ? t("people.left") : null}</span>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      {can("people.manage") && data && titles.size > 0 ? <Identities people={data} titles={titles} /> : null}
      {can("token.manage") ? <Tokens /> : null}
      </> : null}
      <PersonForm person={editing} onClose={() => setEditing(undefined)} onSecret={setSecret} />
      <Modal open={secret !== undefined} title={t("people.passwordTitle", { name: secret?.person.displayName ?? "" })} onCancel={() => setSecret(undefined)} mask={{ closable: false }} destroyOnHidden footer={<Button type="primary" onClick={() => setSecret(undefined)}>{t("people.passwordDone")}</Button>}>
        <p>{t("people.passwordOnce")}</p>
        <Typography.Text copyable={{ text: secret?.password ?? "", tooltips: [t("common.copy"), t("common.copied")] }} className="secret">{secret?.password}</Typography.Text>
      </Modal>
    </div>
  );
}

/** Whether another open account is shown by the same name; none can be made so any more. */
const alike = (people: readonly Person[], p: Person): boolean => people.some((o) => o.id !== p.id && !o.disabled && nameKey(o) === nameKey(p));
const nameKey = (p: Person): string => p.displayName.normalize("NFKC").trim().toLowerCase();

const initial = (name: string): string => [...name.trim()][0]?.toUpperCase() ?? "?";

function PersonForm({ person, onClose, onSecret }: { person: Person | "new" | undefined; onClose: () => void; onSecret: (s: Secret) => void }) {
  const { t } = useTranslation();
  const me = useSession().person.id;
  const own = person !== undefined && person !== "new" && person.id === me;
  const [part, setPart] = useState<Part>("account");
  useEffect(() => setPart("account"), [person]);
  return (
    <Drawer open={person !== undefined} onClose={onClose} size={460} destroyOnHidden title={t(person === "new" ? "people.add" : "people.edit")}>
      {person && person !== "new" && !own ? <Tabs<Part> value={part} onChange={setPart} options={(["account", "sessions", "file", "leaving"] as const).map((k) => ({ value: k, label: t(`org.part_${k}`) }))} /> : null}
      {person && (person === "new" || own || part === "account") ? <Fields person={person === "new" ? undefined : person} onClose={onClose} onSecret={onSecret} /> : null}
      {person && person !== "new" && !own && part === "sessions" ? <SessionsOf person={person} /> : null}
      {person && person !== "new" && !own && part === "file" ? <FileFields person={person} onClose={onClose} /> : null}
      {person && person !== "new" && !own && part === "leaving" ? <Leaving person={person} onClose={onClose} /> : null}
    </Drawer>
  );
}

interface Values { username: string; displayName: string; held: Held; reason?: string }

const noHoldings: Person["holdings"] = [];

function Fields({ person, onClose, onSecret }: { person: Person | undefined; onClose: () => void; onSecret: (s: Secret) => void }) {
  const { t } = useTranslation();
  const { message, modal } = App.useApp();
  const cache = useQueryClient();
  const can = useCan();
  const zone = useZone();
  const navigate = useNavigate();
  const me = useSession().person.id;
  const was = person?.holdings ?? noHoldings;
  const positions = usePositions(was);
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt, forget } = useAttempt(form);
  useEffect(forget, [person]);

  const done = async (): Promise<void> => {
    await Promise.all(["people", "proposals"].map((k) => cache.invalidateQueries({ queryKey: [k] })));
    onClose();
  };
  const save = (v: Values) => attempt(async () => {
    let secret: Parameters<typeof onSecret>[0] | undefined;
    const holdings = holdingsOf({ ...heldOf(was, positions, zone), ...form.getFieldsValue(true).held as Held }, was, zone);
    try {
      if (person) {
        // Only what changed: positions are an act of their own on record.
        const now = await api.people.change(person.id, { displayName: v.displayName.trim() === person.displayName ? undefined : v.displayName.trim(), holdings: sameHoldings(holdings, was) ? undefined : holdings, reason: v.reason?.trim() || undefined });
        message.success(t(now.waiting ? "people.savedWaits" : "people.saved", { name: v.displayName }));
      } else {
        const made = await api.people.create({ username: v.username.trim(), displayName: v.displayName.trim(), holdings, reason: v.reason?.trim() || undefined });
        if (made.person.waiting) message.info(t("people.savedWaits", { name: v.displayName }));
        if (made.initialPassword) secret = { person: made.person, password: made.initialPassword };
      }
    } catch (e) {
      throw atPosition(e);
    }
    await done();
    if (secret) onSecret(secret); // one dialog at a time
  });
  const able = (disabled: boolean) => attempt(async () => {
    if (!person) return;
    const now = await api.people.change(person.id, { disabled });
    message.success(t(disabled ? "people.nowDisabled" : now.waiting ? "people.nowEnabledWaits" : "people.nowEnabled", { name: person.displayName }));
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
    <Form name="person" form={form} layout="vertical" requiredMark={false} initialValues={{ username: person?.username ?? "", displayName: person?.displayName ?? "", held: heldOf(was, positions, zone) }} onFinish={(v) => void save(v)}>
      <div role="alert">{fault ? <Alert type="error" showIcon title={problemText(t, fault)} className="form-alert" /> : null}</div>
      <Form.Item name="displayName" label={t("people.displayName")} rules={[{ required: true, whitespace: true, message: t("common.required") }, { max: 100 }]}><Input autoFocus={!person} autoComplete="off" /></Form.Item>
      <Form.Item name="username" label={t("people.username")} extra={person ? undefined : t("people.usernameHint")} rules={[{ required: true, whitespace: true, message: t("common.required") }, { max: 64 }]}>
        <Input disabled={Boolean(person)} autoComplete="off" autoCapitalize="none" spellCheck={false} />
      </Form.Item>
      <Form.Item label={t("account.positions")} extra={person?.directory ? t("problem.directory_positions") : person?.id === me ? t("problem.own_positions") : t("people.positionsApart")}>
        {person ? <WaitsFor person={person} /> : null}
        <HoldingFields was={was} disabled={person?.id === me} fixed={Boolean(person?.directory)} />
      </Form.Item>
      {person?.id === me ? null : <Form.Item name="reason" label={t("people.reason")} extra={t("people.reasonHint")}><Input maxLength={1000} autoComplete="off" /></Form.Item>}
      <div className="form-end">
        <Button type="primary" htmlType="submit" loading={busy}>{t("common.save")}</Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
      {person && person.id !== me ? <LostFactors person={person} /> : null}
      {person && person.id !== me ? (
        <div className="person-more">
          {can("rights.read") ? <Button onClick={() => void navigate({ to: "/rights", search: { tab: "explain", person: person.id } })}>{t("rights.ofPerson")}</Button> : null}
          {person.directory ? null : <Button onClick={() => reset(person)}>{t("people.reset")}</Button>}
          {person.disabled ? <Button onClick={() => void able(false)}>{t("people.enable")}</Button> : (
            <Button danger onClick={() => modal.confirm({ title: t("people.disableTitle", { name: person.displayName }), content: t("people.disableText"), okText: t("people.disable"), okButtonProps: { danger: true }, cancelText: t("common.cancel"), onOk: () => able(true) })}>{t("people.disable")}</Button>
          )}
        </div>
      ) : null}
    </Form>
  );
}
