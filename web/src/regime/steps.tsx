import { ArrowRightOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";
import type { Parameter, ParameterStep } from "../api/types";
import { rawText, textKey, valueText } from "./values";

/** Values before and after, each with the clause that it serves. */
export function Steps({ steps, parameters, marked = [] }: { steps: ParameterStep[]; parameters: Parameter[]; marked?: string[] }) {
  const { t } = useTranslation();
  const text = (key: string, value: unknown): string => {
    const p = parameters.find((x) => x.key === key);
    return p ? valueText(t, p, value) : rawText(value);
  };
  return (
    <ul className="steps-list">
      {steps.map((s) => (
        <li key={s.key}>
          <span className="steps-name"><span className="tag first">{s.clause}</span>{t(`parameters.name.${textKey(s.key)}`, { defaultValue: s.key })}</span>
          <span className="num steps-values"><span className="dim">{text(s.key, s.before)}</span> <ArrowRightOutlined aria-label={t("parameters.becomes")} /> <strong>{text(s.key, s.after)}</strong></span>
          {marked.includes(s.key) ? <span className="dim steps-note">{t("parameters.replacesOwn")}</span> : null}
        </li>
      ))}
    </ul>
  );
}
