import { DeleteOutlined, DownOutlined, SaveOutlined } from "@ant-design/icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Checkbox, Form, Input, Modal, Popover } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Layout } from "../api/types";
import { useSession } from "../app/session";
import { resize, shown, type WallState } from "./model";

/** Chooses, saves and removes layouts. */
export function LayoutMenu({ wall, onChoose }: { wall: WallState; onChoose: (w: WallState) => void }) {
  const { t } = useTranslation();
  const { message, modal } = App.useApp();
  const cache = useQueryClient();
  const me = useSession().person.id;
  const [open, setOpen] = useState(false);
  const [naming, setNaming] = useState(false);
  const { data = [] } = useQuery({ queryKey: ["layouts"], queryFn: api.layouts.list });
  const current = data.find((l) => l.id === wall.layout);
  const mine = (l: Layout): boolean => l.person === me;
  const seen = shown(wall).cells;
  const changed = current !== undefined && (current.size !== wall.size || current.cells.some((c, i) => c !== seen[i]));
  const refresh = (): Promise<void> => cache.invalidateQueries({ queryKey: ["layouts"] });

  const save = useMutation({
    mutationFn: (l: Layout) => api.layouts.change(l.id, { name: l.name, shared: l.shared, size: wall.size, cells: [...seen] }),
    onSuccess: async (l) => {
      await refresh();
      message.success(t("wall.savedAs", { name: l.name }));
    },
    onError: (e) => message.error(problemText(t, e)),
  });
  const create = useMutation({
    mutationFn: (v: { name: string; shared?: boolean }) => api.layouts.create({ name: v.name.trim(), shared: v.shared ?? false, size: wall.size, cells: [...seen] }),
    onSuccess: async (l) => {
      setNaming(false);
      await refresh();
      onChoose({ ...wall, layout: l.id });
      message.success(t("wall.savedAs", { name: l.name }));
    },
    onError: (e) => message.error(problemText(t, e)),
  });
  const remove = (l: Layout): void => {
    setOpen(false);
    modal.confirm({
      title: t("wall.removeAsk", { name: l.name }),
      okText: t("wall.remove"),
      cancelText: t("common.cancel"),
      onOk: async () => {
        try {
          await api.layouts.remove(l.id);
          await refresh();
        } catch (e) {
          message.error(problemText(t, e));
        }
      },
    });
  };
  const choose = (l: Layout): void => {
    setOpen(false);
    onChoose({ size: l.size, cells: resize(l.cells, l.size), layout: l.id });
  };
  const section = (title: string, list: Layout[]) =>
    list.length > 0 ? (
      <section className="layouts-part">
        <h3>{title}</h3>
        {list.map((l) => (
          <div key={l.id} className="layouts-row">
            <button type="button" className={l.id === wall.layout ? "layouts-item on" : "layouts-item"} aria-pressed={l.id === wall.layout} onClick={() => choose(l)}>
              <span className="cut">{l.name}</span>
              <span className="dim num">{l.size}</span>
            </button>
            {mine(l) ? <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={t("wall.remove")} onClick={() => remove(l)} /> : null}
          </div>
        ))}
      </section>
    ) : null;

  return (
    <>
      <Popover
        trigger="click"
        placement="bottomLeft"
        open={open}
        onOpenChange={setOpen}
        content={
          <div className="layouts">
            {data.length === 0 ? <p className="dim">{t("wall.none")}</p> : null}
            {section(t("wall.own"), data.filter(mine))}
            {section(t("wall.sharedLayouts"), data.filter((l) => !mine(l)))}
            <div className="layouts-end">
              {current && mine(current) && changed ? <Button size="small" type="primary" icon={<SaveOutlined />} loading={save.isPending} onClick={() => save.mutate(current)}>{t("wall.save")}</Button> : null}
              <Button size="small" onClick={() => { setOpen(false); setNaming(true); }}>{t("wall.saveAs")}</Button>
            </div>
          </div>
        }
      >
        <Button type="text" className="layouts-button">
          <span className="cut">{current?.name ?? t("wall.layout")}</span>
          {changed ? <span className="dim">{t("wall.unsaved")}</span> : null}
          <DownOutlined aria-hidden />
        </Button>
      </Popover>
      <Modal title={t("wall.saveAs")} open={naming} onCancel={() => setNaming(false)} footer={null} destroyOnHidden>
        <Form layout="vertical" requiredMark={false} onFinish={(v) => create.mutate(v)}>
          <Form.Item name="name" label={t("wall.name")} rules={[{ required: true, whitespace: true, message: t("common.required") }, { max: 100 }]}>
            <Input autoFocus />
          </Form.Item>
          <Form.Item name="shared" valuePropName="checked"><Checkbox>{t("wall.shared")}</Checkbox></Form.Item>
          <Button type="primary" htmlType="submit" loading={create.isPending}>{t("common.save")}</Button>
        </Form>
      </Modal>
    </>
  );
}
