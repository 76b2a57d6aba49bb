import type { MaskContent } from "../api/types";
import { outline } from "../player/masks";
import "./masks.css";

const size = { width: 320, height: 180 };

/** Where masks lie in a picture, without the picture: what is covered now, and what is to be. */
export function Sketch({ before, after, label }: { before: MaskContent; after?: MaskContent; label: string }) {
  return (
    <svg className="mask-sketch" viewBox={`0 0 ${size.width} ${size.height}`} role="img" aria-label={label}>
      {before.masks.map((m) => <polygon key={m.name} className={after ? "mask-gone" : "mask-is"} points={outline(m.points, size)} />)}
      {(after?.masks ?? []).map((m) => <polygon key={m.name} className="mask-is" points={outline(m.points, size)} />)}
    </svg>
  );
}
