import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { presenceApi, type PresencePrompt, type Verdict } from "../api/presence";
import { problemText } from "../api/problem";
import type { WatchRoom } from "../api/watch";
import { useSession, useZone } from "../app/session";
import { useAttempt } from "../ui/attempt";
import { timeText } from "../watch/card";
import "./presence.css";

const week = 7 * 86_400_000;
const verdicts: readonly Verdict[] = ["working", "away", "asleep", "fault"];

/** Prompts that were missed in a room in the last week, for whoever says what they were. */
export function MissedPrompts({ room, now }: { room: WatchRoom; now: number }) {
  const { t } = useTranslation();
  const { data } = useQuery({
    queryKey: ["duty", "asked", room.id],
    queryFn: async () => (await presenceApi.asked(room.id, now - week, now + 60_000)).filter((p) => p.outcome === "missed"),
    refetchInterval: 60_000,
  });
  if (!data || data.length === 0) return null;
  const open = data.filter((p) => !p.judgement).length;
  return (
    <details className="missed">
      <summary>{t("presence.missed")}{open > 0 ? <> <span className="tag tag-amber num">{t("presence.missedOpen", { count: open })}</span></> : null}</summary>
      <ul>{data.map((p) => <Missed key={p.id} of={p} now={now} />)}</ul>
    </details>
  );
}

function Missed({ of: p, now }: { of: PresencePrompt; now: number }) {
  const { t } = useTranslation();
  const zone = useZone();
  const cache = useQueryClient();
  const me = useSession().person.id;
  const { busy, fault, attempt } = useAttempt();
  const [note, setNote] = useState("");
  const time = timeText(p.at, now, zone);
  const name = p.name ?? t("common.somebody");
  const judge = (v: Verdict): void => void attempt(async () => {
    try {
      await presenceApi.judge(p.id, v, note.trim());
    } finally {
      void cache.invalidateQueries({ queryKey: ["duty"] });
    }
  });
  return (
    <li>
      <div className="missed-head"><strong className="wrap">{name}</strong><span className="num">{time}</span><span className="dim">{t(p.shown ? "presence.shown" : "presence.notShown")}</span></div>
      {p.judgement ? (
        <p className="dim wrap">{t("presence.judgedBy", { verdict: t(`presence.verdict_${p.judgement.verdict}`), name: p.judgement.name ?? t("common.somebody"), time: timeText(p.judgement.at, now, zone) })}{p.judgement.note ? <><br />{p.judgement.note}</> : null}</p>
      ) : p.person === me ? <p className="dim">{t("presence.own")}</p> : (
        <>
          <Input value={note} onChange={(e) => setNote(e.target.value)} maxLength={1000} placeholder={t("presence.judgeNote")} aria-label={t("presence.judgeNote")} autoComplete="off" />
          <div className="leaving-acts" role="group" aria-label={t("presence.judgeOf", { name, time })}>
            {verdicts.map((v) => <Button key={v} size="small" disabled={busy} onClick={() => judge(v)}>{t(`presence.verdict_${v}`)}</Button>)}
          </div>
          <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
        </>
      )}
    </li>
  );
}
