import { CheckCircleFilled, WarningFilled } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Form, Select, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { problemText } from "../api/problem";
import type { DutyRoom } from "../api/rooms";
import { rosterApi, type RosterPerson, type RosterProposal } from "../api/roster";
import { useZone } from "../app/session";
import { dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { DayField } from "../ui/day";

interface Given { open: boolean; room: DutyRoom; first: string; last: string; people: readonly RosterPerson[]; name: (id: string) => string; onClose: () => void; onPatterns: () => void }

/** Lets a roster be proposed by a pattern, and takes it over as drafts. */
export function Propose(p: Given) {
  const { t } = useTranslation();
  return <Drawer open={p.open} onClose={p.onClose} size={600} title={t("roster.proposeTitle")} destroyOnHidden>{p.open ? <Ask {...p} /> : null}</Drawer>;
}

interface Values { pattern: string; from: string; to: string; people: string[] }

function Ask({ room, first, last, people, name, onClose, onPatterns }: Given) {
  const { t } = useTranslation();
  const zone = useZone();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const [found, setFound] = useState<RosterProposal>();
  const patterns = useQuery({ queryKey: ["duty", "patterns", room.id], queryFn: () => rosterApi.patterns(room.id) });
  if (patterns.isPending) return <Skeleton active title={false} paragraph={{ rows: 4 }} />;
  const list = patterns.data ?? [];
  if (list.length === 0) return <><p>{t("roster.needPattern")}</p><Button type="primary" onClick={onPatterns}>{t("roster.patternAdd")}</Button></>;
  const propose = (v: Values) => attempt(async () => { setFound(await rosterApi.propose(v.pattern, v.people, v.from, v.to)); });
  const take = () => attempt(async () => {
    const shifts = (found?.shifts ?? []).map(({ name: n, from, to, staff, people: who }) => ({ name: n, from, to, staff, people: who }));
    for (let i = 0; i < shifts.length; i += 400) await rosterApi.plan(room.id, shifts.slice(i, i + 400));
    await cache.invalidateQueries({ queryKey: ["duty"] });
    message.success(t("roster.tookOver", { count: shifts.length }));
    onClose();
  });
  const time = (at: string): string => dateTimeText(Date.parse(at), zone).slice(0, 16);
  const short = found?.shifts.filter((s) => s.lacks > 0) ?? [];
  const why = (w: string): string => t(`roster.leftWhy.${w || "enough"}`);
  return (
    <div className="roster-propose">
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => void propose(v)} onValuesChange={() => setFound(undefined)} initialValues={{ pattern: list[0]?.id, from: first, to: last < first ? first : last, people: people.filter((p) => !p.lacks?.length).map((p) => p.id) }}>
        <Form.Item name="pattern" label={t("roster.pattern")}><Select options={list.map((p) => ({ value: p.id, label: p.name }))} /></Form.Item>
        <div className="form-two"><DayField name="from" label={t("roster.proposeFrom")} needed /><DayField name="to" label={t("roster.proposeTo")} needed /></div>
        <Form.Item name="people" label={t("roster.proposePeople")} rules={[{ required: true, message: t("common.required") }]}><Select mode="multiple" showSearch={{ optionFilterProp: "label" }} options={people.map((p) => ({ value: p.id, label: p.name }))} /></Form.Item>
        <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
        <div className="form-end"><Button type={found ? "default" : "primary"} htmlType="submit" loading={busy && !found}>{t("roster.proposeIt")}</Button></div>
      </Form>
      {found && found.shifts.length === 0 ? <p role="status">{t("roster.proposedNone")}</p> : null}
      {found && found.shifts.length > 0 ? (
        <section aria-live="polite">
          <h3>{t("roster.proposed", { count: found.shifts.length })}</h3>
          <table className="roster-shares">
            <thead><tr>{(["person", "shifts", "nights", "weekends", "hours"] as const).map((k) => <th key={k} scope="col">{t(`roster.share.${k}`)}</th>)}</tr></thead>
            <tbody>{found.shares.map((s) => <tr key={s.person}><th scope="row">{name(s.person)}</th><td className="num">{s.shifts}</td><td className="num">{s.nights}</td><td className="num">{s.weekends}</td><td className="num">{Math.round(s.hours * 10) / 10}</td></tr>)}</tbody>
          </table>
          {short.length > 0 ? <><h3 className="tone-amber"><WarningFilled aria-hidden /> {t("roster.unfilled", { count: short.length })}</h3><ul className="roster-faults">{short.slice(0, 30).map((s) => <li key={s.from + s.name} className="num">{t("roster.lacksPeople", { shift: s.name, time: time(s.from), count: s.lacks })}</li>)}</ul></> : <p className="status tone-ok status-wrap"><CheckCircleFilled aria-hidden /><span>{t("roster.gapsNone")}</span></p>}
          {found.left.length > 0 ? <><h3>{t("roster.leftOut")}</h3><ul className="roster-faults">{found.left.slice(0, 40).map((l) => <li key={l.person + (l.from ?? "")} className="num">{l.from ? t("roster.leftAt", { name: name(l.person), time: time(l.from), why: why(l.why) }) : t("roster.left", { name: name(l.person), why: why(l.why) })}</li>)}</ul></> : null}
          <div className="form-end" style={{ marginTop: 18 }}><Button type="primary" loading={busy} onClick={() => void take()}>{t("roster.takeOver")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
        </section>
      ) : null}
    </div>
  );
}
