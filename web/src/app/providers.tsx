import { App, ConfigProvider } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import dayjs from "dayjs";
import "dayjs/locale/zh-cn";
import { useRouterState } from "@tanstack/react-router";
import { useEffect, useMemo, useSyncExternalStore, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { themeOf, type Mode } from "./theme";
import { useSessionQuery } from "./session";

const nightPages = ["/wall", "/playback", "/setup", "/handover"];

/** Video pages and the door are dark, office pages light. */
function useMode(): Mode {
  const path = useRouterState({ select: (s) => s.location.pathname });
  const { data } = useSessionQuery();
  return !data || data.passwordMade || nightPages.some((p) => path.startsWith(p)) ? "dark" : "light";
}

const lessMotion = window.matchMedia("(prefers-reduced-motion: reduce)");

function useStill(): boolean {
  return useSyncExternalStore(
    (changed) => {
      lessMotion.addEventListener("change", changed);
      return () => { lessMotion.removeEventListener("change", changed); };
    },
    () => lessMotion.matches,
  );
}

export function Providers({ children }: { children: ReactNode }) {
  const { i18n } = useTranslation();
  const zh = i18n.language === "zh";
  const mode = useMode();
  const still = useStill();
  const theme = useMemo(() => themeOf(mode, still), [mode, still]);
  useEffect(() => {
    document.documentElement.dataset.theme = mode;
  }, [mode]);
  useEffect(() => {
    dayjs.locale(zh ? "zh-cn" : "en");
  }, [zh]);
  return (
    <ConfigProvider theme={theme} locale={zh ? zhCN : enUS} button={{ autoInsertSpace: false }} form={{ requiredMark: "optional" }}>
      <App message={{ maxCount: 3 }} component={false}>
        {children}
      </App>
    </ConfigProvider>
  );
}
