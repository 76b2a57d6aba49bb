import { UsergroupAddOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Modal, Segmented } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { SecondAsk, SecondAskInput } from "../api/types";
import { useSession } from "../app/session";
import { leftText } from "../emergency/use";
import { Sign } from "../keeping/parts";
import { useAttempt } from "../ui/attempt";
import { useNow } from "../ui/now";
import { SignHere, type Signing } from "../watch/proof";
import { AskFacts } from "./facts";
import { useSeconds } from "./use";
import "./second.css";

export interface Pairing {
  wish: SecondAskInput;
  /** Does what was agreed to, under the ask; what it throws is shown. */
  run: (ask: SecondAsk) => Promise<void>;
}

/** Gets a second person for one act: at this screen, or from wherever they are. */
export function SecondDialog({ pairing, onClose }: { pairing: Pairing | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal open={pairing !== undefined} title={t("pair.needed")} onCancel={onClose} footer={null} width={520} destroyOnHidden className="dialog-long">
      {pairing ? <Steps key={JSON.stringify(pairing.wish)} pairing={pairing} onClose={onClose} /> : null}
    </Modal>
  );
}

function Steps({ pairing, onClose }: { pairing: Pairing; onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const { data } = useSeconds();
  const me = useSession().person.id;
  const [way, setWay] = useState<"here" | "apart">("here");
  const [asked, setAsked] = useState<SecondAsk>();
  const { busy, fault, attempt, forget } = useAttempt();
  const ask = asked?.state === "waiting" ? data?.find((a) => a.id === asked.id) ?? asked : asked; // the list may lag behind
  const used = useRef("");

  // The one ask of this dialog, made when it is first needed.
  const ensure = async (): Promise<SecondAsk> => {
    if (ask && ask.state === "waiting" && Date.parse(ask.expiresAt) > Date.now()) return ask;
    const made = await api.secondAsks.ask(pairing.wish);
    setAsked(made);
    return made;
  };
  const finish = (agreed: SecondAsk): Promise<unknown> => attempt(async () => {
    used.current = agreed.id;
    await pairing.run(agreed);
    await cache.invalidateQueries({ queryKey: ["second-asks"] });
    onClose();
  });
  useEffect(() => {
    if (ask?.state === "agreed" && ask.person === me && used.current !== ask.id) void finish(ask);
  }, [ask?.id, ask?.state]);

  // Who goes away from here asks for nothing any more.
  const left = useRef<SecondAsk>(undefined);
  useEffect(() => { left.current = ask; }, [ask]);
  useEffect(() => () => {
    if (left.current?.state === "waiting") void api.secondAsks.withdraw(left.current.id).then(() => cache.invalidateQueries({ queryKey: ["second-asks"] })).catch(() => undefined);
  }, []);

  return (
    <>
      <p className="dim form-lead">{t("pair.why")} {t("pair.who")}</p>
      <Segmented<"here" | "apart"> block className="pair-ways" value={way} onChange={(v) => { setWay(v); forget(); }} options={[{ value: "here", label: t("pair.here") }, { value: "apart", label: t("pair.apart") }]} />
      {way === "here" ? <Here ensure={ensure} onAgreed={(a) => { setAsked(a); void finish(a); }} /> : (
        <Apart ask={ask} busy={busy} onAsk={() => void attempt(async () => { await ensure(); await cache.invalidateQueries({ queryKey: ["second-asks"] }); })}
          onWithdraw={() => void attempt(async () => { if (ask) setAsked(await api.secondAsks.withdraw(ask.id)); await cache.invalidateQueries({ queryKey: ["second-asks"] }); })} />
      )}
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      {fault && ask?.state === "agreed" ? <div className="form-end"><Button type="primary" loading={busy} onClick={() => void finish(ask)}>{t("common.retry")}</Button></div> : null}
    </>
  );
}

/** The second person signs at this screen, as at a sign-in; no session comes of it. */
function Here({ ensure, onAgreed }: { ensure: () => Promise<SecondAsk>; onAgreed: (a: SecondAsk) => void }) {
  const { t } = useTranslation();
  const begin = async (): Promise<Signing<SecondAsk>> => {
    const { id } = await ensure();
    return {
      password: (who) => api.secondAsks.vouch(id, who),
      code: (kind, code) => api.secondAsks.vouchCode(id, kind, code),
      card: (card, pin) => api.secondAsks.vouchCard(id, card, pin),
      askPasskey: () => api.secondAsks.askPasskey(id),
      passkey: (answer) => api.secondAsks.vouchPasskey(id, answer),
    };
  };
  return (
    <>
      <p className="dim pair-text">{t("pair.hereText")}</p>
      <SignHere begin={begin} submit={t("pair.agreeHere")} onDone={onAgreed} />
    </>
  );
}

function Apart({ ask, busy, onAsk, onWithdraw }: { ask: SecondAsk | undefined; busy: boolean; onAsk: () => void; onWithdraw: () => void }) {
  const { t } = useTranslation();
  const now = useNow();
  const left = ask ? Date.parse(ask.expiresAt) - now : 0;
  if (ask?.state === "waiting" && left > 0) {
    return (
      <div className="pair-wait" role="status">
        <Sign tone="busy">{t("pair.waiting")} <span className="num">{t("pair.left", { left: leftText(left) })}</span></Sign>
        <AskFacts ask={ask} />
        <div className="form-end"><Button loading={busy} onClick={onWithdraw}>{t("pair.withdraw")}</Button></div>
      </div>
    );
  }
  return (
    <>
      <p className="dim pair-text">{t("pair.apartText")}</p>
      <div role="status">
        {ask?.state === "refused" && ask.answer ? <Alert className="pair-alert" type="error" showIcon title={t("pair.refusedBy", { name: ask.answer.name, note: ask.answer.note })} /> : null}
        {ask?.state === "agreed" && ask.answer ? <Alert className="pair-alert" type="success" showIcon title={t("pair.goesOn", { name: ask.answer.name })} /> : null}
        {ask && (ask.state === "expired" || ask.state === "waiting") ? <Alert className="pair-alert" type="warning" showIcon title={t("pair.over")} /> : null}
      </div>
      {ask?.state === "agreed" ? null : <div className="form-end"><Button type="primary" icon={<UsergroupAddOutlined />} loading={busy} onClick={onAsk}>{t(ask ? "pair.again" : "pair.ask")}</Button></div>}
    </>
  );
}
