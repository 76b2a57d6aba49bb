import { theme as antd, type ThemeConfig } from "antd";

export type Mode = "dark" | "light";

const font = `system-ui, -apple-system, "Segoe UI", "Helvetica Neue", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei UI", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif`;

const shared = { fontFamily: font, borderRadius: 6, borderRadiusLG: 10, borderRadiusSM: 4, fontSize: 14, motionDurationMid: "0.14s", motionDurationSlow: "0.2s", wireframe: false };

// The control room at night. The accent carries dark ink because white on it would
// not reach AA.
const dark: ThemeConfig = {
  algorithm: antd.darkAlgorithm,
  token: {
    ...shared,
    colorPrimary: "#35c2a9", colorInfo: "#35c2a9", colorLink: "#58d3bd", colorSuccess: "#35c2a9", colorError: "#ff6f66", colorWarning: "#f2b04a",
    colorBgBase: "#0b0f12", colorTextBase: "#e8eff1", colorBgContainer: "#141b20", colorBgElevated: "#1a2328", colorBgLayout: "#0b0f12",
    colorBorder: "#33434b", colorBorderSecondary: "#232f35", colorTextPlaceholder: "#83949c", colorTextDescription: "#9fb0b8",
  },
  components: { Button: { primaryColor: "#04211b", primaryShadow: "none", defaultShadow: "none" }, Segmented: { itemSelectedBg: "#2a373e", trackBg: "#141b20" } },
};

const light: ThemeConfig = {
  algorithm: antd.defaultAlgorithm,
  token: {
    ...shared,
    colorPrimary: "#0b7566", colorInfo: "#0b7566", colorLink: "#0b7566", colorSuccess: "#0b7566", colorError: "#bf2a1f", colorWarning: "#8f5a00",
    colorBgLayout: "#f4f6f5", colorTextBase: "#17211f", colorBorder: "#c5cfcd", colorBorderSecondary: "#e1e7e5", colorTextPlaceholder: "#647370", colorTextDescription: "#53625f",
    // What antd derives from colours as dark as these is mud.
    colorWarningBg: "#fff5e0", colorWarningBorder: "#e6cb96", colorErrorBg: "#fdeceb", colorErrorBorder: "#efb9b4", colorInfoBg: "#e7f4f1", colorInfoBorder: "#a9d5cb", colorSuccessBg: "#e7f4f1", colorSuccessBorder: "#a9d5cb",
  },
  components: { Button: { primaryShadow: "none", defaultShadow: "none" } },
};

/** The theme of a mode; `still` for who asks their system for less motion. */
export function themeOf(mode: Mode, still: boolean): ThemeConfig {
  const theme = mode === "dark" ? dark : light;
  return still ? { ...theme, token: { ...theme.token, motion: false } } : theme;
}
