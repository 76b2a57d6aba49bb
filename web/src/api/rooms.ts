import { client, take } from "./client";
import type { components } from "./schema.gen";

export type DutyRoom = components["schemas"]["DutyRoom"];
export type DutyRoomInput = components["schemas"]["DutyRoomInput"];
export type DutyPerson = components["schemas"]["DutyPerson"];
export type RoomAct = "stand" | "decide" | "instruct" | "approve_visitors";

const at = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });

/** Control rooms. */
export const roomsApi = {
  list: async () => (await take(client.GET("/api/v1/rooms"))).items,
  /** Who may do something in a room. */
  people: async (does: RoomAct, room: string) => (await take(client.GET("/api/v1/rooms/people", { params: { query: { does, room } } }))).items,
  /** Who could head a room that is to watch these areas. */
  heads: async (area: string[]) => (await take(client.GET("/api/v1/rooms/people", { params: { query: { does: "decide", area } } }))).items,
  add: (body: DutyRoomInput) => take(client.POST("/api/v1/rooms", { body })),
  change: (id: string, body: DutyRoomInput) => take(client.PUT("/api/v1/rooms/{id}", { ...at(id), body })),
  retire: (id: string, reason: string) => take(client.POST("/api/v1/rooms/{id}/retire", { ...at(id), body: { reason } })),
};
