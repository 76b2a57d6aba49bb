import { client, take } from "./client";
import type { components } from "./schema.gen";

export type DutyInstruction = components["schemas"]["DutyInstruction"];
export type DutyInstructionInput = components["schemas"]["DutyInstructionInput"];

const at = (id: string): { params: { path: { id: string } } } => ({ params: { path: { id } } });

/** What leaders tell control rooms. */
export const instructionsApi = {
  list: (query: { room?: string; open?: boolean; before?: string }) => take(client.GET("/api/v1/instructions", { params: { query } })),
  mine: async () => (await take(client.GET("/api/v1/instructions/mine"))).items,
  give: (body: DutyInstructionInput) => take(client.POST("/api/v1/instructions", { body })),
  told: (body: DutyInstructionInput & { giver: string }) => take(client.POST("/api/v1/instructions/told", { body })),
  confirm: (id: string) => take(client.POST("/api/v1/instructions/{id}/read", at(id))),
  assign: (id: string, owner: string, due: string) => take(client.POST("/api/v1/instructions/{id}/assign", { ...at(id), body: { owner, due } })),
  countersign: (id: string, did: boolean, note: string) => take(client.POST("/api/v1/instructions/{id}/countersign", { ...at(id), body: { did, note } })),
  result: (id: string, note: string, closes: boolean) => take(client.POST("/api/v1/instructions/{id}/result", { ...at(id), body: { note, closes } })),
  withdraw: (id: string, reason: string) => take(client.POST("/api/v1/instructions/{id}/withdraw", { ...at(id), body: { reason } })),
};
