import { useQuery } from "@tanstack/react-query";
import { TreeSelect, type TreeSelectProps } from "antd";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { useCan } from "../app/session";
import { branchesOf } from "./tree";

/** All areas, also those out of use, as far as this person may know them. */
export function useAreas() {
  const can = useCan();
  return useQuery({ queryKey: ["areas"], queryFn: api.areas.list, enabled: can("camera.read"), staleTime: 60_000 });
}

/** Names of areas by id, as far as this person may know them. */
export function useAreaNames(): (id: string) => string {
  const { t } = useTranslation();
  const { data } = useAreas();
  // Who is held to some areas is told of no others.
  return useCallback((id: string) => (data ? data.find((a) => a.id === id)?.name ?? t("org.elsewhere") : id), [data, t]);
}

/** Chooses areas from the tree; none means everywhere. An area stands for what lies in it, too. */
export function AreasSelect(props: Pick<TreeSelectProps<string[]>, "id" | "value" | "onChange" | "placeholder" | "disabled" | "aria-label">) {
  const { data } = useAreas();
  const tree = useMemo(() => branchesOf(data ?? []), [data]);
  return <TreeSelect<string[]> {...props} multiple allowClear treeDefaultExpandAll showSearch={{ treeNodeFilterProp: "title" }} treeData={tree} popupMatchSelectWidth={false} style={{ width: "100%" }} />;
}
