import { App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Rights, RightsVersion } from "../api/types";
import { useSession, useThroughout, useZone } from "../app/session";
import { Sign, useQuestion } from "../keeping/parts";
import { dateTimeText } from "../time/zone";
import { usePeopleNames } from "../ui/people";
import { Differences, Effects } from "./parts";
import { positionText } from "./words";

/** The change that waits: what is different, whom it touches, and what the reader may do about it. */
export function Waiting({ rights, change: c }: { rights: Rights; change: RightsVersion }) {
  const { t } = useTranslation();
  const throughout = useThroughout();
  const zone = useZone();
  const me = useSession().person;
  const names = usePeopleNames();
  const { message, modal } = App.useApp();
  const { ask, done, dialog } = useQuestion("rights");
  const own = c.askedBy === me.id;
  const words = (list: readonly string[]): string => list.map((p) => positionText(t, p)).join(t("common.comma"));
  const touched = c.touches ?? [];
  const mine = touched.filter((p) => me.positions.includes(p));
  const decide = (kind: "approve" | "reject"): void => ask({
    title: t(`rights.${kind}`), text: t(`rights.${kind}Text`), needed: kind === "reject", ok: t(`rights.${kind}`),
    run: async (note) => {
      await api.rights[kind](c.id, note);
      await done(t(`rights.done_${kind}`));
    },
  });
  const withdraw = (): void => {
    modal.confirm({
      title: t("rights.withdraw"), content: t("rights.withdrawText"), okText: t("rights.withdraw"), cancelText: t("common.cancel"),
      onOk: async () => {
        try {
          await api.rights.withdraw(c.id);
          await done(t("rights.done_withdraw"));
        } catch (e) {
          message.error(problemText(t, e));
        }
      },
    });
  };
  return (
    <section className="panel panel-pad rule-waiting" aria-label={t("rights.waiting")}>
      <header className="rule-head"><h2 className="section-title">{t("rights.difference")}</h2><Sign tone="amber">{t("rights.waiting")}</Sign></header>
      <Differences before={rights.version.rules} after={c.rules} />
      <Effects rules={c.rules} />
      <p className="wrap rule-reason">{c.reason}</p>
      <p className="dim">{t("rights.askedBy", { name: names(c.askedBy ?? ""), time: dateTimeText(Date.parse(c.askedAt ?? ""), zone) })}</p>
      {touched.length > 0 ? <p className="dim">{t("rights.touches", { positions: words(touched) })}</p> : null}
      {own ? <p>{t("problem.rights_own")}</p> : !throughout("rights.approve") ? <p className="dim">{t("keeping.waitsForRight", { action: t("action.rights_approve") })}</p> : mine.length > 0 ? <p>{t("rights.touchesYou", { positions: words(mine) })}</p> : null}
      <div className="form-end">
        {throughout("rights.approve") && !own && mine.length === 0 ? <Button type="primary" onClick={() => decide("approve")}>{t("rights.approve")}</Button> : null}
        {throughout("rights.approve") && !own ? <Button onClick={() => decide("reject")}>{t("rights.reject")}</Button> : null}
        {throughout("rights.propose") && own ? <Button onClick={withdraw}>{t("rights.withdraw")}</Button> : null}
      </div>
      {dialog}
    </section>
  );
}
