import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { useCameraMap } from "../api/queries";
import type { Viewing } from "../api/types";
import { useZone } from "../app/session";
import { Sign } from "../keeping/parts";
import { dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { sentence } from "../ui/fields";
import { usePeopleNames } from "../ui/people";
import { useOwed, useOwnOwed } from "./owed";
import { usePurposes } from "./purposes";

/** One's own reasons that are due, above whatever page is open. */
export function ReasonBanners() {
  const { t } = useTranslation();
  const own = useOwnOwed();
  const [first] = own;
  const words = useWords();
  const [writing, setWriting] = useState<Viewing>();
  return (
    <>
      {first?.owed ? (
        <section className={`glass-banner${first.owed.missingSince ? "" : " glass-due"}`} aria-label={t("owed.write")}>
          <span>{t(first.owed.missingSince ? "owed.missing" : "owed.due", words(first))}{own.length > 1 ? ` ${t("owed.more", { count: own.length - 1 })}` : ""}</span>
          <Button size="small" onClick={() => setWriting(first)}>{t("owed.write")}</Button>
        </section>
      ) : null}
      <Modal open={writing !== undefined} title={t("owed.title")} onCancel={() => setWriting(undefined)} footer={null} width={480} destroyOnHidden>
        {writing ? <Write key={writing.id} viewing={writing} onClose={() => setWriting(undefined)} /> : null}
      </Modal>
    </>
  );
}

// What names a viewing in a sentence.
function useWords(): (v: Viewing) => { purpose: string; camera: string; time: string } {
  const zone = useZone();
  const cameras = useCameraMap();
  const { nameOf } = usePurposes();
  const { t } = useTranslation();
  return (v) => ({
    purpose: nameOf(v.purpose),
    camera: v.cameras.map((c) => cameras.get(c)?.name ?? t("common.camera")).join(t("common.comma")),
    time: dateTimeText(Date.parse(v.owed?.dueAt ?? v.openedAt), zone),
  });
}

function Write({ viewing: v, onClose }: { viewing: Viewing; onClose: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const [form] = Form.useForm<{ reason: string }>();
  const { busy, fault, attempt } = useAttempt(form);
  const words = useWords();
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={({ reason }) => void attempt(async () => {
      await api.viewings.reason(v.id, reason.trim());
      await cache.invalidateQueries({ queryKey: ["viewings"] });
      message.success(t("owed.sent"));
      onClose();
    })}>
      <p className="dim form-lead">{t("owed.lead", { ...words(v), time: dateTimeText(Date.parse(v.from), zone) })}</p>
      <Form.Item name="reason" label={t("common.reason")} rules={[sentence(t("problem.reason_too_short"))]}><Input.TextArea autoFocus autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" htmlType="submit" loading={busy}>{t("owed.send")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
    </Form>
  );
}

/** Those of everybody whom the reader may know: what is due, and what is missing as a breach. */
export function OwedList() {
  const { t } = useTranslation();
  const zone = useZone();
  const names = usePeopleNames();
  const words = useWords();
  const { data } = useOwed();
  if (!data || data.length === 0) return null;
  return (
    <section aria-label={t("owed.listTitle")}>
      <h2>{t("owed.listTitle")}</h2>
      <ul className="rows panel">
        {data.map((v) => {
          const { camera, time } = words(v);
          return (
            <li key={v.id} className="glass-row">
              <span className="wrap">{t("owed.by", { name: names(v.person), camera, time: dateTimeText(Date.parse(v.openedAt), zone) })}</span>
              <span className="dim num">{t("owed.dueAt", { time })}</span>
              <Sign tone={v.owed?.missingSince ? "red" : "amber"}>{t(v.owed?.missingSince ? "owed.state_missing" : "owed.state_due")}</Sign>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
