import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Input, Modal } from "antd";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem, problemText } from "../api/problem";
import { watchApi, type RoomCheck, type WatchRoom } from "../api/watch";
import { useAttempt } from "../ui/attempt";
import { weight } from "../ui/fields";
import { Checklist, lacks, useLooks } from "./checks";
import { SignHere } from "./proof";

export interface SigningOnHere { room: WatchRoom; who: "me" | "another" }

/** Signing on at a room: the list, the reason of who is not on the roster, and at another's screen who it is. */
export function SignOnDialog({ signing, checks, onClose }: { signing: SigningOnHere | undefined; checks: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation();
  const title = signing ? t(signing.who === "me" ? "watch.signOnTitle" : "watch.anotherTitle", { name: signing.room.name }) : "";
  return (
    <Modal open={signing !== undefined} title={title} onCancel={onClose} footer={null} width={680} style={{ top: 32 }} destroyOnHidden className="dialog-long">
      {signing ? (signing.room.here ? <Steps key={signing.room.id + signing.who} {...signing} checks={checks} onClose={onClose} /> : <p className="wrap">{t("watch.notHere", { name: signing.room.name })}</p>) : null}
    </Modal>
  );
}

function Steps({ room, who, checks: items, onClose }: SigningOnHere & { checks: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const looks = useLooks(items);
  const { busy, fault, attempt, forget } = useAttempt();
  const [refused, setRefused] = useState<unknown>(); // of the other's signature, about what stands here
  const [signs, setSigns] = useState<RoomCheck[]>();
  const [asks, setAsks] = useState(false); // for the reason of who is not on the roster
  const [reason, setReason] = useState("");
  const [short, setShort] = useState(false);
  const submit = useRef<HTMLButtonElement>(null);

  const wrong = fault ?? refused;
  const problem = wrong ? asProblem(wrong) : undefined;
  const item = problem && typeof problem.params.item === "string" ? problem.params.item : undefined;
  const done = async (after: WatchRoom): Promise<void> => {
    await cache.invalidateQueries({ queryKey: ["watch"] });
    const before = new Set(room.on.map((a) => a.id));
    const name = after.on.find((a) => !before.has(a.id))?.name ?? "";
    message.success(who === "me" ? t("watch.youSignedOn", { room: room.name }) : t("watch.signedOn", { name, room: room.name }));
    onClose();
  };
  const unplanned = (e: unknown): boolean => {
    const p = asProblem(e);
    if (p.code !== "duty_unplanned" && !(asks && p.errors.some((f) => f.location === "body.reason"))) return false;
    setAsks(true);
    return true;
  };
  const go = (): void => {
    forget();
    setRefused(undefined);
    const { checks } = looks.done();
    if (!checks) {
      looks.ask();
      return;
    }
    if (asks && weight(reason) < 4) {
      setShort(true);
      return;
    }
    setShort(false);
    if (who === "another") {
      setSigns(checks);
      return;
    }
    void attempt(async () => {
      try {
        await done(await watchApi.signOn(room.id, { checks, ...(asks ? { reason: reason.trim() } : {}) }));
      } catch (e) {
        unplanned(e);
        throw e;
      }
    });
  };
  if (signs) {
    return (
      <>
        <p className="dim form-lead">{t("watch.signsHere")}</p>
        <SignHere<WatchRoom>
          begin={() => watchApi.signOnHere(room.id, { checks: signs, ...(asks ? { reason: reason.trim() } : {}) })} submit={t("watch.signHere")} onDone={(r) => void done(r)}
          onRefused={(e) => {
            const here = unplanned(e) || typeof asProblem(e).params.item === "string";
            if (here) { setRefused(e); setSigns(undefined); }
            return here;
          }} />
        <Button type="link" onClick={() => setSigns(undefined)}>{t("watch.backToList")}</Button>
      </>
    );
  }
  return (
    <>
      <p className="form-lead">{room.answers?.state === "kept" ? t("watch.startJoin", { name: room.answers.name }) : <strong>{t("watch.startCharge")}</strong>} <span className="dim">{t("watch.looks")}</span></p>
      <Checklist items={items} looks={looks} fault={item && problem ? { item, text: problemText(t, problem) } : undefined} onThrough={() => window.setTimeout(() => submit.current?.focus())} />
      {asks ? (
        <label className="checks-reason">
          <span>{t(who === "me" ? "watch.reason" : "watch.reasonOther")}</span>
          <Input.TextArea autoFocus value={reason} onChange={(e) => setReason(e.target.value)} autoSize={{ minRows: 2, maxRows: 5 }} maxLength={1000} status={short ? "error" : undefined} />
          {short ? <span className="tone-red">{t("problem.reason_too_short")}</span> : null}
        </label>
      ) : null}
      <div role="alert">
        {looks.asked && lacks(items, looks) > 0 ? <p className="fault-text">{t("watch.lacks", { count: lacks(items, looks) })}</p> : null}
        {wrong && !item ? <p className="fault-text">{problemText(t, wrong)}</p> : null}
      </div>
      <div className="form-end">
        <Button ref={submit} type="primary" size="large" loading={busy} onClick={go}>{t(who === "me" ? "watch.signHere" : "watch.next")}</Button>
        <Button size="large" onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </>
  );
}
