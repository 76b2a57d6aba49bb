import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { App, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { Action, RetentionState } from "../api/types";
import { useCan, useThroughout, useZone } from "../app/session";
import { dateTimeText, zoneText } from "../time/zone";
import { useNow } from "../ui/now";
import { Ask, Banner, type Question } from "./parts";
import { FreezeDetail } from "./recovered";

/** The recorder's clock as it goes on from an answer that came at `seen`, whatever the browser's own clock says. */
function RecorderClock({ at, seen }: { at: string; seen: number }) {
  const { t } = useTranslation();
  const zone = useZone();
  const now = useNow() + Date.parse(at) - seen;
  return <span className="num">{t("keep.recorderClock", { time: dateTimeText(now, zone), zone: zoneText(now, zone) })}</span>;
}

// Where to look into what stands in the way, and what is needed for it.
const places: Record<string, [to: string, name: string, right: Action]> = {
  removal_time_untrusted: ["/system", "nav.system", "system.read"],
  removal_holds_unwritten: ["/storage", "nav.storage", "system.read"],
  removal_log_unread: ["/ledger", "nav.ledger", "ledger.read"],
};

/** Why nothing is removed at present, what is to be looked at, and who may let it go on. `seen` is when the state was read, by the browser's clock. */
export function Blocked({ state: s, seen }: { state: RetentionState; seen: number }) {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const throughout = useThroughout();
  const cache = useQueryClient();
  const { message } = App.useApp();
  const [question, setQuestion] = useState<Question>();
  // After an outage a clock that went far ahead is all that is wrong. It is confirmed together with the rest.
  const clock = s.frozen.some((f) => f.reason === "clock_leapt");
  const records = s.frozen.some((f) => f.reason !== "clock_leapt");
  const place = places[s.blocked ?? ""];
  // What came while the question stood there was not looked at.
  const looked = s.frozen.map((f) => f.id);
  const confirm = (): void => setQuestion({
    title: t("keep.confirm"), text: <>{clock ? <p><RecorderClock at={s.at} seen={seen} /> {t("keep.confirmClock")}</p> : null}{records ? <p>{t("keep.confirmLook")}</p> : null}<p>{t("keep.confirmText")}</p></>, needed: true, ok: t("keep.confirm"), danger: true,
    run: async (note) => {
      await api.retention.confirm(looked, note);
      await cache.invalidateQueries({ queryKey: ["retention"] });
      message.success(t("keep.confirmed"));
    },
  });
  return (
    <>
      {s.frozen.length > 0 ? (
        <Banner tone="red" title={t("keep.frozen")} action={throughout("retention.configure") ? <Button type="primary" danger onClick={confirm}>{t("keep.confirm")}</Button> : undefined}>
          <ul>{s.frozen.map((f) => <li key={f.id}>{t(`retention.frozen.${f.reason}`)} <span className="dim num since">{t("common.since", { time: dateTimeText(Date.parse(f.at), zone) })}</span><FreezeDetail freeze={f} /></li>)}</ul>
          {clock ? <p className="banner-todo"><RecorderClock at={s.at} seen={seen} /> {t("keep.frozenClock")}{can("system.read") ? <> <Link to="/system">{t("nav.system")}</Link></> : null}</p> : null}
          {records ? <p className="banner-todo">{t("keep.frozenTodo")} <Link to="/holds">{t("keep.frozenHolds")}</Link></p> : null}
          {throughout("retention.configure") ? null : <p className="dim">{t("keeping.waitsForRight", { action: t("action.retention_configure") })}</p>}
        </Banner>
      ) : s.blocked ? <Banner tone="amber" title={t("keep.blocked")} action={place && can(place[2]) ? <Link to={place[0]}>{t(place[1])}</Link> : undefined}><p>{t(`problem.${s.blocked}`)}</p></Banner> : null}
      <Ask question={question} onClose={() => setQuestion(undefined)} />
    </>
  );
}
