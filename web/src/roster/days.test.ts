import { describe, expect, it } from "vitest";
import type { DutyShift } from "../api/roster";
import { dayAfter, daysOf, gapsOf, gapTimes, hoursOf, instant, monday, rowsOf, timeRead } from "./days";

const zone = "Europe/Berlin";
const shift = (name: string, from: string, to: string, ...people: string[]): DutyShift => ({ id: name + from, room: "r", name, from, to, staff: 1, people: people.map((person) => ({ person })), state: "draft", version: 1 });

describe("days of a roster", () => {
  it("goes over months and the nights in which the clock changes", () => {
    expect(dayAfter("2026-12-31", 1)).toBe("2027-01-01");
    expect(dayAfter("2026-03-28", 1)).toBe("2026-03-29");
    expect(instant("2026-03-30", "00:00", zone) - instant("2026-03-29", "00:00", zone)).toBe(23 * 3_600_000);
    expect(instant("2026-10-26", "00:00", zone) - instant("2026-10-25", "00:00", zone)).toBe(25 * 3_600_000);
  });
  it("begins weeks on Mondays and shows whole months", () => {
    expect(monday("2026-03-01")).toBe("2026-02-23");
    expect(monday("2026-03-02")).toBe("2026-03-02");
    expect(daysOf("week", "2026-03-01")).toHaveLength(7);
    expect(daysOf("month", "2028-02-15")).toHaveLength(29);
  });
  it("cuts gaps to days", () => {
    const gaps = [{ from: "2026-03-01T21:00:00Z", to: "2026-03-02T05:00:00Z", have: 0, need: 1 }];
    expect(gapsOf(gaps, "2026-03-01", zone).map((g) => gapTimes(g, "2026-03-01", zone))).toEqual(["22:00–24:00"]);
    expect(gapsOf(gaps, "2026-03-02", zone).map((g) => gapTimes(g, "2026-03-02", zone))).toEqual(["00:00–06:00"]);
    expect(gapsOf(gaps, "2026-03-03", zone)).toEqual([]);
  });
  it("puts shifts of the same name and hours into one row", () => {
    const all = [shift("早班", "2026-03-02T07:00:00Z", "2026-03-02T15:00:00Z", "a"), shift("早班", "2026-03-03T07:00:00Z", "2026-03-03T15:00:00Z", "a"), shift("晚班", "2026-03-02T15:00:00Z", "2026-03-02T23:00:00Z", "b")];
    expect(rowsOf(all, zone).map((r) => r.name)).toEqual(["早班", "晚班"]);
    expect(hoursOf("a", all)).toBe(16);
  });
  it("reads times as people write them", () => {
    expect(["8:00", "08：00", "0800", "24:00", "x"].map(timeRead)).toEqual(["08:00", "08:00", "08:00", undefined, undefined]);
  });
});
