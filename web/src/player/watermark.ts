// How the watermark of a picture is drawn. It deters and no more: whoever can take the page
// apart can take it off.

export interface Mark { grade: number; trace: string; opacity: number; density: "sparse" | "normal" | "dense" }

const size = 0.72; // of the type of the page, so that it grows with it
const line = 1.25; // of its own size
const apart = { sparse: 2.4, normal: 1.6, dense: 1.15 } as const;
const escapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };

const written = (s: string): string => [...s].map((c) => escapes[c] ?? (c < " " ? " " : c)).join("");

/** About how wide a text is, in widths of its own type. */
export function ems(s: string): number {
  let n = 0;
  for (const c of s) n += c > "\u2e7f" ? 1 : 0.6;
  return n;
}

/**
 * A picture (SVG) of one mark and its half-way neighbours, to be laid out as tiles: white with
 * a dark edge, so that it stands out from night and from snow. type is that of the page in px.
 */
export function tile(lines: readonly string[], mark: Mark, type: number): { svg: string; width: number; height: number } {
  const em = type * size;
  const text = Math.max(...lines.map(ems)) * em;
  const width = Math.ceil(text * apart[mark.density] + em);
  const row = Math.ceil(lines.length * line * em * 2 * apart[mark.density]);
  const rows = lines.map((l, i) => `<tspan x="0" dy="${i === 0 ? "0.9em" : `${line}em`}">${written(l)}</tspan>`).join("");
  const one = (x: number, y: number): string => `<text transform="translate(${Math.round(x)} ${Math.round(y)})">${rows}</text>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${2 * row}"><g font-family="system-ui,'PingFang SC','Microsoft YaHei UI','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC',sans-serif" font-size="${em.toFixed(2)}" font-weight="600" fill="#fff" stroke="#000" stroke-width="${(em / 7).toFixed(2)}" paint-order="stroke" stroke-linejoin="round" opacity="${(mark.opacity / 100).toFixed(2)}">${one(em / 2, em / 2)}${one(width / 2, row + em / 2)}${one(-width / 2, row + em / 2)}</g></svg>`;
  return { svg, width, height: 2 * row };
}

/** The picture as an address for a style sheet. */
export const address = (svg: string): string => `url("data:image/svg+xml,${encodeURIComponent(svg)}")`;

/** Whom the mark names: the name and, where it says more, the user name. */
export const named = (displayName: string, username: string): string => (displayName === username || displayName === "" ? username : `${displayName} ${username}`);
