import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "./api";
import type { Camera } from "./types";

/** All cameras, kept fresh by the event stream. */
export function useCameras() {
  return useQuery({ queryKey: ["cameras"], queryFn: api.cameras.list, staleTime: 60_000 });
}

export function useCameraMap(): Map<string, Camera> {
  const { data } = useCameras();
  return useMemo(() => new Map((data ?? []).map((c) => [c.id, c])), [data]);
}
