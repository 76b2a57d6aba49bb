import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Form, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { grounds, type Order } from "../api/types";
import { useZone } from "../app/session";
import { dateTimeText, parseDateTime } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { sentence } from "../ui/fields";
import { bytesText } from "../ui/numbers";
import { CameraNames, Interval, Sign, WhereAndWhen } from "./parts";

export function OrderForm({ open, onClose, onAsked }: { open: boolean; onClose: () => void; onAsked: (o: Order) => void }) {
  const { t } = useTranslation();
  return <Drawer open={open} onClose={onClose} size={540} title={t("deletions.ask")} destroyOnHidden>{open ? <Fields onClose={onClose} onAsked={onAsked} /> : null}</Drawer>;
}

interface Values { cameras: string[]; from: string; to: string; ground: Order["ground"]; document: string; reason: string }

function Fields({ onClose, onAsked }: { onClose: () => void; onAsked: (o: Order) => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const cache = useQueryClient();
  const { message } = App.useApp();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const cameras = Form.useWatch("cameras", form) ?? [];
  // A boundary of a segment lies between two seconds; rounded, it would touch the next segment.
  const [exact, setExact] = useState(new Map<string, string>());
  const instant = (text: string): string | undefined => {
    const at = parseDateTime(text, zone);
    return exact.get(text) ?? (at === undefined ? undefined : new Date(at).toISOString());
  };
  const from = instant(Form.useWatch("from", form) ?? "");
  const to = instant(Form.useWatch("to", form) ?? "");
  const widen = (a: string, b: string): void => {
    const [first, last] = [dateTimeText(Date.parse(a), zone, true), dateTimeText(Date.parse(b), zone, true)];
    setExact(new Map([[first, a], [last, b]]));
    form.setFieldsValue({ from: first, to: last });
  };
  const save = (v: Values) => attempt(async () => {
    const o = await api.orders.request({ cameras: v.cameras, from: from ?? "", to: to ?? "", ground: v.ground, document: v.document.trim(), reason: v.reason.trim() });
    await cache.invalidateQueries({ queryKey: ["deletions"] });
    message.success(t("deletions.asked"));
    onAsked(o);
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} scrollToFirstError onFinish={(v) => void save(v)}>
      <p className="dim form-lead">{t("deletions.askText")}</p>
      <WhereAndWhen ahead={false} />
      <Preview cameras={cameras} from={from} to={to} onWiden={widen} />
      <Form.Item name="ground" label={t("deletions.ground")} rules={[{ required: true, message: t("common.required") }]}><Select placeholder={t("common.choose")} options={grounds.map((g) => ({ value: g, label: t(`retention.order.${g}`) }))} /></Form.Item>
      <Form.Item name="document" label={t("keeping.document")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input maxLength={100} placeholder={t("deletions.documentHint")} /></Form.Item>
      <Form.Item name="reason" label={t("deletions.text")} rules={[sentence(t("keeping.atLeastFour"))]}><Input.TextArea autoSize={{ minRows: 3, maxRows: 8 }} maxLength={1000} /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end">
        <Button type="primary" htmlType="submit" loading={busy}>{t("deletions.ask")}</Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </Form>
  );
}

/** What would go, what would stay because it reaches beyond the interval, and what a hold keeps. */
export function Preview({ cameras, from, to, onWiden }: { cameras: string[]; from: string | undefined; to: string | undefined; onWiden?: (from: string, to: string) => void }) {
  const { t } = useTranslation();
  const asked = cameras.length > 0 && from !== undefined && to !== undefined && Date.parse(to) > Date.parse(from) && Date.parse(to) <= Date.now();
  const { data, error, isFetching } = useQuery({
    queryKey: ["deletion-preview", cameras, from, to],
    queryFn: ({ signal }) => api.orders.preview({ cameras, from: from ?? "", to: to ?? "" }, signal),
    enabled: asked,
    staleTime: 0,
  });
  return (
    <section className="preview" aria-live="polite" aria-label={t("deletions.preview")}>
      <h3>{t("deletions.preview")}</h3>
      {!asked ? <p className="dim">{t("deletions.previewFirst")}</p> : null}
      {asked && error ? <p className="fault-text">{problemText(t, error)}</p> : null}
      {asked && !data && isFetching ? <p className="dim">{t("common.loading")}</p> : null}
      {asked && data ? (
        <>
          <p>{data.segments > 0 ? <Sign tone="red">{t("deletions.goes", { count: data.segments, size: bytesText(data.bytes) })}</Sign> : <Sign tone="grey">{t("deletions.goesNothing")}</Sign>}</p>
          {data.held > 0 ? <p><Sign tone="amber">{t("deletions.goesHeld", { count: data.held })}</Sign></p> : null}
          {data.edges.length > 0 ? (
            <>
              <p><Sign tone="amber">{t("deletions.stays", { count: data.edges.length })}</Sign></p>
              <ul className="edges">{data.edges.slice(0, 8).map((e) => <li key={e.camera + e.start}><CameraNames ids={[e.camera]} /> <span className="dim"><Interval from={e.start} to={e.end} /></span></li>)}</ul>
              {onWiden && Date.parse(data.to) < Date.now() ? <Button size="small" onClick={() => onWiden(data.from, data.to)}>{t("deletions.widen")}</Button> : null}
            </>
          ) : null}
        </>
      ) : null}
    </section>
  );
}
