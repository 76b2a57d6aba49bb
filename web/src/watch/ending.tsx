import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, Modal, Select } from "antd";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { asProblem, problemText } from "../api/problem";
import { roomsApi } from "../api/rooms";
import { watchApi, type WatchRoom } from "../api/watch";
import { useSession } from "../app/session";
import { useAttempt } from "../ui/attempt";
import { sentence } from "../ui/fields";
import { Checklist, lacks, useLooks } from "./checks";
import { useHandover } from "./use";

export type Ending = { room: WatchRoom; how: "off" | "take" | "close" };

/** How a watch ends, or passes without a signature. */
export function EndingDialog({ ending, checks, onClose }: { ending: Ending | undefined; checks: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const title = ending ? t({ off: "watch.offTitle", take: "watch.takeTitle", close: "watch.closeTitle" }[ending.how], { name: ending.room.name }) : "";
  return (
    <Modal open={ending !== undefined} title={title} onCancel={onClose} footer={null} width={ending?.how === "close" ? 680 : 520} style={ending?.how === "close" ? { top: 32 } : undefined} destroyOnHidden className="dialog-long"
      afterOpenChange={(open) => { if (open && ending?.how !== "close") box.current?.querySelector("textarea")?.focus(); }}>
      <div ref={box}>
        {ending?.how === "off" ? <Off room={ending.room} onClose={onClose} /> : null}
        {ending?.how === "take" ? <Take room={ending.room} onClose={onClose} /> : null}
        {ending?.how === "close" ? <Close room={ending.room} checks={checks} onClose={onClose} /> : null}
      </div>
    </Modal>
  );
}

function Off({ room, onClose }: { room: WatchRoom; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const me = useSession().person.id;
  const handOver = useHandover();
  const { busy, fault, attempt } = useAttempt();
  const charge = room.on.some((a) => a.person === me && a.charge);
  const off = (v: { reason?: string }): void => void attempt(async () => {
    await watchApi.signOff(room.id, (v.reason ?? "").trim());
    await cache.invalidateQueries({ queryKey: ["watch"] });
    message.success(t("watch.signedOff", { room: room.name }));
    onClose();
  });
  return (
    <Form layout="vertical" requiredMark={false} onFinish={off}>
      <p className="form-lead">{charge ? <strong>{t("watch.offCharge")}</strong> : <span className="dim">{t("watch.offText")}</span>}</p>
      <Form.Item name="reason" label={t("watch.offNote")}><Input.TextArea autoSize={{ minRows: 2, maxRows: 5 }} maxLength={1000} /></Form.Item>
      <div role="alert">
        {fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}
        {fault && ["duty_successor", "duty_relief"].includes(asProblem(fault).code) ? <WaysOn room={room} charge={charge} /> : null}
      </div>
      <div className="form-end">
        {charge && handOver ? <Button type="primary" onClick={() => { onClose(); handOver(room.id); }}>{t("watch.handOver")}</Button> : null}
        <Button type={charge ? "default" : "primary"} htmlType="submit" loading={busy}>{t("watch.signOff")}</Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </Form>
  );
}

/** What somebody can do who may not leave. */
function WaysOn({ room, charge }: { room: WatchRoom; charge: boolean }) {
  const { t } = useTranslation();
  const me = useSession().person.id;
  const { data } = useQuery({ queryKey: ["duty", "deciding", room.id], queryFn: () => roomsApi.people("decide", room.id) });
  const names = (data ?? []).filter((p) => p.id !== me).map((p) => p.name);
  return (
    <div className="watch-ways">
      <h3>{t("watch.wayOn")}</h3>
      <ul>
        {charge ? <li>{t("watch.wayHand")}</li> : null}
        <li className="wrap">{names.length > 0 ? t("watch.wayCall", { names: names.slice(0, 12).join(t("common.comma")) }) : t("watch.wayCallNone", { name: room.headName })}</li>
        {room.phone ? <li className="num">{t("watch.wayPhone", { phone: room.phone })}</li> : null}
      </ul>
    </div>
  );
}

function Take({ room, onClose }: { room: WatchRoom; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const [form] = Form.useForm<{ reason: string }>();
  const { busy, fault, attempt } = useAttempt(form);
  const name = room.answers?.name ?? room.headName;
  const take = (v: { reason: string }): void => void attempt(async () => {
    await watchApi.takeOver(room.id, v.reason.trim());
    await cache.invalidateQueries({ queryKey: ["watch"] });
    message.success(t("watch.taken", { room: room.name }));
    onClose();
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={take}>
      <p className="form-lead">{t(room.answers?.state === "kept" ? "watch.takeKept" : "watch.takeVacant", { name })}</p>
      <Form.Item name="reason" label={t("common.reason")} rules={[sentence(t("problem.reason_too_short"))]}><Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end">
        <Button type="primary" danger htmlType="submit" loading={busy}>{t("watch.takeOk")}</Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </Form>
  );
}

function Close({ room, checks: items, onClose }: { room: WatchRoom; checks: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const looks = useLooks(items);
  const [form] = Form.useForm<{ standBy: string; phone: string }>();
  const { busy, fault, attempt } = useAttempt(form);
  const next = useRef<HTMLDivElement>(null);
  const { data } = useQuery({
    queryKey: ["duty", "standing", room.id],
    queryFn: async () => {
      const [decide, stand] = await Promise.all([roomsApi.people("decide", room.id), roomsApi.people("stand", room.id)]);
      return [...decide, ...stand.filter((p) => !decide.some((d) => d.id === p.id))];
    },
  });
  const problem = fault ? asProblem(fault) : undefined;
  const item = problem && typeof problem.params.item === "string" ? problem.params.item : undefined;
  const close = (v: { standBy: string; phone: string }): void => {
    const { checks } = looks.done();
    if (!checks) {
      looks.ask();
      return;
    }
    void attempt(async () => {
      const after = await watchApi.close(room.id, { standBy: v.standBy, phone: v.phone.trim(), checks });
      await cache.invalidateQueries({ queryKey: ["watch"] });
      message.success(t("watch.closedDone", { room: room.name, name: after.answers?.name ?? "" }));
      onClose();
    });
  };
  return (
    <Form form={form} layout="vertical" requiredMark={false} initialValues={{ standBy: room.head, phone: "" }} onFinish={close} onFinishFailed={() => { if (lacks(items, looks) > 0) looks.ask(); }}>
      <p className="form-lead">{t("watch.closeText")}</p>
      <Checklist items={items} looks={looks} fault={item && problem ? { item, text: problemText(t, problem) } : undefined} onThrough={() => window.setTimeout(() => next.current?.querySelector("input")?.focus())} />
      <div className="form-two" ref={next}>
        <Form.Item name="standBy" label={t("watch.standBy")} extra={t("watch.standByHint")} rules={[{ required: true, message: t("common.required") }]}>
          <Select showSearch optionFilterProp="label" options={data ? data.map((p) => ({ value: p.id, label: p.name })) : [{ value: room.head, label: room.headName }]} />
        </Form.Item>
        <Form.Item name="phone" label={t("watch.standByPhone")} rules={[{ required: true, whitespace: true, min: 3, message: t("watch.phoneShort") }]}><Input inputMode="tel" maxLength={40} autoComplete="off" /></Form.Item>
      </div>
      <div role="alert">
        {looks.asked && lacks(items, looks) > 0 ? <p className="fault-text">{t("watch.lacks", { count: lacks(items, looks) })}</p> : null}
        {fault && !item ? <p className="fault-text">{problemText(t, fault)}</p> : null}
      </div>
      <div className="form-end">
        <Button type="primary" size="large" htmlType="submit" loading={busy}>{t("watch.closeOk")}</Button>
        <Button size="large" onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </Form>
  );
}
