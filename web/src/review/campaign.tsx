import { PlayCircleOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, Modal, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { ReviewHeld, ReviewItem, RightsReview, RightsReviews } from "../api/types";
import { useSession, useZone } from "../app/session";
import { LoadFault, Notice } from "../app/states";
import { Ask, Sign, type Question } from "../keeping/parts";
import { dateText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { sentence } from "../ui/fields";
import { usePeopleNames } from "../ui/people";
import { Line, titleOf, usePlaces, whatOf } from "./held";

/** The review that is open, and those before it. */
export function Campaigns({ reviews, error, retry }: { reviews: RightsReviews | undefined; error: unknown; retry: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const zone = useZone();
  const cache = useQueryClient();
  const nameOf = usePeopleNames();
  const [question, setQuestion] = useState<Question>();
  const [shown, setShown] = useState<string>();
  if (error && !reviews) return <LoadFault error={error} retry={retry} />;
  if (!reviews) return <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 6 }} /></div>;
  const open = reviews.items.find((r) => !r.closedAt);
  const earlier = reviews.items.filter((r) => r.closedAt);
  const begin = (): void => setQuestion({
    title: t("review.begin"), text: t("review.beginText"), needed: false, ok: t("review.begin"),
    run: async (note) => {
      const { items, ...made } = await api.rightsReviews.open(note);
      // What was answered is shown at once, whatever the next question takes.
      cache.setQueryData<RightsReview>(["rights-reviews", made.id], { ...made, items });
      cache.setQueryData<RightsReviews>(["rights-reviews"], (old) => old && { ...old, items: [{ ...made, items: [] }, ...old.items] });
      void cache.invalidateQueries({ queryKey: ["rights-reviews"] });
      message.success(t("review.begun"));
    },
  });
  return (
    <>
      {open ? <One id={open.id} /> : <Notice title={t("review.noneOpen")} action={<Button type="primary" icon={<PlayCircleOutlined />} onClick={begin}>{t("review.begin")}</Button>} />}
      {earlier.length > 0 ? (
        <section className="review-part">
          <h2 className="section-title">{t("review.earlier")}</h2>
          <ul className="rows panel">
            {earlier.map((r) => (
              <li key={r.id}>
                <button type="button" className="keep-row" onClick={() => setShown(shown === r.id ? undefined : r.id)} aria-expanded={shown === r.id}>
                  <span className="keep-main"><strong className="num">{t("review.closedAt", { date: dateText(Date.parse(r.closedAt ?? r.openedAt), zone) })}</strong><span className="dim">{t("review.openSince", { name: nameOf(r.openedBy), date: dateText(Date.parse(r.openedAt), zone) })}</span></span>
                </button>
                {shown === r.id ? <One id={r.id} /> : null}
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <Ask question={question} onClose={() => setQuestion(undefined)} />
    </>
  );
}

const tone = { confirmed: "ok", withdrawn: "red", gone: "grey" } as const;

function One({ id }: { id: string }) {
  const { t } = useTranslation();
  const zone = useZone();
  const me = useSession().person.id;
  const nameOf = usePeopleNames();
  const { data, error, refetch } = useQuery({ queryKey: ["rights-reviews", id], queryFn: () => api.rightsReviews.one(id) });
  const [chosen, setChosen] = useState<string[]>([]);
  if (error && !data) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!data) return <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 6 }} /></div>;
  const left = data.items.filter((i) => i.decision === "");
  const mine = left.filter((i) => i.person !== me).map((i) => i.id);
  const picked = chosen.filter((c) => mine.includes(c));
  const day = (s: string): string => dateText(Date.parse(s), zone);
  return (
    <section className="review-part" aria-label={t("review.tab_review")}>
      {data.closedAt ? null : (
        <>
          <div className="panel-head"><h2>{t("review.leftCount", { count: left.length })}</h2><span className="dim num">{t("review.dueBy", { date: day(data.dueAt) })}</span>{mine.length > 1 ? <Button size="small" onClick={() => setChosen(mine)}>{t("review.all")}</Button> : null}</div>
          <p className="dim">{t("review.choose")}</p>
        </>
      )}
      <ul className="rows panel">
        {data.items.map((i) => (
          <li key={i.id}>
            {i.decision === "" ? (<>
              <label className="review-line">
                <input type="checkbox" className="review-pick" disabled={i.person === me} checked={picked.includes(i.id)} onChange={(e) => setChosen(e.target.checked ? [...picked, i.id] : picked.filter((c) => c !== i.id))} />
                <Line line={i} more={i.person === me ? t("review.own") : undefined} />
              </label>
              {i.now ? <Changed review={id} item={i} now={i.now} own={i.person === me} /> : null}
            </>) : (
              <div className="review-line">
                <Sign tone={tone[i.decision]}>{t(`review.${i.decision}`)}</Sign>
                <span className="cut"><strong>{titleOf(t, i, nameOf)}</strong></span>
                <span className="wrap">{whatOf(t, i, t(`position.${i.position}`, { defaultValue: i.position }))}</span>
                <span className="dim wrap" style={{ gridColumn: "span 2" }}>{t("review.decidedBy", { name: nameOf(i.decidedBy ?? ""), date: i.decidedAt ? day(i.decidedAt) : "", reason: i.reason ?? "" })}</span>
              </div>
            )}
          </li>
        ))}
      </ul>
      {picked.length > 0 ? <Decide review={data} items={picked} onDone={() => setChosen([])} /> : null}
    </section>
  );
}

/** What is held by now, where that is not what the line says: it is looked at before it is confirmed. */
function Changed({ review, item, now, own }: { review: string; item: ReviewItem; now: ReviewHeld; own: boolean }) {
  const { t } = useTranslation();
  const zone = useZone();
  const cache = useQueryClient();
  const areas = usePlaces(now.areas);
  const { busy, fault, attempt } = useAttempt();
  const renew = () => attempt(async () => {
    cache.setQueryData(["rights-reviews", review], await api.rightsReviews.decide(review, { items: [item.id], decision: "renewed" }));
  });
  const day = (s: string): string => dateText(Date.parse(s), zone);
  return (
    <div className="review-changed" role="note">
      <span className="tag tag-amber">{t("review.changed")}</span>
      <span className="wrap">{[areas, ...(now.since ? [t("review.since", { date: day(now.since) })] : []), ...(now.until ? [t("review.until", { date: day(now.until) })] : [])].join(t("common.comma"))}</span>
      {own ? null : <Button size="small" loading={busy} onClick={() => void renew()}>{t("review.renew")}</Button>}
      {fault ? <p className="fault-text" role="alert">{problemText(t, fault)}</p> : null}
    </div>
  );
}

function Decide({ review, items, onDone }: { review: RightsReview; items: string[]; onDone: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const [form] = Form.useForm<{ reason: string }>();
  const { busy, fault, attempt } = useAttempt(form);
  const [sure, setSure] = useState(false);
  const decide = (decision: "confirmed" | "withdrawn") => attempt(async () => {
    const { reason } = await form.validateFields();
    const after = await api.rightsReviews.decide(review.id, { items, decision, reason: reason.trim() });
    cache.setQueryData(["rights-reviews", review.id], after);
    await Promise.all(["rights-reviews", "rights-held", "people", "system"].map((k) => cache.invalidateQueries({ queryKey: [k] })));
    message.success(t("review.decided"));
    onDone();
  }).finally(() => setSure(false));
  const ask = async (): Promise<void> => {
    try {
      await form.validateFields();
      setSure(true);
    } catch {
      // the field says what is missing
    }
  };
  const check = async (): Promise<void> => {
    try {
      await form.validateFields();
    } catch {
      return;
    }
    await decide("confirmed");
  };
  return (
    <Form form={form} className="review-bar" requiredMark={false}>
      <span className="num">{t("review.chosen", { count: items.length })}</span>
      <Form.Item name="reason" rules={[sentence(t("keeping.atLeastFour"))]}><Input placeholder={t("common.reason")} aria-label={t("common.reason")} maxLength={1000} /></Form.Item>
      <Button type="primary" loading={busy} onClick={() => void check()}>{t("review.confirm")}</Button>
      <Button danger loading={busy} onClick={() => void ask()}>{t("review.withdraw")}</Button>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <Modal open={sure} title={t("review.withdrawTitle", { count: items.length })} okText={t("review.withdraw")} cancelText={t("common.cancel")} okButtonProps={{ danger: true, loading: busy }} onOk={() => void decide("withdrawn")} onCancel={() => setSure(false)}>
        {t("review.withdrawText")}
      </Modal>
    </Form>
  );
}
