import { expect, test } from "vitest";
import { dayBegin, dayEnd, firstDay, lastDay } from "./day";

test("a day of the site ends at its midnight", () => {
  expect(dayEnd("2026-12-31", "Asia/Shanghai")).toBe("2026-12-31T16:00:00.000Z");
  expect(dayEnd("2026-03-29", "Europe/Berlin")).toBe("2026-03-29T22:00:00.000Z"); // 23 hours long
  expect(lastDay("2026-12-31T16:00:00Z", "Asia/Shanghai")).toBe("2026-12-31");
});

test("a day of the site begins at its midnight", () => {
  expect(dayBegin("2027-01-01", "Asia/Shanghai")).toBe("2026-12-31T16:00:00.000Z");
  expect(dayBegin("2026-03-30", "Europe/Berlin")).toBe(dayEnd("2026-03-29", "Europe/Berlin"));
  expect(firstDay("2026-12-31T16:00:00Z", "Asia/Shanghai")).toBe("2027-01-01");
  expect(firstDay("2026-12-31T15:59:59Z", "Asia/Shanghai")).toBe("2026-12-31");
});
