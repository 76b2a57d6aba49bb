import { SafetyCertificateOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button, Drawer, Skeleton } from "antd";
import { useEffect, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { useCameraMap } from "../api/queries";
import type { Act } from "../api/types";
import { useCan, useZone } from "../app/session";
import { presentText } from "../disclosure/names";
import { usePurposes } from "../disclosure/purposes";
import { LoadFault } from "../app/states";
import { dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { useRoomNames } from "../rooms/use";
import { usePeopleNames, useUnitNames } from "../ui/people";
import { byEmergency, calledThen, positionThen, reasonLater } from "./beside";
import { EmergencyLink } from "./emergency";
import { deed, outage, refusedSince } from "./register";
import { saveFile } from "../ui/save";
import { roomOf, watchText } from "./watchacts";

/** Everything that an act says, and the proof of it. */
export function ActCard({ id, known, onClose }: { id: string | undefined; known: Act | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  // What the log holds of it may have changed since the list was read.
  const q = useQuery({ queryKey: ["act", id], queryFn: () => api.acts.get(id ?? ""), enabled: id !== undefined });
  const act = q.data ?? known;
  return (
    <Drawer open={id !== undefined} onClose={onClose} size={540} title={t("acts.card")} classNames={{ body: "act-card" }}>
      {act ? <Card act={act} /> : q.error ? <LoadFault error={q.error} retry={() => void q.refetch()} /> : <Skeleton active paragraph={{ rows: 10 }} />}
    </Drawer>
  );
}

function Card({ act }: { act: Act }) {
  const { t, i18n } = useTranslation();
  const zone = useZone();
  const cameras = useCameraMap();
  const { nameOf: purposeName } = usePurposes();
  const unitName = useUnitNames();
  const nameOf = usePeopleNames();
  const roomName = useRoomNames();
  const words = (list: string[]): string => list.map((p) => positionThen(t, act, p, i18n.language)).join(t("common.comma"));
  const time = (at: string): string => dateTimeText(Date.parse(at), zone, true);
  const d = act.decision;
  const died = outage(act);
  const since = refusedSince(act);
  const then = calledThen(t, act, i18n.language);
  const hurried = byEmergency(t, act, zone);
  return (
    <>
      <h2 className="wrap">{deed(t, act)}</h2>
      <dl className="facts">
        <Fact name={t("acts.when")}>{since ? `${dateTimeText(since, zone, true)} – ${time(act.at)}` : time(act.at)}</Fact>
        <Fact name={t("acts.who")}>{act.personName || t(act.local ? "acts.commandLine" : "acts.system")}</Fact>
        <Fact name={t("acts.as")}>{words(act.positions)}</Fact>
        <Fact name={t("acts.unit")}>{act.unit ? unitName(act.unit) : undefined}</Fact>
        <Fact name={t("acts.address")}>{act.address}</Fact>
        <Fact name={t("acts.session")}>{act.session}</Fact>
        <Fact name={t("acts.token")}>{act.token}</Fact>
        <Fact name={t("common.camera")}>{act.camera ? <Link to="/cameras" search={{ camera: act.camera }}>{cameras.get(act.camera)?.name ?? act.camera}</Link> : undefined}</Fact>
        <Fact name={t("watch.room")}>{roomOf(act, roomName)}</Fact>
        <Fact name={t("watch.about")}>{watchText(t, act, nameOf)}</Fact>
        <Fact name={t("acts.footage")}>{act.footage && !act.kind.startsWith("live.") ? `${time(act.footage.from)} – ${time(act.footage.to)}` : undefined}</Fact>
        <Fact name={t("acts.alive")}>{died ? dateTimeText(died.alive, zone, true) : undefined}</Fact>
        <Fact name={t("acts.back")}>{died ? dateTimeText(died.back, zone, true) : undefined}</Fact>
        <Fact name={t("acts.purpose")}>{act.purpose ? (then?.name ?? purposeName(act.purpose)) : undefined}</Fact>
        <Fact name={t("purposes.basis")}>{then?.basis}</Fact>
        <Fact name={t("acts.present")}>{act.present?.length ? presentText(t, act.present) : undefined}</Fact>
        <Fact name={t("acts.second")}>{act.second ? t("pair.by", { name: act.second.name || act.second.person, position: words([act.second.position]) }) : undefined}</Fact>
        <Fact name={t("common.reason")}>{act.reason}</Fact>
        <Fact name={t("acts.reasonAfter")}>{reasonLater(t, act, zone)?.text}</Fact>
      </dl>
      <h3>{t("acts.right")}</h3>
      {d ? (
        <dl className="facts">
          <Fact name={t("acts.decision")}>{t(`acts.verdict.${d.verdict}`)}</Fact>
          <Fact name={t("acts.rightAsked")}>{d.action ? t(`action.${d.action.replace(".", "_")}`, { defaultValue: d.action }) : undefined}</Fact>
          <Fact name={t("acts.byPosition")}>{d.position ? words([d.position]) : undefined}</Fact>
          <Fact name={t("acts.emergency")}>{hurried ? <EmergencyLink act={act} text={hurried} /> : undefined}</Fact>
          <Fact name={t("acts.rule")}>{d.rule ? <code>{d.rule}</code> : undefined}</Fact>
          <Fact name={t("acts.policy")}>{d.policy}</Fact>
        </dl>
      ) : <p className="dim">{t("acts.noDecision")}</p>}
      <h3>{t("acts.proof")}</h3>
      <Proof act={act} />
      <h3>{t("acts.detail")}</h3>
      <pre className="act-detail">{JSON.stringify(act.detail, null, 2)}</pre>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === undefined || children === "") return null;
  return <><dt>{name}</dt><dd className="wrap">{children}</dd></>;
}

function Proof({ act }: { act: Act }) {
  const { t } = useTranslation();
  const can = useCan();
  const { busy, fault, attempt, forget } = useAttempt();
  useEffect(forget, [act.id]);
  const take = (): void => void attempt(async () => saveFile(await api.acts.proof(act.id), `watchroom-act-${act.id}.json`));
  return (
    <div className="act-proof">
      {act.log ? <p className="wrap">{t("acts.entry", { index: act.log.index, origin: act.log.origin })}</p> : <p className="dim">{t("acts.onItsWay")}</p>}
      {can("act.export") && act.log ? <Button icon={<SafetyCertificateOutlined />} loading={busy} onClick={take}>{t("acts.takeProof")}</Button> : null}
      {act.log ? <p className="dim wrap">{t("acts.checkIt")} <code>watchroom ledger act watchroom-act-{act.id}.json --policy …</code></p> : null}
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
    </div>
  );
}
