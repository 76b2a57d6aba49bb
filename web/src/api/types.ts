// Names for the generated types that the screens use, and the closed lists whose
// values the screens offer. Times are RFC 3339 in UTC with up to microseconds.
import type { components } from "./schema.gen";

type S = components["schemas"];

export type Action =
  | "live.view" | "playback.view" | "snapshot.take" | "bookmark.write"
  | "camera.read" | "camera.configure" | "camera.switch"
  | "people.read" | "people.manage" | "token.manage"
  | "system.read" | "act.read" | "act.export" | "metrics.read"
  | "footage.download"
  | "parameter.read" | "parameter.propose" | "parameter.approve"
  | "storage.read" | "retention.configure" | "hold.place" | "hold.release" | "deletion.request" | "deletion.approve"
  | "schedule.configure"
  | "maintenance.place"
  | "loss.explain"
  | "loss.sign"
  | "fault.acknowledge"
  | "rights.read" | "rights.propose" | "rights.approve"
  | "ledger.read";

export const positions = ["operator", "duty_lead", "supervisor", "leader", "technician", "auditor", "administrator"] as const;

export type Person = S["Person"];
export type Session = S["Session"];

export type OwnFactors = S["OwnFactors"];
export type Factor = S["Factor"];
export type FactorNotice = S["FactorNotice"];
export type TOTPBeginning = S["TOTPBeginning"];
export type Attestation = S["Attestation"];
export type Assertion = S["Assertion"];
export type KeyCreation = S["KeyCreation"];
export type KeyRequest = S["KeyRequest"];

export type CameraState = S["State"];
export type Status = CameraState["status"];
export type Reason = S["Reason"];
export type Stream = S["Stream"];
export type Transport = Stream["transport"];
export type Which = "main" | "sub";
export type Camera = S["Camera"];
export type LostCamera = S["LostCamera"];
export type CameraInput = S["NewCamera"];
export type CameraChange = S["CameraChange"];
export type StreamInput = S["StreamInput"];
export type Probe = S["Probe"];
export type ProbeResult = S["ProbeResult"];

export type Timeline = S["Timeline"];
export type Span = S["Span"];
export type SpanKind = Span["kind"];

export const purposes = ["duty_review", "incident", "inspection", "maintenance", "request"] as const satisfies readonly S["Viewing"]["purpose"][];
export type Purpose = (typeof purposes)[number];
export type Viewing = S["Viewing"];
export type Piece = S["Piece"];
export type Snapshot = S["Snapshot"];
export type Bookmark = S["Bookmark"];

export type LiveTransport = S["LiveTransport"];
export type LiveStream = S["LiveStream"];
export type LiveOptions = S["LiveOptions"];

export type Layout = S["Layout"];
export type LayoutInput = S["LayoutInput"];
export type LayoutSize = Layout["size"];

export type Alarm = S["Alarm"];
export type SystemInfo = S["Overview"];
export type Act = S["Act"];
export type ActExport = S["Export"];
export type ActSearchInput = S["SearchInput"];
export type Token = S["Token"];
export type TokenInput = S["NewToken"];

export type RetentionState = S["RetentionState"];
export type Compliance = S["Compliance"];
export type RetentionPlan = S["RetentionPlan"];
export type RetentionRule = S["RetentionRule"];
export type RetentionChange = S["RetentionChange"];
export type RuleInput = S["NewRule"];
export const bases = ["anti_terror", "regime", "order_799", "sector", "privacy", "own"] as const;
export type Tombstone = S["Tombstone"];

export const holdKinds = ["case", "notice", "request"] as const satisfies readonly S["Hold"]["kind"][];
export type Hold = S["Hold"];
export type HoldInput = S["NewHold"];

export const grounds = ["erasure", "authority", "unlawful", "other"] as const satisfies readonly S["Deletion"]["ground"][];
export type Order = S["Deletion"];
export type Parameters = S["Parameters"];
export type Parameter = S["Parameter"];
export type ParameterProposal = S["ParameterProposal"];
export type ParameterStep = S["ParameterStep"];
export type PackFault = S["PackFault"];
export type OrderInput = S["NewDeletion"];

export type Places = S["Places"];
export type Forecast = S["CapacityForecast"];
export type VolumeForecast = S["CapacityVolume"];
export type CapacityChange = S["CapacityChange"];
export type CapacityAnswer = S["CapacityAnswer"];

export type LedgerState = S["LedgerState"];
export type Witness = S["Witness"];

export type CoverageMap = S["CoverageMap"];
export type CoverageCell = S["CoverageCell"];
export type CoverageDate = S["CoverageDate"];
export type CoverageMonth = S["CoverageMonth"];
export type MaintenanceWindow = S["Window"];
export type WindowInput = S["WindowInput"];
export type Schedule = S["Schedule"];
export type ScheduleInput = S["ScheduleInput"];
export type Hours = S["Hours"];

export type LossStatement = S["LossStatement"];
export type LossState = LossStatement["state"];
export type LossSignature = S["LossSignature"];
export type LossExplanation = S["LossExplanation"];
export type LossExplanationInput = S["LossExplanationInput"];
export type StorageFault = S["StorageFault"];
