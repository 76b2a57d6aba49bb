import type { Conditions } from "../trail/conditions";
import { client, take, url } from "./client";
import type { ActExport, ActSearchInput, AreaChange, AreaInput, Assertion, Attestation, Bookmark, CameraChange, CameraInput, CapacityChange, ContractInput, ControlRoomMark, EmergencyInput, HoldInput, Holding, HouseRule, LayoutInput, LossExplanationInput, LossSignInput, LossState, MaskContent, OrderInput, PersonFileChange, PledgeSignature, PositionInput, Present, Probe, PurposeChange, PurposeInput, PurposeProposalInput, Register, ReviewDecision, RuleInput, ScheduleInput, SecondAskInput, SideDoorCheck, StandInAdmission, TokenInput, TraceQuestion, UnitChange, UnitInput, ViewingInput, Which, WindowInput } from "./types";

const iso = (ms: number): string => new Date(ms).toISOString();
const part = encodeURIComponent;
const items = async <X>(list: Promise<{ items: X[] }>): Promise<X[]> => (await list).items;
const at = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });

interface Range { camera?: string; from?: string; to?: string; limit?: number }

/** Every operation the screens use, by chapter. */
export const api = {
  setup: {
    needed: () => take(client.GET("/api/v1/setup")),
    run: (body: { token: string; username: string; displayName: string; password: string }) => take(client.POST("/api/v1/setup", { body })),
  },
  session: {
    get: () => take(client.GET("/api/v1/session")),
    open: (body: { username: string; password: string; directory?: string }) => take(client.POST("/api/v1/session", { body })),
    close: () => take(client.DELETE("/api/v1/session")),
    password: (body: { current: string; new: string }) => take(client.PUT("/api/v1/session/password", { body })),
    pledge: () => take(client.GET("/api/v1/session/pledge")),
    signPledge: (body: PledgeSignature) => take(client.POST("/api/v1/session/pledge", { body })),
  },
  sessions: {
    own: () => items(take(client.GET("/api/v1/sessions"))),
    end: (id: string) => take(client.DELETE("/api/v1/sessions/{id}", at(id))),
    endOthers: () => take(client.POST("/api/v1/sessions/end-others")),
    ofPerson: (id: string) => items(take(client.GET("/api/v1/people/{id}/sessions", at(id)))),
    endOf: (id: string, body: { session?: string; reason: string }) => take(client.POST("/api/v1/people/{id}/sessions/end", { ...at(id), body })),
  },
  second: {
    code: (kind: "totp" | "recovery", code: string) => take(client.POST("/api/v1/session/second", { body: { kind, code } })),
    card: (card: string, code: string) => take(client.POST("/api/v1/session/second", { body: { kind: "card", card, code } })),
    ask: () => take(client.POST("/api/v1/session/second/passkey/options")),
    passkey: (body: Assertion) => take(client.POST("/api/v1/session/second/passkey", { body })),
    askAlone: () => take(client.POST("/api/v1/session/passkey/options")),
    alone: (body: Assertion) => take(client.POST("/api/v1/session/passkey", { body })),
  },
  console: {
    input: () => take(client.POST("/api/v1/session/input")),
    lock: () => take(client.POST("/api/v1/session/lock")),
    unlock: (body: { password?: string; code?: string; card?: string; pin?: string }) => take(client.POST("/api/v1/session/unlock", { body })),
    askPasskey: () => take(client.POST("/api/v1/session/unlock/passkey/options")),
    passkey: (body: Assertion) => take(client.POST("/api/v1/session/unlock/passkey", { body })),
  },
  consoles: {
    list: () => items(take(client.GET("/api/v1/consoles"))),
    add: (body: { name: string; place?: string; expiresAt?: string }) => take(client.POST("/api/v1/consoles", { body })),
    renew: (id: string) => take(client.POST("/api/v1/consoles/{id}/token", { ...at(id), body: {} })),
    retire: (id: string, reason: string) => take(client.POST("/api/v1/consoles/{id}/retire", { ...at(id), body: { reason } })),
  },
  sharedLogins: {
    list: () => items(take(client.GET("/api/v1/shared-logins"))),
    judge: (id: string, body: { answer: "own" | "shared" | "taken"; note: string }) => take(client.POST("/api/v1/shared-logins/{id}/judge", { ...at(id), body })),
  },
  factors: {
    own: () => take(client.GET("/api/v1/session/factors")),
    beginTOTP: (password: string) => take(client.POST("/api/v1/session/factors/totp", { body: { password } })),
    enrolTOTP: (body: { ticket: string; code: string; name: string }) => take(client.POST("/api/v1/session/factors/totp/confirm", { body })),
    beginPasskey: (password: string) => take(client.POST("/api/v1/session/factors/passkeys", { body: { password } })),
    enrolPasskey: (body: { ticket: string; name: string; credential: Attestation }) => take(client.POST("/api/v1/session/factors/passkeys/confirm", { body })),
    rename: (id: string, name: string) => take(client.PATCH("/api/v1/session/factors/{id}", { ...at(id), body: { name } })),
    remove: (id: string, password: string) => take(client.POST("/api/v1/session/factors/{id}/remove", { ...at(id), body: { password } })),
    codes: (password: string) => take(client.POST("/api/v1/session/factors/codes", { body: { password } })),
    seen: (id: string) => take(client.POST("/api/v1/session/factors/notices/{id}/seen", at(id))),
    choosePIN: (body: { password: string; card: string; old?: string; pin: string }) => take(client.POST("/api/v1/session/factors/card/pin", { body })),
    issueCard: (id: string, body: { card: string; name: string; reason?: string }) => take(client.POST("/api/v1/people/{id}/card", { ...at(id), body })),
    unlockCard: (id: string, factor: string, reason: string) => take(client.POST("/api/v1/people/{id}/factors/{factor}/unlock", { params: { path: { id, factor } }, body: { reason } })),
    ofPerson: (id: string) => take(client.GET("/api/v1/people/{id}/factors", at(id))),
    removeLost: (id: string, factor: string, reason: string) => take(client.POST("/api/v1/people/{id}/factors/{factor}/remove", { params: { path: { id, factor } }, body: { reason } })),
  },
  directories: {
    list: () => items(take(client.GET("/api/v1/sign-in"))),
    beginURL: (name: string, back: string) => url(`/sign-in/oidc/${part(name)}`, { return: back }),
  },
  identities: {
    list: () => items(take(client.GET("/api/v1/identities"))),
    link: (id: string, person: string) => take(client.POST("/api/v1/identities/{id}/link", { ...at(id), body: { person } })),
    unlink: (id: string) => take(client.DELETE("/api/v1/identities/{id}", at(id))),
  },
  people: {
    list: () => items(take(client.GET("/api/v1/people"))),
    create: (body: { username: string; displayName: string; holdings: Holding[]; password?: string; reason?: string }) => take(client.POST("/api/v1/people", { body })),
    change: (id: string, body: { displayName?: string; holdings?: Holding[]; disabled?: boolean; reason?: string }) => take(client.PATCH("/api/v1/people/{id}", { ...at(id), body })),
    resetPassword: (id: string) => take(client.POST("/api/v1/people/{id}/password-reset", at(id))),
  },
  proposals: {
    open: () => items(take(client.GET("/api/v1/proposals", { params: { query: { state: "proposed" } } }))),
    approve: (id: string, note: string) => take(client.POST("/api/v1/proposals/{id}/approve", { ...at(id), body: { note } })),
    reject: (id: string, note: string) => take(client.POST("/api/v1/proposals/{id}/reject", { ...at(id), body: { note } })),
    withdraw: (id: string, note: string) => take(client.POST("/api/v1/proposals/{id}/withdraw", { ...at(id), body: { note } })),
  },
  rights: {
    get: () => take(client.GET("/api/v1/rights")),
    versions: () => items(take(client.GET("/api/v1/rights/versions"))),
    preview: (rules: HouseRule[], signal?: AbortSignal) => take(client.POST("/api/v1/rights/preview", { body: { rules }, signal })),
    propose: (body: { base: string; rules: HouseRule[]; reason: string }) => take(client.POST("/api/v1/rights/versions", { body })),
    approve: (id: string, note: string) => take(client.POST("/api/v1/rights/versions/{id}/approve", { ...at(id), body: { note } })),
    reject: (id: string, note: string) => take(client.POST("/api/v1/rights/versions/{id}/reject", { ...at(id), body: { note } })),
    withdraw: (id: string) => take(client.POST("/api/v1/rights/versions/{id}/withdraw", at(id))),
    cedar: (query: { version?: string; part?: "policies" | "schema" | "entities" }) => take(client.GET("/api/v1/rights/cedar", { params: { query }, parseAs: "text" })) as Promise<unknown> as Promise<string>,
    explain: (query: { person: string; camera?: string; action?: string }) => take(client.GET("/api/v1/rights/explain", { params: { query } })),
  },
  units: {
    list: () => items(take(client.GET("/api/v1/units"))),
    create: (body: UnitInput) => take(client.POST("/api/v1/units", { body })),
    change: (id: string, body: UnitChange) => take(client.PATCH("/api/v1/units/{id}", { ...at(id), body })),
    retire: (id: string, body: { reason: string }) => take(client.POST("/api/v1/units/{id}/retire", { ...at(id), body })),
  },
  contracts: {
    list: () => items(take(client.GET("/api/v1/contracts"))),
    create: (body: ContractInput) => take(client.POST("/api/v1/contracts", { body })),
    end: (id: string, body: { reason: string }) => take(client.POST("/api/v1/contracts/{id}/end", { ...at(id), body })),
  },
  areas: {
    list: () => items(take(client.GET("/api/v1/areas"))),
    create: (body: AreaInput) => take(client.POST("/api/v1/areas", { body })),
    change: (id: string, body: AreaChange) => take(client.PATCH("/api/v1/areas/{id}", { ...at(id), body })),
    retire: (id: string, body: { reason: string }) => take(client.POST("/api/v1/areas/{id}/retire", { ...at(id), body })),
  },
  files: {
    list: () => items(take(client.GET("/api/v1/people/files"))),
    change: (id: string, body: PersonFileChange) => take(client.PATCH("/api/v1/people/{id}/file", { ...at(id), body })),
    portray: (id: string, picture: string) => take(client.PUT("/api/v1/people/{id}/photo", { ...at(id), body: { picture } })),
    photoURL: (id: string, version: number) => url(`/people/${part(id)}/photo.jpg`, { v: version }),
    due: () => items(take(client.GET("/api/v1/people/due"))),
    leaving: (id: string) => take(client.GET("/api/v1/people/{id}/leaving", at(id))),
    settle: (id: string, item: "card" | "keys" | "radio" | "pledge" | "looks", state: "done" | "not_had") => take(client.POST("/api/v1/people/{id}/leaving", { ...at(id), body: { item, state } })),
    leave: (id: string, body: { reason: string; returned: ("card" | "keys" | "radio" | "pledge" | "looks")[] }) => take(client.POST("/api/v1/people/{id}/leave", { ...at(id), body })),
  },
  briefing: {
    get: () => take(client.GET("/api/v1/session/briefing")),
    begin: () => take(client.POST("/api/v1/session/briefing")),
    sign: (body: { language: "zh" | "en"; password: string }) => take(client.POST("/api/v1/session/briefing/sign", { body })),
  },
  standIns: {
    list: () => take(client.GET("/api/v1/stand-ins")),
    portray: (id: string, picture: string) => take(client.PUT("/api/v1/stand-ins/{id}/photo", { ...at(id), body: { picture } })),
    admit: (body: StandInAdmission) => take(client.POST("/api/v1/stand-ins", { body })),
  },
  tables: {
    exportURL: (register: Register, format: "xlsx" | "csv", language: "zh" | "en") => url(`/${register}/export`, { format, language }),
    import: (register: Register, file: string, dryRun: boolean) => take(client.POST(`/api/v1/${register}/import`, { params: { query: { dryRun } }, body: { file } })),
  },
  tokens: {
    list: () => items(take(client.GET("/api/v1/tokens"))),
    create: (body: TokenInput) => take(client.POST("/api/v1/tokens", { body })),
    revoke: (id: string) => take(client.DELETE("/api/v1/tokens/{id}", at(id))),
  },
  cameras: {
    list: () => items(take(client.GET("/api/v1/cameras"))),
    create: (body: CameraInput) => take(client.POST("/api/v1/cameras", { body })),
    change: (id: string, body: CameraChange) => take(client.PATCH("/api/v1/cameras/{id}", { ...at(id), body })),
    switch: (id: string, body: { enabled: boolean; reason: string }) => take(client.POST("/api/v1/cameras/{id}/switch", { ...at(id), body })),
    retire: (id: string, body: { reason: string }) => take(client.POST("/api/v1/cameras/{id}/retire", { ...at(id), body })),
    test: (body: Probe) => take(client.POST("/api/v1/cameras/test", { body })),
    lost: () => items(take(client.GET("/api/v1/cameras/lost"))),
    recover: () => items(take(client.POST("/api/v1/cameras/recover"))),
    // The number makes an address that no cache has seen.
    pictureURL: (id: string, stream: Which, version: number) => url(`/cameras/${part(id)}/picture.jpg`, { stream, v: version }),
  },
  masks: {
    get: (id: string) => take(client.GET("/api/v1/cameras/{id}/masks", at(id))),
    set: (id: string, body: MaskContent & { reason?: string }) => take(client.PUT("/api/v1/cameras/{id}/masks", { ...at(id), body })),
  },
  controlRooms: {
    list: () => take(client.GET("/api/v1/control-rooms")),
    mark: (id: string, body: ControlRoomMark) => take(client.PUT("/api/v1/cameras/{id}/control-room", { ...at(id), body })),
    end: (id: string, reason: string) => take(client.POST("/api/v1/cameras/{id}/control-room/end", { ...at(id), body: { reason } })),
  },
  sideDoors: {
    list: () => items(take(client.GET("/api/v1/side-doors"))),
    check: (id: string, body: SideDoorCheck) => take(client.PUT("/api/v1/cameras/{id}/side-doors", { ...at(id), body })),
  },
  timeline: (cameras: readonly string[], from: number, to: number, resolution: number, signal?: AbortSignal) =>
    take(client.GET("/api/v1/timeline", { params: { query: { camera: [...cameras], from: iso(from), to: iso(to), resolution } }, signal })),
  positions: {
    list: () => items(take(client.GET("/api/v1/positions"))),
    add: (body: PositionInput) => take(client.POST("/api/v1/positions", { body })),
    rename: (code: string, body: { name: { zh: string; en: string } }) => take(client.PATCH("/api/v1/positions/{code}", { params: { path: { code } }, body })),
    retire: (code: string, reason: string) => take(client.POST("/api/v1/positions/{code}/retire", { params: { path: { code } }, body: { reason } })),
    restore: (code: string, reason: string) => take(client.POST("/api/v1/positions/{code}/restore", { params: { path: { code } }, body: { reason } })),
  },
  purposes: {
    list: () => items(take(client.GET("/api/v1/purposes"))),
    add: (body: PurposeInput) => take(client.POST("/api/v1/purposes", { body })),
    change: (code: string, body: PurposeChange) => take(client.PATCH("/api/v1/purposes/{code}", { params: { path: { code } }, body })),
    retire: (code: string, body: { reason: string }) => take(client.POST("/api/v1/purposes/{code}/retire", { params: { path: { code } }, body })),
    restore: (code: string, body: { reason: string }) => take(client.POST("/api/v1/purposes/{code}/restore", { params: { path: { code } }, body })),
    open: () => items(take(client.GET("/api/v1/purposes/proposals", { params: { query: { state: "proposed" } } }))),
    propose: (body: PurposeProposalInput) => take(client.POST("/api/v1/purposes/proposals", { body })),
    approve: (id: string, note: string) => take(client.POST("/api/v1/purposes/proposals/{id}/approve", { ...at(id), body: { note } })),
    reject: (id: string, note: string) => take(client.POST("/api/v1/purposes/proposals/{id}/reject", { ...at(id), body: { note } })),
    withdraw: (id: string, note: string) => take(client.POST("/api/v1/purposes/proposals/{id}/withdraw", { ...at(id), body: { note } })),
  },
  company: {
    colleagues: (text: string) => items(take(client.GET("/api/v1/company/people", { params: { query: { text } } }))),
    get: () => take(client.GET("/api/v1/company")),
    set: (present: Present[]) => take(client.PUT("/api/v1/company", { body: { present } })),
  },
  viewings: {
    open: (body: ViewingInput) => take(client.POST("/api/v1/viewings", { body })),
    list: (query: Range & { owed?: boolean }) => items(take(client.GET("/api/v1/viewings", { params: { query } }))),
    reason: (id: string, reason: string) => take(client.POST("/api/v1/viewings/{id}/reason", { ...at(id), body: { reason } })),
    close: (id: string) => take(client.POST("/api/v1/viewings/{id}/close", at(id))),
    playlist: (id: string, camera: string, from: number, to: number, signal?: AbortSignal) =>
      take(client.GET("/api/v1/viewings/{id}/cameras/{camera}/playlist", { params: { path: { id, camera }, query: { from: iso(from), to: iso(to) } }, signal })),
    streamURL: (id: string, camera: string, q: { from: number; to: number; base: number; keyframes: boolean; audio: boolean }) =>
      url(`/viewings/${part(id)}/cameras/${part(camera)}/stream.mp4`, {
        from: iso(q.from), to: iso(q.to), base: iso(q.base), keyframes: q.keyframes ? 1 : 0, audio: q.audio ? 1 : 0,
      }),
    thumbnailURL: (id: string, camera: string, time: number, width: number) =>
      url(`/viewings/${part(id)}/cameras/${part(camera)}/thumbnail.jpg`, { at: iso(time), width }),
    downloadURL: (id: string, camera: string, from: number, to: number) =>
      url(`/viewings/${part(id)}/cameras/${part(camera)}/download`, { from: iso(from), to: iso(to) }),
  },
  snapshots: {
    take: (body: { camera: string; viewing?: string; at?: string; note?: string; second?: string }) => take(client.POST("/api/v1/snapshots", { body })),
    list: (query: Range) => items(take(client.GET("/api/v1/snapshots", { params: { query } }))),
    pictureURL: (id: string, viewing?: string) => url(`/snapshots/${part(id)}/picture.jpg`, { viewing }),
  },
  bookmarks: {
    add: (body: { camera: string; at: string; end?: string; title: string; note?: string }) => take(client.POST("/api/v1/bookmarks", { body })),
    list: (query: Range): Promise<Bookmark[]> => items(take(client.GET("/api/v1/bookmarks", { params: { query } }))),
    retract: (id: string, body: { reason: string }) => take(client.POST("/api/v1/bookmarks/{id}/retract", { ...at(id), body })),
  },
  live: {
    options: (camera: string, stream: Which, can: { whep: string[]; mse: string[] }) =>
      take(client.GET("/api/v1/live/{camera}/options", { params: { path: { camera }, query: { stream, whep: can.whep.join(","), mse: can.mse.join(",") } } })),
    whepURL: (camera: string, stream: Which, second?: string) => url(`/live/${part(camera)}/whep`, { stream, second }),
    mseURL: (camera: string, stream: Which, second?: string) => {
      const u = new URL(url(`/live/${part(camera)}/mse`, { stream, second }), location.href);
      u.protocol = u.protocol === "https:" ? "wss:" : "ws:";
      return u.href;
    },
  },
  layouts: {
    list: () => items(take(client.GET("/api/v1/layouts"))),
    create: (body: LayoutInput) => take(client.POST("/api/v1/layouts", { body })),
    change: (id: string, body: LayoutInput) => take(client.PUT("/api/v1/layouts/{id}", { ...at(id), body })),
    remove: (id: string) => take(client.DELETE("/api/v1/layouts/{id}", at(id))),
  },
  retention: {
    preview: (body: RuleInput, signal?: AbortSignal) => take(client.POST("/api/v1/retention/rules/preview", { body, signal })),
    get: () => take(client.GET("/api/v1/retention")),
    cameras: () => items(take(client.GET("/api/v1/retention/cameras"))),
    rules: () => items(take(client.GET("/api/v1/retention/rules", { params: { query: { limit: 100 } } }))),
    set: (body: RuleInput) => take(client.POST("/api/v1/retention/rules", { body })),
    approve: (id: string, note: string) => take(client.POST("/api/v1/retention/rules/{id}/approve", { ...at(id), body: { note } })),
    reject: (id: string, note: string) => take(client.POST("/api/v1/retention/rules/{id}/reject", { ...at(id), body: { note } })),
    withdraw: (id: string) => take(client.POST("/api/v1/retention/rules/{id}/withdraw", at(id))),
    confirm: (seen: string[], note: string) => take(client.POST("/api/v1/retention/confirm", { body: { seen, note } })),
    snapshots: (query: { camera?: string; authority?: string; before?: string; limit?: number }) => items(take(client.GET("/api/v1/retention/snapshots", { params: { query } }))),
    tombstones: (query: { camera?: string; authority?: string; before?: string; limit?: number }) => items(take(client.GET("/api/v1/retention/tombstones", { params: { query } }))),
  },
  holds: {
    list: (released: boolean) => items(take(client.GET("/api/v1/holds", { params: { query: { released, limit: 500 } } }))),
    preview: (body: { cameras: string[]; from: string; to: string }, signal?: AbortSignal) => take(client.POST("/api/v1/holds/preview", { body, signal })),
    place: (body: HoldInput) => take(client.POST("/api/v1/holds", { body })),
    review: (id: string, reviewAt: number, note: string) => take(client.POST("/api/v1/holds/{id}/review", { ...at(id), body: { reviewAt: iso(reviewAt), note } })),
    ask: (id: string, reason: string) => take(client.POST("/api/v1/holds/{id}/release", { ...at(id), body: { reason } })),
    approve: (id: string, note: string) => take(client.POST("/api/v1/holds/{id}/release/approve", { ...at(id), body: { note } })),
    reject: (id: string, note: string) => take(client.POST("/api/v1/holds/{id}/release/reject", { ...at(id), body: { note } })),
    withdraw: (id: string) => take(client.POST("/api/v1/holds/{id}/release/withdraw", at(id))),
  },
  orders: {
    list: () => items(take(client.GET("/api/v1/deletions", { params: { query: { limit: 500 } } }))),
    preview: (body: { cameras: string[]; from: string; to: string }, signal?: AbortSignal) => take(client.POST("/api/v1/deletions/preview", { body, signal })),
    request: (body: OrderInput) => take(client.POST("/api/v1/deletions", { body })),
    approve: (id: string, note: string) => take(client.POST("/api/v1/deletions/{id}/approve", { ...at(id), body: { note } })),
    reject: (id: string, note: string) => take(client.POST("/api/v1/deletions/{id}/reject", { ...at(id), body: { note } })),
    withdraw: (id: string, note: string) => take(client.POST("/api/v1/deletions/{id}/withdraw", { ...at(id), body: { note } })),
  },
  parameters: {
    get: () => take(client.GET("/api/v1/parameters")),
    history: (key: string) => items(take(client.GET("/api/v1/parameters/proposals", { params: { query: { key } } }))),
    propose: (body: { changes: { key: string; value: unknown }[]; reason: string }) => take(client.POST("/api/v1/parameters/proposals", { body })),
    approve: (id: string, note: string) => take(client.POST("/api/v1/parameters/proposals/{id}/approve", { ...at(id), body: { note } })),
    reject: (id: string, note: string) => take(client.POST("/api/v1/parameters/proposals/{id}/reject", { ...at(id), body: { note } })),
    withdraw: (id: string, note: string) => take(client.POST("/api/v1/parameters/proposals/{id}/withdraw", { ...at(id), body: { note } })),
    preview: (body: { pack?: string; file?: string }) => take(client.POST("/api/v1/parameters/packs/preview", { body })),
    choose: (body: { pack?: string; file?: string; reason: string }) => take(client.POST("/api/v1/parameters/packs/choose", { body })),
  },
  places: () => take(client.GET("/api/v1/storage")),
  capacity: {
    get: () => take(client.GET("/api/v1/capacity")),
    check: (body: CapacityChange) => take(client.POST("/api/v1/capacity/check", { body })),
  },
  emergencies: {
    list: () => take(client.GET("/api/v1/emergencies")),
    take: (body: EmergencyInput) => take(client.POST("/api/v1/emergencies", { body })),
    end: (id: string, reason?: string) => take(client.POST("/api/v1/emergencies/{id}/end", { ...at(id), body: { reason } })),
    report: (id: string, report: string) => take(client.POST("/api/v1/emergencies/{id}/report", { ...at(id), body: { report } })),
    settle: (id: string, verdict: string, note: string) => take(client.POST("/api/v1/emergencies/{id}/settle", { ...at(id), body: { verdict, note } })),
  },
  secondAsks: {
    list: () => items(take(client.GET("/api/v1/second-asks"))),
    ask: (body: SecondAskInput) => take(client.POST("/api/v1/second-asks", { body })),
    withdraw: (id: string) => take(client.POST("/api/v1/second-asks/{id}/withdraw", at(id))),
    agree: (id: string) => take(client.POST("/api/v1/second-asks/{id}/agree", at(id))),
    refuse: (id: string, note: string) => take(client.POST("/api/v1/second-asks/{id}/refuse", { ...at(id), body: { note } })),
    vouch: (id: string, body: { username: string; password: string }) => take(client.POST("/api/v1/second-asks/{id}/vouch", { ...at(id), body })),
    vouchCode: (id: string, kind: "totp" | "recovery", code: string) => take(client.POST("/api/v1/second-asks/{id}/vouch/second", { ...at(id), body: { kind, code } })),
    vouchCard: (id: string, card: string, code: string) => take(client.POST("/api/v1/second-asks/{id}/vouch/second", { ...at(id), body: { kind: "card", card, code } })),
    askPasskey: (id: string) => take(client.POST("/api/v1/second-asks/{id}/vouch/passkey/options", at(id))),
    vouchPasskey: (id: string, body: Assertion) => take(client.POST("/api/v1/second-asks/{id}/vouch/passkey", { ...at(id), body })),
  },
  rightsReviews: {
    list: () => take(client.GET("/api/v1/rights-reviews")),
    open: (note: string) => take(client.POST("/api/v1/rights-reviews", { body: { note } })),
    held: () => items(take(client.GET("/api/v1/rights-reviews/held"))),
    one: (id: string) => take(client.GET("/api/v1/rights-reviews/{id}", at(id))),
    decide: (id: string, body: ReviewDecision) => take(client.POST("/api/v1/rights-reviews/{id}/decisions", { ...at(id), body })),
    report: (from: string, to: string) => take(client.GET("/api/v1/rights-reviews/report", { params: { query: { from, to } } })),
  },
  ledger: () => take(client.GET("/api/v1/ledger")),
  goOnUnwitnessed: (reason: string) => take(client.POST("/api/v1/ledger/unwitnessed", { body: { reason } })),
  coverage: {
    // Days of the site's zone, 2026-11-22.
    map: (from: string, to: string) => take(client.GET("/api/v1/coverage/map", { params: { query: { from, to } } })),
    month: (month: string) => items(take(client.GET("/api/v1/coverage/month", { params: { query: { month } } }))),
  },
  maintenance: {
    list: (all: boolean) => items(take(client.GET("/api/v1/maintenance", { params: { query: { all } } }))),
    place: (body: WindowInput) => take(client.POST("/api/v1/maintenance", { body })),
    end: (id: string, body: { reason?: string }) => take(client.POST("/api/v1/maintenance/{id}/end", { ...at(id), body })),
  },
  schedules: {
    list: () => items(take(client.GET("/api/v1/schedules"))),
    set: (body: ScheduleInput) => take(client.POST("/api/v1/schedules", { body })),
  },
  losses: {
    list: (query: { state?: LossState; camera?: string; before?: number; limit?: number }) => take(client.GET("/api/v1/losses", { params: { query } })),
    get: (id: string) => take(client.GET("/api/v1/losses/{id}", at(id))),
    explain: (id: string, body: LossExplanationInput) => take(client.POST("/api/v1/losses/{id}/explain", { ...at(id), body })),
    sign: (id: string, body: LossSignInput) => take(client.POST("/api/v1/losses/{id}/sign", { ...at(id), body })),
  },
  shortage: {
    answer: (body: { record: string[]; reason: string }) => take(client.POST("/api/v1/storage/shortage", { body })),
    revoke: (body: { reason: string }) => take(client.POST("/api/v1/storage/shortage/revoke", { body })),
  },
  storageFaults: {
    list: () => items(take(client.GET("/api/v1/storage-faults", { params: { query: { limit: 200 } } }))),
    acknowledge: (id: string, body: { note?: string }) => take(client.POST("/api/v1/storage-faults/{id}/acknowledge", { ...at(id), body })),
    giveUp: (id: string, body: { reason: string }) => take(client.POST("/api/v1/storage-faults/{id}/give-up", { ...at(id), body })),
  },
  system: () => take(client.GET("/api/v1/system")),
  acts: {
    list: (query: Conditions & { before?: string; after?: string; limit?: number }) => take(client.GET("/api/v1/acts", { params: { query } })),
    get: (id: string) => take(client.GET("/api/v1/acts/{id}", at(id))),
    proof: (id: string) => take(client.GET("/api/v1/acts/{id}/proof", { ...at(id), parseAs: "blob" })) as Promise<unknown> as Promise<Blob>,
    export: (query: Conditions, body: ActExport) => take(client.POST("/api/v1/acts/export", { params: { query }, body, parseAs: "blob" })) as Promise<unknown> as Promise<Blob>,
  },
  traces: {
    follow: (body: TraceQuestion) => take(client.POST("/api/v1/traces", { body })),
  },
  actSearches: {
    list: () => items(take(client.GET("/api/v1/act-searches"))),
    save: (body: ActSearchInput) => take(client.POST("/api/v1/act-searches", { body })),
    remove: (id: string) => take(client.DELETE("/api/v1/act-searches/{id}", at(id))),
  },
};
