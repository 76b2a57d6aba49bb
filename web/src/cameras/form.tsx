import { ApiOutlined } from "@ant-design/icons";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { App, Button, Checkbox, Drawer, Form, Input, Select, Switch } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Camera, CameraInput, ProbeResult, StreamInput, Transport, Which } from "../api/types";
import { useCan, useSession, useZone } from "../app/session";
import { dateText } from "../time/zone";
import { rowsOf } from "../organisation/tree";
import { useAttempt } from "../ui/attempt";
import { bitrateText } from "../ui/numbers";
import { splitAddress } from "./address";
import { ProbeReport } from "./probe";

interface StreamValues { url?: string; username?: string; password?: string; transport: Transport; skipVerify?: boolean }
interface Values { name: string; place: string; note: string; main: StreamValues; hasSub: boolean; sub: StreamValues; recordAudio: boolean; audioPurpose: string; priority: number; area: string; grade: number; gradeReason?: string }

const emptyStream: StreamValues = { transport: "auto" };
const empty: Values = { name: "", place: "", note: "", main: emptyStream, hasSub: false, sub: emptyStream, recordAudio: false, audioPurpose: "", priority: 5, area: "", grade: 1 };

function valuesOf(c: Camera): Values {
  const stream = (s: Camera["main"]): StreamValues => ({ url: s.url, username: s.username, transport: s.transport, skipVerify: s.skipVerify });
  return { name: c.name, place: c.place, note: c.note, main: stream(c.main), hasSub: Boolean(c.sub), sub: c.sub ? stream(c.sub) : emptyStream, recordAudio: c.recordAudio, audioPurpose: c.audioPurpose, priority: c.priority, area: c.area, grade: c.grade };
}

// A password that was not typed is not sent: the stored one stays.
function inputOf(s: StreamValues): StreamInput {
  return { url: (s.url ?? "").trim(), username: s.username?.trim() ?? "", password: s.password || undefined, transport: s.transport, skipVerify: s.skipVerify || undefined };
}

/** Adds a camera (`new`) or changes one. */
export function CameraForm({ camera, onClose, onSaved }: { camera: Camera | "new" | undefined; onClose: () => void; onSaved: (c: Camera) => void }) {
  const { t } = useTranslation();
  return (
    <Drawer open={camera !== undefined} onClose={onClose} size={600} destroyOnHidden title={t(camera === "new" ? "cameraForm.addTitle" : "cameraForm.editTitle")} mask={{ closable: false }}>
      {camera ? <Fields camera={camera === "new" ? undefined : camera} onClose={onClose} onSaved={onSaved} /> : null}
    </Drawer>
  );
}

function Fields({ camera, onClose, onSaved }: { camera: Camera | undefined; onClose: () => void; onSaved: (c: Camera) => void }) {
  const { t } = useTranslation();
  const { message, modal, notification } = App.useApp();
  const zone = useZone();
  const can = useCan();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const hasSub = Form.useWatch("hasSub", form) ?? Boolean(camera?.sub);
  const areas = useQuery({ queryKey: ["areas"], queryFn: api.areas.list });
  // Who sets up the cameras of some areas adds them there and nowhere else; the server sees to it.
  const { unplaced } = useSession();
  const places = rowsOf(areas.data ?? []).filter((r) => camera || r.node.addCameras);
  const outside = camera !== undefined || unplaced.includes("camera.configure");
  const only = !outside && places.length === 1 ? places[0]?.node.id : undefined;
  useEffect(() => {
    if (!outside && !form.getFieldValue("area")) form.setFieldValue("area", only);
  }, [outside, only]);
  const lower = (Form.useWatch("grade", form) ?? 4) < (camera?.grade ?? 1);
  const [probed, setProbed] = useState<ProbeResult>();
  const recordAudio = Form.useWatch("recordAudio", form) ?? false;

  const save = async (v: Values): Promise<void> => {
    const body: CameraInput = {
      name: v.name.trim(), place: v.place?.trim() ?? "", note: v.note?.trim() ?? "",
      main: inputOf(v.main), recordAudio: v.recordAudio, audioPurpose: v.recordAudio ? (v.audioPurpose ?? "").trim() : "", priority: v.priority, area: v.area ?? "", grade: v.grade,
      ...(v.hasSub ? { sub: inputOf(v.sub) } : {}), ...(probed ? { seen: seenOf(probed) } : {}),
    };
    const [refused] = await attempt(async () => {
      const saved = camera ? await api.cameras.change(camera.id, { ...body, gradeReason: v.grade < camera.grade ? (v.gradeReason ?? "").trim() : undefined, sub: v.hasSub ? inputOf(v.sub) : null }) : await api.cameras.create(body);
      await cache.invalidateQueries({ queryKey: ["cameras"] });
      void cache.invalidateQueries({ queryKey: ["proposals"] });
      message.success(t(saved.areaWaiting !== undefined ? "cameraForm.savedElsewhere" : saved.gradeWaiting ? "cameraForm.savedWaits" : camera ? "cameraForm.saved" : "cameraForm.added", { name: saved.name }));
      if (saved.main.passwordDropped || saved.sub?.passwordDropped) {
        modal.warning({ title: t("cameraForm.passwordDroppedTitle"), content: t("cameraForm.passwordDropped", { name: saved.name }), okText: t("common.close") });
      }
      const room = saved.reservation;
      if (room && !room.whole && !room.ok) {
        notification.warning({ key: "reservation", title: t("cameraForm.shortTitle"), duration: 0, placement: "bottomRight",
          description: t(room.shortOn ? "cameraForm.shortHere" : "cameraForm.shortHereNoDate", { name: saved.name, on: room.shortOn ? dateText(Date.parse(room.shortOn), zone) : "" }) });
      } else if (room && !room.whole) {
        if (!camera || body.main.url !== camera.main.url) message.info(t("cameraForm.enoughHere"), 6);
      } else if (room && !room.ok) {
        // It stays until it is closed, and keeps nobody from going on.
        notification.warning({
          key: "reservation", title: t("cameraForm.shortTitle"), duration: 0, placement: "bottomRight",
          actions: can("system.read") ? <Button size="small" onClick={() => { notification.destroy("reservation"); void navigate({ to: "/storage" }); }}>{t("nav.storage")}</Button> : undefined,
          description: <><p>{t(room.shortOn ? "cameraForm.short" : "cameraForm.shortNoDate", { name: saved.name, keeps: room.keepsDays || t("common.underOne"), of: room.minimumDays, on: room.shortOn ? dateText(Date.parse(room.shortOn), zone) : "" })}</p><p className="dim">{reckoned(t, room)}</p></>,
        });
      } else if (room && (!camera || body.main.url !== camera.main.url)) {
        message.info(<>{t("cameraForm.enough", { of: room.minimumDays })} <span className="dim">{reckoned(t, room)}</span></>, 6);
      }
      onSaved(saved);
    });
    if (refused) form.scrollToField(refused as never, { block: "center", focus: true });
  };

  return (
    <Form form={form} layout="vertical" initialValues={camera ? valuesOf(camera) : empty} onFinish={(v) => void save(v)} scrollToFirstError>
      <Form.Item name="name" label={t("cameraForm.name")} extra={t("cameraForm.nameHint")} rules={[{ required: true, whitespace: true, message: t("common.required") }, { max: 300, message: t("cameraForm.tooLong") }]}>
        <Input.TextArea autoFocus={!camera} autoSize={{ minRows: 1, maxRows: 6 }} onPressEnter={(e) => e.preventDefault()} />
      </Form.Item>
      <Form.Item name="place" label={t("cameraForm.place")} rules={[{ max: 300, message: t("cameraForm.tooLong") }]}>
        <Input placeholder={t("cameraForm.placeHint")} />
      </Form.Item>
      <Form.Item name="area" label={t("org.area")} extra={outside ? undefined : t("cameraForm.areaHint")} rules={outside ? [] : [{ required: true, message: t("common.required") }]}>
        <Select showSearch={{ optionFilterProp: "label" }} loading={areas.isLoading} options={[...(outside ? [{ value: "", label: t("common.none") }] : []), ...places.map((r) => ({ value: r.node.id, label: r.path }))]} />
      </Form.Item>
      <Form.Item name="grade" label={t("org.grade")} extra={t("org.gradeHint")}>
        <Select options={[1, 2, 3, 4].map((n) => ({ value: n, label: t(`org.grade_${n}`) }))} />
      </Form.Item>
      {lower ? <Form.Item name="gradeReason" label={t("org.gradeReason")} rules={[{ required: true, whitespace: true, message: t("common.required") }, { max: 500 }]}><Input /></Form.Item> : null}
      <StreamFields which="main" camera={camera} title={t("cameraForm.main")} hint={t("cameraForm.mainHint")} onResult={setProbed} />
      <Form.Item name="hasSub" valuePropName="checked" className="form-tight"><Checkbox>{t("cameraForm.hasSub")}</Checkbox></Form.Item>
      {hasSub ? <StreamFields which="sub" camera={camera} title={t("cameraForm.sub")} hint={t("cameraForm.subHint")} /> : null}
      <fieldset className="form-part">
        <legend>{t("cameraForm.audio")}</legend>
        <Form.Item name="recordAudio" valuePropName="checked" label={t("cameraForm.recordAudio")} required extra={t("cameraForm.audioHint")} layout="horizontal"><Switch /></Form.Item>
        {recordAudio ? (
          <Form.Item name="audioPurpose" label={t("cameraForm.audioPurpose")} rules={[{ required: true, whitespace: true, message: t("common.required") }, { max: 500 }]}><Input /></Form.Item>
        ) : null}
      </fieldset>
      <Form.Item name="priority" label={t("cameraForm.priority")} extra={t("cameraForm.priorityHint")}>
        <Select options={[9, 8, 7, 6, 5, 4, 3, 2, 1].map((n) => ({ value: n, label: String(n) }))} />
      </Form.Item>
      <Form.Item name="note" label={t("cameraForm.note")} rules={[{ max: 2000 }]}><Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} /></Form.Item>
      <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
      <div className="form-end">
        <Button type="primary" htmlType="submit" loading={busy}>{t("common.save")}</Button>
        <Button onClick={onClose}>{t("common.cancel")}</Button>
      </div>
    </Form>
  );
}

/** What of a connection test tells how much the camera will send. */
function seenOf(r: ProbeResult): NonNullable<CameraInput["seen"]> {
  const video = r.tracks.find((track) => track.width);
  return { bitrate: r.ok ? r.bitrate : 0, width: video?.width, height: video?.height, fps: r.fps };
}

/** The bit rate that a reservation reckons with, and how it is known. */
function reckoned(t: (k: string, o?: Record<string, unknown>) => string, room: NonNullable<Camera["reservation"]>): string {
  return room.bitrate > 0 ? t(`cameraForm.reckoned_${room.basis ?? "guess"}`, { rate: bitrateText(room.bitrate) }) : "";
}

function StreamFields({ which, camera, title, hint, onResult }: { which: Which; camera: Camera | undefined; title: string; hint: string; onResult?: (r: ProbeResult | undefined) => void }) {
  const { t } = useTranslation();
  const form = Form.useFormInstance<Values>();
  const { busy: testing, fault, attempt, forget } = useAttempt(form, which);
  const [result, setResult] = useState<ProbeResult>();
  const values = Form.useWatch(which, form) as StreamValues | undefined;
  const stored = camera?.[which];
  const password = stored?.hasCredentials ? t("cameraForm.passwordKept") : stored?.username ? t("cameraForm.passwordMissing") : undefined;
  const secure = (values?.url ?? "").trim().toLowerCase().startsWith("rtsps://");

  // A result belongs to what was typed when it was asked for.
  const typed = JSON.stringify([values?.url, values?.username, values?.password, values?.transport, values?.skipVerify]);
  useEffect(() => {
    setResult(undefined);
    onResult?.(undefined);
    forget();
  }, [typed]);

  // Credentials that were pasted with the address belong into their own fields.
  const move = (): void => {
    const typed = form.getFieldValue(which) as StreamValues;
    const split = splitAddress(typed.url ?? "");
    if (!split || (typed.username && split.username && typed.username.trim() !== split.username) || (typed.password && split.password && typed.password !== split.password)) return;
    form.setFieldValue([which, "url"], split.url);
    if (split.username) form.setFieldValue([which, "username"], split.username);
    if (split.password) form.setFieldValue([which, "password"], split.password);
  };

  const test = async (): Promise<void> => {
    try {
      await form.validateFields([[which, "url"]]);
    } catch {
      return;
    }
    setResult(undefined);
    await attempt(async () => {
      const found = await api.cameras.test({ ...inputOf(form.getFieldValue(which) as StreamValues), camera: camera?.id, which: camera ? which : undefined });
      setResult(found);
      onResult?.(found);
    });
  };

  return (
    <fieldset className="form-part">
      <legend>{title}</legend>
      <p className="dim form-lead">{hint}</p>
      <Form.Item
        name={[which, "url"]}
        label={t("cameraForm.url")}
        extra={t("cameraForm.urlHint")}
        rules={[
          { required: true, whitespace: true, message: t("common.required") },
          { validator: async (_, v: string) => { if (v?.trim() && !/^rtsps?:\/\//i.test(v.trim())) throw new Error(t("cameraForm.scheme")); } },
        ]}
      >
        <Input className="address" spellCheck={false} autoCapitalize="none" inputMode="url" placeholder="rtsp://" onBlur={move} />
      </Form.Item>
      <div className="form-row">
        <Form.Item name={[which, "username"]} label={t("cameraForm.username")}><Input autoComplete="off" spellCheck={false} autoCapitalize="none" /></Form.Item>
        <Form.Item name={[which, "password"]} label={t("cameraForm.password")}><Input.Password autoComplete="new-password" placeholder={password} /></Form.Item>
        <Form.Item name={[which, "transport"]} label={t("cameraForm.transport")} required>
          <Select options={(["auto", "tcp", "udp"] as const).map((v) => ({ value: v, label: t(`cameraForm.${v}`) }))} />
        </Form.Item>
      </div>
      {secure ? <Form.Item name={[which, "skipVerify"]} valuePropName="checked"><Checkbox>{t("cameraForm.skipVerify")}</Checkbox></Form.Item> : null}
      <Button icon={<ApiOutlined />} onClick={() => void test()} loading={testing}>{t("cameraForm.test")}</Button>
      <div aria-live="polite">
        {testing ? <p className="dim probe-wait">{t("cameraForm.testing")}</p> : null}
        {fault ? <p className="fault-text probe-wait">{problemText(t, fault)}</p> : null}
        {result ? <ProbeReport result={result} /> : null}
      </div>
    </fieldset>
  );
}
