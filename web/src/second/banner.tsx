import { UsergroupAddOutlined } from "@ant-design/icons";
import { Link, useRouterState } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useCan } from "../app/session";
import { useSeconds } from "./use";
import "./second.css";

/** Tells on every page that somebody waits for a second person, to whoever may be one. */
export function SecondBanners() {
  const { t } = useTranslation();
  const may = useCan()("second.agree");
  const { data } = useSeconds(may);
  const there = useRouterState({ select: (s) => s.location.pathname }) === "/second";
  const waiting = may && !there ? data?.filter((a) => a.answerable) ?? [] : [];
  return waiting.slice(0, 3).map((a) => (
    <section key={a.id} className="glass-banner pair-banner" aria-label={t("pair.title")}>
      <UsergroupAddOutlined aria-hidden />
      <span className="wrap">{t("pair.wants", { name: a.personName || a.person })}</span>
      <Link to="/second">{t("pair.look")}</Link>
    </section>
  ));
}
