import { AlertOutlined, CloseOutlined } from "@ant-design/icons";
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { App, Button } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Emergency } from "../api/types";
import { useCan, useSession, useZone } from "../app/session";
import { dateTimeText } from "../time/zone";
import { useNarrow } from "../ui/narrow";
import { useNow } from "../ui/now";
import { endOf, leftText, noticeOf, untold, useEmergencies } from "./use";

const most = 3; // at once; the others come when one of these was put away

/**
 * Tells whoever watches over emergency rights of each that somebody else takes, and of a
 * report that is missing: above whatever page they have open, until they look or put it away.
 * On a phone, where that would cover the page, one at a time below it.
 */
export function EmergencyNotices() {
  const { notification } = App.useApp();
  const { t } = useTranslation();
  const narrow = useNarrow();
  const may = useCan()("emergency.review");
  const zone = useZone();
  const me = useSession().person.id;
  const { data } = useEmergencies();
  const navigate = useNavigate();
  const path = useRouterState({ select: (s) => s.location.pathname });
  const there = path === "/emergencies";
  // Where a page has nothing that is worked with: its buttons are above, the timeline of playback is below.
  const placement = path.startsWith("/playback") ? "topRight" : "bottomRight";
  const [seen, setSeen] = useState(() => stored(me));
  const up = useRef(new Set<string>());

  const fresh = data && may ? untold(data.items, me, seen) : [];
  const see = (of: Emergency[]): void => {
    // Of those that are no longer in the list nothing needs to be remembered.
    const now = [...seen.filter((k) => data?.items.some((e) => noticeOf(e) === k)), ...of.map(noticeOf)];
    store(me, now);
    setSeen(now);
  };
  const look = (e: Emergency): void => {
    see([e]);
    void navigate({ to: "/emergencies", search: { emergency: e.id } });
  };

  useEffect(() => {
    if (!data || !may) return;
    const shown = there || narrow ? [] : fresh.slice(0, most);
    for (const key of up.current) {
      if (!shown.some((e) => noticeOf(e) === key)) {
        notification.destroy(key);
        up.current.delete(key);
      }
    }
    for (const e of shown) {
      const key = noticeOf(e);
      up.current.add(key);
      notification.open({
        key, placement, duration: false, role: "alert", icon: <AlertOutlined className="glass-told" />,
        title: <Title emergency={e} />, description: <Text emergency={e} zone={zone} />, actions: <Look onClick={() => look(e)} />,
        onClose: () => see([e]),
      });
    }
    if (there && fresh.length > 0) see(fresh); // the list says it
  }, [data, may, there, narrow, seen, zone]);
  useEffect(() => () => {
    for (const key of up.current) notification.destroy(key);
    up.current.clear();
  }, []);
  const [first] = fresh;
  if (!narrow || there || !first) return null;
  return (
    <section className="glass-told-below" role="alert">
      <AlertOutlined className="glass-told" aria-hidden />
      <div><strong><Title emergency={first} /></strong><Text emergency={first} zone={zone} /></div>
      <div className="glass-told-acts">
        <Button size="small" type="text" icon={<CloseOutlined />} aria-label={t("common.close")} onClick={() => see([first])} />
        <Look onClick={() => look(first)} />
      </div>
    </section>
  );
}

function Title({ emergency: e }: { emergency: Emergency }) {
  const { t } = useTranslation();
  return <>{t(e.state === "overdue" ? "emergency.toldMissing" : "emergency.told", { name: e.personName || e.person })}</>;
}

function Text({ emergency: e, zone }: { emergency: Emergency; zone: string }) {
  const { t } = useTranslation();
  const now = useNow();
  const right = t(`emergency.name.${e.right}`, { defaultValue: e.right });
  const cause = t(`emergency.causes.${e.cause}`, { defaultValue: e.cause });
  return (
    <>
      <p>{right} · {cause}{e.reason ? <span className="dim"> {e.reason}</span> : null}</p>
      <p className="num">{e.state === "running" ? t("emergency.left", { left: leftText(endOf(e) - now) }) : e.state === "overdue" ? t("emergency.dueWas", { time: dateTimeText(Date.parse(e.dueAt), zone) }) : t("emergency.over", { time: dateTimeText(endOf(e), zone) })}</p>
    </>
  );
}

function Look({ onClick }: { onClick: () => void }) {
  const { t } = useTranslation();
  return <Button size="small" type="primary" onClick={onClick}>{t("emergency.look")}</Button>;
}

const place = (person: string): string => `watchroom.emergencies.${person}`;

function stored(person: string): string[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(place(person)) ?? "[]");
    return Array.isArray(list) ? list.filter((k) => typeof k === "string") : [];
  } catch {
    return []; // storage may be forbidden
  }
}

function store(person: string, seen: readonly string[]): void {
  try {
    localStorage.setItem(place(person), JSON.stringify(seen));
  } catch {
    // it is then told again after the page was loaded anew
  }
}
