import { useTranslation } from "react-i18next";
import type { ProbeResult } from "../api/types";
import { codecName } from "../player/capability";
import { bitrateText, decimalText } from "../ui/numbers";
import { adviceHelps, reasonText, StatusMark } from "../ui/status";

/** What a test connection found: the picture, the tracks, the figures; or why not and what to do. */
export function ProbeReport({ result }: { result: ProbeResult }) {
  const { t } = useTranslation();
  if (!result.ok) {
    return (
      <div className="probe bad">
        <div className="probe-text">
          <StatusMark status={result.status} />
          <p>{reasonText(t, result.reason)}</p>
          {adviceHelps(result.reason) ? <p className="dim">{t(`advice.${result.status}`)}</p> : null}
        </div>
      </div>
    );
  }
  return (
    <div className="probe">
      {result.picture ? <img src={result.picture} alt={t("cameraForm.testPicture")} /> : null}
      <div className="probe-text">
        <strong>{t(result.picture ? "cameraForm.testOK" : "cameraForm.testNoPreview")}</strong>
        {result.status !== "live" ? <p className="dim">{reasonText(t, result.reason)}</p> : null}
        {!result.picture && result.pictureUnavailable ? <p className="dim">{t("cameraForm.pictureUnavailable", { why: reasonText(t, result.pictureUnavailable) ?? "–" })}</p> : null}
        <ul>
          {result.tracks.map((track, i) => (
            <li key={i} className="num">
              {track.width ? t("cameraForm.tested", { codec: codecName(track.codec), width: track.width, height: track.height }) : t("cameraForm.testedAudio", { codec: codecName(track.codec), rate: decimalText((track.sampleRate ?? 0) / 1000) })}
            </li>
          ))}
        </ul>
        <dl className="facts">
          <dt>{t("cameraForm.bitrate")}</dt><dd>{result.bitrate > 0 ? bitrateText(result.bitrate) : "–"}</dd>
          <dt>{t("cameras.fps")}</dt><dd>{result.fps > 0 ? t("cameras.fpsValue", { n: decimalText(result.fps) }) : "–"}</dd>
          <dt>{t("cameraForm.keys")}</dt><dd>{result.keyInterval > 0 ? t("cameras.seconds", { n: decimalText(result.keyInterval) }) : result.keyLonger >= 1 ? t("cameraForm.keysLonger", { n: Math.floor(result.keyLonger) }) : "–"}</dd>
          <dt>{t("cameraForm.transport")}</dt><dd>{result.transport.toUpperCase() || "–"}</dd>
        </dl>
      </div>
    </div>
  );
}
