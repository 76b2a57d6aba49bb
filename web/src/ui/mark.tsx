import { App, Button, Form, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { useQueryClient } from "@tanstack/react-query";
import type { Camera } from "../api/types";
import { dateTimeText } from "../time/zone";

export interface Mark { camera: Camera; at: number; end?: number }

/** Writes a bookmark: a sentence and Enter. `title` is what it says unless somebody says more. */
export function MarkDialog({ mark, title, zone, onClose, onDone }: { mark: Mark | undefined; title: string; zone: string; onClose: () => void; onDone: (m: Mark) => void }) {
  const { t } = useTranslation();
  return (
    <Modal open={mark !== undefined} title={mark ? t("wall.markOf", { name: mark.camera.name }) : ""} onCancel={onClose} footer={null} destroyOnHidden width={440} className="dialog-long">
      {mark ? <MarkForm mark={mark} title={title} zone={zone} onDone={() => { onDone(mark); onClose(); }} /> : null}
    </Modal>
  );
}

function MarkForm({ mark, title, zone, onDone }: { mark: Mark; title: string; zone: string; onDone: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const [busy, setBusy] = useState(false);
  const save = async (v: { title: string; note?: string }): Promise<void> => {
    setBusy(true);
    try {
      await api.bookmarks.add({
        camera: mark.camera.id,
        at: new Date(mark.at).toISOString(),
        end: mark.end === undefined ? undefined : new Date(mark.end).toISOString(),
        title: v.title.trim(),
        note: v.note?.trim() || undefined,
      });
      void cache.invalidateQueries({ queryKey: ["bookmarks"] });
      onDone();
    } catch (e) {
      message.error(problemText(t, e));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Form layout="vertical" requiredMark={false} onFinish={(v) => void save(v)} initialValues={{ title }}>
      <p className="dim num form-lead">{mark.end === undefined ? dateTimeText(mark.at, zone) : `${dateTimeText(mark.at, zone)} – ${dateTimeText(mark.end, zone)}`}</p>
      <Form.Item name="title" label={t("wall.markTitle")} rules={[{ required: true, whitespace: true, message: t("common.required") }, { max: 200 }]}>
        <Input autoFocus onFocus={(e) => e.target.select()} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={busy}>{t("common.save")}</Button>
    </Form>
  );
}
