import { useQuery } from "@tanstack/react-query";
import { TreeSelect, type TreeSelectProps } from "antd";
import { useCallback, useMemo } from "react";
import { api } from "../api/api";
import { useCan } from "../app/session";
import { branchesOf } from "./tree";

/** All areas, also those out of use, as far as this person may know them. */
export function useAreas() {
  const can = useCan();
  return useQuery({ queryKey: ["areas"], queryFn: api.areas.list, enabled: can("camera.read"), staleTime: 60_000 });
}

/** Names of areas by id. */
export function useAreaNames(): (id: string) => string {
  const { data } = useAreas();
  return useCallback((id: string) => data?.find((a) => a.id === id)?.name ?? id, [data]);
}

/** Chooses areas from the tree; none means everywhere. An area stands for what lies in it, too. */
export function AreasSelect(props: Pick<TreeSelectProps<string[]>, "id" | "value" | "onChange" | "placeholder" | "disabled" | "aria-label">) {
  const { data } = useAreas();
  const tree = useMemo(() => branchesOf(data ?? []), [data]);
  return <TreeSelect<string[]> {...props} multiple allowClear treeDefaultExpandAll showSearch={{ treeNodeFilterProp: "title" }} treeData={tree} popupMatchSelectWidth={false} style={{ width: "100%" }} />;
}
