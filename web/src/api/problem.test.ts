import i18next, { type TFunction } from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import { en } from "../i18n/en";
import { zh } from "../i18n/zh";
import { take, whenSignedOut } from "./client";
import { asProblem, fieldFaults, Problem, problemFrom, problemText } from "./problem";

let t: TFunction;
let tz: TFunction;
beforeAll(async () => {
  await i18next.init({ lng: "en", resources: { en: { translation: en }, zh: { translation: zh } }, interpolation: { escapeValue: false } });
  t = i18next.getFixedT("en");
  tz = i18next.getFixedT("zh");
});

describe("reading a refusal", () => {
  it("takes code, parameters and faults", () => {
    const p = problemFrom(429, { type: "/problems/too_many_attempts", code: "too_many_attempts", params: { retryAfterSeconds: 7 }, errors: [{ location: "body.password", message: "Wait." }] });
    expect(p).toMatchObject({ status: 429, code: "too_many_attempts", params: { retryAfterSeconds: 7 } });
    expect(problemText(t, p)).toContain("7 seconds");
    expect(problemText(tz, p)).toContain("7 秒");
  });

  it("falls back from code to type to status", () => {
    expect(problemFrom(409, { type: "/problems/camera_name_taken" }).code).toBe("camera_name_taken");
    expect(problemFrom(409, {}).code).toBe("conflict");
    expect(problemFrom(502, undefined).code).toBe("server_unavailable");
    expect(problemFrom(500, "<html>").code).toBe("internal_error");
    expect(problemFrom(418, null).code).toBe("request_failed");
  });

  it("survives answers of any shape", () => {
    for (const body of [null, 3, "x", [], { errors: "no" }, { errors: [null, 1, {}] }, { params: 5 }, { code: 7, detail: {} }]) {
      const p = problemFrom(400, body);
      expect(p.code).toBe("invalid_input");
      expect(problemText(t, p)).not.toBe("");
    }
  });

  it("names the missing right in the language of the screen", () => {
    const p = new Problem(403, "right_missing", "", { action: "footage.download" });
    expect(problemText(t, p)).toContain("download footage");
    expect(problemText(tz, p)).toContain("下载录像");
  });

  it("names the positions that have it, those of the house by their names", () => {
    i18next.addResources("en", "translation", { "position.gate_guard": "Gate guard" });
    const p = new Problem(403, "right_missing", "", { action: "playback.view", positions: ["operator", "gate_guard", "new_one"] });
    expect(problemText(t, p)).toContain("It goes with: Operator, Gate guard, new_one.");
    expect(problemText(tz, p)).toContain("监控员、gate_guard、new_one。");
    expect(problemText(t, new Problem(403, "right_missing", "", { action: "playback.view", positions: [] }))).toBe(problemText(t, new Problem(403, "right_missing", "", { action: "playback.view" })));
  });

  it("shows the server's sentence for a code it does not know, and the code when there is none", () => {
    expect(problemText(t, new Problem(409, "moon_in_the_way", "The moon is in the way."))).toBe("The moon is in the way.");
    expect(problemText(tz, new Problem(409, "moon_in_the_way", ""))).toContain("moon_in_the_way");
  });

  it("tells a failed connection from a fault of this page", async () => {
    await expect(take(Promise.reject(new TypeError("Failed to fetch")))).rejects.toMatchObject({ code: "offline", status: 0 });
    await expect(take(Promise.reject(new RangeError("ours")))).rejects.toBeInstanceOf(RangeError);
    expect(asProblem(new Error("x")).code).toBe("unexpected");
    const p = new Problem(404, "not_found", "");
    expect(asProblem(p)).toBe(p);
  });
});

describe("an answer", () => {
  const response = (status: number): Response => new Response(null, { status });
  it("gives its data, or throws the refusal", async () => {
    await expect(take(Promise.resolve({ data: 5, response: response(200) }))).resolves.toBe(5);
    await expect(take(Promise.resolve({ error: { code: "camera_name_taken" }, response: response(409) }))).rejects.toMatchObject({ status: 409, code: "camera_name_taken" });
  });
  it("tells that the session has ended, but not for a wrong password", async () => {
    let ended = 0;
    whenSignedOut(() => ended++);
    await expect(take(Promise.resolve({ error: { code: "sign_in_failed" }, response: response(401) }))).rejects.toThrow();
    expect(ended).toBe(0);
    await expect(take(Promise.resolve({ error: { code: "not_signed_in" }, response: response(401) }))).rejects.toThrow();
    expect(ended).toBe(1);
  });
});

describe("faults by field", () => {
  it("go to the fields they are about, in the language of the screen", () => {
    const detail = "Another camera has this name.";
    const p = new Problem(409, "camera_name_taken", detail, {}, [{ location: "body.name", message: detail }]);
    expect(fieldFaults(tz, p)).toEqual([{ name: ["name"], text: zh.problem.camera_name_taken }]);
  });

  it("know nested fields and the words of the schema check", () => {
    const p = new Problem(422, "invalid_input", "validation failed", {}, [
      { location: "body.main.url", message: "expected length >= 1" },
      { location: "body.name", message: "expected length <= 300" },
      { location: "body.size", message: "expected value to be one of \"1, 4\"" },
      { location: "body", message: "unexpected property" },
      { message: "no place" },
    ]);
    expect(fieldFaults(t, p)).toEqual([
      { name: ["main", "url"], text: en.problem.field_required },
      { name: ["name"], text: en.problem.field_too_long },
      { name: ["size"], text: en.problem.field_invalid },
    ]);
  });
});
