import { FilterOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input, Popover, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { useCameras } from "../api/queries";
import { useCan, useZone } from "../app/session";
import { en } from "../i18n/en";
import { dateTimeText, parseDateTime } from "../time/zone";
import { usePurposes } from "../disclosure/purposes";
import { wordsOf } from "../disclosure/words";
import { usePositionRegister } from "../rights/register";
import type { Conditions } from "./conditions";

// Every kind has a text; its first underscore stands for the dot.
const kinds = Object.keys(en.act).map((k) => k.replace("_", "."));
const chapters = Object.keys(en.acts.chapter);

/** All conditions, to set several at once. */
export function Filters({ conditions, onChange }: { conditions: Conditions; onChange: (c: Conditions) => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <Popover open={open} onOpenChange={setOpen} trigger="click" placement="bottomLeft" destroyOnHidden
      content={<Fields conditions={conditions} onChange={(c) => { setOpen(false); onChange(c); }} />}>
      <Button icon={<FilterOutlined />}>{t("acts.filter")}</Button>
    </Popover>
  );
}

interface Values {
  camera?: string[]; person?: string[]; position?: string[]; unit?: string[]; kind?: string[]; purpose?: string[]; present?: string[]; verdict?: ("allowed" | "refused")[];
  address?: string[]; text?: string; from?: string; to?: string; footageFrom?: string; footageTo?: string;
}

function Fields({ conditions: c, onChange }: { conditions: Conditions; onChange: (c: Conditions) => void }) {
  const { t, i18n } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const positions = usePositionRegister();
  const { data: cameras = [] } = useCameras();
  const { list: purposes, nameOf: purposeName } = usePurposes();
  const { data: people = [] } = useQuery({ queryKey: ["people"], queryFn: api.people.list, enabled: can("people.read"), staleTime: 300_000 });
  const { data: units = [] } = useQuery({ queryKey: ["units"], queryFn: api.units.list, enabled: can("people.read"), staleTime: 300_000 });
  const shown = (s?: string): string | undefined => (s ? dateTimeText(Date.parse(s), zone) : undefined);
  const meant = (s?: string): string | undefined => {
    const at = s?.trim() ? parseDateTime(s.trim(), zone) : undefined;
    return at === undefined ? undefined : new Date(at).toISOString();
  };
  const some = <X,>(list?: X[]): X[] | undefined => (list && list.length > 0 ? list : undefined);
  const done = (v: Values): void => onChange({
    ...c, camera: some(v.camera), person: some(v.person), position: some(v.position), unit: some(v.unit), kind: some(v.kind), purpose: some(v.purpose), present: some(v.present), verdict: some(v.verdict), address: some(v.address),
    text: v.text?.trim() || undefined, from: meant(v.from), to: meant(v.to), footageFrom: meant(v.footageFrom), footageTo: meant(v.footageTo),
    ...(v.footageFrom?.trim() || v.footageTo?.trim() ? { nightFrom: undefined, nightTo: undefined } : {}), // one or the other
  });
  const instant = { validator: (_: unknown, s?: string) => (s?.trim() && meant(s) === undefined ? Promise.reject(new Error(t("acts.timeWrong"))) : Promise.resolve()) };
  const list = (options: { value: string; label: string }[]) => <Select mode="multiple" allowClear showSearch optionFilterProp="label" maxTagCount="responsive" options={options} />;
  return (
    <Form layout="vertical" className="trail-filters" requiredMark={false} onFinish={(v) => done(v as Values)}
      initialValues={{ ...c, from: shown(c.from), to: shown(c.to), footageFrom: shown(c.footageFrom), footageTo: shown(c.footageTo) }}>
      {can("camera.read") ? <Form.Item name="camera" label={t("common.camera")}>{list(cameras.map((x) => ({ value: x.id, label: x.name })))}</Form.Item> : null}
      <div className="trail-two">
        <Form.Item name="footageFrom" label={t("acts.footageFrom")} rules={[instant]}><Input placeholder="2026-11-24 20:00" /></Form.Item>
        <Form.Item name="footageTo" label={t("acts.footageTo")} rules={[instant]}><Input placeholder="2026-11-25 08:00" /></Form.Item>
        {people.length > 0 ? <Form.Item name="person" label={t("acts.who")}>{list([...people.map((p) => ({ value: p.id, label: p.displayName || p.username })), { value: "system", label: t("acts.system") }])}</Form.Item> : null}
        <Form.Item name="position" label={t("acts.as")}>{list(positions.map((p) => ({ value: p.code, label: wordsOf(p.name, i18n.language) })))}</Form.Item>
        {units.length > 0 ? <Form.Item name="unit" label={t("acts.unit")}>{list(units.map((u) => ({ value: u.id, label: u.name })))}</Form.Item> : null}
        <Form.Item name="kind" label={t("acts.kind")}>{list([...chapters.map((k) => ({ value: `${k}.`, label: t(`acts.chapter.${k}`) })), ...kinds.map((k) => ({ value: k, label: t(`act.${k.replace(".", "_")}`) }))])}</Form.Item>
        <Form.Item name="purpose" label={t("acts.purpose")}>{list(purposes.map((p) => ({ value: p.code, label: purposeName(p.code) })))}</Form.Item>
        {people.length > 0 ? <Form.Item name="present" label={t("acts.present")}>{list(people.map((p) => ({ value: p.id, label: p.displayName || p.username })))}</Form.Item> : null}
        <Form.Item name="verdict" label={t("acts.decision")}>{list(["allowed", "refused"].map((v) => ({ value: v, label: t(`acts.verdict.${v}`) })))}</Form.Item>
        <Form.Item name="address" label={t("acts.address")}><Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[",", " "]} /></Form.Item>
      </div>
      <Form.Item name="text" label={t("acts.text")} rules={[{ min: 2, message: t("acts.textShort") }]}><Input allowClear maxLength={200} /></Form.Item>
      <div className="trail-two">
        <Form.Item name="from" label={t("acts.from")} rules={[instant]}><Input placeholder="2026-11-24 00:00" /></Form.Item>
        <Form.Item name="to" label={t("acts.to")} rules={[instant]}><Input placeholder="2026-11-25 00:00" /></Form.Item>
      </div>
      <Button type="primary" htmlType="submit">{t("acts.apply")}</Button>
    </Form>
  );
}
