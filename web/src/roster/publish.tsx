import { CheckCircleFilled, ExclamationCircleFilled, WarningFilled } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { problemText } from "../api/problem";
import type { DutyRoom } from "../api/rooms";
import { rosterApi, type DutyShift, type Roster } from "../api/roster";
import { useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { dateText, dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { faultText } from "./shift";

interface Given { open: boolean; room: DutyRoom; from: number; to: number; roster: Roster; onClose: () => void; onShift: (s: DutyShift) => void }

/** What publishing would publish, and what is wrong with it. */
export function Publish(p: Given) {
  const { t } = useTranslation();
  return <Drawer open={p.open} onClose={p.onClose} size={520} title={t("roster.publishTitle")} destroyOnHidden>{p.open ? <Ask {...p} /> : null}</Drawer>;
}

function Ask({ room, from, to, roster, onClose, onShift }: Given) {
  const { t } = useTranslation();
  const zone = useZone();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const { busy, fault, attempt } = useAttempt();
  const { data, error, refetch } = useQuery({ queryKey: ["duty", "check", room.id, from, to], queryFn: () => rosterApi.check(room.id, from, to) });
  const publish = () => attempt(async () => {
    const { shifts } = await rosterApi.publish(room.id, from, to);
    await cache.invalidateQueries({ queryKey: ["duty"] });
    message.success(t("roster.published", { count: shifts }));
    onClose();
  });
  if (error) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton active title={false} paragraph={{ rows: 5 }} />;
  if (data.shifts === 0) return <p>{t("roster.nothing")}</p>;
  return (
    <div className="roster-publish">
      <p>{t("roster.publishText", { count: data.shifts, from: dateText(from, zone), to: dateText(to - 1, zone) })}</p>
      {data.faults.length > 0 ? (
        <>
          <h3>{t("roster.faults")}</h3>
          <ul className="roster-faults">{data.faults.map((f) => {
            const s = roster.shifts.find((x) => x.id === f.shift);
            return <li key={f.shift + f.person} className="tone-red"><ExclamationCircleFilled aria-hidden /><span>{s ? <button type="button" className="link" onClick={() => onShift(s)}>{s.name} {dateTimeText(Date.parse(s.from), zone).slice(0, 16)}</button> : null} {faultText(t, f)}</span></li>;
          })}</ul>
        </>
      ) : <p className="status tone-ok status-wrap"><CheckCircleFilled aria-hidden /><span>{t("roster.noFaults")}</span></p>}
      {data.gaps.length > 0 ? (
        <>
          <h3>{t("roster.gapsLeft")}</h3>
          <ul className="roster-faults">{data.gaps.slice(0, 40).map((g) => {
            const time = `${dateTimeText(Date.parse(g.from), zone).slice(0, 16)} – ${dateTimeText(Date.parse(g.to), zone).slice(0, 16)}`;
            return <li key={g.from} className={g.have === 0 ? "tone-red" : "tone-amber"}>{g.have === 0 ? <ExclamationCircleFilled aria-hidden /> : <WarningFilled aria-hidden />}<span className="num">{g.have === 0 ? t("roster.gapNobody", { time }) : t("roster.gapShort", { time, have: g.have, need: g.need })}</span></li>;
          })}</ul>
        </>
      ) : null}
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end"><Button type="primary" loading={busy} disabled={data.faults.length > 0} onClick={() => void publish()}>{t("roster.publishCount", { count: data.shifts })}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
    </div>
  );
}
