import { describe, expect, test } from "vitest";
import { splitAddress } from "./address";

describe("credentials inside an address", () => {
  test.each([
    ["rtsp://guard:p%40ss:w%2Frd@host/1", { url: "rtsp://host/1", username: "guard", password: "p@ss:w/rd" }],
    [" rtsps://guard@10.0.0.1:322/1?a=b ", { url: "rtsps://10.0.0.1:322/1?a=b", username: "guard", password: "" }],
    ["rtsp://u:100%@h", { url: "rtsp://h", username: "u", password: "100%" }],
    ["rtsp://u:a@b@h/x", { url: "rtsp://h/x", username: "u", password: "a@b" }],
    ["rtsp://:p@[fd00::1]:554/", { url: "rtsp://[fd00::1]:554/", username: "", password: "p" }],
  ])("%s", (raw, want) => expect(splitAddress(raw)).toEqual(want));

  test.each(["rtsp://host/1", "rtsp://host/a@b", "http://u:p@host/", "rtsp://u:p@", ""])("%s holds none", (raw) => expect(splitAddress(raw)).toBeUndefined());
});
