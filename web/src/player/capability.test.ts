import { describe, expect, it } from "vitest";
import type { LiveOptions, LiveStream, LiveTransport } from "../api/types";
import { audible, choose, voiceOf, wantedMime, type Support } from "./capability";

const h264 = 'video/mp4; codecs="avc1.64001F"';
const h265 = 'video/mp4; codecs="hvc1.1.6.L120.B0"';
const both: LiveTransport[] = [{ kind: "whep", usable: true, audio: true }, { kind: "mse", usable: true, audio: true }];
const stream = (s: Partial<LiveStream>): LiveStream => ({ stream: "main", available: true, status: "live", codec: "h264", mime: h264, width: 1920, height: 1080, transports: both, ...s });
const options = (...streams: Partial<LiveStream>[]): LiveOptions => ({ streams: streams.map(stream) });
const can = (webrtc: string[], mse: string[]): Support => ({ webrtc: (c) => webrtc.includes(c), mse: (m) => mse.includes(m) });
const usual = can(["h264"], [h264]);

const picked = (r: ReturnType<typeof choose>): string => ("choice" in r ? `${r.choice.stream.stream}/${r.choice.kind}` : `none: ${r.why.code}`);

describe("choosing how to show a camera", () => {
  const pair = options({}, { stream: "sub", width: 640 });

  it("takes the stream that is wanted, over WebRTC first", () => {
    expect(picked(choose(pair, "main", usual))).toBe("main/whep");
    expect(picked(choose(pair, "sub", usual))).toBe("sub/whep");
    expect(picked(choose(pair, "sub", can([], [h264])))).toBe("sub/mse");
  });

  it("goes round what failed a moment ago", () => {
    expect(picked(choose(pair, "main", usual, false, new Set(["main/whep"])))).toBe("main/mse");
    expect(picked(choose(pair, "main", usual, false, new Set(["main/whep", "main/mse"])))).toBe("sub/whep");
  });

  it("falls back to the sub-stream when the browser cannot decode the main one, and says so", () => {
    const r = choose(options({ codec: "h265", mime: h265 }, { stream: "sub" }), "main", usual);
    expect(picked(r)).toBe("sub/whep");
    expect("choice" in r && r.choice.instead).toEqual({ code: "not_in_browser", params: { codec: "H.265" } });
  });

  it("plays H.265 where the browser can", () => {
    expect(picked(choose(options({ codec: "h265", mime: h265 }), "main", can(["h264"], [h264, h265])))).toBe("main/mse");
  });

  it("says why nothing can be shown", () => {
    expect(picked(choose(options({ codec: "h265", mime: h265 }), "main", usual))).toBe("none: no_sub");
    expect(picked(choose(options({ available: false, transports: [] }), "main", usual))).toBe("none: camera_not_live");
    expect(picked(choose(options({ codec: "h265", mime: h265 }, { stream: "sub", codec: "h265", mime: h265 }), "sub", usual))).toBe("none: codec_not_offered");
  });

  it("reads the server's reasons: what this client cannot decode is not the same as what does not come", () => {
    const blocked: LiveTransport[] = [{ kind: "whep", usable: false, audio: false, reason: "h265_not_supported_by_client" }, { kind: "mse", usable: false, audio: false, reason: "h265_not_supported_by_client" }];
    const silent: LiveTransport[] = [{ kind: "whep", usable: false, audio: false, reason: "camera_not_live" }, { kind: "mse", usable: false, audio: false, reason: "camera_not_live" }];
    const main = { available: false, codec: "h265", mime: h265, transports: blocked };
    const r = choose(options(main, { stream: "sub" }), "main", usual);
    expect("choice" in r && r.choice.instead).toEqual({ code: "not_in_browser", params: { codec: "H.265" } });
    expect(picked(choose(options(main), "main", usual))).toBe("none: no_sub");
    const off = choose(options({ available: false, transports: silent }, { stream: "sub" }), "main", usual);
    expect("choice" in off && off.choice.instead).toEqual({ code: "main_off" });
    expect(picked(choose(options({ available: false, transports: silent }, { stream: "sub", available: false, transports: silent }), "main", usual))).toBe("none: camera_not_live");
  });

  it("shows the large stream in a small tile without excuses when there is no small one", () => {
    const r = choose(options({}), "sub", usual);
    expect("choice" in r && r.choice.instead).toBeUndefined();
    expect(picked(r)).toBe("main/whep");
  });

  it("obeys the server where it knows better, such as B-frames over WebRTC", () => {
    expect(picked(choose(options({ transports: [{ kind: "whep", usable: false, audio: false, reason: "b_frames_need_mse" }, { kind: "mse", usable: true, audio: false }] }), "main", usual))).toBe("main/mse");
  });

  it("takes the way that carries the sound when somebody listens", () => {
    const aac = options({ audioCodec: "aac", transports: [{ kind: "whep", usable: true, audio: false }, { kind: "mse", usable: true, audio: true }] });
    expect(picked(choose(aac, "main", usual, true))).toBe("main/mse");
    expect(picked(choose(aac, "main", usual, false))).toBe("main/whep");
  });

  it("gives who listens the stream that has the sound, and says why there is none to be heard", () => {
    const dumb: LiveTransport[] = [{ kind: "whep", usable: true, audio: false, audioReason: "no_audio" }];
    const pair = options({ audioCodec: "pcma" }, { stream: "sub", transports: dumb });
    expect(picked(choose(pair, "sub", usual, false))).toBe("sub/whep");
    expect(picked(choose(pair, "sub", usual, true))).toBe("main/whep");
    expect(picked(choose(options({ transports: dumb }, { stream: "sub", transports: dumb }), "sub", usual, true))).toBe("sub/whep");
    expect(voiceOf(pair)).toEqual({});
    expect(voiceOf(options({ transports: dumb }))).toBeUndefined();
    expect(voiceOf(options({ audioCodec: "aac", transports: [{ kind: "whep", usable: true, audio: false, audioReason: "aac_needs_mse" }] }))).toEqual({ why: "aac_needs_mse" });
  });
  it("tries a stream whose codec is not known yet, and pictures sent as JPEG", () => {
    expect(picked(choose(options({ codec: undefined, mime: undefined }), "main", usual))).toBe("main/whep");
    expect(picked(choose(options({ codec: "mjpeg", mime: "image/jpeg", transports: [{ kind: "whep", usable: false, audio: false }, { kind: "mse", usable: true, audio: false }] }), "main", usual))).toBe("main/mse");
  });
});

describe("the type of a recording", () => {
  const flac = can([], ['audio/mp4; codecs="flac"']);
  const none = can([], []);
  const g711 = { mime: 'video/mp4; codecs="avc1.64001F, alaw"', derivedAudio: "flac" };
  const of = (codecs: string): { mime: string } => ({ mime: `video/mp4; codecs="${codecs}"` });

  it("tells whether its sound can be heard", () => {
    expect(["avc1.64001F,mp4a.40.2", "hvc1.1.6.L120.B0,Opus"].every((c) => audible(of(c), none))).toBe(true);
    expect(["avc1.64001F,alaw", "avc1.64001F"].some((c) => audible(of(c), flac))).toBe(false);
  });
  it("hears G.711 as FLAC, where the server makes it and the browser plays it", () => {
    expect(audible(g711, flac)).toBe(true);
    expect(audible(g711, none)).toBe(false);
    expect(wantedMime(g711, true, flac)).toBe('video/mp4; codecs="avc1.64001F,flac"');
    expect(wantedMime(g711, false, flac)).toBe('video/mp4; codecs="avc1.64001F"');
    expect(wantedMime(g711, true, none)).toBe('video/mp4; codecs="avc1.64001F"');
    expect(wantedMime({ mime: 'video/mp4; codecs="ulaw"', derivedAudio: "flac" }, true, flac)).toBe('video/mp4; codecs="flac"');
  });
  it("names its sound only when somebody listens and a browser can hear it", () => {
    const aac = of("avc1.64001F,mp4a.40.2");
    expect(wantedMime(aac, true, none)).toBe(aac.mime);
    expect(wantedMime(aac, false, none)).toBe('video/mp4; codecs="avc1.64001F"');
    expect(wantedMime(of("hvc1.1.6.L120.B0, alaw"), true, flac)).toBe('video/mp4; codecs="hvc1.1.6.L120.B0"');
    expect(wantedMime({ mime: "video/mp4" }, true, none)).toBe("video/mp4");
  });
});
