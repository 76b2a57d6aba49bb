import { PlusOutlined, SearchOutlined } from "@ant-design/icons";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Button, Input, Segmented } from "antd";
import { memo, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCameras } from "../api/queries";
import type { Camera, DeviceFile } from "../api/types";
import { useCan, useSession, useZone } from "../app/session";
import { LoadFault, Needs, Notice } from "../app/states";
import { FileFindings } from "../doors/findings";
import { found, useDeviceFiles } from "../doors/use";
import { codecName } from "../player/capability";
import { WaitingGrades, WaitingMasks, WaitingPlaces, WaitingRooms } from "../organisation/waiting";
import { RoomMark } from "../room/mark";
import { GradeMark } from "../ui/grade";
import { bitrateText, decimalText } from "../ui/numbers";
import { adviceHelps, attention, needsHand, notRecorded, reasonText, RecordedMark, sinceText, StatusMark } from "../ui/status";
import { CameraDrawer } from "./drawer";
import { CameraForm } from "./form";
import { LostCameras, useLostCameras } from "./lost";
import "./cameras.css";

type Filter = "all" | "problems" | "doors" | "off";

export function CamerasPage() {
  return (
    <Needs action="camera.read">
      <Cameras />
    </Needs>
  );
}

function Cameras() {
  const { t } = useTranslation();
  const can = useCan();
  const { data, error, refetch } = useCameras();
  const search = useSearch({ from: "/framed/cameras" });
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [filter, setFilter] = useState<Filter>("all");
  const [form, setForm] = useState<Camera | "new">();

  const all = data ?? [];
  const { unplaced } = useSession();
  const lost = useLostCameras(unplaced.includes("camera.configure")); // they hang nowhere
  const files = useDeviceFiles();
  const doors = found(files).length;
  const problems = all.filter((c) => attention(c.state)).length;
  const shown = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    return all.filter((c) => {
      if (filter === "problems" && !attention(c.state)) return false;
      if (filter === "doors" && !files.get(c.id)?.findings) return false;
      const away = c.state.status === "off" || c.state.status === "retired";
      if (filter === "off" ? !away : filter === "all" && c.state.status === "retired") return false;
      return !wanted || `${c.name} ${c.place} ${c.note}`.toLowerCase().includes(wanted);
    });
  }, [data, text, filter, files]);
  const open = (camera: string | undefined): void => void navigate({ to: "/cameras", search: { camera }, replace: search.camera !== undefined });

  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("cameras.title")}</h1>
        {data ? (
          <span className="sub" role="status">
            {t("cameras.summary", { live: all.filter((c) => c.state.status === "live").length, recording: all.filter((c) => c.state.recording).length, problems })}
          </span>
        ) : null}
        <span className="end">
          {can("camera.configure") ? <Button type="primary" icon={<PlusOutlined />} onClick={() => setForm("new")}>{t("cameras.add")}</Button> : null}
        </span>
      </header>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {data && lost.length > 0 ? <LostCameras list={lost} known={all} /> : null}
      {data ? <><WaitingRooms cameras={all} /><WaitingMasks cameras={all} /><WaitingGrades cameras={all} /><WaitingPlaces kind="area" cameras={all} /></> : null}
      {data && all.length > 0 ? (
        <div className="cameras-tools">
          <Input className="cameras-search" prefix={<SearchOutlined />} allowClear placeholder={t("cameras.find")} aria-label={t("cameras.find")} value={text} onChange={(e) => setText(e.target.value)} />
          <Segmented<Filter>
            value={filter}
            onChange={setFilter}
            options={[
              { value: "all", label: t("cameras.filterAll") },
              { value: "problems", label: <span className="num">{t("cameras.filterProblems")} {problems}</span> },
              ...(files.size > 0 ? [{ value: "doors" as const, label: <span className="num">{t("doors.filter")} {doors}</span> }] : []),
              { value: "off", label: t("cameras.filterOff") },
            ]}
          />
        </div>
      ) : null}
      {!data && !error ? <ListSkeleton /> : null}
      {data && all.length === 0 && lost.length === 0 ? (
        <Notice title={t("cameras.emptyTitle")} action={can("camera.configure") ? <Button type="primary" icon={<PlusOutlined />} onClick={() => setForm("new")}>{t("cameras.add")}</Button> : undefined}>
          {t(can("camera.configure") ? "cameras.empty" : "cameras.emptyRead")}
        </Notice>
      ) : null}
      {data && all.length > 0 && shown.length === 0 ? <Notice title={text ? t("cameras.noMatch", { text }) : t("state.empty")} /> : null}
      {shown.length > 0 ? (
        <ul className="cameras-list panel">
          {shown.map((c) => <Row key={c.id} camera={c} file={filter === "doors" ? files.get(c.id) : undefined} onOpen={open} />)}
        </ul>
      ) : null}
      <CameraDrawer camera={all.find((c) => c.id === search.camera)} onClose={() => open(undefined)} onEdit={setForm} />
      <CameraForm camera={form} onClose={() => setForm(undefined)} onSaved={(c) => { setForm(undefined); open(c.id); }} />
    </div>
  );
}

const Row = memo(function Row({ camera, file, onOpen }: { camera: Camera; file: DeviceFile | undefined; onOpen: (id: string) => void }) {
  const { t } = useTranslation();
  const zone = useZone();
  const { state } = camera;
  const f = state.figures;
  const live = state.status === "live";
  const why = live && !notRecorded(state) ? undefined : reasonText(t, state.reason);
  return (
    <li>
      <button type="button" className="camera-row" onClick={() => onOpen(camera.id)}>
        <span className="camera-name">
          <span className="camera-title">{camera.name} <GradeMark grade={camera.grade} /><RoomMark room={camera.controlRoom} /></span>
          <span className="dim cut">{camera.place || t("common.unnamed")}</span>
        </span>
        <span className="camera-state">
          <span><StatusMark status={state.status} /> <span className="dim num camera-since">{sinceText(t, state, zone)}</span></span>
          {why ? <span className="camera-why">{why}</span> : null}
          {file ? <FileFindings file={file} /> : null}
          {needsHand(state.status) && adviceHelps(state.reason) ? <span className="dim camera-advice">{t(`advice.${state.status}`)}</span> : null}
        </span>
        <span className="camera-rec">
          <RecordedMark state={state} />
        </span>
        <span className="camera-figures num">
          {live ? (
            <>
              <span>{codecName(f.codec)} · {f.width} × {f.height}</span>
              <span className="dim">{bitrateText(f.bitrate)} · {t("cameras.fpsValue", { n: decimalText(f.fps) })}</span>
            </>
          ) : null}
        </span>
      </button>
    </li>
  );
});

function ListSkeleton() {
  return (
    <ul className="cameras-list panel" aria-busy="true">
      {Array.from({ length: 8 }, (_, i) => (
        <li key={i} className="camera-row ghost"><span /><span /><span /><span /></li>
      ))}
    </ul>
  );
}
