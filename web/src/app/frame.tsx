import { LockOutlined, TranslationOutlined, UserOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { WatchPlaces } from "../watch/places";
import { App, Dropdown } from "antd";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { Events } from "../api/events";
import { problemText } from "../api/problem";
import type { Session } from "../api/types";
import { chooseLanguage } from "../i18n";
import { EmergencyBanners, EmergencyButton } from "../emergency/button";
import { EmergencyNotices } from "../emergency/notice";
import { EndingPapers, EndingSession, EndingTokens } from "../pages/ending";
import { EnrolPage, FactorNotices } from "../pages/factors";
import { OwnPasswordPage } from "../pages/password";
import { SignInPage } from "../pages/signin";
import { PresencePromptCard } from "../presence/prompt";
import { usePositionNames } from "../rights/register";
import { clockText } from "../time/zone";
import { Logo } from "../ui/logo";
import { BriefingPage } from "./briefing";
import { useLeave } from "./leave";
import { Lockable, useConsole } from "./lock";
import { Places } from "./rail";
import { SessionContext, sessionKey, useSessionQuery, useZone } from "./session";
import { LoadFault } from "./states";

export function Frame() {
  const { data, isPending, error, refetch } = useSessionQuery();
  if (isPending) return <div className="splash" aria-busy="true"><Logo size={44} /></div>;
  if (error && !data) return <div className="splash"><LoadFault error={error} retry={() => void refetch()} /></div>;
  if (!data) return <SignInPage />;
  if (data.passwordMade) return <OwnPasswordPage session={data} made={data.passwordMade} />;
  if (data.factorMissing) return <SessionContext value={data}><EnrolPage session={data} /></SessionContext>;
  return (
    <SessionContext value={data}>
      <SignedIn session={data} />
    </SessionContext>
  );
}

function SignedIn({ session }: { session: Session }) {
  const { t, i18n } = useTranslation();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const [events] = useState(() => new Events(cache, api.session.get));
  useEffect(() => {
    events.start();
    return () => events.stop();
  }, [events]);

  // On a phone the places may be wider than the screen.
  const path = useRouterState({ select: (s) => s.location.pathname });
  useEffect(() => {
    document.querySelector(".rail-item.active")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [path]);

  usePositionNames();
  useConsole(session);
  const lock = async (): Promise<void> => {
    try {
      const state = await api.console.lock();
      cache.setQueryData<Session | null>(sessionKey, (old) => (old ? { ...old, console: state } : old));
    } catch (e) {
      message.error(problemText(t, e));
    }
  };
  const close = useLeave();
  const leave = async (): Promise<void> => {
    if (await close()) await navigate({ to: "/" });
  };
  const other = i18n.language === "zh" ? "en" : "zh";

  return (
    <div className="frame">
      <a className="skip" href="#content">{t("nav.skip")}</a>
      <nav className="rail" data-theme="dark" aria-label={t("nav.label")}>
        <Link to="/" className="rail-logo" aria-label={t("product.name")}><Logo size={28} /></Link>
        <Places />
        <div className="rail-foot">
          <EmergencyButton />
          {session.demo ? <span className="rail-demo">{t("product.demo")}</span> : null}
          <Dropdown
            trigger={["click"]}
            placement="topRight"
            menu={{
              items: [
                { key: "who", label: <strong>{session.person.displayName || session.person.username}</strong>, disabled: true },
                { key: "account", label: t("nav.account") },
                ...(session.console?.locked ? [] : [{ key: "lock", label: t("lock.now"), icon: <LockOutlined /> }]),
                { key: "language", label: t(`language.${other}`), icon: <TranslationOutlined /> },
                ...(session.actions.includes("camera.configure") || session.actions.includes("token.manage") ? [{ key: "api", label: t("nav.api") }] : []),
                { type: "divider" as const },
                { key: "out", label: t("nav.signOut") },
              ],
              onClick: ({ key }) => {
                if (key === "account") void navigate({ to: "/account" });
                if (key === "lock") void lock();
                if (key === "language") chooseLanguage(other);
                if (key === "api") window.open("/api/docs", "_blank", "noopener");
                if (key === "out") void leave();
              },
            }}
          >
            <button type="button" className="rail-item">
              <span className="rail-icon" aria-hidden><UserOutlined /></span>
              <span className="hidden-text">{t("nav.account")}</span>
              <span className="rail-text rail-name">{session.person.displayName || session.person.username}</span>
            </button>
          </Dropdown>
        </div>
      </nav>
      <main id="content" className="content" tabIndex={-1}>
        <Lockable wall={path === "/wall"}>
          <FactorNotices />
          <EndingSession />
          <EndingPapers />
          <EndingTokens />
          {session.briefing ? <BriefingPage session={session} /> : <><WatchPlaces /><Outlet /></>}
        </Lockable>
      </main>
      <PresencePromptCard />
      <Offline events={events} />
      <EmergencyBanners />
      <EmergencyNotices />
    </div>
  );
}

// Floats over the page so that nothing moves when it comes and goes; on a phone, where it
// would cover what is read, it stands below the page. A blip of a
// second or two is not worth a word.
function Offline({ events }: { events: Events }) {
  const { t } = useTranslation();
  const zone = useZone();
  const c = useSyncExternalStore(events.listen, events.get);
  const [show, setShow] = useState(false);
  useEffect(() => {
    if (c.up) {
      setShow(false);
      return;
    }
    const timer = window.setTimeout(() => setShow(true), 2500);
    return () => window.clearTimeout(timer);
  }, [c.up]);
  // Counts, dots and clocks on every screen are greyed meanwhile: they may be old.
  useEffect(() => {
    if (!show) return;
    document.documentElement.dataset.stale = "yes";
    return () => { delete document.documentElement.dataset.stale; };
  }, [show]);
  return (
    <div aria-live="assertive" className="offline-slot">
      {show ? (
        <div className="offline">
          <span className="offline-dot" aria-hidden />
          {t("events.lostSince", { time: clockText(c.since, zone) })}
        </div>
      ) : null}
    </div>
  );
}
