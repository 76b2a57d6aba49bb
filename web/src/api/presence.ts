import { client, take } from "./client";
import type { components } from "./schema.gen";

type S = components["schemas"];
export type PresenceNow = S["PresenceNow"];
export type PresencePrompt = S["PresencePrompt"];
export type PresenceAbsence = S["PresenceAbsence"];
export type PresenceLeaving = S["PresenceLeaving"];
export type WatchDeparture = S["WatchDeparture"];
export type Verdict = S["PresenceJudgement"]["verdict"];

const at = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });

/** Whether somebody on watch is there, short absences, and departures before the shift ends. */
export const presenceApi = {
  now: () => take(client.GET("/api/v1/presence")),
  answer: (id: string, tile?: number) => take(client.POST("/api/v1/presence/{id}/answer", { ...at(id), body: { tile } })),
  stepOut: (body: PresenceLeaving) => take(client.POST("/api/v1/presence/absence", { body })),
  stepBack: () => take(client.POST("/api/v1/presence/absence/end")),
  asked: async (room: string, from: number, to: number) => (await take(client.GET("/api/v1/rooms/{id}/presence", { params: { path: { id: room }, query: { from: new Date(from).toISOString(), to: new Date(to).toISOString() } } }))).items,
  judge: (id: string, verdict: Verdict, note: string) => take(client.POST("/api/v1/presence/{id}/judge", { ...at(id), body: { verdict, note } })),
  departures: async (room: string) => (await take(client.GET("/api/v1/rooms/{id}/departures", at(room)))).items,
  ask: (body: S["NewDeparture"]) => take(client.POST("/api/v1/departures", { body })),
  decide: (id: string, approve: boolean, note: string) => take(client.POST("/api/v1/departures/{id}/decide", { ...at(id), body: { approve, note } })),
  withdraw: (id: string) => take(client.POST("/api/v1/departures/{id}/withdraw", at(id))),
  leave: (id: string) => take(client.POST("/api/v1/departures/{id}/leave", at(id))),
};
