import { Button, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { problemText } from "../api/problem";
import { useAttempt } from "../ui/attempt";

/** An act that takes out of use, or back into it: what it means, a reason, and the refusal where it cannot be. */
export function Retire({ text, label, act, onDone }: { text: string; label: string; act: (reason: string) => Promise<unknown>; onDone: () => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const { busy, fault, attempt } = useAttempt();
  if (!open) return <div className="person-more"><Button danger onClick={() => setOpen(true)}>{label}</Button></div>;
  return (
    <div className="person-more org-retire">
      <p>{text}</p>
      <Input aria-label={t("common.reason")} placeholder={t("common.reason")} value={reason} maxLength={500} onChange={(e) => setReason(e.target.value)} autoFocus />
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end">
        <Button danger type="primary" loading={busy} disabled={reason.trim().length < 1} onClick={() => void attempt(async () => { await act(reason.trim()); onDone(); })}>{label}</Button>
        <Button onClick={() => setOpen(false)}>{t("common.cancel")}</Button>
      </div>
    </div>
  );
}
