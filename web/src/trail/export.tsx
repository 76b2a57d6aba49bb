import { Button, Form, Input, Modal, Radio } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { useAttempt } from "../ui/attempt";
import { saveFile } from "../ui/save";
import type { Conditions } from "./conditions";

interface Answers {
  reason: string;
  format: "csv" | "pdf";
}

/** Takes what the conditions find out of the house, with a reason that goes on record. */
export function ExportDialog({ open, conditions, onClose }: { open: boolean; conditions: Conditions; onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const { busy, fault, attempt, forget } = useAttempt();
  useEffect(forget, [open]);
  const run = ({ reason, format }: Answers) => attempt(async () => {
    const file = await api.acts.export(conditions, { format, language: i18n.language === "en" ? "en" : "zh-CN", reason: reason.trim() });
    saveFile(file, `watchroom-acts-${new Date().toISOString().replace(/[-:]|\.\d+/g, "")}.${format}`);
    onClose();
  });
  return (
    <Modal open={open} onCancel={onClose} footer={null} destroyOnHidden width={460} title={t("acts.exportTitle")}>
      <p className="dim form-lead">{t("acts.exportText")}</p>
      <Form layout="vertical" requiredMark={false} initialValues={{ format: "csv" }} onFinish={(v) => void run(v as Answers)}>
        <Form.Item name="format" label={t("acts.format")}>
          <Radio.Group className="export-formats">
            {(["csv", "pdf"] as const).map((f) => <Radio key={f} value={f}>{t(`acts.format_${f}`)}<span className="dim export-about">{t(`acts.format_${f}_about`)}</span></Radio>)}
          </Radio.Group>
        </Form.Item>
        <Form.Item name="reason" label={t("common.reason")} rules={[{ required: true, whitespace: true, min: 4, message: t("acts.reasonShort") }]}>
          <Input.TextArea autoFocus autoSize={{ minRows: 2, maxRows: 5 }} maxLength={1000} placeholder={t("acts.exportHint")} />
        </Form.Item>
        <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
        <Button type="primary" htmlType="submit" loading={busy}>{t("acts.exportDo")}</Button>
      </Form>
    </Modal>
  );
}
