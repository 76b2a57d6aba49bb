import { client, take, url } from "./client";
import type { components } from "./schema.gen";
import { problemFrom } from "./problem";

type S = components["schemas"];
export type Entry = S["DutyEntry"];
export type Entries = S["DutyEntries"];
export type EntryInput = S["DutyEntryInput"];
export type Head = S["DutyHead"];
export type ReportInput = S["DutyReportInput"];
export type DutyPhrases = S["DutyPhrases"];
export type DutyRoom = S["DutyRoom"];

export interface Conditions { room?: string; text?: string; category?: string[]; severity?: string[]; author?: string; camera?: string; from?: string; to?: string; written?: "hand" | "program"; open?: boolean; unreported?: boolean; before?: number; limit?: number }

const at = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });

/** The duty record. */
export const logbook = {
  rooms: async () => (await take(client.GET("/api/v1/rooms"))).items,
  find: (query: Conditions) => take(client.GET("/api/v1/duty-entries", { params: { query } })),
  get: (id: string) => take(client.GET("/api/v1/duty-entries/{id}", at(id))),
  write: (body: EntryInput) => take(client.POST("/api/v1/duty-entries", { body })),
  report: (id: string, body: ReportInput) => take(client.POST("/api/v1/duty-entries/{id}/reports", { ...at(id), body })),
  sign: (id: string) => take(client.POST("/api/v1/duty-entries/{id}/sign", at(id))),
  receive: (report: string) => take(client.POST("/api/v1/duty-reports/{id}/receipt", at(report))),
  phrases: () => take(client.GET("/api/v1/duty-phrases")),
  people: async (text: string) => (await take(client.GET("/api/v1/duty-people", { params: { query: { text } } }))).items,
  heads: (room: string, from: string, to: string) => take(client.GET("/api/v1/duty-heads", { params: { query: { room, from, to } } })),
  writeHead: (body: Head) => take(client.POST("/api/v1/duty-heads", { body })),
  online: (room: string) => take(client.GET("/api/v1/duty-online", { params: { query: { room } } })),
  attach: async (id: string, file: File): Promise<void> => {
    const r = await fetch(url(`/duty-entries/${encodeURIComponent(id)}/files`, { name: file.name }), { method: "POST", body: file, headers: { "Content-Type": "application/octet-stream" }, credentials: "same-origin" });
    if (!r.ok) throw problemFrom(r.status, await r.json().catch(() => undefined));
  },
  fileURL: (id: string) => url(`/duty-files/${encodeURIComponent(id)}`),
  printURL: (room: string, from: string, to: string, format: "pdf" | "xlsx", language: "zh" | "en") => url("/duty-record", { room, from, to, format, language }),
};
