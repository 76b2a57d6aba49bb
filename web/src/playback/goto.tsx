import { Input, Tooltip } from "antd";
import { useEffect, useState, type Ref } from "react";
import type { InputRef } from "antd";
import { useTranslation } from "react-i18next";
import { dateTimeText, parseDateTime, zoneText } from "../time/zone";

/** A field for a moment of the site's clock: type it, press Enter. */
export function GoTo({ ref, current, zone, onGo }: { ref?: Ref<InputRef>; current: () => number; zone: string; onGo: (t: number) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [bad, setBad] = useState(false);
  const [editing, setEditing] = useState(false);
  // Shows where the playhead is until somebody types.
  useEffect(() => {
    if (editing) return;
    const show = (): void => setText(dateTimeText(current(), zone));
    show();
    const timer = window.setInterval(show, 1000);
    return () => window.clearInterval(timer);
  }, [editing, current, zone]);
  return (
    <Tooltip open={bad} placement="bottomLeft" title={<span role="alert">{t("playback.goToFormat")}</span>}>
      <Input
        ref={ref}
        className="goto num"
        aria-label={t("playback.goTo")}
        aria-invalid={bad}
        status={bad ? "error" : undefined}
        value={text}
        suffix={<span className="dim" title={zone}>{zoneText(current(), zone)}</span>}
        onFocus={(e) => { setEditing(true); e.target.select(); }}
        onBlur={() => { setEditing(false); setBad(false); }}
        onChange={(e) => { setText(e.target.value); setBad(false); }}
        onKeyDown={(e) => { if (e.key === "Escape") e.currentTarget.blur(); }}
        onPressEnter={(e) => {
          const at = parseDateTime(text, zone, current());
          if (at === undefined) {
            setBad(true);
            return;
          }
          e.currentTarget.blur();
          onGo(at);
        }}
      />
    </Tooltip>
  );
}
