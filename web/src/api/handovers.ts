import type { Signing } from "../watch/proof";
import { client, take } from "./client";
import type { components } from "./schema.gen";

type S = components["schemas"];
export type Handover = S["HandoverView"];
export type HandoverItem = S["HandoverItem"];
export type HandoverCount = S["HandoverCount"];
export type HandoverLine = S["HandoverLine"];
export type HandoverSignature = S["HandoverSignature"];
export type HandoverStatement = S["HandoverStatement"];
export type HandoverAcceptance = S["HandoverAcceptance"];
export type RemarkKind = S["HandoverWords"]["kind"];

const at = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });

/** Handovers of a watch. Both sign at the screen of whoever is signed in. */
export const handoversApi = {
  begin: (room: string) => take(client.POST("/api/v1/rooms/{id}/handover", at(room))),
  list: (room: string, before?: string) => take(client.GET("/api/v1/rooms/{id}/handovers", { params: { path: { id: room }, query: before ? { before } : {} } })),
  get: (id: string) => take(client.GET("/api/v1/handovers/{id}", at(id))),
  remark: (id: string, kind: RemarkKind, words: string) => take(client.POST("/api/v1/handovers/{id}/remarks", { ...at(id), body: { kind, words } })),
  review: (id: string, note: string) => take(client.POST("/api/v1/handovers/{id}/review", { ...at(id), body: { note } })),
  sheet: (id: string, language: "zh-CN" | "en") => take(client.GET("/api/v1/handovers/{id}/sheet.pdf", { params: { path: { id }, query: { language } }, parseAs: "blob" })),
  signOut: (id: string, what: HandoverStatement): Signing<Handover> => ({
    password: (who) => take(client.POST("/api/v1/handovers/{id}/outgoing/password", { ...at(id), body: { ...who, what } })),
    code: (kind, code) => take(client.POST("/api/v1/handovers/{id}/outgoing/code", { ...at(id), body: { kind, code, what } })),
    card: (card, code) => take(client.POST("/api/v1/handovers/{id}/outgoing/code", { ...at(id), body: { kind: "card", card, code, what } })),
    askPasskey: () => take(client.POST("/api/v1/handovers/{id}/outgoing/passkey/options", at(id))),
    passkey: (answer) => take(client.POST("/api/v1/handovers/{id}/outgoing/passkey", { ...at(id), body: { ...answer, what } })),
  }),
  signIn: (id: string, what: HandoverAcceptance): Signing<Handover> => ({
    password: (who) => take(client.POST("/api/v1/handovers/{id}/incoming/password", { ...at(id), body: { ...who, what } })),
    code: (kind, code) => take(client.POST("/api/v1/handovers/{id}/incoming/code", { ...at(id), body: { kind, code, what } })),
    card: (card, code) => take(client.POST("/api/v1/handovers/{id}/incoming/code", { ...at(id), body: { kind: "card", card, code, what } })),
    askPasskey: () => take(client.POST("/api/v1/handovers/{id}/incoming/passkey/options", at(id))),
    passkey: (answer) => take(client.POST("/api/v1/handovers/{id}/incoming/passkey", { ...at(id), body: { ...answer, what } })),
  }),
};
