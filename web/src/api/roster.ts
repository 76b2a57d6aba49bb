import { client, take } from "./client";
import type { components } from "./schema.gen";

type S = components["schemas"];
export type Roster = S["Roster"];
export type DutyShift = S["DutyShift"];
export type ShiftInput = S["ShiftInput"];
export type ShiftPlace = S["ShiftPlace"];
export type RosterGap = S["RosterGap"];
export type RosterPerson = S["RosterPerson"];
export type RosterFault = S["RosterFault"];
export type RosterChange = S["RosterChange"];
export type ShiftChoice = S["ShiftChoice"];
export type ShiftPattern = S["ShiftPattern"];
export type ShiftPatternInput = S["ShiftPatternInput"];
export type RosterProposal = S["RosterProposal"];
export type OwnShift = S["OwnShift"];
export type DutyLeave = S["DutyLeave"];
export type DutyLeaveInput = S["DutyLeaveInput"];
export type ShiftSwap = S["ShiftSwap"];

const at = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });
const iso = (ms: number): string => new Date(ms).toISOString();
const over = (id: string, from: number, to: number) => ({ params: { path: { id }, query: { from: iso(from), to: iso(to) } } });

/** Rosters, leave and swaps. */
export const rosterApi = {
  get: (room: string, from: number, to: number) => take(client.GET("/api/v1/rooms/{id}/roster", over(room, from, to))),
  check: (room: string, from: number, to: number) => take(client.GET("/api/v1/rooms/{id}/roster/check", over(room, from, to))),
  publish: (room: string, from: number, to: number) => take(client.POST("/api/v1/rooms/{id}/roster/publish", { ...at(room), body: { from: iso(from), to: iso(to) } })),
  plan: (room: string, shifts: ShiftInput[]) => take(client.POST("/api/v1/rooms/{id}/shifts", { ...at(room), body: { shifts } })),
  change: (s: DutyShift, body: ShiftInput, reason: string) => take(client.PUT("/api/v1/shifts/{id}", { ...at(s.id), body: { ...body, version: s.version, reason } })),
  cancel: (s: DutyShift, reason: string) => take(client.POST("/api/v1/shifts/{id}/cancel", { ...at(s.id), body: { version: s.version, reason } })),
  choices: async (shift: string) => (await take(client.GET("/api/v1/shifts/{id}/choices", at(shift)))).items,
  history: async (room: string, shift?: string, before?: string) => (await take(client.GET("/api/v1/rooms/{id}/roster/changes", { params: { path: { id: room }, query: { shift, before } } }))).items,
  own: async () => (await take(client.GET("/api/v1/my/shifts"))).items,
  patterns: async (room: string) => (await take(client.GET("/api/v1/rooms/{id}/shift-patterns", at(room)))).items,
  addPattern: (room: string, body: ShiftPatternInput) => take(client.POST("/api/v1/rooms/{id}/shift-patterns", { ...at(room), body })),
  changePattern: (id: string, body: ShiftPatternInput) => take(client.PUT("/api/v1/shift-patterns/{id}", { ...at(id), body })),
  retirePattern: (id: string) => take(client.POST("/api/v1/shift-patterns/{id}/retire", at(id))),
  propose: (pattern: string, people: string[], from: string, to: string) => take(client.POST("/api/v1/shift-patterns/{id}/propose", { ...at(pattern), body: { people, from, to } })),
  late: (shift: string, minutes: number, reason: string) => take(client.POST("/api/v1/shifts/{id}/late", { ...at(shift), body: { minutes, reason } })),
  lates: async (room: string, since: number) => (await take(client.GET("/api/v1/rooms/{id}/late-notices", { params: { path: { id: room }, query: { since: iso(since) } } }))).items,
  leaves: async () => (await take(client.GET("/api/v1/leaves"))).items,
  askLeave: (body: DutyLeaveInput) => take(client.POST("/api/v1/leaves", { body })),
  enterLeave: (body: DutyLeaveInput & { person: string }) => take(client.POST("/api/v1/leaves/entered", { body })),
  freed: async (leave: string) => (await take(client.GET("/api/v1/leaves/{id}/shifts", at(leave)))).items,
  decideLeave: (id: string, body: S["LeaveDecisionInput"]) => take(client.POST("/api/v1/leaves/{id}/decide", { ...at(id), body })),
  signLeave: (id: string) => take(client.POST("/api/v1/leaves/{id}/sign", at(id))),
  withdrawLeave: (id: string) => take(client.POST("/api/v1/leaves/{id}/withdraw", at(id))),
  swaps: async () => (await take(client.GET("/api/v1/swaps"))).items,
  askSwap: (body: S["SwapInput"]) => take(client.POST("/api/v1/swaps", { body })),
  answerSwap: (id: string, agree: boolean) => take(client.POST("/api/v1/swaps/{id}/answer", { ...at(id), body: { agree } })),
  withdrawSwap: (id: string) => take(client.POST("/api/v1/swaps/{id}/withdraw", at(id))),
  decideSwap: (id: string, consent: boolean, note: string) => take(client.POST("/api/v1/swaps/{id}/decide", { ...at(id), body: { consent, note } })),
};
