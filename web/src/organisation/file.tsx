import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Checkbox, Form, Input, Select, Skeleton } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { useCameraMap } from "../api/queries";
import type { Person, PersonFile } from "../api/types";
import { useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { DayField } from "../ui/day";
import { usePeopleNames } from "../ui/people";
import { dayEnd, lastDay } from "./day";
import { base64Of } from "./picture";
import { rowsOf } from "./tree";

const days = ["licenceUntil", "licencePending", "qualificationUntil", "vettedOn", "pledgeUntil"] as const;

/** The file of a person: unit and term, licence, qualification, vetting and pledge. */
export function FileFields({ person, onClose }: { person: Person; onClose: () => void }) {
  const { data, error, refetch } = useQuery({ queryKey: ["files"], queryFn: api.files.list });
  const file = data?.find((f) => f.person === person.id);
  if (error && !data) return <LoadFault error={error} retry={() => void refetch()} />;
  return file ? <Fields key={person.id} file={file} name={person.displayName} onClose={onClose} /> : <Skeleton active />;
}

type Values = Omit<PersonFile, "validUntil" | "validFrom" | "person" | "hasPhoto"> & { validDay: string };

function Fields({ file, name, onClose }: { file: PersonFile; name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const zone = useZone();
  const cache = useQueryClient();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const units = useQuery({ queryKey: ["units"], queryFn: api.units.list });
  const input = useRef<HTMLInputElement>(null);
  const [photo, setPhoto] = useState(0); // another address after a change
  const was = file.validUntil ? lastDay(file.validUntil, zone) : "";
  const fresh = () => Promise.all(["files", "people", "units", "due"].map((k) => cache.invalidateQueries({ queryKey: [k] })));
  const save = ({ validDay, ...v }: Values) => attempt(async () => {
    // To the hour what it was, unless another day was chosen.
    await api.files.change(file.person, { ...v, ...(validDay === was ? {} : { validUntil: validDay ? dayEnd(validDay, zone) : null }) });
    await fresh();
    message.success(t("org.saved", { name }));
    onClose();
  });
  const portray = (f: File | undefined) => attempt(async () => {
    await api.files.portray(file.person, f ? await base64Of(f) : "");
    await fresh();
    setPhoto(photo + 1);
  });
  const { person: _, hasPhoto, validFrom: __, validUntil: ___, ...plain } = file;
  return (
    <Form form={form} layout="vertical" requiredMark={false} initialValues={{ ...plain, validDay: was }} onFinish={(v) => void save(v)}>
      <div className="org-photo">
        {hasPhoto ? <img src={api.files.photoURL(file.person, photo)} alt={t("org.photoOf", { name })} width={96} /> : null}
        <input ref={input} type="file" style={{ display: "none" }} accept="image/jpeg,image/png" aria-label={t("org.photo")} onChange={(e) => { void portray(e.target.files?.[0]); e.target.value = ""; }} />
        <Button size="small" onClick={() => input.current?.click()}>{t("org.photo")}</Button>
        {hasPhoto ? <Button size="small" onClick={() => void portray(undefined)}>{t("org.photoRemove")}</Button> : null}
      </div>
      <Form.Item name="unit" label={t("org.unit")}><Select showSearch={{ optionFilterProp: "label" }} options={[{ value: "", label: t("common.none") }, ...rowsOf(units.data ?? []).map((r) => ({ value: r.node.id, label: r.path }))]} /></Form.Item>
      <DayField name="validDay" label={t("org.col_validUntil")} extra={t("org.validHint")} />
      <Form.Item name="phone" label={t("org.col_phone")}><Input autoComplete="off" inputMode="tel" /></Form.Item>
      <Form.Item name="licence" label={t("org.col_licence")}><Input autoComplete="off" /></Form.Item>
      <Form.Item name="qualification" label={t("org.col_qualification")}><Input autoComplete="off" /></Form.Item>
      <div className="org-days">
        {days.map((d) => <DayField key={d} name={d} label={t(`org.col_${d}`)} />)}
      </div>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{t("common.save")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
    </Form>
  );
}

type Settled = "card" | "keys" | "radio" | "pledge" | "looks";
const held: readonly Settled[] = ["card", "keys", "radio"];

/** Everything about somebody who leaves, on one page: what they hold, what they looked at, one act. */
export function Leaving({ person, onClose }: { person: Person; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const zone = useZone();
  const cache = useQueryClient();
  const cameras = useCameraMap();
  const [form] = Form.useForm<{ reason: string; returned: Settled[] }>();
  const { busy, fault, attempt } = useAttempt(form);
  const { data, error, refetch } = useQuery({ queryKey: ["leaving", person.id], queryFn: () => api.files.leaving(person.id), staleTime: 0 });
  const nameOf = usePeopleNames();
  if (error && !data) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton active />;
  const settle = (item: Settled, state: "done" | "not_had") => attempt(async () => {
    await api.files.settle(person.id, item, state);
    await Promise.all([refetch(), cache.invalidateQueries({ queryKey: ["due"] })]);
  });
  return (
    <>
      {data.leftAt ? (
        <section aria-labelledby="settling">
          <dl className="facts"><dt>{t("org.leftOn")}</dt><dd className="num">{dateTimeText(Date.parse(data.leftAt), zone)}</dd></dl>
          <h3 className="org-sub" id="settling">{t("org.settling")}</h3>
          {data.ticks.every((k) => k.state) ? <p className="tone-ok">{t("org.allSettled")}</p> : null}
          <ul className="rows org-ticks">
            {data.ticks.map((k) => (
              <li key={k.item}>
                <strong>{t(`org.returned_${k.item}`)}</strong>
                {k.state && k.at ? <span className={k.state === "done" ? "tone-ok" : "dim"}>{t(`org.settled_${k.state}`, { name: nameOf(k.by ?? ""), time: dateTimeText(Date.parse(k.at), zone) })}</span>
                  : <span className="org-do">{(["done", ...(held.includes(k.item) ? ["not_had" as const] : [])] as const).map((s) => <Button key={s} size="small" disabled={busy} aria-label={t("org.settleOf", { item: t(`org.returned_${k.item}`), state: t(`org.settle_${s}`) })} onClick={() => void settle(k.item, s)}>{t(`org.settle_${s}`)}</Button>)}</span>}
              </li>
            ))}
          </ul>
          <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
        </section>
      ) : null}
      <dl className="facts">
        <dt>{t("org.sessions")}</dt><dd className="num">{data.sessions}</dd>
        <dt>{t("org.tokens")}</dt><dd className="num">{data.tokens}</dd>
        <dt>{t("org.openItems")}</dt><dd>{data.open.length === 0 ? t("common.none") : data.open.map((o) => <div key={o.kind + o.id}>{t(`org.open_${o.kind}`, { name: o.name, defaultValue: o.name })}</div>)}</dd>
      </dl>
      <h3 className="org-sub">{t("org.looks", { count: data.looks.length })}{data.more ? "+" : ""}</h3>
      {data.looks.length > 0 ? <p className="dim">{t("org.looksReview")}</p> : null}
      <ul className="rows org-looks">
        {data.looks.map((l, i) => <li key={i}><span className="num">{dateTimeText(Date.parse(l.at), zone)}</span><span>{t(`act.${l.kind.replace(".", "_")}`, { defaultValue: l.kind })}</span><span className="dim cut">{cameras.get(l.camera)?.name ?? l.camera}</span><span className="dim cut">{l.reason}</span></li>)}
      </ul>
      {person.disabled || data.leftAt ? null : <Form form={form} layout="vertical" requiredMark={false} initialValues={{ returned: [] }} onFinish={(v) => void attempt(async () => {
        await api.files.leave(person.id, v);
        await Promise.all(["people", "files", "due", "units", "tokens"].map((k) => cache.invalidateQueries({ queryKey: [k] })));
        message.success(t("org.left", { name: person.displayName }));
        await refetch(); // what is to be settled stands there now
      })}>
        <Form.Item name="returned" label={t("org.returned")}><Checkbox.Group options={(["card", "keys", "radio", "pledge", "looks"] as const).map((k) => ({ value: k, label: t(`org.returned_${k}`) }))} /></Form.Item>
        <Form.Item name="reason" label={t("common.reason")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input maxLength={500} /></Form.Item>
        <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
        <div className="form-end"><Button danger type="primary" htmlType="submit" loading={busy}>{t("org.leave")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
      </Form>}
    </>
  );
}
