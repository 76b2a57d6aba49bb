import { useQuery } from "@tanstack/react-query";
import { api } from "../api/api";
import type { DeviceFile } from "../api/types";
import { useCan } from "../app/session";

/** What the files of cameras say of other ways to their pictures, by camera; empty for who may not read it. */
export function useDeviceFiles(): ReadonlyMap<string, DeviceFile> {
  const can = useCan();
  const { data } = useQuery({ queryKey: ["side-doors"], queryFn: api.sideDoors.list, enabled: can("camera.configure") || can("rights.read") });
  return new Map((data ?? []).map((f) => [f.camera, f]));
}

/** Those of whom there is something to find, the most first. */
export const found = (files: ReadonlyMap<string, DeviceFile>): DeviceFile[] => [...files.values()].filter((f) => f.findings > 0).sort((a, b) => b.findings - a.findings);
