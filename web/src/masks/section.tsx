import { EyeInvisibleOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import type { Camera } from "../api/types";
import { useCan, useZone } from "../app/session";
import { Sign } from "../keeping/parts";
import { useProposals } from "../organisation/waiting";
import { dateTimeText } from "../time/zone";
import { usePeopleNames } from "../ui/people";
import { MaskEditor } from "./editor";
import { Sketch } from "./sketch";

/** What covers the pictures of a camera, on its page. */
export function MaskSection({ camera }: { camera: Camera }) {
  const { t } = useTranslation();
  const can = useCan();
  const zone = useZone();
  const names = usePeopleNames();
  const [editing, setEditing] = useState(false);
  const { data } = useQuery({ queryKey: ["cameras", "masks", camera.id], queryFn: () => api.masks.get(camera.id) });
  const waits = useProposals().some((p) => p.kind === "mask" && p.subject === camera.id);
  if (!data) return null;
  return (
    <section aria-label={t("masks.title")}>
      <h3>{t("masks.title")}</h3>
      {data.masks.length > 0 ? (
        <div className="mask-list">
          <Sketch before={data} label={t("masks.covered", { names: data.masks.map((m) => m.name).join(t("common.comma")) })} />
          <ul>
            {data.masks.map((m) => <li key={m.name}><strong className="wrap">{m.name}</strong> <span className="dim wrap">{m.reason}</span></li>)}
          </ul>
        </div>
      ) : <p className="dim">{t("masks.none")}</p>}
      {data.device ? <p className="wrap">{t("masks.onDevice", { what: data.device })}</p> : null}
      {data.changedAt ? <p className="dim">{data.changedBy ? t("masks.setBy", { name: names(data.changedBy), time: dateTimeText(Date.parse(data.changedAt), zone) }) : t("masks.setHere", { time: dateTimeText(Date.parse(data.changedAt), zone) })}</p> : null}
      {waits ? <p role="status"><Sign tone="amber">{t("masks.waits")}</Sign></p> : null}
      {can("camera.configure") ? <Button icon={<EyeInvisibleOutlined />} onClick={() => setEditing(true)}>{t("masks.edit")}</Button> : null}
      <MaskEditor camera={editing ? camera : undefined} now={data} onClose={() => setEditing(false)} />
    </section>
  );
}
