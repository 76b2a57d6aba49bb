import type { Signing } from "../watch/proof";
import { client, take } from "./client";
import type { components } from "./schema.gen";

type S = components["schemas"];
export type WatchBoard = S["WatchBoard"];
export type WatchRoom = S["WatchRoom"];
export type Tenure = S["Tenure"];
export type Attendance = S["Attendance"];
export type RoomCheck = S["RoomCheck"];
export type RoomPast = S["RoomPast"];
export type SigningOn = S["SigningOn"];
export type RoomClosing = S["RoomClosing"];

const at = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });

/** Who keeps watch, and who answers for each room. */
export const watchApi = {
  board: () => take(client.GET("/api/v1/watch")),
  answers: (id: string, from: number, to: number) => take(client.GET("/api/v1/rooms/{id}/answers", { params: { path: { id }, query: { from: new Date(from).toISOString(), to: new Date(to).toISOString() } } })),
  signOn: (id: string, body: SigningOn) => take(client.POST("/api/v1/rooms/{id}/sign-on", { ...at(id), body })),
  signOff: (id: string, reason: string) => take(client.POST("/api/v1/rooms/{id}/sign-off", { ...at(id), body: { reason } })),
  takeOver: (id: string, reason: string) => take(client.POST("/api/v1/rooms/{id}/take-over", { ...at(id), body: { reason } })),
  close: (id: string, body: RoomClosing) => take(client.POST("/api/v1/rooms/{id}/close", { ...at(id), body })),
  /** How somebody signs on at the screen of whoever is signed in. */
  signOnHere: (id: string, what: SigningOn): Signing<WatchRoom> => ({
    password: (who) => take(client.POST("/api/v1/rooms/{id}/sign-on/password", { ...at(id), body: { ...who, what } })),
    code: (kind, code) => take(client.POST("/api/v1/rooms/{id}/sign-on/code", { ...at(id), body: { kind, code, what } })),
    card: (card, code) => take(client.POST("/api/v1/rooms/{id}/sign-on/code", { ...at(id), body: { kind: "card", card, code, what } })),
    askPasskey: () => take(client.POST("/api/v1/rooms/{id}/sign-on/passkey/options", at(id))),
    passkey: (answer) => take(client.POST("/api/v1/rooms/{id}/sign-on/passkey", { ...at(id), body: { ...answer, what } })),
  }),
};
