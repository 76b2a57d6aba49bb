import type { TFunction } from "i18next";
import type { Act } from "../api/types";

const text = (v: unknown): string | undefined => (typeof v === "string" && v !== "" ? v : undefined);
const field = (v: unknown, key: string): string | undefined => (typeof v === "object" && v !== null ? text((v as Record<string, unknown>)[key]) : undefined);

type Told = Pick<Act, "kind" | "subject" | "detail" | "person">;

/** The control room that an act of the watch is about: as it is called now, or as the act itself tells it. */
export function roomOf({ kind, subject, detail: d }: Told, named: (id: string) => string | undefined): string | undefined {
  if (!/^(duty|room)\./.test(kind)) return undefined;
  const own = field(d.room, "name") ?? (kind === "room.retired" ? text(d.name) : undefined);
  const id = text(d.room);
  return own ?? named(subject) ?? (id ? named(id) : undefined);
}

/** Whom an act of the watch names besides who did it, in words; undefined: nobody. */
export function watchText(t: TFunction, { kind, person, detail: d }: Told, nameOf: (id: string) => string): string | undefined {
  const name = (id: string | undefined): string => (id ? nameOf(id) : "");
  switch (kind) {
    case "duty.answers":
      return text(d.person) ? t(`watch.act_${text(d.state) ?? "kept"}`, { name: name(text(d.person)), defaultValue: "" }) || undefined : undefined;
    case "duty.taken_over":
      return text(d.from) ? t("watch.act_from", { name: name(text(d.from)) }) : undefined;
    case "duty.room_closed":
      return text(d.standBy) ? t("watch.act_standBy", { name: name(text(d.standBy)), phone: text(d.phone) ?? "" }) : undefined;
    case "duty.signed_off":
      return text(d.person) && d.person !== person ? t("watch.act_of", { name: name(text(d.person)) }) : undefined;
    case "room.added": case "room.changed":
      return field(d.room, "head") ? t("watch.act_head", { name: name(field(d.room, "head")) }) : undefined;
  }
  return undefined;
}
