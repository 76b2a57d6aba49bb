import { describe, expect, it } from "vitest";
import { clockText, dateTimeText, dayOf, instantOf, parseDateTime, startOfDay, wallTime, zoneText } from "./zone";

const t = Date.UTC(2026, 10, 22, 10, 9, 18) + 45;

describe("the site's time", () => {
  it("is written year-month-day and 24 hours", () => {
    expect(dateTimeText(t, "Asia/Shanghai")).toBe("2026-11-22 18:09:18");
    expect(dateTimeText(Date.UTC(2026, 10, 22, 16, 0, 1), "Asia/Shanghai")).toBe("2026-11-23 00:00:01");
    expect(clockText(t, "America/New_York", true)).toBe("05:09:18.045");
  });

  it("has days that are read as people write them", () => {
    for (const text of ["2026-03-05", "2026-3-5", " 2026/03/05 ", "2026年3月5日", "2026.3.5", "20260305"]) expect(dayOf(text)).toBe("2026-03-05");
    for (const text of ["", "05/03/2026", "2026-02-30", "2026-13-01", "26-03-05", "2026-03-05 10:00"]) expect(dayOf(text)).toBeUndefined();
  });

  it("is read back to the same instant, in any zone", () => {
    for (const zone of ["Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "UTC"]) {
      for (let d = 0; d < 365; d += 5) {
        const at = Date.UTC(2026, 0, 1 + d, 11, 22, 33);
        expect(parseDateTime(dateTimeText(at, zone), zone)).toBe(at);
        expect(instantOf(wallTime(at, zone), zone)).toBe(at);
      }
    }
  });

  it("reads what people type and refuses what is no time", () => {
    const z = "Asia/Shanghai";
    expect(parseDateTime("2026-11-22 18:09", z)).toBe(Date.UTC(2026, 10, 22, 10, 9));
    expect(parseDateTime("2026-11-22T18:09:18.5", z)).toBe(Date.UTC(2026, 10, 22, 10, 9, 18) + 500);
    expect(parseDateTime("2026-11-22 18：09：18", z)).toBe(Date.UTC(2026, 10, 22, 10, 9, 18));
    for (const bad of ["", "yesterday", "2026-06-31 10:00", "2026-13-01 10:00", "2026-11-22 24:00", "2026-11-22 10:60"]) expect(parseDateTime(bad, z)).toBeUndefined();
  });

  it("reads a time of the day shown, and one without its year", () => {
    const z = "Asia/Shanghai";
    const shown = Date.UTC(2026, 0, 1, 16, 30); // 2026-01-02 00:30 there
    const now = Date.UTC(2026, 0, 5);
    expect(parseDateTime("18:09", z, shown, now)).toBe(Date.UTC(2026, 0, 2, 10, 9));
    expect(parseDateTime(" 8:09:18.25 ", z, shown, now)).toBe(Date.UTC(2026, 0, 2, 0, 9, 18) + 250);
    expect(parseDateTime("01-03 18:09", z, shown, now)).toBe(Date.UTC(2026, 0, 3, 10, 9));
    expect(parseDateTime("1/3 18：09", z, shown, now)).toBe(Date.UTC(2026, 0, 3, 10, 9));
    expect(parseDateTime("12/31 23:00", z, shown, now)).toBe(Date.UTC(2025, 11, 31, 15));
    expect(parseDateTime("2026/1/3 18:09:18", z)).toBe(Date.UTC(2026, 0, 3, 10, 9, 18));
    for (const bad of ["18", "24:00", "1/32 10:00", "13/1 10:00", "02-29 10:00"]) expect(parseDateTime(bad, z, shown, now)).toBeUndefined();
    for (const short of ["18:09", "01-03 18:09"]) expect(parseDateTime(short, z)).toBeUndefined();
  });

  it("takes readings around a change of the clock", () => {
    // Berlin, 2026-03-29: 02:30 does not exist; 2026-10-25: 02:30 comes twice, the first counts.
    expect(parseDateTime("2026-10-25 02:30", "Europe/Berlin")).toBe(Date.UTC(2026, 9, 25, 0, 30));
    expect(parseDateTime("2026-03-29 03:30", "Europe/Berlin")).toBe(Date.UTC(2026, 2, 29, 1, 30));
    expect(parseDateTime("2026-03-29 02:30", "Europe/Berlin")).toBe(Date.UTC(2026, 2, 29, 1, 30));
  });

  it("names the zone", () => {
    expect(zoneText(t, "Asia/Shanghai")).toBe("UTC+8");
    expect(zoneText(t, "Asia/Kathmandu")).toBe("UTC+5:45");
    expect(zoneText(t, "America/New_York")).toBe("UTC−5");
    expect(zoneText(t, "UTC")).toBe("UTC");
  });

  it("tells the two hours apart that the clock shows twice", () => {
    for (const [zone, first, a, b] of [
      ["Europe/Berlin", Date.UTC(2026, 9, 25, 0, 30), "2026-10-25 02:30:00 UTC+2", "2026-10-25 02:30:00 UTC+1"],
      ["America/New_York", Date.UTC(2026, 10, 1, 5, 30), "2026-11-01 01:30:00 UTC−4", "2026-11-01 01:30:00 UTC−5"],
      ["Australia/Lord_Howe", Date.UTC(2026, 3, 4, 14, 45), "2026-04-05 01:45:00 UTC+11", undefined],
    ] as const) {
      expect(dateTimeText(first, zone)).toBe(a);
      if (b) expect(dateTimeText(first + 3_600_000, zone)).toBe(b);
      expect(dateTimeText(first - 3_600_000, zone)).not.toContain("UTC");
      expect(dateTimeText(first + 2 * 3_600_000, zone)).not.toContain("UTC");
    }
    expect(clockText(Date.UTC(2026, 9, 25, 1, 30) + 7, "Europe/Berlin", true)).toBe("02:30:00.007 UTC+1");
    expect(dateTimeText(Date.UTC(2026, 2, 29, 1, 30), "Europe/Berlin")).toBe("2026-03-29 03:30:00"); // the hour that is left out
  });

  it("is read back on the days of 23 and of 25 hours", () => {
    for (const [zone, at, hours] of [
      ["Europe/Berlin", Date.UTC(2026, 2, 29, 12), 23], ["Europe/Berlin", Date.UTC(2026, 9, 25, 12), 25],
      ["America/New_York", Date.UTC(2026, 2, 8, 12), 23], ["America/New_York", Date.UTC(2026, 10, 1, 12), 25],
      ["Asia/Shanghai", Date.UTC(2026, 2, 29, 12), 24],
    ] as const) {
      const start = startOfDay(at, zone);
      const end = startOfDay(at + 86_400_000, zone);
      expect((end - start) / 3_600_000).toBe(hours);
      const shown = new Set<string>();
      for (let t = start; t < end; t += 600_000) {
        const text = dateTimeText(t, zone, true);
        expect(parseDateTime(text, zone)).toBe(t);
        expect(startOfDay(t, zone)).toBe(start);
        shown.add(text);
      }
      expect(shown.size).toBe(hours * 6); // no two instants read the same
    }
  });

  it("reads an offset from UTC that is given", () => {
    const z = "Europe/Berlin";
    expect(parseDateTime("2026-10-25 02:30 UTC+1", z)).toBe(Date.UTC(2026, 9, 25, 1, 30));
    expect(parseDateTime("2026-10-25 02:30 UTC-5:30", z)).toBe(Date.UTC(2026, 9, 25, 8));
    expect(parseDateTime("2026-10-25 02:30UTC", z)).toBe(Date.UTC(2026, 9, 25, 2, 30));
    for (const bad of ["2026-10-25 02:30 +1", "2026-10-25 02:30 UTC+", "2026-10-25 02:30 UTC+15", "2026-10-25 02:30 CET"]) expect(parseDateTime(bad, z)).toBeUndefined();
  });

  it("knows where the day began", () => {
    expect(startOfDay(t, "Asia/Shanghai")).toBe(Date.UTC(2026, 10, 21, 16));
  });
});
