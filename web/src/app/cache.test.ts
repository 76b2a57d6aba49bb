import { onlineManager } from "@tanstack/react-query";
import { afterEach, expect, it } from "vitest";
import { queryClient } from "./cache";

afterEach(() => {
  onlineManager.setOnline(true);
  queryClient.clear();
});

it("asks the server also where the browser calls itself offline", async () => {
  onlineManager.setOnline(false);
  let asked = 0;
  void queryClient.fetchQuery({ queryKey: ["a"], queryFn: () => ++asked });
  await Promise.resolve();
  expect(asked).toBe(1);
});
