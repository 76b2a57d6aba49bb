import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { RuleInput } from "../api/types";
import { useZone } from "../app/session";
import { dateTimeText } from "../time/zone";
import { bytesText } from "../ui/numbers";
import { Sign } from "./parts";

/** What a change of a rule would do to footage that is there, before anybody makes or approves it. */
export function RuleEffect({ body }: { body: RuleInput }) {
  const { t } = useTranslation();
  const zone = useZone();
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ["rule-preview", { ...body, reason: "" }],
    queryFn: ({ signal }) => api.retention.preview({ ...body, reason: "" }, signal),
    staleTime: 0,
    retry: false,
    placeholderData: keepPreviousData, // while a number is typed the lines stay where they are
  });
  return (
    <section className="preview" aria-live="polite" aria-busy={isPlaceholderData} aria-label={t("keep.effect")}>
      <h3>{t(body.class === "snapshot" ? "pictures.effect" : "keep.effect")}</h3>
      {error ? <p className="fault-text">{problemText(t, error)}</p> : null}
      {!data && !error ? <p className="dim">{t("common.loading")}</p> : null}
      {data ? (
        <>
          {data.removed.segments > 0 ? <p><Sign tone="red">{t("keep.effectRemoved", { count: data.removed.segments, size: bytesText(data.removed.bytes) })}</Sign></p> : null}
          {data.locked.segments > 0 ? <p><Sign tone="amber">{t("keep.effectLocked", { count: data.locked.segments, size: bytesText(data.locked.bytes), until: dateTimeText(Date.parse(data.lockedUntil ?? ""), zone) })}</Sign></p> : null}
          {data.freed.segments > 0 ? <p><Sign tone="amber">{t("keep.effectFreed", { count: data.freed.segments, size: bytesText(data.freed.bytes) })}</Sign></p> : null}
          {data.snapshots.count > 0 ? <p><Sign tone="red">{t("pictures.effectRemoved", { count: data.snapshots.count, size: bytesText(data.snapshots.bytes) })}</Sign></p> : null}
          {body.class === "snapshot" && data.snapshots.count === 0 ? <p><Sign tone="grey">{t("pictures.effectNothing")}</Sign></p> : null}
          {body.class === "main" && data.removed.segments + data.locked.segments + data.freed.segments + data.snapshots.count === 0 ? <p><Sign tone="grey">{t("keep.effectNothing")}</Sign></p> : null}
        </>
      ) : null}
    </section>
  );
}
