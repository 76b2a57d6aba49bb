import { TeamOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Badge, Button, Form, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Present } from "../api/types";
import { dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { named } from "./names";
import { PresentFields } from "./present";

/** Names who else watches the live pictures of this session. */
export function CompanyButton({ zone }: { zone: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { data } = useQuery({ queryKey: ["company"], queryFn: api.company.get, refetchInterval: 60_000 });
  const count = data?.present.length ?? 0;
  const label = count > 0 ? t("present.beside", { count }) : t("present.open");
  return (
    <>
      <Button type="text" icon={<Badge count={count} size="small" color="var(--accent)"><TeamOutlined /></Badge>} aria-label={label} title={label} onClick={() => setOpen(true)} />
      <Modal open={open} title={t("present.title")} onCancel={() => setOpen(false)} footer={null} destroyOnHidden width={480} className="dialog-long">
        <Company present={data?.present ?? []} until={data?.until} zone={zone} onClose={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function Company({ present, until, zone, onClose }: { present: Present[]; until?: string; zone: string; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const [form] = Form.useForm<{ present: Present[] }>();
  const { busy, fault, attempt } = useAttempt(form);
  const put = (all: Present[]) => attempt(async () => {
    cache.setQueryData(["company"], await api.company.set(all));
    message.success(t("present.saved"));
    onClose();
  });
  return (
    <Form form={form} layout="vertical" initialValues={{ present: present.map((p) => (p.person ? { person: p.person } : p)) }} onFinish={(v) => void put(named(v.present))}>
      <p className="dim form-lead">{until ? t("present.why", { until: dateTimeText(Date.parse(until), zone) }) : t("present.whyNone")}</p>
      <Form.Item name="present" label={t("present.label")}><PresentFields /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end">
        <Button type="primary" htmlType="submit" loading={busy}>{t("present.save")}</Button>
        {present.length > 0 ? <Button onClick={() => void put([])}>{t("present.leave")}</Button> : null}
      </div>
    </Form>
  );
}
