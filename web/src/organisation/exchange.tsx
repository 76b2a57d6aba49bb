import { DownloadOutlined, UploadOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Dropdown } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { ImportOutcome, Register } from "../api/types";

/** The bytes of a file as JSON carries them. */
async function base64(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let s = "";
  for (let i = 0; i < bytes.length; i += 0x8000) s += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(s);
}

/** Takes a register out as a table, and in again after a dry run that names every bad line. */
export function Exchange({ register, keys, gives = true, takes = true }: { register: Register; keys: string[]; gives?: boolean; takes?: boolean }) {
  const { t, i18n } = useTranslation();
  const [open, setOpen] = useState(false);
  const language = i18n.language.startsWith("zh") ? "zh" : "en";
  return (
    <>
      {gives ? <Dropdown menu={{ items: (["xlsx", "csv"] as const).map((f) => ({ key: f, label: <a href={api.tables.exportURL(register, f, language)} download>{f.toUpperCase()}</a> })) }}>
        <Button icon={<DownloadOutlined />}>{t(register === "cameras" ? "org.exportCameras" : "org.export")}</Button>
      </Dropdown> : null}
      {takes ? <Button icon={<UploadOutlined />} onClick={() => setOpen(true)}>{t(register === "cameras" ? "org.importCameras" : "org.import")}</Button> : null}
      <Drawer open={open} onClose={() => setOpen(false)} size={720} destroyOnHidden title={t(`org.import_${register}`)}>
        <Import register={register} keys={keys} onClose={() => setOpen(false)} />
      </Drawer>
    </>
  );
}

function Import({ register, keys, onClose }: { register: Register; keys: string[]; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const input = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<{ name: string; data: string }>();
  const [outcome, setOutcome] = useState<ImportOutcome>();
  const [fault, setFault] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const ask = async (data: string, dryRun: boolean): Promise<ImportOutcome | undefined> => {
    setBusy(true);
    setFault(undefined);
    try {
      const done = await api.tables.import(register, data, dryRun);
      setOutcome(done);
      return done;
    } catch (e) {
      setOutcome(undefined);
      setFault(e);
      return undefined;
    } finally {
      setBusy(false);
    }
  };
  const chosen = async (f: File | undefined): Promise<void> => {
    if (!f) return;
    const data = await base64(f);
    setFile({ name: f.name, data });
    await ask(data, true);
  };
  const write = async (): Promise<void> => {
    if (!file) return;
    const done = await ask(file.data, false);
    if (!done?.kept) return;
    await Promise.all(keys.map((k) => cache.invalidateQueries({ queryKey: [k] })));
    message.success(t("org.imported", { created: done.created, changed: done.changed }));
    onClose();
  };
  const good = outcome && outcome.faults.length === 0;
  return (
    <div className="org-import">
      <p className="dim">{t("org.importLead")}</p>
      {register === "people" ? <p className="dim">{t("org.importPeople")}</p> : null}
      <input ref={input} type="file" style={{ display: "none" }} accept=".xlsx,.csv,text/csv,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" aria-label={t("org.file")} onChange={(e) => { void chosen(e.target.files?.[0]); e.target.value = ""; }} />
      <Button icon={<UploadOutlined />} loading={busy} onClick={() => input.current?.click()}>{t("org.choose")}</Button>
      {file ? <p className="cut">{file.name}</p> : null}
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      {outcome ? (
        <section aria-live="polite">
          <h3>{t(good ? "org.dryGood" : "org.dryBad", { count: outcome.faults.length })}</h3>
          {good ? <p>{t("org.drySum", { created: outcome.created, changed: outcome.changed, same: outcome.same })}</p> : (
            <table className="org-faults">
              <thead><tr><th>{t("org.line")}</th><th>{t("org.column")}</th><th>{t("org.wrong")}</th></tr></thead>
              <tbody>
                {outcome.faults.map((f, i) => (
                  <tr key={i}><td className="num">{f.line}</td><td>{f.column ? t(`org.col_${f.column}`, { defaultValue: f.column }) : "—"}</td><td>{t(`problem.${f.code}`, { ...f.params, defaultValue: f.detail })}</td></tr>
                ))}
              </tbody>
            </table>
          )}
        </section>
      ) : null}
      <div className="form-end">
        <Button type="primary" disabled={!good} loading={busy && Boolean(good)} onClick={() => void write()}>{t("org.write")}</Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </div>
  );
}
