import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { App, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { RetentionState } from "../api/types";
import { useCan, useZone } from "../app/session";
import { dateTimeText } from "../time/zone";
import { Ask, Banner, type Question } from "./parts";
import { FreezeDetail } from "./recovered";

/** Why nothing is removed at present, what is to be looked at, and who may let it go on. */
export function Blocked({ state: s }: { state: RetentionState }) {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const cache = useQueryClient();
  const { message } = App.useApp();
  const [question, setQuestion] = useState<Question>();
  // A clock that went far ahead is all that is wrong: after an outage that is how it looks.
  const clock = s.frozen.length > 0 && s.frozen.every((f) => f.reason === "clock_leapt");
  // What came while the question stood there was not looked at.
  const seen = s.frozen.map((f) => f.id);
  const confirm = (): void => setQuestion({
    title: t("keep.confirm"), text: t(clock ? "keep.confirmClock" : "keep.confirmText"), needed: true, ok: t("keep.confirm"), danger: true,
    run: async (note) => {
      await api.retention.confirm(seen, note);
      await cache.invalidateQueries({ queryKey: ["retention"] });
      message.success(t("keep.confirmed"));
    },
  });
  return (
    <>
      {s.frozen.length > 0 ? (
        <Banner tone="red" title={t("keep.frozen")} action={can("retention.configure") ? <Button type="primary" danger onClick={confirm}>{t("keep.confirm")}</Button> : undefined}>
          <ul>{s.frozen.map((f) => <li key={f.id}>{t(`retention.frozen.${f.reason}`)} <span className="dim num">{t("common.since", { time: dateTimeText(Date.parse(f.at), zone) })}</span><FreezeDetail freeze={f} /></li>)}</ul>
          <p className="banner-todo">{clock ? <>{t("keep.frozenClock")} <Link to="/system">{t("nav.system")}</Link></> : <>{t("keep.frozenTodo")} <Link to="/holds">{t("keep.frozenHolds")}</Link></>}</p>
          {can("retention.configure") ? null : <p className="dim">{t("keeping.waitsForRight", { action: t("action.retention_configure") })}</p>}
        </Banner>
      ) : s.blocked ? <Banner tone="amber" title={t("keep.blocked")}><p>{t(`problem.${s.blocked}`)}</p></Banner> : null}
      <Ask question={question} onClose={() => setQuestion(undefined)} />
    </>
  );
}
