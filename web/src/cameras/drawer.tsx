import { AuditOutlined, AppstoreOutlined, EditOutlined, HistoryOutlined, SafetyOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { App, Button, Drawer, Form, Input, Modal } from "antd";
import { useEffect, useState, type ReactNode } from "react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Camera, Stream } from "../api/types";
import { useCan, useZone } from "../app/session";
import { codecName } from "../player/capability";
import { DoorSection } from "../doors/section";
import { MaskSection } from "../masks/section";
import { RoomMark } from "../room/mark";
import { RoomSection } from "../room/section";
import { dateTimeText } from "../time/zone";
import { looking } from "../trail/conditions";
import { useAttempt } from "../ui/attempt";
import { durationText } from "../ui/duration";
import { GradeMark } from "../ui/grade";
import { bitrateText, decimalText } from "../ui/numbers";
import { adviceHelps, attention, notRecorded, reasonText, RecordedMark, sinceText, StatusMark } from "../ui/status";

/** Everything about one camera, live. */
export function CameraDrawer({ camera, onClose, onEdit }: { camera: Camera | undefined; onClose: () => void; onEdit: (c: Camera) => void }) {
  const { t } = useTranslation();
  // What is shown stays while the drawer closes.
  const [shown, setShown] = useState(camera);
  useEffect(() => { if (camera) setShown(camera); }, [camera]);
  return (
    <Drawer open={camera !== undefined} onClose={onClose} size={520} title={t("cameras.details")} classNames={{ body: "camera-drawer" }}>
      {shown ? <Details camera={camera ?? shown} onEdit={onEdit} /> : null}
    </Drawer>
  );
}

type Act = "switchOff" | "switchOn" | "retire";

function Details({ camera, onEdit }: { camera: Camera; onEdit: (c: Camera) => void }) {
  const { t } = useTranslation();
  const can = useCan();
  const zone = useZone();
  const navigate = useNavigate();
  const [act, setAct] = useState<Act>();
  const { state } = camera;
  const f = state.figures;
  const retired = state.status === "retired";
  const why = state.status === "live" && !notRecorded(state) ? undefined : reasonText(t, state.reason);
  const n = (v: ReactNode, known: boolean): ReactNode => (known ? v : "–");
  return (
    <>
      {can("live.view") && !retired ? <Picture camera={camera} /> : null}
      <h2 className="camera-heading wrap">{camera.name} <GradeMark grade={camera.grade} /><RoomMark room={camera.controlRoom} /></h2>
      <p className="dim wrap">{camera.place || t("common.unnamed")}</p>
      <div className={`camera-now tone-box-${attention(state) ? "hand" : "calm"}`} role="status">
        <div className="camera-now-line">
          <StatusMark status={state.status} />
          <span className="dim num">{sinceText(t, state, zone)}</span>
          <span className="camera-now-rec"><RecordedMark state={state} /></span>
        </div>
        {why ? <p>{why}</p> : null}
        {state.status !== "live" && adviceHelps(state.reason) && !(state.status === "off" && state.reason?.params?.by) ? <p className="dim">{t(`advice.${state.status}`)}</p> : null}
      </div>
      <div className="camera-acts">
        {can("live.view") && !retired ? <Button icon={<AppstoreOutlined />} onClick={() => void navigate({ to: "/wall" })}>{t("cameras.watch")}</Button> : null}
        {can("playback.view") && !camera.aside ? <Button icon={<HistoryOutlined />} onClick={() => void navigate({ to: "/playback", search: { cameras: [camera.id] } })}>{t("cameras.playback")}</Button> : null}
        {can("act.read") ? <Button icon={<AuditOutlined />} onClick={() => void navigate({ to: "/acts", search: { camera: [camera.id], kind: looking } })}>{t("acts.lookedHere")}</Button> : null}
        {can("rights.read") ? <Button icon={<SafetyOutlined />} onClick={() => void navigate({ to: "/rights", search: { tab: "explain", camera: camera.id } })}>{t("rights.hereLink")}</Button> : null}
        {can("camera.configure") && !retired && !camera.aside ? <Button icon={<EditOutlined />} onClick={() => onEdit(camera)}>{t("cameras.edit")}</Button> : null}
        {can("camera.switch") && !retired && !camera.aside ? <Button onClick={() => setAct(camera.enabled ? "switchOff" : "switchOn")}>{t(camera.enabled ? "cameras.switchOff" : "cameras.switchOn")}</Button> : null}
        {can("camera.switch") && !retired && !camera.aside ? <Button danger type="text" onClick={() => setAct("retire")}>{t("cameras.retire")}</Button> : null}
      </div>
      <MaskSection camera={camera} />
      <RoomSection camera={camera} />
      {retired ? null : <DoorSection camera={camera} />}
      <h3>{t("cameras.figures")}</h3>
      <dl className="facts">
        <dt>{t("cameras.picture")}</dt><dd>{n(`${codecName(f.codec)} · ${f.width} × ${f.height}`, f.width > 0)}</dd>
        <dt>{t("cameras.bitrate")}</dt><dd>{n(bitrateText(f.bitrate), f.bitrate > 0)}</dd>
        <dt>{t("cameras.fps")}</dt><dd>{n(t("cameras.fpsValue", { n: decimalText(f.fps) }), f.fps > 0)}</dd>
        <dt>{t("cameras.keyInterval")}</dt><dd>{n(t("cameras.seconds", { n: decimalText(f.keyInterval) }), f.keyInterval > 0)}</dd>
        <dt>{t("cameras.uptime")}</dt><dd>{n(f.connectedAt ? durationText(t, Date.now() - Date.parse(f.connectedAt)) : "", Boolean(f.connectedAt))}</dd>
        <dt>{t("cameras.reconnects")}</dt><dd>{f.reconnects}</dd>
        <dt>{t("cameras.dropped")}</dt><dd>{f.dropped}</dd>
        <dt>{t("cameras.lost")}</dt><dd>{f.lost}</dd>
        <dt>{t("cameras.clockOffset")}</dt><dd>{f.clockOffset === null ? "–" : f.clockSource === "date" ? t("cameras.clockAbout", { value: offsetText(t, f.clockOffset) }) : offsetText(t, f.clockOffset)}</dd>
        <dt>{t("cameras.viewers")}</dt><dd>{state.viewers}</dd>
      </dl>
      <h3>{t("cameras.streams")}</h3>
      <dl className="facts">
        <StreamFacts name={t("cameras.main")} stream={camera.main} />
        <StreamFacts name={t("cameras.sub")} stream={camera.sub} />
        <dt>{t("cameras.audio")}</dt><dd>{camera.recordAudio ? t("cameras.audioFor", { purpose: camera.audioPurpose }) : t("cameras.noAudio")}</dd>
        <dt>{t("cameras.created")}</dt><dd>{dateTimeText(Date.parse(camera.createdAt), zone)}{camera.provisional ? <span className="tag" title={t("cameras.provisionalWhy")}>{t("cameras.provisional")}</span> : null}</dd>
        {camera.note ? <><dt>{t("common.note")}</dt><dd>{camera.note}</dd></> : null}
      </dl>
      <ActDialog camera={camera} act={act} onClose={() => setAct(undefined)} />
    </>
  );
}

// Below a millisecond it is measuring error.
const offsetText = (t: TFunction, s: number): string => t("cameras.seconds", { n: `${s >= 0.0005 ? "+" : ""}${decimalText(Math.abs(s) < 0.0005 ? 0 : s, 3)}` });

function StreamFacts({ name, stream }: { name: string; stream: Stream | undefined }) {
  const { t } = useTranslation();
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {stream ? (
          <>
            {stream.url ? <code className="address">{stream.url}</code> : <span className="dim">{t("cameras.addressHidden")}</span>}
            <div className="dim">
              {stream.transport === "auto" ? t("cameraForm.auto") : stream.transport.toUpperCase()}
              {" · "}
              {!stream.url && stream.hasCredentials ? t("cameras.signInHidden") : stream.username ? t("cameras.signInAs", { user: stream.username }) : t("cameras.noSignIn")}
            </div>
          </>
        ) : t("cameras.noSub")}
      </dd>
    </>
  );
}

// The newest key frame, renewed now and then while the drawer is open, and when other parts of it are covered.
function Picture({ camera }: { camera: Camera }) {
  const [version, setVersion] = useState(() => Date.now());
  const [failed, setFailed] = useState(false);
  const covered = JSON.stringify(camera.masks);
  useEffect(() => {
    setFailed(false);
    setVersion(Date.now());
    const timer = window.setInterval(() => { setVersion(Date.now()); setFailed(false); }, 5000);
    return () => window.clearInterval(timer);
  }, [camera.id, covered]);
  return (
    <div className="camera-picture" data-theme="dark">
      {failed ? <StatusMark status={camera.state.status} /> : <img src={api.cameras.pictureURL(camera.id, "main", version)} alt={camera.name} onError={() => setFailed(true)} />}
    </div>
  );
}

function ActDialog({ camera, act, onClose }: { camera: Camera; act: Act | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const { busy, fault, attempt, forget } = useAttempt();
  useEffect(forget, [act]);
  const run = ({ reason }: { reason: string }) => attempt(async () => {
    if (act === "retire") await api.cameras.retire(camera.id, { reason: reason.trim() });
    else await api.cameras.switch(camera.id, { enabled: act === "switchOn", reason: reason.trim() });
    await cache.invalidateQueries({ queryKey: ["cameras"] });
    message.success(t(act === "retire" ? "cameras.retired" : "cameras.switched", { name: camera.name }));
    onClose();
  });
  return (
    <Modal open={act !== undefined} onCancel={onClose} footer={null} destroyOnHidden width={460} title={act ? t(`cameras.${act}Title`, { name: camera.name }) : ""} className="dialog-long">
      {act ? <p className="dim form-lead">{t(`cameras.${act}Text`)}</p> : null}
      <Form layout="vertical" requiredMark={false} onFinish={(v) => void run(v)}>
        <Form.Item name="reason" label={t("common.reason")} rules={[{ required: true, whitespace: true, message: t("common.required") }]}>
          <Input.TextArea autoFocus autoSize={{ minRows: 2, maxRows: 5 }} maxLength={500} placeholder={t("cameras.reasonHint")} />
        </Form.Item>
        <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
        <Button type="primary" danger={act !== "switchOn"} htmlType="submit" loading={busy}>{act ? t(`cameras.${act}`) : ""}</Button>
      </Form>
    </Modal>
  );
}
