import { useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Camera, LostCamera } from "../api/types";
import { useZone } from "../app/session";
import { Banner } from "../keeping/parts";
import { dateText } from "../time/zone";
import { useAttempt } from "../ui/attempt";

const few = 8;

/** Cameras that the database does not know; asked for only by those who may take them back. */
export function useLostCameras(may: boolean): readonly LostCamera[] {
  const { data = [] } = useQuery({ queryKey: ["cameras", "lost"], queryFn: api.cameras.lost, staleTime: 60_000, enabled: may });
  return data;
}

/** What they are, and the button that takes them back. */
export function LostCameras({ list: data, known }: { list: readonly LostCamera[]; known: readonly Camera[] }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const { busy, fault, attempt } = useAttempt();
  const [all, setAll] = useState(false);
  const take = () => attempt(async () => {
    const taken = await api.cameras.recover();
    await cache.invalidateQueries({ queryKey: ["cameras"] });
    message.success(t("lostCameras.taken", { count: taken.length }));
  });
  const nameless = data.some((c) => !c.name);
  return (
    <Banner tone="amber" title={t("lostCameras.title", { count: data.length })} action={<Button type="primary" loading={busy} onClick={() => void take()}>{t("lostCameras.take")}</Button>}>
      <p>{t("lostCameras.why")}</p>
      <ul className="cameras-lost">
        {(all ? data : data.slice(0, few)).map((c) => <Lost key={c.id} camera={c} twin={c.retiredAt ? undefined : known.find((k) => !k.retiredAt && k.main.url === c.url)} />)}
      </ul>
      {data.length > few ? <Button type="link" className="cameras-lost-more" onClick={() => setAll(!all)}>{all ? t("lostCameras.fewer") : t("lostCameras.more", { count: data.length - few })}</Button> : null}
      <p className="dim">{t(nameless ? "lostCameras.nameless" : "lostCameras.will")}</p>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
    </Banner>
  );
}

function Lost({ camera: c, twin }: { camera: LostCamera; twin: Camera | undefined }) {
  const { t } = useTranslation();
  const zone = useZone();
  const day = (at: string | null): string => (at ? dateText(Date.parse(at), zone) : "");
  const what = !c.name ? t("lostCameras.footage", { from: day(c.createdAt), to: day(c.retiredAt) })
    : c.retiredAt ? t("lostCameras.retired", { on: day(c.retiredAt) })
    : t(c.enabled ? "lostCameras.recording" : "lostCameras.off");
  return (
    <li>
      <span className="wrap"><span>{c.name || c.id}</span>{c.place ? <span className="dim"> · {c.place}</span> : null}</span>
      <span className="dim num">{what}</span>
      {twin ? <span className="cameras-lost-twin">{t("lostCameras.twin", { name: twin.name })}</span> : null}
    </li>
  );
}
