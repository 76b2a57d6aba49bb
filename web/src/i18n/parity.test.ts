import { describe, expect, it } from "vitest";
import { en } from "./en";
import { zh } from "./zh";

type Tree = { [key: string]: string | Tree };

function flat(t: Tree, prefix = "", out = new Map<string, string>()): Map<string, string> {
  for (const [k, v] of Object.entries(t)) {
    if (typeof v === "string") out.set(prefix + k, v);
    else flat(v, `${prefix}${k}.`, out);
  }
  return out;
}

const e = flat(en);
const z = flat(zh);
const holes = (s: string): string[] => [...s.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1] ?? "").sort();

describe("the two languages", () => {
  it("have the same keys; only English has a singular", () => {
    expect([...z.keys()].sort()).toEqual([...e.keys()].filter((k) => !k.endsWith("_one")).sort());
    for (const k of e.keys()) if (k.endsWith("_one")) expect(e.has(k.replace(/_one$/, "_other")), k).toBe(true);
  });

  it("fill the same values into each text", () => {
    for (const [k, v] of z) expect(holes(v), k).toEqual(holes(e.get(k) ?? ""));
    for (const [k, v] of e) if (k.endsWith("_one")) expect(holes(v), k).toEqual(holes(e.get(k.replace(/_one$/, "_other")) ?? ""));
  });

  it("leave no text empty", () => {
    for (const m of [e, z]) for (const [k, v] of m) expect(v.trim(), k).not.toBe("");
  });

  it("use full-width punctuation between Chinese characters", () => {
    const cjk = "[\\u4e00-\\u9fff]";
    const narrow = new RegExp(`${cjk}[,;:!?()]|[,;:!?()]${cjk}|${cjk}\\.(?!\\w)`);
    for (const [k, v] of z) expect(narrow.test(v.replace(/rtsps?:\/\/[^，。\s]*/g, "")), `${k}: ${v}`).toBe(false);
  });

  it("keep Chinese characters out of English, language names aside", () => {
    for (const [k, v] of e) if (!k.startsWith("language.")) expect(/[\u4e00-\u9fff]/.test(v), k).toBe(false);
  });
});
