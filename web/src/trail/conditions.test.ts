import { describe, expect, it } from "vitest";
import { chips, looking, nights, ofNight, packed, readSearch, unpacked } from "./conditions";

describe("conditions of the audit trail", () => {
  it("are read from an address, and what is none is left out", () => {
    expect(readSearch({ kind: ["viewing.", 5, ""], person: "anna", verdict: ["refused", "maybe"], text: "x", from: "yesterday", to: "2026-11-24T00:00:00Z", act: "a1", more: 1 }))
      .toEqual({ kind: ["viewing."], person: ["anna"], verdict: ["refused"], to: "2026-11-24T00:00:00Z", act: "a1" });
  });

  it("come back from a saved search", () => {
    const c = { camera: ["gate", "yard"], kind: [...looking], text: "南门 & 2", footageFrom: "2026-11-24T12:00:00.000Z", footageTo: "2026-11-25T00:00:00.000Z" };
    expect(unpacked(packed(c))).toEqual(c);
    expect(packed({})).toBe("");
    expect(unpacked("verdict=maybe&from=never")).toEqual({});
  });

  it("are chips that can be taken away one by one", () => {
    const c = { camera: ["gate", "yard"], kind: [...looking, "camera."], from: "2026-11-24T00:00:00Z", to: "2026-11-25T00:00:00Z" };
    const all = chips(c);
    expect(all.map((x) => `${x.of} ${x.value}`)).toEqual(["looking ", "kind camera.", "camera gate", "camera yard", "time "]);
    expect(all[0]?.without.kind).toEqual(["camera."]);
    expect(all[2]?.without.camera).toEqual(["yard"]);
    expect(all[4]?.without.from).toBeUndefined();
    expect(chips(all[3]?.without ?? {}).map((x) => x.of)).toEqual(["looking", "kind", "camera", "time"]);
  });

  it("ask of one night what was done in it and what looked at it, in place of footage alone", () => {
    const n = { evening: 0, from: "2026-11-24T12:00:00.000Z", to: "2026-11-25T00:00:00.000Z" };
    const c = ofNight({ camera: ["gate"], footageFrom: "2026-11-20T12:00:00.000Z" }, n);
    expect(c).toEqual({ camera: ["gate"], kind: looking, nightFrom: n.from, nightTo: n.to });
    expect(unpacked(packed(c))).toEqual(c);
    expect(chips(c).map((x) => x.of)).toEqual(["looking", "camera", "night"]);
    expect(chips(c)[2]?.without).toEqual({ camera: ["gate"], kind: looking });
    expect(ofNight({ kind: ["viewing."] }, n).kind).toEqual(["viewing."]);
  });

  it("know the last nights of the site's clock", () => {
    const now = Date.parse("2026-11-29T05:00:00Z"); // Sunday 13:00 in Shanghai
    const list = nights(now, "Asia/Shanghai", 6);
    expect(list[0]).toMatchObject({ from: "2026-11-28T12:00:00.000Z", to: "2026-11-29T00:00:00.000Z" });
    expect(list[4]).toMatchObject({ from: "2026-11-24T12:00:00.000Z", to: "2026-11-25T00:00:00.000Z" }); // last Tuesday night
    expect(nights(Date.parse("2026-11-29T14:00:00Z"), "Asia/Shanghai", 1)[0]?.from).toBe("2026-11-29T12:00:00.000Z");
  });
});
