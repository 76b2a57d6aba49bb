import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { logbook } from "../api/logbook";
import { useSettled } from "./settled";

interface Props { id?: string; value?: string | string[]; onChange?: (value: never) => void; multiple?: boolean; known?: Record<string, string>; label?: string; autoFocus?: boolean; allowClear?: boolean; className?: string; placeholder?: string }

/** A person, or several, found by a part of the name. */
export function PersonField({ value, onChange, multiple, known = {}, label, placeholder, ...more }: Props) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [met, setMet] = useState<Record<string, string>>(known);
  const asked = useSettled(text, 200);
  const { data = [], isFetching } = useQuery({ queryKey: ["duty", "people", asked], queryFn: async () => {
    const found = await logbook.people(asked);
    setMet((m) => ({ ...m, ...Object.fromEntries(found.map((p) => [p.id, p.name])) }));
    return found;
  }, staleTime: 60_000 });
  const chosen = (Array.isArray(value) ? value : value ? [value] : []).filter((id) => !data.some((p) => p.id === id));
  const options = [...data.map((p) => ({ value: p.id, label: p.name })), ...chosen.map((id) => ({ value: id, label: met[id] ?? known[id] ?? id }))];
  return <Select {...more} mode={multiple ? "multiple" : undefined} showSearch={{ filterOption: false, onSearch: setText }} loading={isFetching} value={(value || undefined) as never} onChange={(v: never) => { setText(""); onChange?.(v); }} options={options} placeholder={placeholder ?? t("record.personHint")} aria-label={label} />;
}
