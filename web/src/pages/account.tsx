import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { Radio } from "antd";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { useCan, useSession, useZone } from "../app/session";
import { chooseLanguage, type Language } from "../i18n";
import { PositionTag } from "../organisation/holdings";
import { CameraChoice, Explained } from "../rights/explain";
import { actionText } from "../rights/words";
import { whenText } from "../ui/status";
import { Factors } from "./factors";
import { PasswordForm } from "./password";
import { OwnPledge } from "./pledge";
import { OwnSessions } from "./sessions";
import "./pages.css";

export function AccountPage() {
  const { t, i18n } = useTranslation();
  const session = useSession();
  const zone = useZone();
  const can = useCan();
  const { person } = session;
  const { session: asked, camera: linked } = useSearch({ from: "/framed/account" });
  const [camera, setCamera] = useState(linked);
  // From a refusal one comes to what one may do there, not to the top of the page.
  const mine = useCallback((e: HTMLElement | null) => { if (linked) e?.scrollIntoView(); }, [linked]);
  const { data: directories } = useQuery({ queryKey: ["session", "directories"], queryFn: api.directories.list, enabled: Boolean(person.directory) });
  const directory = directories?.find((d) => d.name === person.directory)?.title ?? person.directory;
  return (
    <div className="page account">
      <header className="page-head"><h1>{t("account.title")}</h1></header>
      <section className="panel panel-pad">
        <dl className="facts">
          <dt>{t("people.displayName")}</dt><dd>{person.displayName}</dd>
          <dt>{t("people.username")}</dt><dd>{person.username}</dd>
          <dt>{t("account.source")}</dt><dd>{directory ? t("account.sourceDirectory", { directory }) : t("account.sourceLocal")}</dd>
          <dt>{t("account.positions")}</dt><dd>{person.holdings.length > 0 ? <span className="person-positions">{person.holdings.map((h) => <PositionTag key={h.position} holding={h} />)}</span> : t("account.none")}</dd>
          <dt>{t("account.rights")}</dt><dd><ul className="rights">{session.actions.map((a) => <li key={a}>{actionText(t, a)}</li>)}</ul></dd>
          <dt>{t("language.label")}</dt>
          <dd>
            <Radio.Group value={i18n.language} onChange={(e) => chooseLanguage(e.target.value as Language)}>
              <Radio value="zh"><span lang="zh-CN">{t("language.zh")}</span></Radio>
              <Radio value="en"><span lang="en">{t("language.en")}</span></Radio>
            </Radio.Group>
          </dd>
        </dl>
        {session.expiresAt ? <p className="dim num account-expires">{t("account.expires", { time: whenText(Date.parse(session.expiresAt), zone) })}</p> : null}
      </section>
      {can("camera.read") ? (
        <section className="panel panel-pad" ref={mine}>
          <h2>{t("rights.mine")}</h2>
          <p className="dim rule-lead">{t("rights.mineLead")}</p>
          <div className="explain-ask"><CameraChoice camera={camera} onChoose={setCamera} /></div>
          {camera ? <Explained person={person.id} camera={camera} /> : null}
        </section>
      ) : null}
      <OwnPledge />
      <OwnSessions asked={asked} />
      <section className="panel panel-pad">
        <h2>{t("factor.title")}</h2>
        <Factors />
      </section>
      <section className="panel panel-pad">
        <h2>{t("account.password")}</h2>
        {directory ? <p className="dim">{t("account.passwordDirectory", { directory })}</p> : <PasswordForm username={person.username} />}
      </section>
    </div>
  );
}
