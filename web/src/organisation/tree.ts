// What lies in what, as lists of rows that a page shows one below the other.

export interface Node { id: string; parent: string; name: string; retiredAt?: string }
export interface Row<N> { node: N; depth: number; path: string }

/** The nodes in use in the order of the tree, each with how deep it lies and its way from the top. */
export function rowsOf<N extends Node>(all: readonly N[]): Row<N>[] {
  const live = all.filter((n) => !n.retiredAt);
  const known = new Set(live.map((n) => n.id));
  const rows: Row<N>[] = [];
  const add = (parent: string, depth: number, path: string): void => {
    const below = live.filter((n) => (known.has(n.parent) ? n.parent : "") === parent);
    for (const node of below.sort((a, b) => a.name.localeCompare(b.name, "zh"))) {
      const way = path ? `${path} / ${node.name}` : node.name;
      rows.push({ node, depth, path: way });
      add(node.id, depth + 1, way);
    }
  };
  add("", 0, "");
  return rows;
}

/** The rows that a node may be moved below: not itself, nor what lies in it. */
export function parentsOf<N extends Node>(rows: readonly Row<N>[], id: string | undefined): Row<N>[] {
  const inside = new Set<string>(id ? [id] : []);
  return rows.filter((r) => {
    if (inside.has(r.node.parent)) inside.add(r.node.id);
    return !inside.has(r.node.id);
  });
}

export interface Branch { value: string; title: string; children: Branch[] }

/** The nodes in use as a tree to choose from. */
export function branchesOf<N extends Node>(all: readonly N[]): Branch[] {
  const top: Branch[] = [];
  const way: Branch[] = []; // to the last one, by depth
  for (const { node, depth } of rowsOf(all)) {
    const b: Branch = { value: node.id, title: node.name, children: [] };
    (depth === 0 ? top : (way[depth - 1]?.children ?? top)).push(b);
    way[depth] = b;
  }
  return top;
}
