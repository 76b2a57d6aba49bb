import { useQueryClient } from "@tanstack/react-query";
import { Alert, App, Button, Form, Input, Modal, type InputRef } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { asProblem, problemText } from "../api/problem";
import type { Factor, Person } from "../api/types";
import { useAttempt } from "../ui/attempt";
import { usePeopleNames } from "../ui/people";
import { CardField, PINField, PINPad } from "./fields";

interface PIN { password: string; card: string; old: string; pin: string; again: string }

/** One's own PIN: the first, or another one. */
export function ChoosePIN({ factor, onClose, onDone }: { factor: Factor | undefined; onClose: () => void; onDone: (codes: string[]) => void }) {
  const { t } = useTranslation();
  const first = factor?.state === "no_pin";
  const [form] = Form.useForm<PIN>();
  const { busy, fault, attempt, forget } = useAttempt(form);
  const next = useRef<InputRef>(null);
  const [into, setInto] = useState<"old" | "pin" | "again">("pin");
  useEffect(() => { forget(); setInto(first ? "pin" : "old"); }, [factor]);
  const choose = ({ again: _, ...v }: PIN) => attempt(async () => onDone((await api.factors.choosePIN(v)).codes ?? []));
  return (
    <Modal open={factor !== undefined} title={t(first ? "card.choose" : "card.change")} onCancel={onClose} footer={null} destroyOnHidden mask={{ closable: false }}>
      <Form form={form} layout="vertical" requiredMark={false} autoComplete="off" initialValues={{ password: "", card: "", old: "", pin: "", again: "" }} onFinish={(v) => void choose(v)}>
        <div role="alert">{fault ? <Alert type="error" showIcon title={problemText(t, fault)} className="form-alert" /> : null}</div>
        <p>{t(first ? "card.chooseText" : "card.changeText")}</p>
        <Form.Item name="password" label={t("factor.password")} extra={t("factor.passwordWhy")} rules={[{ required: true, message: t("common.required") }]}>
          <Input.Password autoComplete="current-password" autoFocus />
        </Form.Item>
        <CardField next={() => next.current?.focus()} />
        {first ? null : <PINField name="old" label={t("card.old")} inputRef={next} onFocus={() => setInto("old")} />}
        <PINField name="pin" label={t("card.new")} extra={t("card.rules")} inputRef={first ? next : undefined} onFocus={() => setInto("pin")} />
        <PINField name="again" label={t("card.again")} match="pin" onFocus={() => setInto("again")} />
        <PINPad value={() => String(form.getFieldValue(into) ?? "")} onChange={(v) => form.setFieldValue(into, v)} />
        <Button type="primary" htmlType="submit" loading={busy}>{t("common.save")}</Button>
      </Form>
    </Modal>
  );
}

/** A card for somebody else, held to the reader at the desk. */
export function IssueCard({ person, replaces, open, onClose }: { person: Person; replaces: boolean; open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const { message } = App.useApp();
  const [form] = Form.useForm<{ card: string; name: string; reason?: string }>();
  const { busy, fault, attempt, forget } = useAttempt(form);
  const nameOf = usePeopleNames();
  const refused = fault ? asProblem(fault) : undefined;
  const field = useRef<InputRef>(null);
  const next = useRef<InputRef>(null);
  useEffect(forget, [open]);
  const issue = (v: { card: string; name: string; reason?: string }) => attempt(async () => {
    await api.factors.issueCard(person.id, v);
    message.success(t("card.issued", { name: person.displayName }));
    onClose();
    await cache.invalidateQueries({ queryKey: ["factors"] });
  });
  return (
    <Modal open={open} title={t(replaces ? "card.reissueTo" : "card.issueTo", { name: person.displayName })} onCancel={onClose} afterOpenChange={(shown) => { if (shown) field.current?.focus(); }} footer={null} destroyOnHidden mask={{ closable: false }}>
      <Form name="issue" form={form} layout="vertical" requiredMark={false} autoComplete="off" initialValues={{ name: t("card.name") }} onFinish={(v) => void issue(v)}>
        <div role="alert">{refused ? <Alert type="error" showIcon title={refused.code === "card_taken" ? t("card.takenBy", { name: nameOf(String(refused.params.person ?? "")) }) : problemText(t, refused)} className="form-alert" /> : null}</div>
        <p>{t(replaces ? "card.reissueText" : "card.issueText")}</p>
        <CardField inputRef={field} next={() => next.current?.focus()} />
        <Form.Item name="name" label={t("factor.name")} extra={t("card.nameWhy")} rules={[{ required: true, whitespace: true, message: t("common.required") }, { max: 60, message: t("problem.field_too_long") }]}>
          <Input ref={next} autoComplete="off" />
        </Form.Item>
        {replaces ? <Form.Item name="reason" label={t("common.reason")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input maxLength={300} autoComplete="off" /></Form.Item> : null}
        <Button type="primary" htmlType="submit" loading={busy}>{t("card.issue")}</Button>
      </Form>
    </Modal>
  );
}

/** Lets a card be used again that wrong PINs have locked. */
export function UnlockCard({ person, factor, onClose }: { person: Person; factor: Factor | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const { message } = App.useApp();
  const [form] = Form.useForm<{ reason: string }>();
  const { busy, fault, attempt, forget } = useAttempt(form);
  useEffect(forget, [factor]);
  const unlock = (v: { reason: string }) => attempt(async () => {
    if (!factor) return;
    await api.factors.unlockCard(person.id, factor.id, v.reason);
    message.success(t("card.unlocked"));
    onClose();
    await cache.invalidateQueries({ queryKey: ["factors"] });
  });
  return (
    <Modal open={factor !== undefined} title={t("card.unlockOf", { name: person.displayName })} onCancel={onClose} footer={null} destroyOnHidden>
      <Form name="unlock" form={form} layout="vertical" requiredMark={false} onFinish={(v) => void unlock(v)}>
        <div role="alert">{fault ? <Alert type="error" showIcon title={problemText(t, fault)} className="form-alert" /> : null}</div>
        <p>{t("card.unlockText")}</p>
        <Form.Item name="reason" label={t("common.reason")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input autoFocus maxLength={300} /></Form.Item>
        <Button type="primary" htmlType="submit" loading={busy}>{t("card.unlock")}</Button>
      </Form>
    </Modal>
  );
}
