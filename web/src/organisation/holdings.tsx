import { Checkbox, Form } from "antd";
import { useTranslation } from "react-i18next";
import type { Holding } from "../api/types";
import { useZone } from "../app/session";
import { clockText, dateText, dateTimeText } from "../time/zone";
import { DayField } from "../ui/day";
import { holdingText } from "./held";
import { AreasSelect, useAreaNames } from "./places";
import { usePositions } from "../rights/register";
import "../rights/rights.css";

/** The positions that somebody holds, each with where and for how long; fields `held.<position>`. */
export function HoldingFields({ was, disabled, fixed }: { was: readonly Holding[]; disabled: boolean; fixed: boolean }) {
  const { t } = useTranslation();
  return <div className="held">{usePositions(was).map((p) => <One key={p} position={p} was={was.find((h) => h.position === p)} disabled={disabled} fixed={fixed} title={t(`position.${p}`, { defaultValue: p })} />)}</div>;
}

// `fixed`: which positions are held is said elsewhere, and where and for how long here.
function One({ position: p, was, disabled, fixed, title }: { position: string; was: Holding | undefined; disabled: boolean; fixed: boolean; title: string }) {
  const { t } = useTranslation();
  const zone = useZone();
  const on = Form.useWatch(["held", p, "on"]) as boolean | undefined;
  const boxed = p === "contractor"; // held in named areas and until a named day
  // An end or a beginning within a day is shown to the minute; it stays unless another day is chosen.
  const odd = (time: string | undefined): boolean => Boolean(time) && !clockText(Date.parse(time ?? ""), zone).startsWith("00:00");
  return (
    <div>
      <Form.Item name={["held", p, "on"]} valuePropName="checked"><Checkbox disabled={disabled || fixed}><span>{title}</span><span className="dim">{t(`positionHint.${p}`, { defaultValue: t("rights.ownHint") })}</span></Checkbox></Form.Item>
      {on && p !== "administrator" ? (
        <div className="held-more">
          <Form.Item name={["held", p, "areas"]} rules={boxed ? [{ required: true, type: "array", min: 1, message: t("common.required") }] : undefined}><AreasSelect disabled={disabled} placeholder={boxed ? t("rights.heldWhere", { position: title }) : t("rights.areasAny")} aria-label={t("rights.heldWhere", { position: title })} /></Form.Item>
          <div className="form-two">
            <DayField name={["held", p, "from"]} label={t("rights.heldFromLabel")} extra={odd(was?.from) ? t("rights.beginsAt", { time: dateTimeText(Date.parse(was?.from ?? ""), zone) }) : undefined} disabled={disabled} spoken={t("rights.heldFromOf", { position: title })} />
            <DayField needed={boxed} name={["held", p, "until"]} label={t("rights.heldUntilLabel")} extra={odd(was?.until) ? t("rights.endsAt", { time: dateTimeText(Date.parse(was?.until ?? ""), zone) }) : undefined} disabled={disabled} spoken={t("rights.heldUntilOf", { position: title })} />
          </div>
        </div>
      ) : null}
    </div>
  );
}

/** A position as a tag, with where and how long where that narrows it. */
export function PositionTag({ holding: h }: { holding: Holding }) {
  const { t } = useTranslation();
  const zone = useZone();
  const areaName = useAreaNames();
  const more = holdingText(t, h, areaName, (ms) => dateText(ms, zone));
  return <span className="tag position-tag"><span>{t(`position.${h.position}`, { defaultValue: h.position })}</span>{more ? <span className="position-more">{more}</span> : null}{h.alone ? <span className="position-more">{t("review.alone")}</span> : null}</span>;
}
