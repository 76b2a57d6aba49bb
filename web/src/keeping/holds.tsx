import { LockOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { App, Button, Drawer, Form, Input, Segmented, Select, Skeleton } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { holdKinds, type Hold, type Order } from "../api/types";
import { useCan, useSession, useZone } from "../app/session";
import { LoadFault, Needs, Notice } from "../app/states";
import { dateText, dateTimeText, parseDateTime } from "../time/zone";
import { day } from "../timeline/scale";
import { useAttempt } from "../ui/attempt";
import { DayField } from "../ui/day";
import { sentence } from "../ui/fields";
import { bytesText } from "../ui/numbers";
import { usePeopleNames } from "../ui/people";
import { HoldPreview, Releases, settled } from "./held";
import { Banner, CameraLinks, CameraNames, endOfDay, Facts, Interval, Sign, useQuestion, WhereAndWhen } from "./parts";

export function HoldsPage() {
  return (
    <Needs action="storage.read">
      <Holds />
    </Needs>
  );
}

/** Footage that nothing removes for the time being, and what it costs. */
function Holds() {
  const { t } = useTranslation();
  const can = useCan();
  const navigate = useNavigate();
  const { hold: open } = useSearch({ from: "/framed/holds" });
  const { data, error, refetch } = useQuery({ queryKey: ["holds"], queryFn: () => api.holds.list(true), refetchInterval: 30_000 });
  const { data: state } = useQuery({ queryKey: ["retention"], queryFn: api.retention.get, refetchInterval: 30_000 });
  const [released, setReleased] = useState(false);
  const [placing, setPlacing] = useState(false);
  const standing = data?.filter((h) => !h.releasedAt) ?? [];
  const list = data && (released ? data.filter((h) => h.releasedAt) : standing);
  const overdue = standing.filter((h) => h.overdue);
  const show = (id?: string): void => void navigate({ to: "/holds", search: { hold: id }, replace: true });
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("holds.title")}</h1>
        {data ? <span className="sub">{t("holds.count", { count: standing.length })}{state ? ` · ${t("holds.total", { size: bytesText(state.heldBytes) })}` : null}</span> : null}
        <span className="end">{can("hold.place") ? <Button type="primary" icon={<LockOutlined />} onClick={() => setPlacing(true)}>{t("holds.place")}</Button> : null}</span>
      </header>
      <p className="page-lead dim">{t("holds.lead")}</p>
      {overdue.length > 0 ? (
        <Banner tone="red" title={t("holds.overdueCount", { count: overdue.length })} action={<Button onClick={() => show(overdue[0]?.id)}>{t("holds.look")}</Button>}>
          <p>{t("holds.overdueText")}</p>
        </Banner>
      ) : null}
      {data ? <Segmented className="list-switch" value={released} onChange={setReleased} options={[{ value: false, label: t("holds.standing") }, { value: true, label: t("holds.released") }]} /> : null}
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 6 }} /></div> : null}
      {list?.length === 0 ? <Notice title={t(released ? "holds.noneReleased" : "holds.none")}>{released ? null : t("holds.noneText")}</Notice> : null}
      {list && list.length > 0 ? <ul className="rows panel">{list.map((h) => <li key={h.id}><Row hold={h} onOpen={() => show(h.id)} /></li>)}</ul> : null}
      <Place open={placing} onClose={() => setPlacing(false)} onPlaced={(h) => { setPlacing(false); show(h.id); }} />
      <Details hold={data?.find((h) => h.id === open)} onClose={() => show()} />
    </div>
  );
}

function StateSign({ hold: h }: { hold: Hold }) {
  const { t } = useTranslation();
  if (h.releasedAt) return <Sign tone="grey">{t("holds.isReleased")}</Sign>;
  if (h.asked) return <Sign tone="amber">{t("holds.isAsked")}</Sign>;
  return <Sign tone="ok">{t("holds.stands")}</Sign>;
}

function Review({ hold: h }: { hold: Hold }) {
  const { t } = useTranslation();
  const zone = useZone();
  if (h.releasedAt) return null;
  const on = dateText(Date.parse(h.reviewAt), zone);
  return h.overdue ? <Sign tone="red">{t("holds.overdueSince", { day: on })}</Sign> : <span className="dim num">{t("holds.reviewBy", { day: on })}</span>;
}

function Row({ hold: h, onOpen }: { hold: Hold; onOpen: () => void }) {
  const { t } = useTranslation();
  return (
    <button type="button" className={h.releasedAt ? "keep-row gone" : h.overdue ? "keep-row urgent" : "keep-row"} onClick={onOpen}>
      <span className="keep-main"><strong className="cut"><span className="tag first">{t(`retention.hold.${h.kind}`)}</span>{h.owner}</strong><span className="dim cut">{h.reason}</span></span>
      <span className="keep-side"><CameraNames ids={h.cameras} /><span className="dim"><Interval from={h.from} to={h.to} /></span></span>
      <span className="keep-figure num">{bytesText(h.bytes)}</span>
      <span className="keep-state"><StateSign hold={h} /><Review hold={h} /></span>
    </button>
  );
}

function Details({ hold, onClose }: { hold: Hold | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  return <Drawer open={hold !== undefined} onClose={onClose} size={520} title={t("holds.title")} destroyOnHidden>{hold ? <Detail hold={hold} /> : null}</Drawer>;
}

/** The approved orders whose footage this hold still keeps. */
const waitingFor = (h: Hold, orders: readonly Order[]): Order[] =>
  orders.filter((o) => o.state === "approved" && Date.parse(o.from) < Date.parse(h.to) && Date.parse(h.from) < Date.parse(o.to) && o.cameras.some((c) => h.cameras.includes(c)));

function Detail({ hold: h }: { hold: Hold }) {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const me = useSession().person.id;
  const names = usePeopleNames();
  const { message } = App.useApp();
  const { ask, done, dialog } = useQuestion("holds", "retention");
  const at = (time: string): string => dateTimeText(Date.parse(time), zone);
  const orders = useQuery({ queryKey: ["deletions"], queryFn: api.orders.list, refetchInterval: 15_000, enabled: !h.releasedAt });
  const due = waitingFor(h, orders.data ?? []);
  const goes = orders.data ? (due.length > 0 ? t("holds.orderWaits", { count: due.length, documents: due.map((o) => o.document).join(t("common.comma")) }) : "") : t("holds.ordersUnknown");
  const told = (text: string): ReactNode => <><p>{text}</p>{goes ? <p><strong>{goes}</strong></p> : null}</>;
  const review = (): void => ask({
    title: t("holds.review"), text: t("holds.reviewText"), needed: true, ok: t("holds.review"), day: { label: t("holds.nextReview"), initial: dateText(Date.now() + 30 * day, zone) },
    run: async (note, next) => { await api.holds.review(h.id, next, note); await done(t("holds.reviewed")); },
  });
  const release = (): void => ask({
    title: t("holds.ask"), text: told(t("holds.askText")), needed: true, ok: t("holds.ask"),
    run: async (reason) => { await api.holds.ask(h.id, reason); await done(t("holds.asked")); },
  });
  const approve = (): void => ask({
    title: t("holds.approve"), text: told(t("holds.approveText")), needed: false, ok: t("holds.approve"), danger: true,
    run: async (note) => { await api.holds.approve(h.id, note); await done(t("holds.nowReleased")); },
  });
  const reject = (): void => ask({
    title: t("holds.reject"), text: t("holds.rejectText"), needed: true, ok: t("holds.reject"),
    run: async (note) => { await api.holds.reject(h.id, note); await done(t("holds.rejected")); },
  });
  const withdraw = async (): Promise<void> => {
    try {
      await api.holds.withdraw(h.id);
      await done(t("holds.withdrawn"));
    } catch (e) {
      message.error(problemText(t, e));
    }
  };
  return (
    <>
      <p className="detail-state"><StateSign hold={h} /> <Review hold={h} /></p>
      <h2 className="detail-title wrap">{h.owner}</h2>
      <p className="detail-text wrap">{h.reason}</p>
      {h.asked && !h.releasedAt ? (
        <section className="waiting" aria-label={t("holds.isAsked")}>
          <h3>{t("holds.askedBy", { name: names(h.asked.by), time: at(h.asked.at) })}</h3>
          <p className="wrap">{h.asked.reason}</p>
          {h.asked.by === me ? <p className="dim">{t("problem.hold_own_release")}</p> : null}
          {h.asked.by !== me && !can("hold.release") ? <p className="dim">{t("keeping.waitsForRight", { action: t("action.hold_release") })}</p> : null}
          <div className="form-end">
            {can("hold.release") && h.asked.by !== me ? <Button type="primary" onClick={approve}>{t("holds.approve")}</Button> : null}
            {can("hold.release") && h.asked.by !== me ? <Button onClick={reject}>{t("holds.reject")}</Button> : null}
            {h.asked.by === me && can("hold.place") ? <Button onClick={() => void withdraw()}>{t("holds.withdraw")}</Button> : null}
          </div>
        </section>
      ) : null}
      {!h.releasedAt && can("hold.place") ? (
        <div className="form-end detail-acts">
          <Button type={h.overdue ? "primary" : undefined} onClick={review}>{t("holds.review")}</Button>
          {h.asked ? null : <Button onClick={release}>{t("holds.ask")}</Button>}
        </div>
      ) : null}
      <Facts rows={[
        [t("holds.kind"), t(`retention.hold.${h.kind}`)],
        [t("keeping.document"), h.document || "–"],
        [t("keeping.cameras"), <CameraLinks key="c" ids={h.cameras} />],
        [t("keeping.interval"), <Interval key="i" from={h.from} to={h.to} />],
        [t("holds.holds"), t("holds.holdsValue", { size: bytesText(h.bytes), count: h.segments })],
        h.unfinished ? [t("holds.unfinished"), t("holds.unfinishedValue", { count: h.unfinished })] : undefined,
        [t("holds.placed"), t("keeping.byAt", { name: names(h.placedBy), time: at(h.placedAt) })],
        !h.releasedAt && [t("holds.reviewDay"), dateText(Date.parse(h.reviewAt), zone)],
        h.recoveredAt ? [t("holds.recovered"), at(h.recoveredAt)] : undefined,
        h.releasedAt ? [t("holds.isReleased"), t("keeping.byAt", { name: names(h.releasedBy ?? ""), time: at(h.releasedAt) })] : undefined,
      ]} />
      <Releases hold={h} />
      {dialog}
    </>
  );
}

interface Values { kind: Hold["kind"]; owner: string; reason: string; document?: string; cameras: string[]; from: string; to: string; review: string }

function Place({ open, onClose, onPlaced }: { open: boolean; onClose: () => void; onPlaced: (h: Hold) => void }) {
  const { t } = useTranslation();
  return <Drawer open={open} onClose={onClose} size={520} title={t("holds.place")} destroyOnHidden>{open ? <Fields onClose={onClose} onPlaced={onPlaced} /> : null}</Drawer>;
}

const reviews = [30, 90, 180];

function Fields({ onClose, onPlaced }: { onClose: () => void; onPlaced: (h: Hold) => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const me = useSession().person;
  const cache = useQueryClient();
  const { message, modal } = App.useApp();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const review = Form.useWatch("review", form);
  const cameras = Form.useWatch("cameras", form) ?? [];
  const from = parseDateTime(Form.useWatch("from", form) ?? "", zone);
  const to = parseDateTime(Form.useWatch("to", form) ?? "", zone);
  const inDays = (n: number): string => dateText(Date.now() + n * day, zone);
  const save = (v: Values) => attempt(async () => {
    const h = await api.holds.place({
      kind: v.kind, owner: v.owner.trim(), reason: v.reason.trim(), document: v.document?.trim() || undefined, cameras: v.cameras,
      from: new Date(parseDateTime(v.from, zone) ?? 0).toISOString(), to: new Date(parseDateTime(v.to, zone) ?? 0).toISOString(), reviewAt: new Date(endOfDay(v.review, zone) ?? 0).toISOString(),
    });
    await cache.invalidateQueries({ queryKey: ["holds"] });
    await cache.invalidateQueries({ queryKey: ["retention"] });
    if (h.late) modal.warning({ title: t("holds.lateTitle"), content: t("holds.late", { count: h.late }), okText: t("common.close") });
    else if (h.segments === 0 && settled(Date.parse(h.to))) message.warning(t("holds.standsEmpty"), 8);
    else message.success(t("holds.nowStands"));
    onPlaced(h);
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} scrollToFirstError initialValues={{ owner: me.displayName || me.username, review: inDays(30) }} onFinish={(v) => void save(v)}>
      <WhereAndWhen ahead />
      <HoldPreview cameras={cameras} from={from} to={to} />
      <Form.Item name="kind" label={t("holds.kind")} rules={[{ required: true, message: t("common.required") }]}><Select placeholder={t("common.choose")} options={holdKinds.map((k) => ({ value: k, label: t(`retention.hold.${k}`) }))} /></Form.Item>
      <Form.Item name="owner" label={t("holds.owner")} extra={t("holds.ownerHint")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}><Input maxLength={100} /></Form.Item>
      <Form.Item name="reason" label={t("common.reason")} rules={[sentence(t("keeping.atLeastFour"))]}><Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} /></Form.Item>
      <Form.Item name="document" label={t("keeping.documentOptional")}><Input maxLength={100} /></Form.Item>
      <DayField name="review" className="form-close" label={t("holds.reviewDay")} needed />
      <div className="chips">{reviews.map((n) => <button key={n} type="button" className="chip" aria-pressed={review === inDays(n)} onClick={() => form.setFieldValue("review", inDays(n))}>{t("keeping.days", { count: n })}</button>)}</div>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end">
        <Button type="primary" htmlType="submit" loading={busy}>{t("holds.place")}</Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </Form>
  );
}
