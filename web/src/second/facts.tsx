import { useTranslation } from "react-i18next";
import type { SecondAsk } from "../api/types";
import { useCan, useZone } from "../app/session";
import { usePurposes } from "../disclosure/purposes";
import { CameraNames, Facts, Interval } from "../keeping/parts";
import { dateTimeText } from "../time/zone";

/** What an ask is about, in the words of who asks. */
export function AskFacts({ ask, who }: { ask: SecondAsk; who?: boolean }) {
  const { t } = useTranslation();
  const can = useCan();
  const zone = useZone();
  const words = ask.positions.map((p) => t(`position.${p}`, { defaultValue: p })).join(t("common.comma"));
  return (
    <Facts rows={[
      who && [t("pair.asks"), <span key="w">{ask.personName || ask.person} <span className="dim">{t("pair.as", { positions: words })}</span></span>],
      [t("pair.kind"), t(`pair.kind_${ask.kind}`)],
      [t("pair.cameras"), <CameraNames key="c" ids={ask.cameras} />],
      ask.kind === "viewing" && ask.from !== undefined && ask.to !== undefined && [t("pair.interval"), <Interval key="i" from={ask.from} to={ask.to} />],
      ask.kind === "snapshot" && [t("pair.picture"), <span key="p" className="num">{ask.from ? dateTimeText(Date.parse(ask.from), zone, true) : t("pair.now")}</span>],
      ask.purpose !== undefined && [t("pair.purpose"), can("playback.view") || can("act.read") ? <PurposeName key="u" code={ask.purpose} /> : ask.purpose],
      ask.present !== undefined && ask.present.length > 0 && [t("pair.present"), <span key="b" className="wrap pair-words">{ask.present.map((p) => (p.unit ? `${p.name ?? ""} (${p.unit})` : p.name ?? p.person ?? "")).join(t("common.comma"))}</span>],
      ask.reason !== undefined && [t(ask.kind === "viewing" ? "pair.reason" : "pair.note"), <span key="r" className="wrap pair-words">{ask.reason}</span>],
    ]} />
  );
}

function PurposeName({ code }: { code: string }) {
  const { nameOf } = usePurposes();
  return <>{nameOf(code)}</>;
}
