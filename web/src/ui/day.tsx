import { Form, Input } from "antd";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { dayOf } from "../time/zone";

/** Refuses what is no day; an empty field only where a day is needed. */
export const aDay = (t: TFunction, needed: boolean) => ({
  validator: async (_: unknown, v: string | undefined): Promise<void> => {
    if (needed && !v?.trim()) throw new Error(t("common.required"));
    if (v?.trim() && dayOf(v) === undefined) throw new Error(t("keeping.dayFormat"));
  },
});

/** A field for a day of the site, typed and shown as 2026-12-31 in every language; browsers write their own in the order of theirs. */
export function DayField({ name, label, extra, needed = false, disabled, spoken, className }: { name: string | (string | number)[]; label: ReactNode; extra?: ReactNode; needed?: boolean; disabled?: boolean; spoken?: string; className?: string }) {
  const { t } = useTranslation();
  return (
    <Form.Item name={name} label={label} extra={extra} className={className} validateTrigger="onBlur" rules={[aDay(t, needed)]}>
      <DayInput disabled={disabled} aria-label={spoken} />
    </Form.Item>
  );
}

function DayInput({ value = "", onChange, onBlur, ...more }: { id?: string; value?: string; onChange?: (day: string) => void; onBlur?: () => void; disabled?: boolean; "aria-label"?: string }) {
  const tidy = (): void => {
    const day = dayOf(value);
    if (day !== undefined && day !== value) onChange?.(day);
  };
  return <Input {...more} className="num" placeholder="2026-12-31" autoComplete="off" allowClear value={value} onChange={(e) => onChange?.(e.target.value)} onPressEnter={tidy} onBlur={() => { tidy(); onBlur?.(); }} />;
}
