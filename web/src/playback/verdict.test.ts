import { describe, expect, it } from "vitest";
import { SpanCache } from "../timeline/cache";
import { hour } from "../timeline/scale";
import { verdict } from "./verdict";

const now = Date.UTC(2026, 10, 22, 10);
const began = now - 5 * hour; // the camera exists from then on
const iso = (t: number): string => new Date(t).toISOString();

async function known(from: number, to: number): Promise<SpanCache> {
  const c = new SpanCache(async (cameras, a, b) => ({
    from: iso(a), to: iso(b), now: iso(now),
    cameras: cameras.map((camera) => ({
      camera,
      spans: ([[a, began, "none"], [began, now, "recorded"], [now, b, "none"]] as const)
        .map(([x, y, kind]) => ({ start: iso(Math.max(x, a)), end: iso(Math.min(y, b)), kind })).filter((s) => s.start < s.end),
    })),
  }), () => undefined, () => now);
  c.want(["a"], { start: from, end: to }, 1000);
  for (let i = 0; i < 20; i++) await Promise.resolve();
  return c;
}

describe("a list without gaps", () => {
  const told = async (start: number, end: number) => verdict(await known(start, end), ["a"], { start, end }, now);
  it("means that everything is recorded only where everything is", async () => {
    expect(await told(now - 3 * hour, now - hour)).toBe("everything");
    expect(await told(now - 3 * hour, now + hour)).toBe("everything"); // nothing is missing of what is to come
  });
  it("means nothing where no camera was there yet, or nothing has happened yet", async () => {
    expect(await told(began - 3 * hour, began - hour)).toBe("nothing");
    expect(await told(now + hour, now + 2 * hour)).toBe("nothing");
  });
  it("is about what was to be recorded where the camera came later", async () => {
    expect(await told(began - hour, began + hour)).toBe("partly");
  });
  it("says nothing before anything is known", () => {
    const c = new SpanCache(() => new Promise(() => undefined), () => undefined, () => now);
    expect(verdict(c, ["a"], { start: now - hour, end: now }, now)).toBe("unknown");
  });
});
