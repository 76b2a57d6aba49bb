import { useId, useLayoutEffect, useState } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import type { Shape } from "../api/types";
import "./masks.css";

interface Size { width: number; height: number }

/** The points of an outline in a picture of a size, as SVG writes them. */
export const outline = (points: Shape["points"], { width, height }: Size): string => points.map((p) => `${(p.x * width) / 10_000},${(p.y * height) / 10_000}`).join(" ");

/**
 * What covers a camera's pictures, over a video of it: in the same letter box, so that it lies
 * where it belongs whichever stream plays. It is drawn at once when the size of the picture
 * becomes another, and a video shows nothing before it has one.
 */
export function Masks({ masks, video }: { masks: readonly Shape[]; video: React.RefObject<HTMLVideoElement | null> }) {
  const { t } = useTranslation();
  const hatch = useId();
  const [size, setSize] = useState<Size>();
  const some = masks.length > 0;
  useLayoutEffect(() => {
    const v = video.current;
    if (!v || !some) return;
    const look = (): void => { if (v.videoWidth > 0) setSize({ width: v.videoWidth, height: v.videoHeight }); };
    const now = (): void => flushSync(look);
    look();
    v.addEventListener("loadedmetadata", now);
    v.addEventListener("resize", now);
    return () => {
      v.removeEventListener("loadedmetadata", now);
      v.removeEventListener("resize", now);
    };
  }, [video, some]);
  if (!some || !size) return null;
  const line = size.width / 90;
  return (
    <svg className="masks" viewBox={`0 0 ${size.width} ${size.height}`} preserveAspectRatio="xMidYMid meet" role="img" aria-label={t("masks.covered", { names: masks.map((m) => m.name).join(t("common.comma")) })}>
      <pattern id={hatch} width={line} height={line} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width={line} height={line} fill="#20282d" />
        <rect width={line / 5} height={line} fill="#2c363c" />
      </pattern>
      {masks.map((m) => <polygon key={m.name} points={outline(m.points, size)} fill={`url(#${hatch})`} stroke="#20282d" strokeWidth={2} vectorEffect="non-scaling-stroke" />)}
    </svg>
  );
}
