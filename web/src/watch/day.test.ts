import { expect, test } from "vitest";
import type { Tenure } from "../api/watch";
import { dayAt, daysOn, during, hour, inOrder, minuteOf, place, presentAt, spans, ticks } from "./day";

const berlin = "Europe/Berlin", shanghai = "Asia/Shanghai";
const tenure = (seq: number, since: string, person = `p${seq}`): Tenure => ({ seq, state: "kept", person, name: person, since, how: "signed_on" });

test("a day has 24 hours, 23 in spring and 25 in autumn", () => {
  const length = (day: string, zone: string): number => { const d = dayAt(day, zone); return d ? (d.to - d.from) / hour : 0; };
  expect(length("2026-12-01", shanghai)).toBe(24);
  expect(length("2026-03-29", berlin)).toBe(23);
  expect(length("2026-10-25", berlin)).toBe(25);
  expect(length("2026-10-26", berlin)).toBe(24);
  expect(dayAt("2026-02-30", berlin)).toBeUndefined();
  expect(dayAt("2026年12月1日", shanghai)?.from).toBe(Date.parse("2026-11-30T16:00:00Z"));
});

test("the day before and after, over months and changes of the clock", () => {
  expect(daysOn("2026-03-01", -1, berlin)).toBe("2026-02-28");
  expect(daysOn("2026-12-31", 1, shanghai)).toBe("2027-01-01");
  expect(daysOn("2026-10-25", 1, berlin)).toBe("2026-10-26");
});

test("hours are marked where they are", () => {
  const d = dayAt("2026-10-25", berlin)!;
  expect(ticks(d, berlin).map((x) => x.hour)).toEqual([0, 3, 6, 9, 12, 15, 18, 21]);
  expect((ticks(d, berlin)[1]!.at - d.from) / hour).toBe(4); // two o'clock comes twice
  const spring = dayAt("2026-03-29", berlin)!;
  expect((ticks(spring, berlin)[1]!.at - spring.from) / hour).toBe(2);
});

test("a minute of a day, also in the hour that comes twice, and none that is not there", () => {
  expect(minuteOf("14:05", "2026-12-01", shanghai)).toBe(Date.parse("2026-12-01T06:05:00Z"));
  expect(minuteOf("14：05", "2026-12-01", shanghai)).toBe(Date.parse("2026-12-01T06:05:00Z"));
  expect(minuteOf("02:30 UTC+1", "2026-10-25", berlin)! - minuteOf("02:30 UTC+2", "2026-10-25", berlin)!).toBe(hour);
  for (const bad of ["", "24:00", "7", "abc", "00:30 UTC+8"]) expect(minuteOf(bad, "2026-10-25", berlin)).toBeUndefined();
});

test("exactly one answers at every instant of what has been", () => {
  const d = dayAt("2026-12-01", shanghai)!;
  const all = spans([tenure(1, "2026-11-20T00:00:00Z"), tenure(2, "2026-12-01T00:00:00Z"), tenure(3, "2026-12-01T00:00:00Z"), tenure(4, "2026-12-01T08:00:00Z")], d, d.to + hour);
  expect(all.map((s) => s.tenure.seq)).toEqual([1, 3, 4]); // the clock was set back: the later of two at once
  expect(all[0]!.from).toBe(d.from);
  expect(all.at(-1)!.to).toBe(d.to);
  all.slice(1).forEach((s, i) => expect(s.from).toBe(all[i]!.to));
  const today = spans([tenure(1, "2026-12-01T00:00:00Z")], d, Date.parse("2026-12-01T02:00:00Z"));
  expect(today).toHaveLength(1);
  expect(today[0]!.from).toBe(Date.parse("2026-12-01T00:00:00Z")); // before it was there nobody answered
  expect(today[0]!.to).toBe(Date.parse("2026-12-01T02:00:00Z"));
  expect(spans([tenure(1, "2026-12-01T00:00:00Z")], d, d.from - hour)).toEqual([]);
});

test("who answered in a minute in which the watch passed", () => {
  const d = dayAt("2026-12-01", shanghai)!;
  const all = spans([tenure(1, "2026-11-20T00:00:00Z"), tenure(2, "2026-12-01T00:00:30Z")], d, d.to);
  expect(during(all, Date.parse("2026-12-01T00:00:00Z")).map((s) => s.tenure.seq)).toEqual([1, 2]);
  expect(during(all, Date.parse("2026-12-01T00:01:00Z")).map((s) => s.tenure.seq)).toEqual([2]);
  const on = [{ id: "a", person: "p", name: "p", charge: false, onAt: "2026-12-01T00:00:30Z", offAt: "2026-12-01T01:00:00Z", checks: [] }];
  expect(presentAt(on, Date.parse("2026-12-01T00:00:00Z"))).toHaveLength(1);
  expect(presentAt(on, Date.parse("2026-12-01T01:00:00Z"))).toHaveLength(0);
});

test("where an instant is, and what is mine first", () => {
  const d = { from: 0, to: 100 };
  expect([place(d, -5), place(d, 25), place(d, 120)]).toEqual([0, 25, 100]);
  const room = (id: string, mine: boolean) => ({ id, mine }) as never;
  expect(inOrder([room("a", false), room("b", true), room("c", false)]).map((r) => r.id)).toEqual(["b", "a", "c"]);
});
