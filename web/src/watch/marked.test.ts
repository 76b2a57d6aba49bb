import { expect, test } from "vitest";
import type { WatchRoom } from "../api/watch";
import { roomOver } from "./marked";

const room = (id: string, areas: string[], mine = false): WatchRoom => ({ id, areas, mine }) as unknown as WatchRoom;
const areas = [{ id: "campus" }, { id: "east", parent: "campus" }, { id: "gate", parent: "east" }, { id: "loop", parent: "loop" }];

test("the room that watches over a camera", () => {
  expect(roomOver([room("all", []), room("e", ["east"])], "gate", areas)?.id).toBe("e");
  expect(roomOver([room("all", []), room("e", ["east"])], "campus", areas)?.id).toBe("all");
  expect(roomOver([room("all", [], true), room("e", ["east"])], "gate", areas)?.id).toBe("all"); // the own one
  expect(roomOver([room("e", ["east"])], "campus", areas)).toBeUndefined();
  expect(roomOver([room("e", ["east"])], "", areas)).toBeUndefined(); // a camera without an area
  expect(roomOver([room("a", []), room("b", [])], "gate", areas)).toBeUndefined(); // either could be meant
  expect(roomOver([], "loop", areas)).toBeUndefined();
});
