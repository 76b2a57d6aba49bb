import { describe, expect, it } from "vitest";
import { codecOf } from "./whep";

describe("an answer", () => {
  const answer = (port: number, codec: string): string =>
    ["v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 8", "a=rtpmap:8 PCMA/8000", `m=video ${port} UDP/TLS/RTP/SAVPF 109`, `a=rtpmap:109 ${codec}/90000`, ""].join("\r\n");
  it("names the codec of its pictures", () => {
    expect(codecOf(answer(9, "H264"))).toBe("h264");
    expect(codecOf(answer(9, "H265"))).toBe("h265");
  });
  it("names none where it refuses pictures or has none", () => {
    expect(codecOf(answer(0, "H264"))).toBeUndefined();
    expect(codecOf("v=0\r\nm=audio 9 X 8\r\na=rtpmap:8 PCMA/8000\r\n")).toBeUndefined();
  });
});
