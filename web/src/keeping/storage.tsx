import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Button, Form, InputNumber, Select, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../api/api";
import { problemText } from "../api/problem";
import { useCameras } from "../api/queries";
import type { CapacityAnswer, Forecast, VolumeForecast } from "../api/types";
import { useCan, useZone } from "../app/session";
import { LoadFault, Needs, Notice } from "../app/states";
import { dateText, dateTimeText } from "../time/zone";
import { useAttempt } from "../ui/attempt";
import { days, number } from "../ui/fields";
import { bitrateText, bytesText } from "../ui/numbers";
import { VolumeChart } from "./chart";
import { FullBanner } from "./shortage";
import { awayText, enoughText, fullText, keepsText, placeName, roomText, usedText } from "./outlook";
import { CameraLinks, Facts, Sign } from "./parts";
import { PlacesPanel } from "./places";

export function StoragePage() {
  return (
    <Needs action="system.read">
      <Storage />
    </Needs>
  );
}

/** For how long everything can be kept, and when each volume is full. */
function Storage() {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const { data, error, refetch } = useQuery({ queryKey: ["capacity"], queryFn: api.capacity.get, refetchInterval: 60_000 });
  return (
    <div className="page">
      <header className="page-head">
        <h1>{t("storage.title")}</h1>
        {data ? <span className="sub">{t("storage.asOf", { time: dateTimeText(Date.parse(data.at), zone) })}</span> : null}
      </header>
      <p className="page-lead dim">{t("storage.lead")}</p>
      {error && !data ? <LoadFault error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <div className="panel panel-pad"><Skeleton active title={false} paragraph={{ rows: 8 }} /></div> : null}
      {data ? (
        <>
          <FullBanner full={recordingFull(data)} />
          <Answer data={data} />
          <div className={data.volumes.length > 1 ? "charts charts-many" : "charts"}>{data.volumes.map((v) => <Volume key={v.id} volume={v} at={data.at} away={data.away.includes(v.id)} />)}</div>
          {can("storage.read") ? <PlacesPanel held={new Map(data.volumes.map((v) => [v.id, v.held]))} /> : null}
          <Cameras data={data} />
          <Check />
        </>
      ) : null}
    </div>
  );
}

const isFull = (v: VolumeForecast): boolean => v.total > 0 && !v.boundless && v.free <= v.reserve;

/** No disk that is recorded onto has room. */
function recordingFull(d: Forecast): boolean {
  const disks = d.volumes.filter((v) => !v.tier);
  return disks.length > 0 && disks.every((v) => isFull(v) && !d.away.includes(v.id));
}

/** What holds keep, and the way to them. */
function HeldText({ data: d }: { data: Forecast }) {
  const { t } = useTranslation();
  const can = useCan();
  const text = t("holds.holdsValue", { size: bytesText(d.held), count: d.heldSegments });
  return can("storage.read") ? <Link to="/holds">{text}</Link> : text;
}

function Answer({ data: d }: { data: Forecast }) {
  const { t } = useTranslation();
  const zone = useZone();
  const enough = enoughText(t, d, zone);
  const without = awayText(t, d);
  const recording = d.cameras.filter((c) => !c.off);
  const off = d.cameras.length - recording.length;
  const measured = recording.filter((c) => c.basis === "measured").length;
  const full = d.volumes.length > 0 && d.volumes.every(isFull);
  // Without a camera there is nothing to reckon with, as after a database was lost.
  if (d.cameras.length === 0) {
    return (
      <section className="panel panel-pad answer">
        <p className="answer-big">{t("storage.unknown")}</p>
        <p><Sign tone="grey">{t("storage.unknownText")}</Sign></p>
        <Facts rows={[[t("storage.used"), t("storage.usedOf", { used: bytesText(Math.max(d.used, d.held)), usable: bytesText(d.usable) })], [t("storage.held"), <HeldText key="h" data={d} />]]} />
      </section>
    );
  }
  return (
    <section className="panel panel-pad answer">
      <p className="answer-big">{keepsText(t, d)}</p>
      {recordingFull(d) ? <p><Sign tone="red">{t("shortage.askedTitle")}</Sign></p> : enough === undefined ? <p><Sign tone="grey">{t(`storage.unknownWhy_${d.unknown ?? "rates"}`)}</Sign></p> : <p><Sign tone={!d.shortOn ? "ok" : (d.keepsDays ?? 0) < d.minimumDays ? "red" : "amber"}>{enough}</Sign></p>}
      {without ? <p><Sign tone="amber">{without}</Sign></p> : null}
      {enough !== undefined && measured < recording.length ? <p className="dim">{t("storage.estimate", { measured, count: recording.length })}</p> : null}
      {off > 0 ? <p className="dim">{t("storage.off", { count: off })}</p> : null}
      <Facts rows={[
        [t("storage.used"), usedText(t, d, Math.max(d.used, d.held))],
        [t("storage.held"), <HeldText key="h" data={d} />],
        [t("storage.reserved"), enough === undefined ? t("storage.unmeasured") : bytesText(d.reserved)],
        [t("storage.perDay"), d.bytesPerDay === null ? t("storage.unmeasured") : full ? t("storage.perDayFull", { size: bytesText(d.bytesPerDay) }) : t("storage.perDayValue", { size: bytesText(d.bytesPerDay) })],
        [t("storage.full"), full || recordingFull(d) ? t("storage.isFullNow") : fullText(t, d, zone)],
        [t("storage.whenNeeded"), t(d.frees ? "storage.frees" : "storage.freesNot")],
        [t("storage.whenShort"), t(d.refuseOnShort ? "storage.refuses" : "storage.allows")],
      ]} />
    </section>
  );
}

function Volume({ volume: v, at, away }: { volume: VolumeForecast; at: string; away: boolean }) {
  const { t } = useTranslation();
  const zone = useZone();
  const name = placeName(t, v.id);
  const full = v.bytesPerDay === null ? t("storage.unmeasured") : v.fullOn ? t("capacity.full_on", { on: dateText(Date.parse(v.fullOn), zone) }) : t("storage.notFull");
  const stands = isFull(v);
  return (
    <section className="panel panel-pad">
      <div className="panel-head">
        <h2 className="cut" title={v.name || undefined}>{name}</h2>
        {v.tier ? <span className="tag first">{t("storage.tier")}</span> : null}
        <span className="num dim">{away ? t("storage.noAnswer") : v.boundless ? t("storage.noEnd") : v.total === 0 ? t("storage.noSize") : t("storage.freeOf", { free: bytesText(v.free), total: bytesText(v.total) })}</span>
        {v.fills && !stands ? <Sign tone="amber">{v.waiting > 0 ? t("storage.fillsWaiting", { size: bytesText(v.waiting) }) : t("storage.fills")}</Sign> : null}
        {stands && !away ? <span className="num dim">{t("storage.staysFree", { size: bytesText(v.reserve) })}</span> : null}
        {away ? null : <span className="num dim">{stands ? t("storage.perDayNothing") : v.bytesPerDay === null ? t("storage.unmeasured") : t("storage.perDayValue", { size: bytesText(v.bytesPerDay) })}</span>}
        <span className="end num">{v.total === 0 || v.bytesPerDay === null && !stands ? null : stands ? <Sign tone="red">{t("storage.isFull")}</Sign> : v.fullOn ? <Sign tone="grey">{full}</Sign> : full}</span>
      </div>
      {v.total === 0 ? null : <VolumeChart volume={v} today={dateText(Date.parse(at), zone)} label={t("storage.chart", { name, used: bytesText(v.total - v.free), total: bytesText(v.total), full })} />}
    </section>
  );
}

function Cameras({ data }: { data: Forecast }) {
  const { t } = useTranslation();
  if (data.cameras.length === 0) return <Notice title={t("keep.noCameras")}>{t("storage.noCameras")}</Notice>;
  return (
    <section className="panel-gap">
      <h2 className="section-title">{t("storage.rates")}</h2>
      <div className="panel keep-scroll">
        <table className="keep-table">
          <thead><tr><th>{t("common.camera")}</th><th>{t("cameras.bitrate")}</th><th>{t("storage.aDay")}</th><th>{t("keep.minimum")}</th><th>{t("storage.needs")}</th><th>{t("storage.basis")}</th></tr></thead>
          <tbody>
            {data.cameras.map((c) => (
              <tr key={c.camera}>
                <td data-label={t("common.camera")}><span className="cell"><CameraLinks ids={[c.camera]} /></span></td>
                <td data-label={t("cameras.bitrate")} className="num">{bitrateText(c.bitrate)}</td>
                <td data-label={t("storage.aDay")} className="num">{bytesText(c.bytesPerDay)}</td>
                <td data-label={t("keep.minimum")} className="num"><span className="cell">{t("keeping.days", { count: c.minimumDays })}{c.keepsDays !== null && !c.off && c.keepsDays < c.minimumDays ? <Sign tone="red">{roomText(t, c.keepsDays, c.minimumDays)}</Sign> : null}</span></td>
                <td data-label={t("storage.needs")} className="num">{bytesText(c.reserved)}</td>
                <td data-label={t("storage.basis")}><span className="cell">{t(`capacity.${c.basis}`)}{c.off ? <span className="tag">{t("storage.offTag")}</span> : null}</span></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const sizes = ["1280x720", "1920x1080", "2560x1440", "3840x2160"];
interface Values { camera: string; size: string; fps: number; mbit?: number; minimumDays?: number }

/** What if: a camera more, or more of one. */
function Check() {
  const { t } = useTranslation();
  const zone = useZone();
  const can = useCan();
  const { data: cameras = [] } = useCameras();
  const [form] = Form.useForm<Values>();
  const { busy, fault, attempt } = useAttempt(form);
  const [answer, setAnswer] = useState<CapacityAnswer>();
  const camera = Form.useWatch("camera", form) ?? "";
  const least = Form.useWatch("minimumDays", form) ?? 0;
  const ask = (v: Values) => attempt(async () => {
    setAnswer(undefined);
    const [width, height] = v.size.split("x").map(Number);
    const bitrate = v.mbit ? v.mbit * 1e6 : undefined;
    setAnswer(await api.capacity.check(v.camera ? { camera: v.camera, bitrate, minimumDays: v.minimumDays ?? undefined } : { width, height, fps: v.fps, bitrate, minimumDays: v.minimumDays ?? undefined }));
  });
  const on = (time: string): string => dateText(Date.parse(time), zone);
  return (
    <section className="panel panel-pad panel-gap">
      <h2 className="section-title">{t("storage.whatIf")}</h2>
      <p className="dim form-lead">{t("storage.whatIfText")}</p>
      <Form form={form} layout="vertical" requiredMark={false} className="check" initialValues={{ camera: "", size: "1920x1080", fps: 25 }} onValuesChange={() => setAnswer(undefined)} onFinish={(v) => void ask(v)}>
        <Form.Item name="camera" label={t("common.camera")}><Select options={[{ value: "", label: t("storage.another") }, ...(can("camera.read") ? cameras.map((c) => ({ value: c.id, label: c.name })) : [])]} /></Form.Item>
        {camera === "" ? <Form.Item name="size" label={t("cameras.picture")}><Select options={sizes.map((s) => ({ value: s, label: s.replace("x", " × ") }))} /></Form.Item> : null}
        {camera === "" ? <Form.Item name="fps" label={t("cameras.fps")} rules={[{ required: true, message: t("common.required") }, number(1, 120, true, t("storage.fpsRange"))]}><InputNumber /></Form.Item> : null}
        <Form.Item name="mbit" label={t("storage.mbit")} rules={[number(0.001, 1000, false, t("problem.capacity_input"))]}><InputNumber placeholder={t(camera === "" ? "storage.estimated" : "storage.asItIs")} /></Form.Item>
        <Form.Item name="minimumDays" label={t("keep.minimum")} rules={[days(t, "retention_minimum")]}><InputNumber suffix={t("keep.dayUnit", { count: least })} placeholder={t("storage.asItIs")} /></Form.Item>
        <Form.Item label={<span aria-hidden>&nbsp;</span>}><Button htmlType="submit" type="primary" loading={busy}>{t("storage.check")}</Button></Form.Item>
      </Form>
      <div aria-live="polite">
        {fault ? <p className="fault-text">{problemText(t, fault)}</p> : null}
        {answer ? (
          <div className="answer-box">
            <p>{answer.ok ? <Sign tone="ok">{t("capacity.holds")}</Sign> : <Sign tone="red">{t("storage.notEnough")}</Sign>} <strong className="num">{roomText(t, answer.keepsDays, answer.minimumDays)}</strong></p>
            <Facts rows={[
              [t("storage.thisCamera"), t("storage.thisCameraValue", { size: bytesText(answer.bytesPerDay), needs: bytesText(answer.needs), basis: t(`capacity.${answer.basis}`) })],
              [t("storage.reserved"), t("storage.usedOf", { used: bytesText(answer.reserved), usable: bytesText(answer.usable) })],
              answer.shortOn ? [t("storage.shortFrom"), on(answer.shortOn)] : undefined,
              answer.fullOn ? [t("storage.full"), t("storage.fullIfNothing", { day: on(answer.fullOn) })] : undefined,
            ]} />
          </div>
        ) : null}
      </div>
    </section>
  );
}
