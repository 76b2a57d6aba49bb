import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Form, Input, Radio } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { Problem, problemText } from "../api/problem";
import type { PackFault, Parameters as Whole } from "../api/types";
import { useAttempt } from "../ui/attempt";
import { sentence } from "../ui/fields";
import { Steps } from "./steps";
import { packName } from "./values";

const own = "";

/** Choosing a pack: what it would change is shown before anybody is asked for it. */
export function Choose({ open, whole, onClose }: { open: boolean; whole: Whole; onClose: () => void }) {
  const { t } = useTranslation();
  return <Drawer open={open} onClose={onClose} size={600} title={t("parameters.choosePack")} destroyOnHidden>{open ? <Fields whole={whole} onClose={onClose} /> : null}</Drawer>;
}

function Fields({ whole, onClose }: { whole: Whole; onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const { message } = App.useApp();
  const [form] = Form.useForm<{ reason: string }>();
  const { busy, fault, attempt } = useAttempt(form);
  const [pack, setPack] = useState(whole.packs.find((p) => p !== "neutral" && p !== whole.pack) ?? "neutral");
  const [file, setFile] = useState("");
  const choice = pack === own ? { file } : { pack };
  const asked = pack !== own || file.trim() !== "";
  const preview = useQuery({ queryKey: ["parameters", "preview", choice], queryFn: () => api.parameters.preview(choice), enabled: asked, staleTime: 0, retry: false });
  const effect = asked ? preview.data : undefined;
  const changes = effect?.changes.filter((c) => c.changes) ?? [];
  const propose = (v: { reason: string }) => attempt(async () => {
    await api.parameters.choose({ ...choice, reason: v.reason.trim() });
    await cache.invalidateQueries({ queryKey: ["parameters"] });
    message.success(t("parameters.proposed"));
    onClose();
  });
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={(v) => void propose(v)}>
      <p className="dim form-lead">{t("parameters.chooseText")}</p>
      <Form.Item label={t("parameters.packLabel")}>
        <Radio.Group className="choices" value={pack} onChange={(e) => setPack(e.target.value)} options={[...whole.packs.map((p) => ({ value: p, label: packName(t, p) })), { value: own, label: t("parameters.ownPack") }]} />
      </Form.Item>
      {pack !== own ? <p className="dim form-under">{t(`parameters.packAbout.${pack}`, { defaultValue: "" })}</p> : (
        <Form.Item label={t("parameters.file")} extra={t("parameters.fileHint")} htmlFor="pack-file">
          <Input.TextArea id="pack-file" className="code" autoSize={{ minRows: 6, maxRows: 16 }} value={file} onChange={(e) => setFile(e.target.value)} placeholder={"pack: our_rules\nvalues:\n  password.least: {value: 12, clause: C113}"} />
        </Form.Item>
      )}
      <section className="preview" aria-live="polite" aria-label={t("parameters.preview")}>
        <h3>{t("parameters.preview")}</h3>
        {!asked ? <p className="dim">{t("parameters.previewFirst")}</p> : null}
        {asked && preview.error ? <p className="fault-text">{problemText(t, preview.error)}</p> : null}
        {asked && !effect && preview.isFetching ? <p className="dim">{t("common.loading")}</p> : null}
        {effect && effect.faults.length > 0 ? <ul className="faults">{effect.faults.map((f, i) => <li key={i} className="fault-text">{faultText(t, f)}</li>)}</ul> : null}
        {effect && effect.faults.length === 0 && changes.length === 0 ? <p>{t("parameters.changesNothing")}</p> : null}
        {effect && changes.length > 0 ? (
          <>
            <p>{t("parameters.changesCount", { count: changes.length })} {t(effect.needs > 1 ? "parameters.needsTwo" : "parameters.needsOne")}</p>
            <Steps steps={changes} parameters={whole.parameters} marked={effect.own} />
          </>
        ) : null}
      </section>
      <Form.Item name="reason" label={t("common.reason")} rules={[sentence(t("keeping.atLeastFour"))]}><Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={1000} /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end">
        <Button type="primary" htmlType="submit" loading={busy} disabled={!effect || effect.faults.length > 0}>{t("parameters.proposeIt")}</Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </Form>
  );
}

/** What is wrong with a line, in the words of the refusal. */
function faultText(t: ReturnType<typeof useTranslation>["t"], f: PackFault): string {
  const why = problemText(t, new Problem(422, f.code, f.detail, f.params));
  return f.key ? t("parameters.faultOf", { line: f.line, key: f.key, why }) : t("parameters.fault", { line: f.line, why });
}
