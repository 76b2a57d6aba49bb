import { Button, Checkbox, Drawer, Form, Input, InputNumber, Radio, Select } from "antd";
import { useDeferredValue, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { HouseRule, Rights } from "../api/types";
import { AreasSelect } from "../organisation/places";
import { Effects } from "./parts";
import { actionText, byChapter, positionText, suggestedName } from "./words";

/** Which rule is written: another one, or one that the draft has. */
export interface Writing { rule?: HouseRule }

interface Props { writing: Writing | undefined; draft: HouseRule[]; rights: Rights; onDraft: (rules: HouseRule[]) => void; onClose: () => void }

/** One rule of the draft, with what the draft would change beside it while it is written. */
export function RuleDrawer(props: Props) {
  const { t } = useTranslation();
  return (
    <Drawer open={props.writing !== undefined} onClose={props.onClose} size={620} destroyOnHidden title={t(props.writing?.rule ? "rights.editRule" : "rights.newRule")}>
      {props.writing ? <Fields {...props} writing={props.writing} /> : null}
    </Drawer>
  );
}

interface Values { id: string; position?: string; deny: boolean; actions: string[]; areas: string[]; fromGrade: number; toGrade: number; onDuty: boolean; back?: number | null; unit: "h" | "d"; request: boolean; second: boolean; note: string }

const minutes = { h: 60, d: 1440 };
const mostBack = 366 * minutes.d; // as the server has it
const footage = ["playback.view", "snapshot.take"]; // rights to what was recorded; terms about its age fit these alone
const pictures = [...footage, "live.view"]; // where a second person can be demanded

function Fields({ writing: { rule }, draft, rights, onDraft, onClose }: Props & { writing: Writing }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const v = Form.useWatch([], form) as Values | undefined;
  const position = rights.positions.find((p) => p.position === v?.position);
  const others = draft.filter((r) => r.id !== rule?.id);
  const taken = others.map((r) => r.id);
  const aboutFootage = (v?.actions ?? []).length > 0 && (v?.actions ?? []).every((a) => footage.includes(a));
  const aboutPictures = (v?.actions ?? []).length > 0 && (v?.actions ?? []).every((a) => pictures.includes(a));
  const offered = rights.actions.filter((a) => v?.deny || !position?.never.includes(a));

  const ruleOf = (x: Values): HouseRule => {
    const said = { position: x.position ?? "", actions: x.actions ?? [], deny: x.deny || undefined };
    const whole = (x.actions ?? []).every((a) => footage.includes(a));
    return {
      ...said,
      id: x.id?.trim() || suggestedName(t, said, taken),
      areas: (x.areas ?? []).length > 0 ? x.areas : undefined,
      fromGrade: x.fromGrade || undefined, toGrade: x.toGrade || undefined,
      ...(x.deny ? {} : { onDuty: x.onDuty || undefined, second: ((x.actions ?? []).every((a) => pictures.includes(a)) && x.second) || undefined, ...(whole ? { backMinutes: x.back ? x.back * minutes[x.unit] : undefined, request: x.request || undefined } : {}) }),
      note: x.note?.trim() || undefined,
    };
  };
  const placed = (r: HouseRule): HouseRule[] => (rule ? draft.map((d) => (d.id === rule.id ? r : d)) : [...draft, r]);
  const written = v?.position && (v.actions ?? []).length > 0 && !(v.back && v.back * minutes[v.unit] > mostBack) ? ruleOf(v) : undefined;
  // Names and notes change nobody's rights: the question is asked anew only for what does.
  const asked = written ? JSON.stringify({ ...written, id: rule?.id ?? "new", note: undefined }) : "";
  const slow = useDeferredValue(asked);
  const trial = useMemo(() => (slow ? placed(JSON.parse(slow) as HouseRule) : undefined), [slow, draft]);

  const back = rule?.backMinutes ?? 0;
  const initial: Values = {
    id: rule?.id ?? "", position: rule?.position, deny: rule?.deny ?? false, actions: rule?.actions ?? [], areas: rule?.areas ?? [], fromGrade: rule?.fromGrade ?? 0, toGrade: rule?.toGrade ?? 0,
    onDuty: rule?.onDuty ?? false, unit: back > 0 && back % minutes.d !== 0 ? "h" : "d", back: back > 0 ? back / (back % minutes.d === 0 ? minutes.d : minutes.h) : undefined,
    request: rule?.request ?? false, second: rule?.second ?? false, note: rule?.note ?? "",
  };
  const needed = { required: true, message: t("common.required") };
  const grades = [{ value: 0, label: t("rights.gradeAny") }, ...[1, 2, 3, 4].map((g) => ({ value: g, label: t(`org.grade_${g}`) }))];
  const ordered = { validator: async (_: unknown, to: number) => { if (to !== 0 && to < (form.getFieldValue("fromGrade") as number)) throw new Error(t("problem.rights_grades", { rule: form.getFieldValue("id") as string })); } };
  return (
    <Form form={form} layout="vertical" requiredMark={false} scrollToFirstError initialValues={initial} onFinish={(x) => { onDraft(placed(ruleOf(x))); onClose(); }}>
      <Form.Item name="position" label={t("rights.position")} rules={[needed]}><Select autoFocus={!rule} options={rights.positions.map((p) => ({ value: p.position, label: positionText(t, p.position) }))} /></Form.Item>
      <Form.Item name="deny" label={t("rights.effect")} extra={t(v?.deny ? "rights.mayNotHint" : "rights.mayHint")}><Radio.Group options={[{ value: false, label: t("rights.may") }, { value: true, label: t("rights.mayNot") }]} /></Form.Item>
      <Form.Item name="actions" label={t("rights.actions")} extra={v?.deny ? undefined : t("rights.actionsHint")} rules={[needed]}>
        <Select mode="multiple" showSearch={{ optionFilterProp: "label" }} options={byChapter(offered, String).map((c) => ({ label: t(`rights.chapter.${c.chapter}`), options: c.of.map((a) => ({ value: a, label: actionText(t, a) })) }))} />
      </Form.Item>
      <Form.Item name="areas" label={t("rights.areas")} extra={t("rights.areasHint")}><AreasSelect placeholder={t("rights.areasAny")} /></Form.Item>
      <div className="form-two">
        <Form.Item name="fromGrade" label={t("rights.gradeFrom")}><Select options={grades} /></Form.Item>
        <Form.Item name="toGrade" label={t("rights.gradeTo")} dependencies={["fromGrade"]} rules={[ordered]}><Select options={grades} /></Form.Item>
      </div>
      {v?.deny ? null : (
        <>
          <Form.Item name="onDuty" valuePropName="checked" className="form-tight" extra={v?.onDuty ? t("rights.onDutyHint") : undefined}><Checkbox>{t("rights.onDutyField")}</Checkbox></Form.Item>
          {aboutPictures ? <Form.Item name="second" valuePropName="checked" className="form-tight"><Checkbox>{t("rights.secondField")}</Checkbox></Form.Item> : null}
          {aboutFootage ? (
            <>
              <Form.Item name="request" valuePropName="checked" className="form-tight"><Checkbox>{t("rights.requestField")}</Checkbox></Form.Item>
              <div className="form-two">
                <Form.Item name="back" label={t("rights.backField")} extra={t("rights.backHint")} rules={[{ validator: async (_, n?: number | null) => { if (n && (!Number.isInteger(n) || n < 1 || n * minutes[form.getFieldValue("unit") as "h" | "d"] > mostBack)) throw new Error(t("rights.backWhole")); } }]}><InputNumber min={0} /></Form.Item>
                <Form.Item name="unit" label=" " colon={false}><Select aria-label={t("rights.backField")} options={[{ value: "h", label: t("rights.hours") }, { value: "d", label: t("rights.days") }]} /></Form.Item>
              </div>
            </>
          ) : null}
        </>
      )}
      <Form.Item name="id" label={t("rights.name")} extra={t("rights.nameHint")} rules={[{ max: 60 }, { validator: async (_, id?: string) => { if (taken.includes((id ?? "").trim())) throw new Error(t("rights.ruleTwice")); } }]}>
        <Input autoComplete="off" placeholder={written ? suggestedName(t, written, taken) : undefined} />
      </Form.Item>
      <Form.Item name="note" label={t("rights.note")}><Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={500} /></Form.Item>
      {trial ? <Effects rules={trial} /> : null}
      <div className="form-end"><Button type="primary" htmlType="submit">{t("rights.draftIt")}</Button><Button onClick={onClose}>{t("common.cancel")}</Button></div>
    </Form>
  );
}
