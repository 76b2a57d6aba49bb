import { CloseOutlined, UserAddOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Input, Select } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { Present } from "../api/types";
import "./disclosure.css";

/** Who else is at the screen: people of the house from a list, others by name and unit. */
export function PresentFields({ value = [], onChange, id }: { value?: Present[]; onChange?: (v: Present[]) => void; id?: string }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const sought = text.trim();
  const { data: people = [] } = useQuery({ queryKey: ["colleagues", sought], queryFn: () => api.company.colleagues(sought), enabled: [...sought].length > 1, staleTime: 60_000 });
  const colleagues = value.filter((p) => p.person);
  const [names, setNames] = useState<Record<string, string>>({}); // of those who were chosen, whom the next search may not find
  const guests = value.filter((p) => !p.person);
  const put = (i: number, g: Present): void => onChange?.([...colleagues, ...guests.map((x, j) => (j === i ? g : x))]);
  return (
    <div className="present">
      <Select
        id={id}
        mode="multiple"
        allowClear
        placeholder={t("present.none")}
        aria-label={t("present.colleagues")}
        filterOption={false}
        onSearch={setText}
        notFoundContent={t([...sought].length > 1 ? "present.nobody" : "present.search")}
        value={colleagues.map((p) => ({ value: p.person ?? "", label: names[p.person ?? ""] ?? p.name ?? p.person }))}
        labelInValue
        onChange={(chosen: { value: string; label?: ReactNode }[]) => {
          setNames((old) => ({ ...old, ...Object.fromEntries(chosen.map((c) => [c.value, String(c.label)])) }));
          setText("");
          onChange?.([...chosen.map((c) => ({ person: c.value })), ...guests]);
        }}
        options={people.map((p) => ({ value: p.id, label: p.name }))}
      />
      {guests.map((g, i) => (
        <div key={i} className="present-guest">
          <Input aria-label={t("present.guestName")} placeholder={t("present.guestName")} maxLength={60} value={g.name} onChange={(e) => put(i, { ...g, name: e.target.value })} />
          <Input aria-label={t("present.guestUnit")} placeholder={t("present.guestUnit")} maxLength={100} value={g.unit} onChange={(e) => put(i, { ...g, unit: e.target.value })} />
          <Button type="text" icon={<CloseOutlined />} aria-label={t("present.remove")} onClick={() => onChange?.([...colleagues, ...guests.filter((_, j) => j !== i)])} />
        </div>
      ))}
      <Button type="link" size="small" className="present-add" icon={<UserAddOutlined />} onClick={() => onChange?.([...value, { name: "", unit: "" }])}>{t("present.guest")}</Button>
    </div>
  );
}
