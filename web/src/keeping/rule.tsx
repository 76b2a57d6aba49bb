import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Checkbox, Drawer, Form, Input, InputNumber, Segmented, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { Problem, problemText } from "../api/problem";
import { useCameraMap } from "../api/queries";
import { bases, type RetentionPlan, type RetentionState, type RuleInput } from "../api/types";
import { useZone } from "../app/session";
import { dateText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { days, isDays, notAbove, notBelow, sentence, weight } from "../ui/fields";
import { RuleEffect } from "./effect";
import { Sign } from "./parts";

export interface RuleOf {
  camera?: string; // absent: the rule for all
  footage: RetentionPlan;
  snapshots: RetentionPlan;
}

export type RecordClass = RuleInput["class"];

type Demands = RetentionState["bases"] | undefined;

export function RuleDrawer({ of, general, demands, onClose }: { of: RuleOf | undefined; general: RetentionState | undefined; demands: Demands; onClose: () => void }) {
  const { t } = useTranslation();
  const cameras = useCameraMap();
  const title = of?.camera ? t("keep.changeOf", { name: cameras.get(of.camera)?.name ?? of.camera }) : t("keep.changeGeneral");
  return <Drawer open={of !== undefined} onClose={onClose} size={560} title={title} destroyOnHidden>{of ? <OfClass of={of} general={general} demands={demands} onClose={onClose} /> : null}</Drawer>;
}

/** Which records the rule is of, and its fields. */
function OfClass(props: { of: RuleOf; general: RetentionState | undefined; demands: Demands; onClose: () => void }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<RecordClass>("main");
  return (
    <>
      <Segmented<RecordClass> block className="list-switch" aria-label={t("pictures.kind")} value={kind} onChange={setKind} options={[{ value: "main", label: t("pictures.footage") }, { value: "snapshot", label: t("pictures.snapshots") }]} />
      <Fields key={kind} kind={kind} {...props} />
    </>
  );
}

interface Values {
  inherits: boolean;
  existing: boolean;
  limited: boolean;
  reason: string;
  rule: { minimumDays: number; minimumBasis: string; minimumNote?: string; maximumDays?: number; maximumBasis?: string; maximumNote?: string };
}

const explained = (basis: string | undefined): boolean => basis === "sector" || basis === "own";

function Fields({ of: { camera, footage, snapshots }, kind, general: all, demands, onClose }: { of: RuleOf; kind: RecordClass; general: RetentionState | undefined; demands: Demands; onClose: () => void }) {
  const { t } = useTranslation();
  const pictures = kind === "snapshot";
  const plan = pictures ? snapshots : footage;
  const general = pictures ? all?.snapshots : all?.rule;
  const cache = useQueryClient();
  const zone = useZone();
  const { message, modal } = App.useApp();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const v = Form.useWatch([], form) as Values | undefined;
  const inherits = v?.inherits ?? false;
  const wanted = inherits ? general?.minimumDays : v?.rule?.minimumDays;
  const lowers = isDays(wanted) && wanted < plan.promisedDays;
  const leastOf = (basis: string | undefined): number => demands?.find((d) => d.basis === basis)?.leastDays ?? 1;
  const refusal = (code: string, params = {}): string => problemText(t, new Problem(422, code, "", params));
  const options = bases.map((b) => ({ value: b, label: t(`retention.basis.${b}`) }));
  // Which of them demand a number stands in the list, and not only in the refusal.
  const demanding = options.map((o) => {
    const least = leastOf(o.value);
    return least > 1 ? { ...o, label: t("keep.basisLeast", { basis: o.label, days: least }) } : o;
  });
  const noted = { validator: async (_: unknown, text: string) => { if (weight(text) < 2) throw new Error(t("common.required")); } };
  const inputOf = (x: Values): RuleInput => ({
    class: kind, camera: camera ?? undefined, reason: x.reason.trim(), existing: lowers && x.existing ? true : undefined, inherits: x.inherits || undefined,
    rule: x.inherits ? undefined : {
      minimumDays: x.rule.minimumDays, minimumBasis: x.rule.minimumBasis, minimumNote: x.rule.minimumNote?.trim() || undefined,
      ...(x.limited ? { maximumDays: x.rule.maximumDays, maximumBasis: x.rule.maximumBasis, maximumNote: x.rule.maximumNote?.trim() || undefined } : {}),
    },
  });
  // Below what the rules of surveillance ask of all, a second person approves.
  const asked = demands ? leastOf("regime") : 90;
  const below = wanted !== undefined && wanted < Math.min(plan.minimumDays, asked);
  // Only such a change reaches footage that is there; a rule that is not whole yet tells nothing.
  const limits = Boolean(v?.limited && !inherits && isDays(v.rule.maximumDays) && v.rule.maximumDays >= (v.rule.minimumDays ?? 0));
  const reaches = v !== undefined && (inherits || isDays(v.rule?.minimumDays)) && (limits || (lowers && v.existing));
  const late = pictures && v?.limited && footage.maximumDays !== undefined && isDays(v.rule?.maximumDays) && v.rule.maximumDays >= footage.maximumDays;
  const save = (x: Values) => attempt(async () => {
    const change = await api.retention.set(inputOf(x));
    await cache.invalidateQueries({ queryKey: ["retention"] });
    const short = change.storage && !change.storage.ok ? change.storage : undefined;
    if (short) {
      const figures = { keeps: short.keepsDays || t("common.underOne"), of: short.minimumDays };
      modal.warning({
        title: t("keep.changedShort"), okText: t("common.close"),
        content: short.shortOn ? t("keep.shortOn", { ...figures, on: dateText(Date.parse(short.shortOn), zone) }) : t("keep.shortNow", figures),
      });
    } else if (change.waiting) modal.info({ title: t("keep.waitsTitle"), content: t("keep.waitsText"), okText: t("common.close") });
    else message.success(t(change.storage ? "keep.changedHolds" : "keep.changed"));
    onClose();
  });
  return (
    <Form
      form={form} layout="vertical" requiredMark={false} scrollToFirstError onFinish={(x) => void save(x)}
      initialValues={{
        inherits: false, existing: false, limited: Boolean(plan.maximumDays), reason: "",
        rule: { minimumDays: plan.minimumDays, minimumBasis: plan.minimumBasis, minimumNote: plan.minimumNote, maximumDays: plan.maximumDays, maximumBasis: plan.maximumBasis || "privacy", maximumNote: plan.maximumNote },
      }}
    >
      {pictures ? <p className="dim form-lead">{t("pictures.lead")} {plan.asFootage ? t("pictures.asFootageText") : ""}</p> : null}
      {camera && !plan.own ? <p className="dim form-lead">{t(pictures ? "pictures.ownFromNow" : "keep.ownFromNow")}</p> : null}
      {camera && plan.own ? <Form.Item name="inherits" valuePropName="checked" className="form-tight"><Checkbox>{t("keep.inherit")}</Checkbox></Form.Item> : null}
      {inherits ? null : (
        <>
          <div className="form-two">
            <Form.Item name={["rule", "minimumDays"]} label={t("keep.minimum")} dependencies={[["rule", "minimumBasis"]]} rules={[{ required: true, message: t("common.required") }, days(t, "retention_minimum"), notBelow(() => leastOf(form.getFieldValue(["rule", "minimumBasis"])), (n) => refusal("retention_basis_least", { days: n })), ...(pictures ? [notAbove(() => footage.minimumDays, (n) => refusal("retention_above_footage", { days: n }))] : [])]}><InputNumber suffix={t("keep.dayUnit", { count: v?.rule?.minimumDays ?? 0 })} /></Form.Item>
            <Form.Item name={["rule", "minimumBasis"]} label={t("keep.basis")}><Select aria-label={t("keep.minimumBasis")} options={demanding} popupMatchSelectWidth={false} /></Form.Item>
          </div>
          {explained(v?.rule?.minimumBasis) ? <Form.Item name={["rule", "minimumNote"]} label={t("keep.basisNote")} rules={[noted]}><Input maxLength={500} /></Form.Item> : null}
          <Form.Item name="limited" valuePropName="checked" extra={t(pictures ? "pictures.limitHint" : "keep.limitHint")}><Checkbox>{t(pictures ? "pictures.limit" : "keep.limit")}</Checkbox></Form.Item>
          {v?.limited ? (
            <>
              <div className="form-two">
                <Form.Item name={["rule", "maximumDays"]} label={t("keep.maximum")} dependencies={[["rule", "minimumDays"]]} rules={[{ required: true, message: t("common.required") }, days(t, "retention_maximum"), notBelow(() => form.getFieldValue(["rule", "minimumDays"]), () => refusal("retention_maximum"))]}><InputNumber suffix={t("keep.dayUnit", { count: v?.rule?.maximumDays ?? 0 })} /></Form.Item>
                <Form.Item name={["rule", "maximumBasis"]} label={t("keep.basis")}><Select aria-label={t("keep.maximumBasis")} options={options} /></Form.Item>
              </div>
              {late ? <p className="dim form-under">{t("pictures.late", { count: footage.maximumDays })}</p> : null}
              {explained(v?.rule?.maximumBasis) ? <Form.Item name={["rule", "maximumNote"]} label={t("keep.basisNote")} rules={[noted]}><Input maxLength={500} /></Form.Item> : null}
            </>
          ) : null}
        </>
      )}
      {lowers ? (
        <section className="waiting">
          {wanted === plan.minimumDays ? null : <p><Sign tone="amber">{t(pictures ? "pictures.lowers" : "keep.lowers", { from: wanted < plan.minimumDays ? plan.minimumDays : plan.promisedDays, count: wanted })}</Sign></p>}
          <Form.Item name="existing" valuePropName="checked" noStyle><Checkbox>{t(pictures ? "pictures.existing" : "keep.existing")}</Checkbox></Form.Item>
          {below ? <p>{t("keep.below", { days: asked })}</p> : v?.existing ? <p>{t("keep.existingWaits")}</p> : null}
        </section>
      ) : null}
      {reaches && v ? <RuleEffect body={inputOf(v)} /> : null}
      <Form.Item name="reason" label={t("common.reason")} rules={[sentence(t("keeping.atLeastFour"))]}><Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end">
        <Button type="primary" htmlType="submit" loading={busy}>{t(lowers && (v?.existing || below) ? "keep.askChange" : "keep.change")}</Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </Form>
  );
}
