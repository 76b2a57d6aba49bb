import { PlusOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Form, Input, InputNumber, Modal, Select, Typography } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { useCameras } from "../api/queries";
import type { StandInAdmission } from "../api/types";
import { useCan, useZone } from "../app/session";
import { LoadFault, Notice } from "../app/states";
import { CardField } from "../card/fields";
import { dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { usePeopleNames } from "../ui/people";
import { base64Of } from "./picture";
import { rowsOf } from "./tree";

/** What runs out, has run out or is missing, with the days that are left. */
export function DueList() {
  const { t } = useTranslation();
  const nameOf = usePeopleNames();
  const { data, error, refetch } = useQuery({ queryKey: ["due"], queryFn: api.files.due });
  const units = useQuery({ queryKey: ["units"], queryFn: api.units.list });
  const cameras = useCameras();
  if (error && !data) return <LoadFault error={error} retry={() => void refetch()} />;
  if (data?.length === 0) return <Notice title={t("org.nothingDue")} />;
  return (
    <ul className="rows panel">
      {data?.map((d, i) => (
        <li key={i} className="org-row due-row">
          <strong className="cut">{d.person ? nameOf(d.person) : d.camera ? cameras.data?.find((c) => c.id === d.camera)?.name : d.unit ? units.data?.find((u) => u.id === d.unit)?.name : t(`position.${d.position}`, { defaultValue: d.position })}</strong>
          <span>{t(`org.due_${d.what}`, { position: d.position ? t(`position.${d.position}`, { defaultValue: d.position }) : "" })}</span>
          <span className="num dim">{d.on}</span>
          <span className={`tag ${d.on === "" || d.days < 0 ? "org-late" : "org-soon"}`}>{d.on === "" ? t("org.missing") : d.days < 0 ? t("org.overdue", { count: -d.days }) : t("org.daysLeft", { count: d.days })}</span>
        </li>
      ))}
    </ul>
  );
}

/** Guards of companies who were let in for one shift. */
export function StandIns() {
  const { t } = useTranslation();
  const can = useCan();
  const zone = useZone();
  const nameOf = usePeopleNames();
  const { data, error, refetch } = useQuery({ queryKey: ["stand-ins"], queryFn: api.standIns.list });
  const units = useQuery({ queryKey: ["units"], queryFn: api.units.list });
  const [admitting, setAdmitting] = useState(false);
  const [made, setMade] = useState<{ name: string; password: string }>();
  const cache = useQueryClient();
  const { message } = App.useApp();
  const [shown, setShown] = useState(0); // another address of photos after a change
  const portray = async (id: string, f: File): Promise<void> => {
    try {
      await api.standIns.portray(id, await base64Of(f));
      await cache.invalidateQueries({ queryKey: ["stand-ins"] });
      setShown((n) => n + 1);
    } catch (e) {
      message.error(problemText(t, e));
    }
  };
  const company = (id: string): string => units.data?.find((u) => u.id === id)?.name ?? id;
  return (
    <>
      {can("stand_in.admit") ? <p className="org-tools"><Button type="primary" icon={<PlusOutlined />} onClick={() => setAdmitting(true)}>{t("org.admit")}</Button></p> : null}
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {data?.over.map((u) => <p key={u} className="fault-text" role="status">{t("org.tooMany", { name: company(u) })}</p>)}
      {data?.items.length === 0 ? <Notice title={t("org.noStandIns")}>{t("org.noStandInsText")}</Notice> : null}
      {data && data.items.length > 0 ? <ul className="rows panel">
        {data.items.map((s) => (
          <li key={s.id} className="org-row stand-in"><span className="org-who">{s.hasPhoto ? <img src={api.files.photoURL(s.person, shown)} alt={t("org.photoOf", { name: nameOf(s.person) })} width={40} height={40} /> : null}<span><strong className="wrap">{nameOf(s.person)}</strong>{Date.parse(s.until) > Date.now() ? <span className="tone-amber">{t("org.underQualified")}</span> : null}{s.signedAt ? <span className="tone-ok num">{t("org.signedAt", { time: dateTimeText(Date.parse(s.signedAt), zone) })}</span> : <span className="tone-amber">{t("org.unsigned")}</span>}{s.hasPhoto ? null : <span className="tone-amber">{t("org.photoMissing")}</span>}{can("stand_in.admit") && Date.parse(s.until) > Date.now() ? <PhotoButton onFile={(f) => portray(s.id, f)} label={t("org.photoFor", { name: nameOf(s.person) })} /> : null}</span></span><span className="cut">{company(s.unit)}</span><span className="dim cut">{t("org.admittedBy", { name: nameOf(s.admittedBy), confirmed: s.confirmedBy })}</span><span className="num">{t("org.span", { from: dateTimeText(Date.parse(s.at), zone), to: dateTimeText(Date.parse(s.until), zone) })}</span></li>
        ))}
      </ul> : null}
      <Drawer open={admitting} onClose={() => setAdmitting(false)} size={460} destroyOnHidden title={t("org.admit")}>
        <Admit companies={rowsOf(units.data ?? []).filter((r) => r.node.kind === "guard_company").map((r) => ({ value: r.node.id, label: r.path }))} onClose={() => setAdmitting(false)} onMade={setMade} />
      </Drawer>
      <Modal open={made !== undefined} title={t("people.passwordTitle", { name: made?.name ?? "" })} onCancel={() => setMade(undefined)} mask={{ closable: false }} destroyOnHidden footer={<Button type="primary" onClick={() => setMade(undefined)}>{t("people.passwordDone")}</Button>}>
        <p>{t("people.passwordOnce")}</p>
        <Typography.Text copyable={{ text: made?.password ?? "", tooltips: [t("common.copy"), t("common.copied")] }} className="secret">{made?.password}</Typography.Text>
      </Modal>
    </>
  );
}

/** Chooses a picture. */
function PhotoButton({ onFile, label }: { onFile: (f: File) => Promise<void>; label: string }) {
  const { t } = useTranslation();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input ref={input} type="file" style={{ display: "none" }} accept="image/jpeg,image/png" aria-label={label} onChange={(e) => { const f = e.target.files?.[0]; if (f) void onFile(f); e.target.value = ""; }} />
      <Button size="small" onClick={() => input.current?.click()}>{t("org.photo")}</Button>
    </>
  );
}

function Admit({ companies, onClose, onMade }: { companies: { value: string; label: string }[]; onClose: () => void; onMade: (m: { name: string; password: string }) => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const [form] = Form.useForm<StandInAdmission>();
  const { busy, fault, attempt } = useAttempt(form);
  const [picture, setPicture] = useState<File>();
  const submit = useRef<HTMLButtonElement>(null);
  const need = [{ required: true, whitespace: true, message: t("common.required") }];
  return (
    <Form form={form} layout="vertical" requiredMark={false} initialValues={{ hours: 8 }} onFinish={(v) => void attempt(async () => {
      const done = await api.standIns.admit({ ...v, ...(v.card ? { cardName: t("card.name") } : {}), ...(picture ? { picture: await base64Of(picture) } : {}) });
      await Promise.all(["stand-ins", "people", "files", "due"].map((k) => cache.invalidateQueries({ queryKey: [k] })));
      onMade({ name: done.person.displayName, password: done.initialPassword });
      onClose();
    })}>
      <p className="dim form-lead">{t("org.admitLead")}</p>
      <Form.Item name="name" label={t("people.displayName")} rules={need}><Input autoFocus autoComplete="off" /></Form.Item>
      <Form.Item name="username" label={t("people.username")} rules={need}><Input autoComplete="off" autoCapitalize="none" spellCheck={false} /></Form.Item>
      <Form.Item name="unit" label={t("org.unit_guard_company")} rules={[{ required: true, message: t("common.required") }]}><Select options={companies} /></Form.Item>
      <Form.Item name="identity" label={t("org.identity")} rules={need}><Input autoComplete="off" /></Form.Item>
      <Form.Item name="confirmedBy" label={t("org.confirmedBy")} rules={need}><Input autoComplete="off" /></Form.Item>
      <Form.Item name="hours" label={t("org.hours")}><InputNumber min={1} max={24} precision={0} /></Form.Item>
      <Form.Item label={t("org.photoLabel")} extra={t("org.photoLater")}><PhotoButton onFile={async (f) => setPicture(f)} label={t("org.photoLabel")} />{picture ? <span className="dim wrap"> {picture.name}</span> : null}</Form.Item>
      <CardField label={t("card.forShift")} extra={t("card.forShiftHold")} required={false} next={() => submit.current?.focus()} />
      <p className="dim form-lead">{t("org.signsAlone")}</p>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button ref={submit} type="primary" htmlType="submit" loading={busy}>{t("org.admitDo")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
    </Form>
  );
}
