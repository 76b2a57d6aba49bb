import { LeftOutlined, RightOutlined } from "@ant-design/icons";
import { Button, Input } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useZone } from "../app/session";
import { clockText, dateText, dayOf } from "../time/zone";
import { dayAt, daysOn, earliest, hour, minuteOf, type Day } from "./day";

export interface When { day: string; at: number; whole: Day }

const minute = 60_000;

/** A day of the past year and a minute of it; begins with now. */
export function useWhen(now: number): { when: When; set: (day: string, at?: number) => void } {
  const zone = useZone();
  const [picked, setPicked] = useState<{ day: string; at: number }>(() => ({ day: dateText(now, zone), at: Math.floor(now / minute) * minute }));
  const whole = dayAt(picked.day, zone) ?? { from: 0, to: 24 * hour };
  const set = (day: string, at?: number): void => {
    const to = dayAt(day, zone);
    if (!to) return;
    const same = at ?? minuteOf(clockText(picked.at, zone).slice(0, 5), day, zone) ?? to.from;
    setPicked({ day, at: Math.min(Math.max(same, to.from), to.to - minute) });
  };
  return { when: { ...picked, whole }, set };
}

/** The fields of a day and a minute. */
export function WhenFields({ when, now, set }: { when: When; now: number; set: (day: string, at?: number) => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const today = dateText(now, zone);
  const first = earliest(now, zone);
  const clock = clockText(when.at, zone).replace(/^(\d\d:\d\d):\d\d/, "$1");
  const [day, setDay] = useState(when.day);
  const [time, setTime] = useState(clock);
  useEffect(() => setDay(when.day), [when.day]);
  useEffect(() => setTime(clock), [clock]);
  const read = dayOf(day);
  const dayOk = read !== undefined && read >= first && read <= today;
  const at = minuteOf(time, when.day, zone);
  const hours = (when.whole.to - when.whole.from) / hour;
  const takeDay = (): void => { if (dayOk && read) set(read); };
  const takeTime = (): void => { if (at !== undefined) set(when.day, at); };
  return (
    <div className="when">
      <label><span className="dim">{t("watch.day")}</span>
        <span className="when-day">
          <Button icon={<LeftOutlined />} aria-label={t("watch.dayBefore")} disabled={when.day <= first} onClick={() => set(daysOn(when.day, -1, zone))} />
          <Input className="num" value={day} status={dayOk ? undefined : "error"} aria-label={t("watch.day")} aria-invalid={!dayOk} onChange={(e) => setDay(e.target.value)} onPressEnter={takeDay} onBlur={takeDay} />
          <Button icon={<RightOutlined />} aria-label={t("watch.dayAfter")} disabled={when.day >= today} onClick={() => set(daysOn(when.day, 1, zone))} />
        </span>
      </label>
      <label><span className="dim">{t("watch.minute")}</span>
        <Input className="num when-minute" value={time} status={at === undefined ? "error" : undefined} aria-invalid={at === undefined} onChange={(e) => setTime(e.target.value)} onPressEnter={takeTime} onBlur={takeTime} />
      </label>
      <Button onClick={() => set(today, Math.floor(now / minute) * minute)}>{t("watch.now")}</Button>
      <div className="when-said" role="status">
        {!dayOk ? <span className="tone-red">{t("watch.dayWrong")}</span> : at === undefined ? <span className="tone-red">{t("watch.minuteWrong")}</span> : hours === 24 ? null : <span className="dim">{t("watch.hoursOf", { count: hours })}</span>}
      </div>
    </div>
  );
}
