import { DeleteOutlined, FolderOpenOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Checkbox, Form, Input, Popover } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { useSession } from "../app/session";
import { useAttempt } from "../ui/attempt";
import { usePeopleNames } from "../ui/people";
import { packed, unpacked, type Conditions } from "./conditions";

/** Searches that somebody keeps: one's own, and those that are shared. */
export function SavedSearches({ conditions, onOpen }: { conditions: Conditions; onOpen: (c: Conditions) => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <Popover open={open} onOpenChange={setOpen} trigger="click" placement="bottomRight" destroyOnHidden
      content={<List conditions={conditions} onOpen={(c) => { setOpen(false); onOpen(c); }} />}>
      <Button icon={<FolderOpenOutlined />}>{t("acts.saved")}</Button>
    </Popover>
  );
}

function List({ conditions, onOpen }: { conditions: Conditions; onOpen: (c: Conditions) => void }) {
  const { t } = useTranslation();
  const me = useSession().person;
  const nameOf = usePeopleNames();
  const cache = useQueryClient();
  const { busy, fault, attempt } = useAttempt();
  const { data = [] } = useQuery({ queryKey: ["act-searches"], queryFn: api.actSearches.list });
  const again = (): Promise<void> => cache.invalidateQueries({ queryKey: ["act-searches"] });
  const save = (v: { name: string; shared?: boolean }) => attempt(async () => {
    await api.actSearches.save({ name: v.name.trim(), query: packed(conditions), shared: v.shared === true });
    await again();
  });
  const remove = (id: string) => attempt(async () => { await api.actSearches.remove(id); await again(); });
  return (
    <div className="trail-filters">
      {data.length === 0 ? <p className="dim">{t("acts.noSaved")}</p> : null}
      <ul className="rows">
        {data.map((s) => (
          <li key={s.id} className="trail-chips">
            <Button type="link" onClick={() => onOpen(unpacked(s.query))}>{s.name}</Button>
            <span className="dim">{s.shared ? (s.person === me.id ? t("acts.sharedByMe") : t("acts.sharedBy", { name: nameOf(s.person) })) : null}</span>
            {s.person === me.id ? <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t("acts.removeSaved", { name: s.name })} onClick={() => void remove(s.id)} /> : null}
          </li>
        ))}
      </ul>
      {packed(conditions) ? (
        <Form layout="vertical" requiredMark={false} onFinish={(v) => void save(v as { name: string; shared?: boolean })}>
          <Form.Item name="name" label={t("acts.saveAs")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input maxLength={100} /></Form.Item>
          <Form.Item name="shared" valuePropName="checked"><Checkbox>{t("acts.shareIt")}</Checkbox></Form.Item>
          <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
          <Button type="primary" htmlType="submit" loading={busy}>{t("acts.save")}</Button>
        </Form>
      ) : <p className="dim">{t("acts.saveNothing")}</p>}
    </div>
  );
}
