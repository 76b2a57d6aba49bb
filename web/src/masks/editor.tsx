import { BorderOutlined, DeleteOutlined, GatewayOutlined, PlusOutlined } from "@ant-design/icons";
import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Input, InputNumber, Modal } from "antd";
import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import type { Camera, CameraMasks, PrivacyMask } from "../api/types";
import { useCan } from "../app/session";
import { useAttempt } from "../ui/attempt";
import { divided, fewest, freeName, most, moved, of, per, pointAt, rectangle, shifted, without, type Point } from "./model";
import "./masks.css";

type Tool = "rectangle" | "outline" | undefined;

const step = 50; // of an arrow key: half a per cent
const far = 500;
const arrows: Record<string, readonly [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Draws what covers a camera's pictures on one of them, by pointer and by numbers. */
export function MaskEditor({ camera, now, onClose }: { camera: Camera | undefined; now: CameraMasks; onClose: () => void }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(camera);
  useEffect(() => { if (camera) setShown(camera); }, [camera]);
  return (
    <Modal open={camera !== undefined} title={shown ? t("masks.editOf", { name: shown.name }) : ""} onCancel={onClose} footer={null} destroyOnHidden width={1080} className="dialog-long">
      {shown ? <Editor camera={shown} now={now} onClose={onClose} /> : null}
    </Modal>
  );
}

function Editor({ camera, now, onClose }: { camera: Camera; now: CameraMasks; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const cache = useQueryClient();
  const { busy, fault, attempt } = useAttempt();
  const [masks, setMasks] = useState<PrivacyMask[]>(now.masks);
  const [device, setDevice] = useState(now.device);
  const [reason, setReason] = useState("");
  const [chosen, setChosen] = useState(0);
  const [tool, setTool] = useState<Tool>();
  const mask = masks[chosen];
  const change = (i: number, m: Partial<PrivacyMask>): void => setMasks((all) => all.map((x, n) => (n === i ? { ...x, ...m } : x)));
  const add = (points: Point[]): void => {
    setMasks((all) => [...all, { name: freeName(all, (n) => t("masks.nth", { n })), reason: "", points }]);
    setChosen(masks.length);
    setTool(undefined);
  };
  const save = (): void => void attempt(async () => {
    const out = await api.masks.set(camera.id, { masks, device: device.trim(), reason: reason.trim() || undefined });
    for (const key of ["cameras", "proposals"]) await cache.invalidateQueries({ queryKey: [key] });
    message[out.waiting ? "info" : "success"](t(out.waiting ? "masks.savedWaits" : "masks.saved", { name: camera.name }));
    onClose();
  });
  const ready = masks.every((m) => m.name.trim() !== "" && m.reason.trim() !== "");
  return (
    <div className="mask-editor">
      <div>
        <div className="mask-tools">
          <Button type={tool === "rectangle" ? "primary" : "default"} icon={<BorderOutlined />} aria-pressed={tool === "rectangle"} onClick={() => setTool(tool === "rectangle" ? undefined : "rectangle")}>{t("masks.rectangle")}</Button>
          <Button type={tool === "outline" ? "primary" : "default"} icon={<GatewayOutlined />} aria-pressed={tool === "outline"} onClick={() => setTool(tool === "outline" ? undefined : "outline")}>{t("masks.outline")}</Button>
          <Button icon={<PlusOutlined />} onClick={() => add(rectangle({ x: 4000, y: 4000 }, { x: 6000, y: 6000 }) ?? [])}>{t("masks.byNumbers")}</Button>
        </div>
        <Canvas camera={camera} masks={masks} chosen={chosen} tool={tool} onChoose={setChosen} onPoints={(i, points) => change(i, { points })} onDrawn={add} onLeave={() => setTool(undefined)} />
        <p className="dim mask-hint" role="status">{t(tool ? `masks.hint_${tool}` : "masks.hint")}</p>
      </div>
      <div className="mask-side">
        {masks.length === 0 ? <p className="dim">{t("masks.none")}</p> : null}
        <ol className="mask-names">
          {masks.map((m, i) => (
            <li key={i}>
              <button type="button" className={i === chosen ? "mask-pick chosen" : "mask-pick"} aria-pressed={i === chosen} onClick={() => setChosen(i)}>{m.name || t("common.unnamed")}</button>
              <Button type="text" danger size="small" icon={<DeleteOutlined />} aria-label={t("masks.remove", { name: m.name })} onClick={() => { setMasks(masks.filter((_, n) => n !== i)); setChosen(0); }} />
            </li>
          ))}
        </ol>
        {mask ? (
          <div className="mask-one">
            <label>{t("masks.name")}<Input value={mask.name} maxLength={100} onChange={(e) => change(chosen, { name: e.target.value })} /></label>
            <label>{t("masks.reason")}<Input value={mask.reason} maxLength={500} placeholder={t("masks.reasonFor")} status={mask.reason.trim() === "" ? "warning" : undefined} onChange={(e) => change(chosen, { reason: e.target.value })} /></label>
            <fieldset className="mask-points">
              <legend>{t("masks.points")}</legend>
              {mask.points.map((p, i) => (
                <div key={i} className="mask-point num">
                  <span className="dim">{i + 1}</span>
                  {(["x", "y"] as const).map((axis) => (
                    <InputNumber key={axis} size="small" min={0} max={100} step={0.5} precision={2} value={per(p[axis])} suffix="%" aria-label={t(`masks.${axis}`, { n: i + 1 })} onChange={(v) => { if (v !== null) change(chosen, { points: moved(mask.points, i, { ...p, [axis]: of(v) }) }); }} />
                  ))}
                  <Button type="text" size="small" icon={<DeleteOutlined />} disabled={mask.points.length <= fewest} aria-label={t("masks.removePoint", { n: i + 1 })} onClick={() => change(chosen, { points: without(mask.points, i) })} />
                </div>
              ))}
              <Button size="small" icon={<PlusOutlined />} disabled={mask.points.length >= most} onClick={() => change(chosen, { points: divided(mask.points) })}>{t("masks.addPoint")}</Button>
            </fieldset>
          </div>
        ) : null}
        <label>{t("masks.device")}<Input value={device} maxLength={500} placeholder={t("masks.deviceFor")} onChange={(e) => setDevice(e.target.value)} /></label>
        <label>{t("masks.why")}<Input value={reason} maxLength={1000} onChange={(e) => setReason(e.target.value)} /></label>
        <p className="dim mask-hint">{t("masks.whyHint")}</p>
        <div role="alert">{fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}</div>
        <div className="form-end">
          <Button type="primary" loading={busy} disabled={!ready} onClick={save}>{t("common.save")}</Button>
          <Button onClick={onClose}>{t("common.cancel")}</Button>
        </div>
      </div>
    </div>
  );
}

interface CanvasProps {
  camera: Camera;
  masks: readonly PrivacyMask[];
  chosen: number;
  tool: Tool;
  onChoose: (i: number) => void;
  onPoints: (i: number, points: Point[]) => void;
  onDrawn: (points: Point[]) => void;
  onLeave: () => void; // stops drawing
}

function Canvas({ camera, masks, chosen, tool, onChoose, onPoints, onDrawn, onLeave }: CanvasProps) {
  const { t } = useTranslation();
  const can = useCan();
  const box = useRef<HTMLDivElement>(null);
  const [src] = useState(() => api.cameras.pictureURL(camera.id, "main", Date.now()));
  const [blind, setBlind] = useState(!can("live.view"));
  const [draft, setDraft] = useState<Point[]>([]);
  const held = useRef<{ at: Point; points: readonly Point[]; point?: number }>(undefined);
  useEffect(() => setDraft([]), [tool]);

  const at = (e: PointerEvent): Point => pointAt(e.clientX, e.clientY, box.current?.getBoundingClientRect() ?? { left: 0, top: 0, width: 1, height: 1 });
  const finish = (points: Point[]): void => {
    setDraft([]);
    if (points.length >= fewest) onDrawn(points);
  };
  const down = (e: PointerEvent): void => {
    if (e.button !== 0) return;
    const p = at(e);
    if (tool === "rectangle") {
      e.currentTarget.setPointerCapture(e.pointerId);
      setDraft([p, p]);
    } else if (tool === "outline") {
      const [first] = draft;
      if (first && draft.length >= fewest && Math.hypot(first.x - p.x, first.y - p.y) < 200) finish(draft);
      else if (draft.length < most) setDraft([...draft, p]);
    }
  };
  const move = (e: PointerEvent): void => {
    const p = at(e);
    const h = held.current;
    const [first] = draft;
    if (tool === "rectangle" && first) setDraft([first, p]);
    else if (h) onPoints(chosen, h.point === undefined ? shifted(h.points, p.x - h.at.x, p.y - h.at.y) : moved(h.points, h.point, p));
  };
  const up = (): void => {
    held.current = undefined;
    const [a, b] = draft;
    if (tool !== "rectangle" || !a || !b) return;
    const r = rectangle(a, b);
    setDraft([]);
    if (r) onDrawn(r);
  };
  const grab = (e: PointerEvent, i: number, point?: number): void => {
    if (tool || e.button !== 0) return;
    e.stopPropagation();
    e.currentTarget.setPointerCapture(e.pointerId);
    onChoose(i);
    const m = masks[i];
    if (m) held.current = { at: at(e), points: m.points, point };
  };
  const key = (e: KeyboardEvent): void => {
    if (tool && e.key === "Escape") { e.stopPropagation(); onLeave(); }
    if (tool === "outline" && e.key === "Enter") { e.preventDefault(); finish(draft); }
  };
  const nudge = (e: KeyboardEvent, points: readonly Point[], i: number): void => {
    const d = arrows[e.key];
    const p = points[i];
    if (!d || !p) return;
    e.preventDefault();
    const by = e.shiftKey ? far : step;
    onPoints(chosen, moved(points, i, { x: p.x + d[0] * by, y: p.y + d[1] * by }));
  };
  const drawn = tool === "rectangle" && draft[0] && draft[1] ? (rectangle(draft[0], draft[1]) ?? []) : draft;
  const text = (points: readonly Point[]): string => points.map((p) => `${p.x},${p.y}`).join(" ");
  return (
    <div ref={box} className={tool ? "mask-canvas drawing" : "mask-canvas"} data-theme="dark" tabIndex={0} role="group" aria-label={t("masks.canvas", { name: camera.name })} onKeyDown={key} onPointerDown={down} onPointerMove={move} onPointerUp={up} onDoubleClick={() => tool === "outline" && finish(draft.slice(0, -1))}>
      {blind ? <p className="mask-blind">{t(can("live.view") ? "masks.noPicture" : "masks.noRight")}</p> : <img src={src} alt={camera.name} draggable={false} onError={() => setBlind(true)} />}
      <svg viewBox="0 0 10000 10000" preserveAspectRatio="none" aria-hidden>
        {masks.map((m, i) => <polygon key={i} className={i === chosen ? "mask-shape chosen" : "mask-shape"} points={text(m.points)} onPointerDown={(e) => grab(e, i)} />)}
        {drawn.length > 1 ? <polyline className="mask-draft" points={text(tool === "rectangle" ? [...drawn, drawn[0] as Point] : drawn)} /> : null}
      </svg>
      {tool === "outline" ? draft.map((p, i) => <span key={i} className="mask-dot" style={{ left: `${per(p.x)}%`, top: `${per(p.y)}%` }} aria-hidden />) : null}
      {!tool && masks[chosen] ? masks[chosen].points.map((p, i, all) => (
        <button key={i} type="button" className="mask-handle" style={{ left: `${per(p.x)}%`, top: `${per(p.y)}%` }} aria-label={t("masks.point", { n: i + 1, x: per(p.x), y: per(p.y) })} onPointerDown={(e) => grab(e, chosen, i)} onKeyDown={(e) => nudge(e, all, i)} />
      )) : null}
    </div>
  );
}
