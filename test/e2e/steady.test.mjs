// Whatever stops a live picture, it comes back by itself: the camera is switched off
// and on, the program is exchanged, the server restarts. And what a browser cannot show or play is said.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { choosePurpose, framesShown, signIn, startBrowser, visit } from "./browser.mjs";
import { watchMotion } from "./pictures.mjs";
import { startJPEGCamera } from "./jpegcamera.mjs";
import { startServer, startSimulator } from "./server.mjs";

let simulator, server, browser, guard, jpeg;
const ids = {};

before(async () => {
  simulator = await startSimulator(6);
  server = await startServer();
  guard = await server.person("guard", "Guard 王", "operator");
  // Number 1 speaks G.711, number 2 AAC, number 6 sends H.265.
  const sound = { recordAudio: true, audioPurpose: "A counter where people speak with the guard 岗亭对讲" };
  ids.g711 = (await server.addCamera(simulator.cameras[0], "G.711 门", sound)).id;
  ids.aac = (await server.addCamera(simulator.cameras[1], "AAC 廊", sound)).id;
  ids.h265 = (await server.addCamera(simulator.cameras[5], "H.265 房")).id;
  jpeg = await startJPEGCamera();
  ids.jpeg = (await server.addCamera(jpeg, "JPEG 库")).id;
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await simulator?.stop();
  await jpeg?.stop();
});

// What the browser itself writes while the server is away or a picture has ended.
const expected = [/status of (401|404|409|502|503)/, /ERR_CONNECTION_REFUSED/, /ERR_CONNECTION_RESET/, /ERR_EMPTY_RESPONSE/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /ERR_NETWORK_CHANGED/, /WebSocket/];

const tileOf = (page, t, name) => page.getByRole("region", { name: new RegExp(t("wall.tile", { n: "\\d", name })) });

/** How the picture of a camera comes: whep or mse, and which stream. */
const wayOf = (page, camera) => page.evaluate((id) => {
  const p = [...window.__watchroom.players.values()].find((x) => x.mode === "live" && x.camera === id);
  return p && { kind: p.kind, stream: p.stream, codec: p.codec };
}, camera);

for (const kind of ["whep", "mse"]) {
  test(`pictures come back by themselves over ${kind}`, async () => {
    await visit(browser, { url: server.url, language: "en", name: `steady-${kind}`, expected }, async ({ page, context, t }) => {
      if (kind === "mse") await context.addInitScript(() => { delete window.RTCPeerConnection; });
      await signIn(page, t, guard);
      const tile = tileOf(page, t, "G.711 门");
      const video = tile.locator("video");
      await watchMotion(video, 5);
      assert.equal((await wayOf(page, ids.g711)).kind, kind);

      await server.call("POST", `/cameras/${ids.g711}/switch`, { enabled: false, reason: "work on the pole" });
      await tile.getByRole("status").getByText(t("status.off"), { exact: true }).waitFor();
      await server.call("POST", `/cameras/${ids.g711}/switch`, { enabled: true, reason: "the work is done" });
      const again = await watchMotion(video, 5);
      assert.notEqual(again.before.bar, again.after.bar);

      // The program is exchanged for another while it runs.
      await server.upgrade();
      const next = await watchMotion(video, 5);
      assert.notEqual(next.before.bar, next.after.bar);
      assert.equal((await wayOf(page, ids.g711)).kind, kind);

      await server.restart();
      const back = await watchMotion(video, 25);
      assert.notEqual(back.before.bar, back.after.bar);
      await page.getByText(t("wall.allLive", { live: 4, total: 4 })).waitFor();
      assert.equal((await wayOf(page, ids.g711)).kind, kind);
    });
  });
}

test("what this browser cannot show or play is said, and sound is heard on demand", async () => {
  await visit(browser, { url: server.url, language: "zh", name: "codecs", expected }, async ({ page, t }) => {
    await signIn(page, t, guard);
    // Chromium here knows no H.265: the sub-stream stands in, and says why.
    const h265 = tileOf(page, t, "H.265 房");
    await framesShown(h265.locator("video"), 5);
    assert.deepEqual(await wayOf(page, ids.h265), { kind: "whep", stream: "sub", codec: "h264" });
    await h265.focus();
    await page.keyboard.press("Enter"); // enlarged: the main stream is wanted now
    await h265.getByText(t("wall.subInstead", { why: t("live.not_in_browser", { codec: "H.265" }) })).waitFor();
    await page.keyboard.press("Escape");

    // A camera of single JPEG pictures moves too: it is light and dark in turn.
    const pictures = tileOf(page, t, "JPEG 库").locator("video");
    await framesShown(pictures, 3);
    assert.equal((await wayOf(page, ids.jpeg)).kind, "mse");
    await page.waitForFunction((label) => {
      const v = document.querySelector(`video[aria-label="${label}"]`);
      const g = new OffscreenCanvas(1, 1).getContext("2d");
      g.drawImage(v, 0, 0, 1, 1);
      (window.__shades ??= new Set()).add(g.getImageData(0, 0, 1, 1).data[0] > 128);
      return window.__shades.size === 2;
    }, "JPEG 库");

    // Sound is off until somebody asks for it; AAC takes the way that carries it.
    for (const [name, id, kind] of [["G.711 门", ids.g711, "whep"], ["AAC 廊", ids.aac, "mse"]]) {
      const tile = tileOf(page, t, name);
      const video = tile.locator("video");
      await framesShown(video, 3);
      assert.equal(await video.evaluate((v) => v.muted), true);
      await tile.focus();
      await tile.getByRole("button", { name: t("wall.sound"), exact: true }).click();
      await tile.getByRole("button", { name: t("wall.mute"), exact: true }).waitFor();
      const heard = await page.waitForFunction((label) => {
        const v = document.querySelector(`video[aria-label="${label}"]`);
        return v && !v.muted && (v.webkitAudioDecodedByteCount > 0 || (v.srcObject?.getAudioTracks() ?? []).some((a) => a.readyState === "live" && !a.muted));
      }, name);
      assert.ok(heard);
      assert.equal((await wayOf(page, id)).kind, kind);
      await tile.getByRole("button", { name: t("wall.mute"), exact: true }).click();
      await tile.getByRole("button", { name: t("wall.sound"), exact: true }).waitFor();
    }

    // Played back, AAC is heard, so is G.711 where FLAC is, and H.265 becomes single pictures.
    const open = async (id) => {
      await page.goto(`/playback?cameras=${encodeURIComponent(JSON.stringify([id]))}`);
      await choosePurpose(page, t, t("purpose.maintenance"));
      await page.getByLabel(t("common.reason")).fill("核对声音");
      await page.getByRole("button", { name: t("playback.open") }).click();
    };
    for (const id of [ids.aac, ids.g711]) {
      await open(id);
      await framesShown(page.locator(".picture video"), 3);
      await page.getByRole("button", { name: t("wall.sound"), exact: true }).click();
      await page.waitForFunction(() => document.querySelector(".picture video").webkitAudioDecodedByteCount > 0);
      await framesShown(page.locator(".picture video"), 3);
    }
    await page.addInitScript(() => {
      const able = MediaSource.isTypeSupported;
      MediaSource.isTypeSupported = (mime) => !mime.includes("flac") && able.call(MediaSource, mime);
    });
    await open(ids.g711);
    await framesShown(page.locator(".picture video"), 3);
    await page.getByRole("button", { name: t("playback.soundUnplayable", { codec: "G.711 A" }) }).waitFor();
    await open(ids.h265);
    await page.getByText(t("playback.stills", { codec: "H.265" })).waitFor();
    await page.waitForFunction(() => document.querySelector(".picture img")?.naturalWidth > 0);
  });
});
