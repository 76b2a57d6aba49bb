// Shapes of /api/v1 as the screens use them. Times are RFC 3339 in UTC with up to
// microseconds, durations and rates carry their unit in the comment.

export type Action =
  | "live.view" | "playback.view" | "snapshot.take" | "bookmark.write"
  | "camera.read" | "camera.configure" | "camera.switch"
  | "people.read" | "people.manage" | "token.manage"
  | "system.read" | "system.configure" | "act.read" | "metrics.read"
  | "footage.download";

export const positions = [
  "operator", "duty_lead", "supervisor", "leader", "technician", "auditor", "administrator",
] as const;
export type Position = (typeof positions)[number];

export interface Person {
  id: string;
  username: string;
  displayName: string;
  positions: string[];
  disabled: boolean;
  createdAt: string;
}

export interface Session {
  person: Person;
  actions: string[];
  expiresAt: string;
  serverTime: string;
  siteTimeZone: string;
  siteName?: string;
  version: string;
  demo: boolean;
}

export type Status =
  | "connecting" | "live" | "stalled" | "unreachable" | "wrong_credentials"
  | "refused" | "unsupported" | "off" | "retired";

export interface Reason {
  code: string;
  params?: Record<string, unknown>;
  detail?: string;
}

export interface Figures {
  bitrate?: number; // bit/s
  fps?: number;
  width?: number;
  height?: number;
  codec?: string;
  audioCodec?: string;
  keyInterval?: number; // s
  frames?: number;
  dropped?: number;
  lost?: number;
  clockOffset?: number | null; // s the camera is ahead
  lastFrameAt?: string;
  connectedAt?: string;
  reconnects?: number;
  transport?: string;
}

export interface CameraState {
  status: Status;
  reason?: Reason | null;
  since: string;
  recording: boolean;
  mainLive: boolean;
  subLive: boolean;
  figures?: Figures | null;
  viewers?: number;
}

export interface Stream {
  url: string;
  transport: Transport;
  skipVerify?: boolean;
  hasCredentials: boolean;
  username?: string;
}
export type Transport = "auto" | "tcp" | "udp";
export type Which = "main" | "sub";

export interface Camera {
  id: string;
  name: string;
  place: string;
  note: string;
  enabled: boolean;
  provisional: boolean;
  createdAt: string;
  retiredAt?: string | null;
  main: Stream;
  sub?: Stream | null;
  recordAudio: boolean;
  audioPurpose: string;
  state: CameraState;
}

export interface StreamInput {
  url: string;
  username?: string;
  password?: string;
  transport?: Transport;
  skipVerify?: boolean;
}
export interface CameraInput {
  name: string;
  place: string;
  note: string;
  main: StreamInput;
  sub?: StreamInput | null;
  recordAudio: boolean;
  audioPurpose: string;
}

export interface TestTrack {
  codec: string;
  width?: number;
  height?: number;
  sampleRate?: number;
  channels?: number;
  mime?: string;
}
export interface TestResult {
  ok: boolean;
  status: Status;
  reason?: Reason | null;
  tracks?: TestTrack[] | null;
  bitrate?: number; // bit/s
  fps?: number;
  keyInterval?: number; // s
  transport?: string;
  picture?: string | null; // data: URL of a JPEG
  pictureUnavailable?: Reason | null;
}

export type SpanKind = "recorded" | "gap" | "none";
export interface Span {
  start: string;
  end: string;
  kind: SpanKind;
  cause?: string;
  detail?: string;
  open?: boolean;
}
export interface Timeline {
  from: string;
  to: string;
  now: string;
  cameras: { camera: string; spans: Span[] }[];
}

export const purposes = ["duty_review", "incident", "inspection", "maintenance", "request"] as const;
export type Purpose = (typeof purposes)[number];
export interface Viewing {
  id: string;
  cameras: string[];
  from: string;
  to: string;
  purpose: Purpose;
  reason: string;
  person: string;
  personName?: string;
  openedAt: string;
  expiresAt: string;
  closedAt?: string | null;
}

export interface Piece {
  start: string;
  end: string;
  run: string;
  mime: string;
  codec: string;
  width: number;
  height: number;
  fps: number;
  audioCodec?: string;
  open?: boolean;
}
export interface Playlist {
  pieces: Piece[];
}

export interface Snapshot {
  id: string;
  camera: string;
  at: string;
  takenAt: string;
  person: string;
  personName?: string;
  width: number;
  height: number;
  sha256: string;
  bytes: number;
  note?: string;
}
export interface Bookmark {
  id: string;
  camera: string;
  at: string;
  end?: string | null;
  title: string;
  note?: string;
  person: string;
  personName?: string;
  createdAt?: string;
  retractedAt?: string | null;
  retractReason?: string;
}

export interface LiveTransport {
  kind: "whep" | "mse";
  usable: boolean;
  reason?: string;
  audio?: boolean; // sound comes with it
  audioReason?: string;
}
export interface LiveStream {
  stream: Which;
  available: boolean;
  status: Status;
  codec?: string; // absent while the stream was never pulled
  mime?: string; // of what MSE sends; image/jpeg for pictures
  width?: number;
  height?: number;
  audioCodec?: string;
  transports: LiveTransport[];
}
export interface LiveOptions {
  streams: LiveStream[];
}

export type LayoutSize = 1 | 4 | 9 | 16;
export interface LayoutInput {
  name: string;
  size: LayoutSize;
  cells: (string | null)[];
  shared: boolean;
}
export interface Layout extends LayoutInput {
  id: string;
  person: string; // whose it is; only they change it
  updatedAt?: string;
}

export interface Alarm {
  id: string;
  code: string;
  params?: Record<string, unknown>;
  detail?: string;
  since: string;
  camera?: string;
}
export interface SystemInfo {
  version: string;
  startedAt: string;
  uptimeSeconds: number;
  database: { engine: string; ok: boolean };
  storage: {
    path?: string;
    totalBytes: number;
    freeBytes: number;
    usedByRecordings: number;
    state: "ok" | "low" | "full" | "failing";
    writeBytesPerSecond: number;
  };
  cameras: { total: number; live: number; recording: number; problems: number };
  process: { cpuSeconds: number; rssBytes: number; goroutines: number; openFiles: number };
  ffmpeg?: { available: boolean; version?: string };
  listen?: string;
  alarms?: Alarm[] | null;
}

export interface Act {
  id: string;
  at: string;
  person?: string;
  personName?: string;
  kind: string;
  subject?: string;
  camera?: string;
  detail?: Record<string, unknown> | null;
}
export interface ActPage {
  items: Act[];
  next?: string | null;
}
