import type { LiveOptions, LiveStream, Which } from "../api/types";

/** What this browser can show. A seam, so that the choice can be tested without one. */
export interface Support {
  webrtc(codec: string): boolean; // h264, h265, …
  mse(mime: string): boolean; // video/mp4; codecs="…"
}

// One representative of each coding, to tell the server what can be decoded here.
const samples: Record<string, string> = {
  h264: 'video/mp4; codecs="avc1.64001F"',
  h265: 'video/mp4; codecs="hvc1.1.6.L120.B0"',
  aac: 'video/mp4; codecs="mp4a.40.2"',
  opus: 'video/mp4; codecs="opus"',
};

/** The codings this browser decodes, by way of transport. */
export function abilities(s: Support): { whep: string[]; mse: string[] } {
  return {
    whep: [...["h264", "h265"].filter((c) => s.webrtc(c)), "opus", "pcma", "pcmu"], // every WebRTC client has these
    mse: Object.keys(samples).filter((c) => s.mse(samples[c] ?? "")),
  };
}

type MediaSourceClass = { new (): MediaSource; isTypeSupported(mime: string): boolean };

/** MediaSource, or Safari's managed kind on phones that have no other. */
export function mediaSourceClass(): MediaSourceClass | undefined {
  const w = globalThis as unknown as { MediaSource?: MediaSourceClass; ManagedMediaSource?: MediaSourceClass };
  return w.MediaSource ?? w.ManagedMediaSource;
}

export const browserSupport: Support = {
  webrtc(codec) {
    if (typeof RTCPeerConnection === "undefined" || !RTCRtpReceiver.getCapabilities) return false;
    const wanted = `video/${codec}`.toLowerCase();
    return RTCRtpReceiver.getCapabilities("video")?.codecs.some((c) => c.mimeType.toLowerCase() === wanted) ?? false;
  },
  mse(mime) {
    return mediaSourceClass()?.isTypeSupported(mime) ?? false;
  },
};

/** What is known of a recording's coding: its type as recorded, and what the server makes of its sound for players. */
export interface Coded { mime: string; derivedAudio?: string }

const heardAsSent = /^(mp4a\.40|opus)/i;
const namesOf = (mime: string): string[] => /codecs="([^"]*)"/.exec(mime)?.[1]?.split(",").map((c) => c.trim()) ?? [];

/** Whether this browser hears the sound of a recording: as sent, or derived (G.711 as FLAC). */
export function audible(p: Coded, support: Pick<Support, "mse"> = browserSupport): boolean {
  return namesOf(p.mime).some((c) => heardAsSent.test(c)) || (p.derivedAudio !== undefined && support.mse(`audio/mp4; codecs="${p.derivedAudio}"`));
}

/**
 * The type of what is asked for of a recording: its pictures, and its sound only
 * where that is wanted and can be heard.
 */
export function wantedMime(p: Coded, sound: boolean, support: Pick<Support, "mse"> = browserSupport): string {
  const heard = sound && audible(p, support);
  const kept = namesOf(p.mime).flatMap((c) => {
    if (heardAsSent.test(c)) return heard ? [c] : [];
    if (/^(alaw|ulaw)/i.test(c)) return heard && p.derivedAudio ? [p.derivedAudio] : [];
    return /^(twos|sowt|mp4a)/i.test(c) ? [] : [c];
  });
  return namesOf(p.mime).length === 0 ? p.mime : `${p.mime.split(";")[0]}; codecs="${kept.join(",")}"`;
}

export interface Why {
  code: string; // key below `live.` in the texts, or a status
  params?: Record<string, string>;
}

export interface Choice {
  stream: LiveStream;
  kind: "whep" | "mse";
  instead?: Why; // why it is not the stream that was asked for
}

export const codecName = (codec: string | undefined): string => {
  switch (codec) {
    case "h264": return "H.264";
    case "h265": return "H.265";
    case "mjpeg": return "MJPEG";
    case "aac": return "AAC";
    case "pcma": return "G.711 A";
    case "pcmu": return "G.711 µ";
    case "opus": return "Opus";
  }
  return codec ? codec.toUpperCase() : "–";
};

function transport(s: LiveStream, support: Support, sound: boolean, avoid: ReadonlySet<string>): "whep" | "mse" | undefined {
  const offered = (kind: "whep" | "mse"): boolean => s.transports.some((t) => t.kind === kind && t.usable) && !avoid.has(`${s.stream}/${kind}`);
  // A stream that was never pulled has no codec yet: opening it will tell.
  const whep = offered("whep") && support.webrtc(s.codec || "h264");
  const mse = offered("mse") && (!s.mime || s.mime === "image/jpeg" || support.mse(s.mime));
  // WebRTC knows no AAC: who wants to hear gets the way that carries sound.
  const hears = (kind: "whep" | "mse"): boolean => s.transports.some((t) => t.kind === kind && t.audio);
  if (sound && mse && hears("mse") && !hears("whep")) return "mse";
  return whep ? "whep" : mse ? "mse" : undefined;
}

/**
 * Chooses stream and transport for a viewer who wants `want`. `avoid` names
 * combinations such as "main/whep" that failed a moment ago. Either a choice or the
 * reason why nothing can be shown.
 */
export function choose(o: LiveOptions, want: Which, support: Support, sound = false, avoid: ReadonlySet<string> = new Set()): { choice: Choice } | { why: Why } {
  // Small streams often have no sound: who wants to hear gets the one that has it.
  const mute = (w: Which): boolean => !o.streams.some((s) => s.stream === w && s.transports.some((t) => t.usable && t.audio));
  if (sound && mute(want) && !mute(want === "main" ? "sub" : "main")) want = want === "main" ? "sub" : "main";
  const other: Which = want === "main" ? "sub" : "main";
  const first = o.streams.find((s) => s.stream === want);
  const second = o.streams.find((s) => s.stream === other);
  if (first) {
    const kind = transport(first, support, sound, avoid);
    if (kind) return { choice: { stream: first, kind } };
  }
  if (second) {
    const kind = transport(second, support, sound, avoid);
    // Falling back from a small stream to the large one needs no explanation.
    if (kind) return { choice: { stream: second, kind, instead: want === "main" && first ? (undecodable(first) ? { code: "not_in_browser", params: { codec: codecName(first.codec) } } : { code: "main_off" }) : undefined } };
  }
  const main = o.streams.find((s) => s.stream === "main");
  const sub = o.streams.find((s) => s.stream === "sub");
  if (main && undecodable(main)) return { why: { code: sub ? "codec_not_offered" : "no_sub", params: { codec: codecName(main.codec) } } };
  if (sub && undecodable(sub)) return { why: { code: "codec_not_offered", params: { codec: codecName(sub.codec) } } };
  return { why: { code: "camera_not_live" } };
}

/** Whether the camera has sound, and why it cannot be heard where it cannot. */
export function voiceOf(o: LiveOptions): { why?: string } | undefined {
  const speaking = o.streams.filter((s) => s.audioCodec);
  if (speaking.length === 0) return undefined;
  const ways = speaking.flatMap((s) => s.transports);
  return ways.some((t) => t.usable && t.audio) ? {} : { why: ways.find((t) => t.audioReason)?.audioReason ?? "no_audio" };
}

// Pictures come, but this browser cannot show them: neither by what the server knows
// of it, which came with the question, nor by what it says itself.
function undecodable(s: LiveStream): boolean {
  return s.transports.some((t) => t.usable || (t.reason !== undefined && t.reason !== "camera_not_live" && t.reason !== "no_video"));
}
