import { ExclamationCircleFilled, SearchOutlined } from "@ant-design/icons";
import { Input } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Camera } from "../api/types";
import { notRecorded, StatusMark } from "../ui/status";
import { dragType } from "./tile";

/** Cameras by place. Drag one to a tile, or press it to put it on the chosen tile. */
export function CameraList({ cameras, shown, target, onChoose }: { cameras: readonly Camera[]; shown: ReadonlySet<string>; target: number; onChoose: (id: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const groups = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    const out = new Map<string, Camera[]>();
    for (const c of cameras) {
      if (c.state.status === "retired") continue;
      if (wanted && !`${c.name} ${c.place}`.toLowerCase().includes(wanted)) continue;
      const place = c.place || t("common.unnamed");
      out.set(place, [...(out.get(place) ?? []), c]);
    }
    return [...out];
  }, [cameras, text, t]);

  return (
    <aside className="wall-list" aria-label={t("wall.cameras")}>
      <Input prefix={<SearchOutlined />} allowClear placeholder={t("cameras.find")} aria-label={t("cameras.find")} value={text} onChange={(e) => setText(e.target.value)} />
      <p className="wall-list-hint">{t("wall.drag")}</p>
      <div className="wall-list-body">
        {groups.length === 0 ? <p className="dim">{text ? t("cameras.noMatch", { text }) : t("wall.noCameras")}</p> : null}
        {groups.map(([place, members]) => (
          <section key={place}>
            <h3 className="cut" title={place}>{place}</h3>
            <ul>
              {members.map((c) => (
                <li key={c.id}>
                  <button
                    type="button"
                    className={shown.has(c.id) ? "wall-list-item on" : "wall-list-item"}
                    draggable
                    onDragStart={(e) => e.dataTransfer.setData(dragType, c.id)}
                    onClick={() => onChoose(c.id)}
                    title={t("wall.chosen", { name: c.name, n: target + 1 })}
                  >
                    {notRecorded(c.state) ? <span className="tone-red" title={t("wall.notRecorded")}><ExclamationCircleFilled aria-hidden /><span className="hidden-text">{t("wall.notRecorded")}</span></span> : <StatusMark status={c.state.status} bare />}
                    <span className="cut">{c.name}</span>
                    {shown.has(c.id) ? <span className="wall-list-on">{t("wall.onWall")}</span> : null}
                  </button>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </aside>
  );
}
