import { readProblem } from "../api/problem";

/** How a transport tells its owner what happens. */
export interface TransportEvents {
  ended(why: { code: string; final?: boolean; params?: Record<string, string> }): void;
  dropped?(frames: number): void;
  codec?(name: string): void; // of the pictures, once it is known
}

export interface Transport {
  open(): Promise<void>;
  close(): void;
}

const connectTimeout = 10_000; // ms
const disconnectedFor = 4_000; // ms; ICE often mends itself

/** The codec of the pictures that an answer agrees to. */
export function codecOf(sdp: string): string | undefined {
  const video = sdp.split(/^m=/m).find((s) => s.startsWith("video ") && !s.startsWith("video 0 "));
  return /^a=rtpmap:\d+ (\w+)\/90000/m.exec(video ?? "")?.[1]?.toLowerCase();
}

/** WebRTC-HTTP egress (draft-ietf-wish-whep): one camera stream into one video element. */
export class WhepClient implements Transport {
  private readonly peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  private readonly stream = new MediaStream();
  private readonly abort = new AbortController();
  private session: string | undefined;
  private candidates: RTCIceCandidate[] = [];
  private timer: number | undefined;
  private closed = false;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly address: string,
    private readonly events: TransportEvents,
  ) {}

  async open(): Promise<void> {
    const p = this.peer;
    p.addTransceiver("video", { direction: "recvonly" });
    p.addTransceiver("audio", { direction: "recvonly" });
    p.ontrack = (e) => {
      // A control room prefers now to smooth.
      if ("jitterBufferTarget" in e.receiver) (e.receiver as { jitterBufferTarget: number | null }).jitterBufferTarget = 30;
      this.stream.addTrack(e.track);
      if (this.video.srcObject !== this.stream) this.video.srcObject = this.stream;
    };
    p.onicecandidate = (e) => {
      if (!e.candidate) return;
      this.candidates.push(e.candidate);
      if (this.session) void this.trickle();
    };
    p.onconnectionstatechange = () => this.watch();
    this.timer = window.setTimeout(() => this.end("failed"), connectTimeout);

    const offer = await p.createOffer();
    if (this.closed) return;
    await p.setLocalDescription(offer);
    const r = await fetch(this.address, {
      method: "POST",
      headers: { "Content-Type": "application/sdp", Accept: "application/sdp" },
      body: offer.sdp,
      signal: this.abort.signal,
    });
    if (!r.ok) {
      const problem = await readProblem(r);
      this.end(problem.code, problem.status === 403 || problem.status === 406);
      return;
    }
    const at = r.headers.get("Location");
    if (at) this.session = new URL(at, r.url || location.href).href;
    const answer = await r.text();
    const coding = codecOf(answer);
    if (coding) this.events.codec?.(coding);
    if (this.closed) {
      this.leave();
      return;
    }
    await p.setRemoteDescription({ type: "answer", sdp: answer });
    // The server says goodbye (DTLS close_notify) when it ends a view; the connection's
    // own state shows nothing of that. It is no fault of the way.
    for (const { transport } of p.getReceivers()) {
      transport?.addEventListener("statechange", () => { if (transport.state === "closed") this.end("camera_not_live"); });
    }
    if (this.candidates.length > 0) await this.trickle();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    window.clearTimeout(this.timer);
    this.abort.abort();
    this.peer.onconnectionstatechange = null;
    this.peer.onicecandidate = null;
    this.peer.ontrack = null;
    this.peer.close();
    if (this.video.srcObject === this.stream) this.video.srcObject = null;
    this.leave();
  }

  private leave(): void {
    if (!this.session) return;
    void fetch(this.session, { method: "DELETE", keepalive: true }).catch(() => {
      // the server ends the session by itself when the peer is silent
    });
    this.session = undefined;
  }

  private watch(): void {
    window.clearTimeout(this.timer);
    switch (this.peer.connectionState) {
      case "connecting":
        this.timer = window.setTimeout(() => this.end("failed"), connectTimeout);
        break;
      case "disconnected":
        this.timer = window.setTimeout(() => this.end("failed"), disconnectedFor);
        break;
      case "failed":
      case "closed":
        this.end("failed");
        break;
    }
  }

  private end(code: string, final = false): void {
    if (this.closed) return;
    this.close();
    this.events.ended({ code, final });
  }

  // RFC 8840: only what is new, under the credentials of the offer.
  private async trickle(): Promise<void> {
    const found = this.candidates.splice(0);
    const sdp = this.peer.localDescription?.sdp ?? "";
    const ufrag = /a=ice-ufrag:(.*)/.exec(sdp)?.[1]?.trim();
    const pwd = /a=ice-pwd:(.*)/.exec(sdp)?.[1]?.trim();
    if (!this.session || !ufrag || !pwd || found.length === 0) return;
    const lines = [`a=ice-ufrag:${ufrag}`, `a=ice-pwd:${pwd}`];
    let mid: string | null | undefined;
    for (const c of found) {
      if (c.sdpMid !== mid) {
        mid = c.sdpMid;
        const kind = /^m=(\w+)/m.exec(sdp.split("\r\nm=").map((s, i) => (i ? `m=${s}` : s)).find((s) => s.includes(`a=mid:${mid}`)) ?? "")?.[1] ?? "video";
        lines.push(`m=${kind} 9 UDP/TLS/RTP/SAVPF 0`, `a=mid:${mid ?? "0"}`);
      }
      lines.push(`a=${c.candidate}`);
    }
    try {
      await fetch(this.session, {
        method: "PATCH",
        headers: { "Content-Type": "application/trickle-ice-sdpfrag" },
        body: `${lines.join("\r\n")}\r\n`,
        signal: this.abort.signal,
      });
    } catch {
      // the server's own candidates usually suffice; a dead session shows as failed
    }
  }
}
