import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "./en";
import { zh } from "./zh";

export type Language = "zh" | "en";
const stored = "watchroom.language";

/** The language chosen before, else the browser's first one that we have. */
export function preferredLanguage(): Language {
  try {
    const s = localStorage.getItem(stored);
    if (s === "zh" || s === "en") return s;
  } catch {
    // storage may be forbidden; the browser's wish then stands
  }
  for (const l of navigator.languages ?? []) {
    if (l.toLowerCase().startsWith("zh")) return "zh";
    if (l.toLowerCase().startsWith("en")) return "en";
  }
  return "en";
}

export function chooseLanguage(l: Language): void {
  try {
    localStorage.setItem(stored, l);
  } catch {
    // the choice then lasts for this page
  }
  void i18next.changeLanguage(l);
}

const mark = (l: string): void => {
  document.documentElement.lang = l === "zh" ? "zh-CN" : "en";
};

export function startTexts(): void {
  const lng = preferredLanguage();
  mark(lng);
  i18next.on("languageChanged", mark);
  void i18next.use(initReactI18next).init({
    lng,
    fallbackLng: "en",
    resources: { en: { translation: en }, zh: { translation: zh } },
    interpolation: { escapeValue: false }, // React escapes
    react: { bindI18nStore: "added" }, // what the house calls its positions is known after signing in
  });
}
