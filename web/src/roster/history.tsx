import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Drawer, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import type { DutyRoom } from "../api/rooms";
import { rosterApi, type RosterChange } from "../api/roster";
import { useZone } from "../app/session";
import { LoadFault } from "../app/states";
import { dateTimeText } from "../time/zone";
import { timesText } from "./days";

/** What was done to the roster of a room, the latest first. */
export function History({ open, room, name, onClose }: { open: boolean; room: DutyRoom; name: (id: string) => string; onClose: () => void }) {
  const { t } = useTranslation();
  return <Drawer open={open} onClose={onClose} size={560} title={t("roster.historyTitle")} destroyOnHidden>{open ? <List room={room} name={name} /> : null}</Drawer>;
}

function List({ room, name }: { room: DutyRoom; name: (id: string) => string }) {
  const { t } = useTranslation();
  const zone = useZone();
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ["duty", "roster-history", room.id], queryFn: ({ pageParam }) => rosterApi.history(room.id, undefined, pageParam || undefined), initialPageParam: "", getNextPageParam: (last) => (last.length === 200 ? last.at(-1)?.at : undefined),
  });
  if (error && !data) return <LoadFault error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton active title={false} paragraph={{ rows: 6 }} />;
  const all = data.pages.flat();
  const told = (c: RosterChange["became"]): string => `${c.name} ${dateTimeText(Date.parse(c.from), zone).slice(0, 10)} ${timesText(c, zone)}: ${c.people.map((p) => (p.charge ? t("roster.chargeOf", { name: name(p.person) }) : name(p.person))).join(t("common.comma")) || t("roster.nobody")}`;
  if (all.length === 0) return <p>{t("roster.historyNone")}</p>;
  return (
    <>
      <ol className="roster-history">
        {all.map((c) => (
          <li key={`${c.shift} ${c.version}`}>
            <span className="roster-historyhead"><strong>{t(`roster.kind.${c.kind}`)}</strong><span className="dim num">{dateTimeText(Date.parse(c.at), zone)} · {c.byName || t("common.somebody")}</span></span>
            {c.was && c.kind !== "published" ? <span className="dim"><span className="tag first">{t("roster.was")}</span>{told(c.was)}</span> : null}
            <span><span className="tag first">{t("roster.became")}</span>{c.kind === "cancelled" ? t("roster.kind.cancelled") : told(c.became)}</span>
            {c.reason ? <span className="wrap">{c.reason}</span> : null}
          </li>
        ))}
      </ol>
      {hasNextPage ? <Button loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>{t("roster.more")}</Button> : null}
    </>
  );
}
