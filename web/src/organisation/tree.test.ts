import { expect, test } from "vitest";
import { branchesOf, parentsOf, rowsOf } from "./tree";

const node = (id: string, parent: string, retiredAt?: string) => ({ id, parent, name: id.toUpperCase(), retiredAt });

test("rows stand in the order of the tree, without what is retired", () => {
  const rows = rowsOf([node("c", "b"), node("b", ""), node("a", ""), node("gone", "a", "2026"), node("d", "c"), node("lost", "gone")]);
  expect(rows.map((r) => `${r.depth} ${r.path}`)).toEqual(["0 A", "0 B", "1 B / C", "2 B / C / D", "0 LOST"]);
});

test("nothing is moved into itself or into what lies in it", () => {
  const rows = rowsOf([node("a", ""), node("b", "a"), node("c", "b"), node("d", "")]);
  expect(parentsOf(rows, "b").map((r) => r.node.id)).toEqual(["a", "d"]);
  expect(parentsOf(rows, undefined)).toHaveLength(4);
});

test("branches hold what lies in them", () => {
  expect(branchesOf([node("a", ""), node("b", "a"), node("c", "b"), node("d", "a"), node("e", "")])).toEqual([
    { value: "a", title: "A", children: [{ value: "b", title: "B", children: [{ value: "c", title: "C", children: [] }] }, { value: "d", title: "D", children: [] }] },
    { value: "e", title: "E", children: [] },
  ]);
});
