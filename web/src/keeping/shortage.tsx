import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { useCameras } from "../api/queries";
import type { Places } from "../api/types";
import { useCan, useZone } from "../app/session";
import { dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { Banner, CameraLinks } from "./parts";

type Shortage = Places["shortage"];

/** That no recording disk has room, with what is asked or was answered; nothing at other times. */
export function FullBanner({ full }: { full: boolean }) {
  const { t } = useTranslation();
  const { data } = useQuery({ queryKey: ["places"], queryFn: api.places, refetchInterval: 15_000, enabled: useCan()("storage.read") });
  const s = data?.shortage;
  if (s && (s.asked || s.answer)) return <ShortageBanner shortage={s} />;
  return full ? <Banner tone="red" title={t("storage.allFull")}><p>{t("storage.allFullText")}</p></Banner> : null;
}

function ShortageBanner({ shortage }: { shortage: Shortage }) {
  const { t } = useTranslation();
  const zone = useZone();
  const may = shortage.mayAnswer;
  const some = useCan()("camera.switch") && !may;
  const [open, setOpen] = useState<"answer" | "revoke">();
  const a = shortage.answer;
  const action = may ? (
    <div className="shortage-acts">
      <Button type={a ? "default" : "primary"} onClick={() => setOpen("answer")}>{t(a ? "shortage.other" : "shortage.choose")}</Button>
      {a ? <Button onClick={() => setOpen("revoke")}>{t("shortage.revoke")}</Button> : null}
    </div>
  ) : undefined;
  return (
    <>
      <Banner tone={a ? "amber" : "red"} title={t(a ? "shortage.answeredTitle" : "shortage.askedTitle")} action={action}>
        {a ? (
          <>
            <p>{t("shortage.goOn", { count: a.count })}</p>
            <CameraLinks ids={a.record} />
            <p className="wrap">{t("shortage.said", { name: a.personName || a.person, time: dateTimeText(Date.parse(a.at), zone), reason: a.reason })}</p>
          </>
        ) : <p>{t(may ? "shortage.askedText" : "shortage.askedOther")}</p>}
        {some ? <p>{t("shortage.someAreas")}</p> : null}
      </Banner>
      <Answer open={open === "answer"} before={a?.record ?? []} onClose={() => setOpen(undefined)} />
      <Revoke open={open === "revoke"} onClose={() => setOpen(undefined)} />
    </>
  );
}

function Answer({ open, before, onClose }: { open: boolean; before: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const { data = [] } = useCameras();
  const [form] = Form.useForm<{ record: string[]; reason: string }>();
  const { busy, fault, attempt, forget } = useAttempt(form);
  const close = (): void => { forget(); onClose(); };
  const run = (v: { record: string[]; reason: string }) => attempt(async () => {
    await api.shortage.answer({ record: v.record, reason: v.reason.trim() });
    await cache.invalidateQueries({ queryKey: ["places"] });
    close();
  });
  const most = [...data].filter((c) => !c.retiredAt).sort((x, y) => y.priority - x.priority || x.name.localeCompare(y.name));
  return (
    <Modal open={open} title={t("shortage.choose")} onCancel={close} footer={null} destroyOnHidden width={520}>
      <p className="dim form-lead">{t("shortage.chooseText")}</p>
      {fault ? <p className="fault-text" role="alert">{problemText(t, fault)}</p> : null}
      <Form form={form} layout="vertical" requiredMark={false} initialValues={{ record: before, reason: "" }} onFinish={(v) => void run(v)}>
        <Form.Item name="record" label={t("shortage.record")} extra={t("shortage.recordHint")} rules={[{ required: true, type: "array", min: 1, message: t("common.required") }]}>
          <Select mode="multiple" showSearch={{ optionFilterProp: "label" }} options={most.map((c) => ({ value: c.id, label: t("shortage.option", { name: c.name, priority: c.priority }) }))} />
        </Form.Item>
        <Form.Item name="reason" label={t("common.reason")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input maxLength={500} /></Form.Item>
        <Button type="primary" htmlType="submit" loading={busy}>{t("shortage.confirm")}</Button>
      </Form>
    </Modal>
  );
}

function Revoke({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const { busy, fault, attempt, forget } = useAttempt();
  const close = (): void => { forget(); onClose(); };
  const run = (reason: string) => attempt(async () => {
    await api.shortage.revoke({ reason: reason.trim() });
    await cache.invalidateQueries({ queryKey: ["places"] });
    close();
  });
  return (
    <Modal open={open} title={t("shortage.revoke")} onCancel={close} footer={null} destroyOnHidden width={440}>
      <p className="dim form-lead">{t("shortage.revokeText")}</p>
      {fault ? <p className="fault-text" role="alert">{problemText(t, fault)}</p> : null}
      <Form layout="vertical" requiredMark={false} onFinish={(v: { reason: string }) => void run(v.reason)}>
        <Form.Item name="reason" label={t("common.reason")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input autoFocus maxLength={500} /></Form.Item>
        <Button type="primary" danger htmlType="submit" loading={busy}>{t("shortage.revoke")}</Button>
      </Form>
    </Modal>
  );
}
