import { client, take } from "./client";
import type { components } from "./schema.gen";

export type Visit = components["schemas"]["Visit"];
export type VisitStep = components["schemas"]["VisitStep"];
export type VisitInput = components["schemas"]["VisitInput"];
export type VisitCorrection = components["schemas"]["VisitCorrection"];
export type VisitExport = components["schemas"]["VisitExport"];

export const visitKinds = ["guest", "police", "technician", "leader_check", "own_guest", "other"] as const;
export const identityKinds = ["id_card", "police", "work", "passport", "other"] as const;

const at = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });

/** The register of visitors to a control room. */
export const visitorsApi = {
  list: (room: string, query: { text?: string; open?: boolean; from?: string; to?: string; before?: string; limit?: number }) => take(client.GET("/api/v1/rooms/{id}/visits", { params: { path: { id: room }, query } })),
  waiting: async () => (await take(client.GET("/api/v1/visits/waiting"))).items,
  get: (id: string) => take(client.GET("/api/v1/visits/{id}", at(id))),
  add: (room: string, body: VisitInput) => take(client.POST("/api/v1/rooms/{id}/visits", { ...at(room), body })),
  approve: (id: string, note: string) => take(client.POST("/api/v1/visits/{id}/approve", { ...at(id), body: { note } })),
  refuse: (id: string, note: string) => take(client.POST("/api/v1/visits/{id}/refuse", { ...at(id), body: { note } })),
  told: (id: string, body: { person: string; number: string; at?: string }) => take(client.POST("/api/v1/visits/{id}/told", { ...at(id), body })),
  countersign: (id: string, did: boolean, note: string) => take(client.POST("/api/v1/visits/{id}/countersign", { ...at(id), body: { did, note } })),
  enter: (id: string, body: { badge?: string; phone?: boolean; secrecy?: boolean }) => take(client.POST("/api/v1/visits/{id}/enter", { ...at(id), body })),
  leave: (id: string, body: { saw: string; caseNo?: string; note?: string }) => take(client.POST("/api/v1/visits/{id}/leave", { ...at(id), body })),
  withdraw: (id: string, note: string) => take(client.POST("/api/v1/visits/{id}/withdraw", { ...at(id), body: { note } })),
  correct: (id: string, body: VisitCorrection) => take(client.POST("/api/v1/visits/{id}/correct", { ...at(id), body })),
  export: (room: string, body: VisitExport) => take(client.POST("/api/v1/rooms/{id}/visits/export", { ...at(room), body, parseAs: "blob" })) as Promise<unknown> as Promise<Blob>,
};
