import { IdcardOutlined, KeyOutlined, MobileOutlined, FileTextOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Alert, App, Button, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Factor, FactorNotice, OwnFactors, Session } from "../api/types";
import { offersPasskeys } from "../api/webauthn";
import { useLeave } from "../app/leave";
import { sessionKey, useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { ChoosePIN } from "../card/dialogs";
import { CardState } from "../card/state";
import { dateTimeText } from "../time/zone";
import { State } from "../ui/facts";
import { AddApp, AddPasskey, Codes, NewCodes, RemoveFactor, RenameFactor } from "./factordialogs";
import { Door } from "./signin";
import "./pages.css";

const ownKey = ["factors", "own"] as const;
const useOwn = () => useQuery<OwnFactors>({ queryKey: ownKey, queryFn: api.factors.own });

/** Why no passkey can be added at this address, if so. */
function hindrance(own: OwnFactors): { key: string; origin: string } | undefined {
  const { usable, code, origin } = own.passkeys;
  if (!usable) return { key: `problem.${code ?? "passkey_needs_address"}`, origin: "" };
  if (origin && origin !== location.origin) return { key: "factor.elsewhere", origin };
  return offersPasskeys() ? undefined : { key: "factor.unsupported", origin: "" };
}

type Open = { what: "app" | "passkey" | "codes" } | { what: "rename" | "remove" | "pin"; factor: Factor };

/** One's own second factors. onCounts is called when the first one counts and its codes were seen. */
export function Factors({ onCounts }: { onCounts?: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const { data, error, refetch } = useOwn();
  const [open, setOpen] = useState<Open>();
  const [codes, setCodes] = useState<string[]>();
  if (error && !data) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton active title={false} paragraph={{ rows: 3 }} />;
  const close = (): void => setOpen(undefined);
  const done = async (made?: string[] | null): Promise<void> => {
    close();
    if (made && made.length > 0) setCodes(made);
    else if (made) onCounts?.();
    await cache.invalidateQueries({ queryKey: ["factors"] });
  };
  const why = hindrance(data);
  const app = data.items.find((f) => f.kind === "totp");
  const counting = data.items.filter((f) => f.state !== "no_pin");
  return (
    <>
      <p className="dim">{t("factor.about")}</p>
      {counting.length === 0 ? <p><State good={!data.required} bad={data.required}>{t(data.required ? "factor.missing" : "factor.none")}</State></p> : null}
      {data.items.length === 0 ? null : (
        <ul className="factor-list">
          {data.items.map((f) => <Item key={f.id} factor={f} onRename={() => setOpen({ what: "rename", factor: f })} onRemove={() => setOpen({ what: "remove", factor: f })} onPIN={() => setOpen({ what: "pin", factor: f })} />)}
          {counting.length === 0 ? null : <li>
            <FileTextOutlined aria-hidden />
            <span className="factor-about"><strong>{t("factor.codes")}</strong><span className="dim">{t("factor.codesLeft", { count: data.codes })}</span></span>
            <span className="factor-acts"><Button size="small" onClick={() => setOpen({ what: "codes" })}>{t("factor.newCodes")}</Button></span>
          </li>}
        </ul>
      )}
      <div className="factor-add">
        <Button icon={<MobileOutlined />} onClick={() => setOpen({ what: "app" })}>{t(app ? "factor.replaceApp" : "factor.addApp")}</Button>
        <Button icon={<KeyOutlined />} disabled={Boolean(why)} onClick={() => setOpen({ what: "passkey" })}>{t("factor.addPasskey")}</Button>
      </div>
      {why ? <p className="dim factor-why">{t(why.key, { origin: why.origin })}</p> : null}
      <AddApp open={open?.what === "app"} replaces={Boolean(app)} onClose={close} onDone={(c) => void done(c)} />
      <AddPasskey open={open?.what === "passkey"} onClose={close} onDone={(c) => void done(c)} />
      <NewCodes open={open?.what === "codes"} onClose={close} onDone={(c) => void done(c)} />
      <RenameFactor factor={open?.what === "rename" ? open.factor : undefined} onClose={close} onDone={() => void done()} />
      <RemoveFactor factor={open?.what === "remove" ? open.factor : undefined} last={counting.length === 1 && open?.what === "remove" && open.factor.state !== "no_pin"} onClose={close} onDone={() => void done()} />
      <ChoosePIN factor={open?.what === "pin" ? open.factor : undefined} onClose={close} onDone={(c) => void done(c)} />
      <Codes codes={codes} onClose={() => { setCodes(undefined); onCounts?.(); }} />
    </>
  );
}

function Item({ factor, onRename, onRemove, onPIN }: { factor: Factor; onRename: () => void; onRemove: () => void; onPIN: () => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const since = dateTimeText(Date.parse(factor.createdAt), zone);
  return (
    <li>
      {factor.kind === "totp" ? <MobileOutlined aria-hidden /> : factor.kind === "card" ? <IdcardOutlined aria-hidden /> : <KeyOutlined aria-hidden />}
      <span className="factor-about">
        <strong className="cut" title={factor.name}>{factor.name}</strong>
        <span className="dim">{t(`factor.kind_${factor.kind}`)} · {factor.usedAt ? t("factor.used", { since, time: dateTimeText(Date.parse(factor.usedAt), zone) }) : t("factor.unused", { since })}<CardState factor={factor} /></span>
        {factor.state === "locked" ? <span>{t("card.lockedOwn")}</span> : null}
      </span>
      <span className="factor-acts">
        {factor.kind === "card" && factor.state !== "locked" ? <Button size="small" type={factor.state ? "primary" : "default"} onClick={onPIN}>{t(factor.state ? "card.chooseShort" : "card.changeShort")}</Button> : null}
        <Button size="small" aria-label={t("factor.renameOf", { name: factor.name })} onClick={onRename}>{t("factor.rename")}</Button>
        <Button size="small" aria-label={t("factor.removeOf", { name: factor.name })} onClick={onRemove}>{t("factor.remove")}</Button>
      </span>
    </li>
  );
}

/** All that may be done by who must have a second factor and has none: adding one. */
export function EnrolPage({ session }: { session: Session }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const leave = useLeave();
  return (
    <Door title={t("factor.enrolTitle")}>
      <p className="door-text">{t("factor.enrol", { name: session.person.displayName || session.person.username })}</p>
      <Factors onCounts={() => void cache.invalidateQueries({ queryKey: sessionKey, exact: true })} />
      <Button type="link" className="door-other" onClick={() => void leave()}>{t("nav.signOut")}</Button>
    </Door>
  );
}

/** What happened to one's factors, above every page until one has seen it. */
export function FactorNotices() {
  const { data } = useOwn();
  if (!data || data.notices.length === 0) return null;
  return <div className="factor-notices" role="status">{data.notices.map((n) => <Told key={n.id} notice={n} />)}</div>;
}

function Told({ notice: n }: { notice: FactorNotice }) {
  const { t } = useTranslation();
  const zone = useZone();
  const cache = useQueryClient();
  const { message } = App.useApp();
  const seen = async (): Promise<void> => {
    try {
      await api.factors.seen(n.id);
      await cache.invalidateQueries({ queryKey: ["factors"] });
    } catch (e) {
      message.error(problemText(t, e));
    }
  };
  const about = { time: dateTimeText(Date.parse(n.at), zone), address: n.address, name: n.name ?? "", by: n.byName ?? "", count: n.codes ?? 0 };
  const key = n.kind !== "removed" ? n.kind : n.by ? "removedBy" : n.address ? "removed" : "removedHere";
  const act = (
    <span className="notice-acts">
      {n.session ? <Link to="/account" search={{ session: n.session }}>{t("factorNotice.toSessions")}</Link> : null}
      <Button size="small" onClick={() => void seen()}>{t("factorNotice.seen")}</Button>
    </span>
  );
  return <Alert type={["enrolled", "card_issued", "card_unlocked", "pin_changed"].includes(n.kind) ? "info" : "warning"} showIcon title={t(`factorNotice.${key}`, about)} action={act} />;
}
