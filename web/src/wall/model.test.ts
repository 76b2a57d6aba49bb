import { describe, expect, it, vi } from "vitest";
import type { Camera, Status } from "../api/types";
import { clear, columnsOf, firstWall, known, place, recall, recallList, remember, rememberList, resize, shown, sizes, target, tooLarge } from "./model";

const camera = (id: string, status: Status = "live"): Camera => ({
  id, name: id, place: "", note: "", enabled: true, provisional: false, createdAt: "", recordAudio: false, audioPurpose: "", priority: 5, area: "", grade: 1, masks: [],
  main: { url: "rtsp://x", transport: "auto", hasCredentials: false, skipVerify: false, username: "" },
  state: { status, since: "", recording: true, mainLive: true, subLive: true, viewers: 0, figures: { audioCodec: "", bitrate: 0, clockOffset: null, codec: "", dropped: 0, fps: 0, frames: 0, height: 0, keyInterval: 0, lost: 0, reconnects: 0, transport: "", width: 0 } },
});

describe("the wall", () => {
  it("moves a camera that stands elsewhere and swaps what it meets", () => {
    expect(place(["a", "b", null, null], 1, "a")).toEqual(["b", "a", null, null]);
    expect(place(["a", "b", null, null], 2, "c")).toEqual(["a", "b", "c", null]);
    expect(place(["a", "b", null, null], 0, "c")).toEqual(["c", "b", null, null]);
    expect(place(["a", "b", null, null], 0, "a")).toEqual(["a", "b", null, null]);
  });

  it("never shows a camera twice, whatever is dragged where", () => {
    let cells = resize([], 9);
    for (let i = 0; i < 500; i++) {
      cells = i % 7 === 0 ? clear(cells, (i * 5) % 9) : place(cells, (i * 31) % 9, `c${(i * 17) % 12}`);
      const shown = cells.filter((c) => c !== null);
      expect(new Set(shown).size).toBe(shown.length);
      expect(cells).toHaveLength(9);
    }
  });

  it("loses no camera when it shows fewer tiles, and shows them where they were when it has more again", () => {
    const nine = ["a", null, null, "b", "c", null, null, null, "d"];
    const four = resize(nine, 4);
    expect(shown({ size: 4, cells: four }).cells).toEqual(["a", null, null, "b"]);
    expect(shown({ size: 1, cells: resize(four, 1) }).cells).toEqual(["a"]);
    expect(shown({ size: 9, cells: resize(resize(four, 1), 9) }).cells).toEqual(nine);
    expect(resize(["a"], 4)).toEqual(["a", null, null, null]);
    // One that waits comes to the tile it is put on, and what stood there waits instead.
    expect(place(["a", "b", "c", "d"], 0, "c")).toEqual(["c", "b", "a", "d"]);
  });

  it("comes back from visit to visit with the cameras that have no tile, and its list open or closed", () => {
    const store = new Map<string, string>();
    vi.stubGlobal("localStorage", { getItem: (k: string) => store.get(k) ?? null, setItem: (k: string, v: string) => store.set(k, v) });
    const w = { size: 1 as const, cells: ["a", "b", "c", "d"] };
    remember("me", w);
    expect(recall("me")).toEqual(w);
    remember("me", { size: 4, cells: ["a"] });
    expect(recall("me")).toBeUndefined();
    expect(recallList("me")).toBe(false);
    rememberList("me", true);
    expect([recallList("me"), recallList("you")]).toEqual([true, false]);
    rememberList("me", false);
    expect(recallList("me")).toBe(false);
    vi.unstubAllGlobals();
  });

  it("fills the chosen tile, else the first empty one", () => {
    expect(target(["a", null, "b", null], undefined)).toBe(1);
    expect(target(["a", null, "b", null], 2)).toBe(2);
    expect(target(["a"], 3)).toBe(0);
  });

  it("begins with the cameras as they were registered, whatever they do now, without retired ones", () => {
    const seen = (first: Status): unknown => firstWall([
      { ...camera("yard", "unreachable"), createdAt: "2026-11-03T00:00:00Z" }, { ...camera("old", "retired"), createdAt: "2026-11-01T00:00:00Z" },
      { ...camera("hall"), createdAt: "2026-11-02T00:00:00.5Z" }, { ...camera("gate", first), createdAt: "2026-11-02T00:00:00Z" },
    ]);
    expect(seen("live")).toEqual({ size: 4, cells: ["gate", "hall", "yard", null] });
    expect(seen("off")).toEqual(seen("live"));
    expect(firstWall([]).cells).toEqual([null]);
    expect(firstWall(Array.from({ length: 40 }, (_, i) => camera(`c${i}`))).size).toBe(16);
  });

  it("drops cameras that are gone and leaves the rest as it was", () => {
    const cells = ["a", null, "b", null];
    expect(known(cells, new Set(["a", "b"]))).toBe(cells);
    expect(known(cells, new Set(["b"]))).toEqual([null, null, "b", null]);
  });
});

describe("the stream for a tile", () => {
  const small = { width: 640, height: 360 };
  it("is the main one where the sub-stream would be enlarged to more than one and a half", () => {
    expect(tooLarge(952, 535, small, false)).toBe(false);
    expect(tooLarge(980, 551, small, false)).toBe(true);
    expect(tooLarge(680, 400, { width: 352, height: 288 }, false)).toBe(false);
    expect(tooLarge(952, 535, { width: 352, height: 288 }, false)).toBe(true);
    expect(tooLarge(952, 1200, small, false)).toBe(false); // black above and below
  });
  it("stays when the tile shrinks a little", () => {
    expect(tooLarge(900, 506, small, true)).toBe(true);
    expect(tooLarge(850, 478, small, true)).toBe(false);
  });
  it("goes by the height alone before the size of the sub-stream is known", () => {
    expect(tooLarge(980, 551, undefined, false)).toBe(false);
    expect(tooLarge(1280, 720, undefined, false)).toBe(true);
  });
});

describe("the columns of a wall", () => {
  it("are the square on a wide screen, whatever the bar above takes", () => {
    for (const size of sizes) for (const [w, h] of [[1920, 1080], [1364, 856], [948, 700]] as const) expect(columnsOf(size, w, h)).toBe(Math.sqrt(size));
  });
  it("are fewer on a screen that stands upright, where the square would leave most of it black", () => {
    expect(columnsOf(4, 690, 980)).toBe(1);
    expect(columnsOf(9, 690, 980)).toBe(2);
    expect(columnsOf(16, 690, 980)).toBe(3);
    expect(columnsOf(1, 690, 980)).toBe(1);
  });
});
