// Names for the generated types that the screens use, and the closed lists whose
// values the screens offer. Times are RFC 3339 in UTC with up to microseconds.
import type { components } from "./schema.gen";

type S = components["schemas"];

export type Action =
  | "live.view" | "playback.view" | "snapshot.take" | "bookmark.write"
  | "camera.read" | "camera.configure" | "camera.switch" | "camera.export"
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
  | "area.configure"
  | "emergency.take" | "emergency.review" | "rights.review"
  | "stand_in.admit"
  | "shared_login.judge"
  | "purpose.configure"
  | "second.agree"
  | "console.manage" | "console.report"
  | "duty.read" | "duty.stand" | "duty.plan" | "duty.decide" | "duty.instruct" | "duty.configure" | "visitor.approve"
  | "ledger.read";

export const positions = ["operator", "duty_lead", "supervisor", "leader", "principal", "technician", "auditor", "administrator", "stand_in", "contractor"] as const;

export type Person = S["Person"];
export type Session = S["Session"];
export type Holding = S["Holding"];
export type Rights = S["Rights"];
export type PositionEntry = S["PositionEntry"];
export type PositionInput = S["NewPosition"];
export type RightsPosition = S["Position"];
export type HouseRule = S["Rule"];
export type RightsVersion = S["Version"];
export type RightsTerm = S["Term"];
export type RightsTerms = S["Terms"];
export type RightsDecision = S["RightsDecision"];
export type Console = S["Console"];
export type RegisteredConsole = S["RegisteredConsole"];
export type SharedLogin = S["SharedLogin"];

export type OwnFactors = S["OwnFactors"];
export type Factor = S["Factor"];
export type FactorNotice = S["FactorNotice"];
export type OpenSession = S["OpenSession"];
export type TOTPBeginning = S["TOTPBeginning"];
export type Attestation = S["Attestation"];
export type Assertion = S["Assertion"];
export type KeyCreation = S["KeyCreation"];
export type KeyRequest = S["KeyRequest"];
export type Area = S["Area"];
export type AreaInput = S["NewArea"];
export type AreaChange = S["AreaChange"];
export type Unit = S["Unit"];
export type UnitInput = S["NewUnit"];
export type UnitChange = S["UnitChange"];
export type Contract = S["Contract"];
export type ContractInput = S["NewContract"];
export type PersonFile = S["PersonFile"];
export type PersonFileChange = S["PersonFileChange"];
export type StandInAdmission = S["StandInAdmission"];
export type ImportOutcome = S["ImportOutcome"];
export type Register = "people" | "units" | "areas" | "cameras";

export type CameraState = S["State"];
export type Status = CameraState["status"];
export type Reason = S["Reason"];
export type Stream = S["Stream"];
export type Transport = Stream["transport"];
export type Which = "main" | "sub";
export type Camera = S["Camera"];
export type Shape = Camera["masks"][number];
export type PrivacyMask = S["PrivacyMask"];
export type MaskContent = S["MaskContent"];
export type CameraMasks = S["CameraMasks"];
export type DeviceFile = S["DeviceFile"];
export type ControlRoom = S["ControlRoom"];
export type ControlRoomMark = S["ControlRoomMark"];
export type SideDoor = S["SideDoor"];
export type SideDoorCheck = S["SideDoorCheck"];
export type LostCamera = S["LostCamera"];
export type CameraInput = S["NewCamera"];
export type CameraChange = S["CameraChange"];
export type StreamInput = S["StreamInput"];
export type Probe = S["Probe"];
export type ProbeResult = S["ProbeResult"];

export type Timeline = S["Timeline"];
export type Span = S["Span"];
export type SpanKind = Span["kind"];

export type Purpose = S["Purpose"];
export type PurposeInput = S["NewPurpose"];
export type PurposeChange = S["PurposeChange"];
export type Proposal = S["Proposal"];
export type PurposeProposal = S["PurposeProposal"];
export type PurposeProposalInput = S["NewPurposeProposal"];
export type Present = S["Present"];
export type SecondAsk = S["SecondAsk"];
export type SecondAskInput = S["NewSecondAsk"];
export type ViewingInput = S["NewViewing"];
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
export type TraceQuestion = S["TraceQuestion"];
export type Trace = S["Trace"];
export type TraceLook = S["TraceLook"];
export type TraceRoom = S["TraceRoom"];
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
export type RemovedSnapshot = S["RemovedSnapshot"];

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
export type Verification = S["Verification"];
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
export type LossSignInput = S["LossSignInput"];
export type StorageFault = S["StorageFault"];

export type Emergency = S["Emergency"];
export type Emergencies = S["Emergencies"];
export type EmergencyRight = S["EmergencyRight"];
export type EmergencyInput = S["NewEmergency"];

export type RightsReview = S["RightsReview"];
export type Pledge = S["Pledge"];
export type PledgeSignature = S["PledgeSignature"];
export type SignedWords = S["SignedWords"];
export type Recording = S["Recording"];
export type ReviewHeld = S["ReviewHeld"];
export type ReviewItem = S["ReviewItem"];
export type RightsReviews = S["RightsReviews"];
export type ReviewLine = S["ReviewLine"];
export type ReviewDecision = S["ReviewDecision"];
export type ReviewReport = S["ReviewReport"];
export type ReviewPattern = S["ReviewPattern"];
