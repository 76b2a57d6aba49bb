import { CheckCircleFilled, InfoCircleFilled } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { Button } from "antd";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { asProblem, problemText } from "../api/problem";
import { presenceApi, type PresenceNow, type PresencePrompt } from "../api/presence";
import { useLocked } from "../app/lock";
import { useAttempt } from "../ui/attempt";
import { useNow } from "../ui/now";
import { ahead, useWatch } from "../watch/use";
import { answerOf, left } from "./asked";
import { usePresence } from "./use";
import "./presence.css";

const thanks = 2500; // ms for which an answer is confirmed

type Said = { id: string; what: "here" | "over" };

/**
 * Asks whoever is on watch whether they are there, in a corner of whatever page is open. It takes no
 * focus and stands in front of nothing that is worked with; every key answers, or the number of the
 * picture that is marked.
 */
export function PresencePromptCard() {
  const { data } = usePresence();
  const locked = useLocked();
  const [last, setLast] = useState<PresencePrompt>();
  const [said, setSaid] = useState<Said>();
  const prompt = data?.prompt;
  useEffect(() => { if (prompt) setLast(prompt); }, [prompt]);
  useEffect(() => {
    if (said?.what !== "here") return;
    const timer = window.setTimeout(() => { setLast(undefined); setSaid(undefined); }, thanks);
    return () => window.clearTimeout(timer);
  }, [said]);
  const shown = prompt ?? last;
  return (
    <div className="asked-slot" role="status" aria-live="polite">
      {!shown && locked && data?.absence ? <AwayBehindLock /> : null}
      {shown ? <Asked key={shown.id} prompt={shown} waits={prompt?.id === shown.id} said={said?.id === shown.id ? said.what : undefined} onSaid={(what) => setSaid({ id: shown.id, what })} onClose={() => { setLast(undefined); setSaid(undefined); }} /> : null}
    </div>
  );
}

/** Who stepped out comes back also where the console has locked meanwhile. */
function AwayBehindLock() {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const { busy, fault, attempt } = useAttempt();
  const back = (): void => void attempt(async () => { cache.setQueryData<PresenceNow>(["presence"], await presenceApi.stepBack()); });
  return (
    <div className="asked">
      <span className="asked-text"><strong>{t("presence.away")}</strong>{fault ? <span className="asked-fault">{problemText(t, fault)}</span> : null}</span>
      <Button type="primary" loading={busy} onClick={back}>{t("presence.back")}</Button>
      <span className="asked-bar" aria-hidden />
    </div>
  );
}

function Asked({ prompt, waits, said, onSaid, onClose }: { prompt: PresencePrompt; waits: boolean; said: Said["what"] | undefined; onSaid: (s: Said["what"]) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const cache = useQueryClient();
  const { data: board, dataUpdatedAt } = useWatch();
  const now = useNow() + (board ? ahead(board, dataUpdatedAt) : 0);
  const [fault, setFault] = useState<string>();
  const sending = useRef(false);
  const part = left(prompt, now);
  const over = said === "over" || part === 0;
  // It was answered at another screen, or asks for nothing any more.
  const gone = !waits && !said && !over;
  useEffect(() => { if (gone) onClose(); }, [gone]);

  const answer = async (tile: number): Promise<void> => {
    if (sending.current) return;
    sending.current = true;
    setFault(undefined);
    try {
      const after = await presenceApi.answer(prompt.id, tile || undefined);
      onSaid("here");
      cache.setQueryData<PresenceNow>(["presence"], after);
    } catch (e) {
      if (["prompt_over", "prompt_unknown"].includes(asProblem(e).code)) {
        onSaid("over");
        void cache.invalidateQueries({ queryKey: ["presence"] });
      } else setFault(problemText(t, e));
    } finally {
      sending.current = false;
    }
  };
  const pressed = useEffectEvent((e: KeyboardEvent) => {
    if (said === "here") return;
    const typing = e.target instanceof HTMLElement && e.target.closest("input, textarea, select, [contenteditable], [role=combobox]") !== null;
    if (over) {
      if (!e.repeat && e.isTrusted && e.key === "Escape") onClose();
      return;
    }
    const tile = answerOf(prompt.tile, e, typing);
    if (tile === undefined) return;
    if (prompt.tile) e.preventDefault(); // on the wall the same key would make the picture large
    void answer(tile);
  });
  useEffect(() => {
    const down = (e: KeyboardEvent): void => pressed(e);
    window.addEventListener("keydown", down, { capture: true });
    return () => window.removeEventListener("keydown", down, { capture: true });
  }, []);

  if (gone) return null;
  if (said === "here") return <div className="asked asked-here"><CheckCircleFilled aria-hidden /> <span>{t("presence.thanks")}</span></div>;
  if (over) {
    return (
      <div className="asked asked-over">
        <InfoCircleFilled aria-hidden /> <span className="asked-text">{t("presence.over")}</span>
        <Button size="small" onClick={onClose}>{t("presence.seen")}</Button>
      </div>
    );
  }
  const marked = prompt.tile !== undefined && document.querySelector(`.wall [data-tile="${prompt.tile}"]`) !== null;
  return (
    <div className="asked" onClick={prompt.tile ? undefined : () => void answer(0)}>
      <span className="asked-text">
        <strong>{t("presence.there")}</strong> {prompt.tile ? t(marked ? "presence.pressMarked" : "presence.press", { n: prompt.tile }) : t("presence.anyKey")}
        {fault ? <span className="asked-fault">{fault}</span> : null}
      </span>
      {prompt.tile ? (
        <span className="asked-keys" role="group" aria-label={t("presence.press", { n: prompt.tile })}>
          {[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => <button key={n} type="button" className="asked-key num" onClick={() => void answer(n)}>{n}</button>)}
        </span>
      ) : <Button type="primary" onClick={(e) => { e.stopPropagation(); void answer(0); }}>{t("presence.here")}</Button>}
      <span className="asked-bar" aria-hidden><span style={{ transform: `scaleX(${part})` }} /></span>
    </div>
  );
}
