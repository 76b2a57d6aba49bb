// From an empty installation to a moment played back: what a newcomer does.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { choosePurpose, enterFirst, signOut, startBrowser, visit } from "./browser.mjs";
import { distance, frameAt, numberAt, watchMotion } from "./pictures.mjs";
import { startFreshServer, startSimulator } from "./server.mjs";

const zone = "Asia/Shanghai"; // not the machine's, so that a mix-up shows
const admin = { username: "chief", displayName: "Chief 主任", password: "a sentence nobody would guess" };
const name = "Gate 东门 1";

let simulator, browser;

before(async () => {
  simulator = await startSimulator(1);
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await simulator?.stop();
});

/** The instant as the site's clock shows it, 2026-11-22 18:09:18.250. */
function siteTime(at) {
  const text = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).format(at);
  return `${text}.${String(at % 1000).padStart(3, "0")}`;
}

/** The coverage of the only camera, as the page may read it. */
const coverage = (page) => page.evaluate(async () => {
  const [camera] = (await (await fetch("/api/v1/cameras")).json()).items;
  const query = new URLSearchParams({ camera: camera.id, from: camera.createdAt, to: new Date().toISOString() });
  const { cameras: [{ spans }] } = await (await fetch(`/api/v1/timeline?${query}`)).json();
  return spans.map((s) => ({ ...s, start: Date.parse(s.start), end: Date.parse(s.end) }));
});

/** Resolves with the coverage once the page sees one that fits; `fits` runs in the page. */
async function coverageWhen(page, fits) {
  for (;;) {
    const spans = await coverage(page);
    if (fits(spans)) return spans;
    // The newest part of the coverage is told by no event; the next screen frame asks again.
    await page.evaluate(() => new Promise((done) => requestIdleCallback(done, { timeout: 250 })));
  }
}

async function setUp(page, t, link) {
  await page.goto(link);
  await page.getByRole("heading", { name: t("setup.title") }).waitFor();
  await page.getByLabel(t("setup.username")).fill(admin.username);
  await page.getByLabel(t("setup.displayName")).fill(admin.displayName);
  await page.getByLabel(t("setup.password"), { exact: true }).fill(admin.password);
  await page.getByLabel(t("setup.repeat")).fill(admin.password);
  await page.getByRole("button", { name: t("setup.submit") }).click();
  await page.waitForURL("**/cameras");
}

async function addCamera(page, t, camera) {
  await page.getByText(t("cameras.emptyTitle")).waitFor();
  await page.getByRole("button", { name: t("cameras.add") }).first().click();
  const form = page.getByRole("dialog", { name: t("cameraForm.addTitle") });
  await form.getByLabel(t("cameraForm.name"), { exact: true }).fill(name);
  const main = form.getByRole("group", { name: t("cameraForm.main") });
  await main.getByLabel(t("cameraForm.url")).fill("http://127.0.0.1/stream");
  await main.getByRole("button", { name: t("cameraForm.test") }).click();
  await main.getByText(t("cameraForm.scheme")).waitFor();
  await main.getByLabel(t("cameraForm.url")).fill(camera.main);
  await main.getByRole("button", { name: t("cameraForm.test") }).click();
  const picture = main.getByRole("img", { name: t("cameraForm.testPicture") });
  await picture.waitFor();
  const size = await picture.evaluate(async (img) => {
    await img.decode();
    return [img.naturalWidth, img.naturalHeight];
  });
  assert.ok(size[0] >= 320 && Math.abs(size[0] / size[1] - 16 / 9) < 0.02, `the picture of the test is ${size.join("x")}`);
  await main.getByText(t("cameraForm.tested", { codec: "H.264", width: 1280, height: 720 })).waitFor();
  await form.getByRole("checkbox", { name: t("cameraForm.hasSub") }).check();
  await form.getByRole("group", { name: t("cameraForm.sub") }).getByLabel(t("cameraForm.url")).fill(camera.sub);
  await form.getByRole("button", { name: t("common.save") }).click();
  // The drawer of the new camera tells that it is live and recorded.
  await form.waitFor({ state: "hidden" });
  const drawer = page.getByRole("dialog", { name: t("cameras.details"), exact: true });
  await drawer.getByText(t("cameras.recording"), { exact: true }).waitFor();
  await drawer.getByText(t("status.live"), { exact: true }).waitFor();
  await drawer.getByRole("button", { name: /close|关闭/i }).click();
}

async function seesNoFootage(page, t) {
  const places = page.getByRole("navigation", { name: t("nav.label") });
  for (const place of ["wall", "playback", "marks"]) assert.equal(await places.getByRole("link", { name: t(`nav.${place}`) }).count(), 0, place);
  for (const [address, action] of [["/wall", "live_view"], ["/playback", "playback_view"]]) {
    await page.goto(address);
    await page.getByRole("status").filter({ hasText: t("state.refusedTitle") }).filter({ hasText: t(`action.${action}`) }).waitFor();
    assert.equal(await page.locator("video").count(), 0);
  }
  const refused = await page.evaluate(async () => {
    const [camera] = (await (await fetch("/api/v1/cameras")).json()).items;
    const ask = async (path, body) => {
      const answer = await fetch(`/api/v1${path}`, { method: body ? "POST" : "GET", headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body) });
      const { code, params } = await answer.json();
      return [answer.status, code, params?.action];
    };
    const to = new Date().toISOString();
    return [
      await ask("/viewings", { cameras: [camera.id], from: camera.createdAt, to, purpose: "inspection", reason: "a look for myself" }),
      await ask(`/live/${camera.id}/options`),
      await ask(`/cameras/${camera.id}/picture.jpg`),
    ];
  });
  assert.deepEqual(refused, [[403, "right_missing", "playback.view"], [403, "right_missing", "live.view"], [403, "right_missing", "live.view"]]);
}

async function addOperator(page, t) {
  await page.getByRole("navigation", { name: t("nav.label") }).getByRole("link", { name: t("nav.people") }).click();
  await page.getByRole("button", { name: t("people.add") }).click();
  const form = page.getByRole("dialog", { name: t("people.add") });
  await form.getByLabel(t("people.displayName"), { exact: true }).fill("Guard 王");
  await form.getByLabel(t("people.username"), { exact: true }).fill("guard");
  await form.getByRole("checkbox", { name: `${t("position.operator")} ${t("positionHint.operator")}` }).check();
  await form.getByRole("button", { name: t("common.save") }).click();
  const shown = page.getByRole("dialog", { name: t("people.passwordTitle", { name: "Guard 王" }) });
  const password = (await shown.locator(".secret").innerText()).trim();
  await shown.getByRole("button", { name: t("people.passwordDone") }).click();
  return { username: "guard", password };
}

async function watchLive(page, t) {
  await page.waitForURL("**/wall");
  const tile = page.getByRole("region", { name: t("wall.tile", { n: 1, name }) });
  const { before: first, after: last, width, height } = await watchMotion(tile.locator("video"), 10);
  assert.ok(width > 0 && height > 0, `frames of ${width}x${height}`);
  assert.ok(last.time > first.time, `the media time goes from ${first.time} to ${last.time}`);
  assert.ok(last.frames > first.frames, `decoded frames go from ${first.frames} to ${last.frames}`);
  assert.ok(first.bar !== null && last.bar !== null && first.bar !== last.bar, `the number in the picture goes from ${first.bar} to ${last.bar}`);
  return tile;
}

async function openViewing(page, t) {
  await page.getByRole("navigation", { name: t("nav.label") }).getByRole("link", { name: t("nav.playback") }).click();
  await page.getByRole("heading", { name: t("playback.gateTitle") }).waitFor();
  await choosePurpose(page, t, t("purpose.inspection"));
  await page.getByLabel(t("common.reason")).fill("abc");
  await page.getByRole("button", { name: t("playback.open") }).click();
  await page.getByText(t("problem.reason_too_short")).waitFor();
  await page.getByLabel(t("common.reason")).fill("Looking at the round 查看巡查");
  await page.getByRole("button", { name: t("playback.open") }).click();
  await page.getByRole("heading", { name: t("playback.gateTitle") }).waitFor({ state: "detached" });
  // The hour before now began before the camera was there.
  const clock = "\\d\\d:\\d\\d:\\d\\d";
  await page.getByText(new RegExp(t("playback.startsLater", { to: clock }).replaceAll(".", "\\."))).waitFor();
}

async function goTo(page, t, at) {
  const field = page.getByLabel(t("playback.goTo"));
  await field.fill(siteTime(at));
  await field.press("Enter");
}

for (const language of ["en", "zh"]) {
  test(`from the set-up link to a moment played back, ${language}`, async () => {
    const server = await startFreshServer({ WATCHROOM_TIME_ZONE: zone });
    try {
      // The browser itself reports the answers 401 and 403 that this journey provokes,
      // and 404 when it takes leave of a live picture that ended with the camera.
      const expected = [/status of 401/, /status of 403/, /status of 404 .*\/live\/sessions\//];
      const options = { url: server.url, language, name: "main", expected };
      await visit(browser, options, async ({ page, t }) => {
        await setUp(page, t, server.link);
        await addCamera(page, t, simulator.cameras[0]);
        await seesNoFootage(page, t);
        const guard = await addOperator(page, t);
        await signOut(page, t);
        await page.goto(server.link);
        await page.getByText(t("setup.done")).waitFor(); // the link worked once

        await enterFirst(page, t, guard);
        const tile = await watchLive(page, t);
        await simulator.fault(1, { kind: "refuse" });
        await simulator.fault(1, { kind: "cut" });
        await tile.getByRole("status").getByText(t("status.refused")).waitFor();
        // Long enough to be told apart from the moment in which the connection broke.
        await coverageWhen(page, (all) => all.some((s) => s.kind === "gap" && s.cause === "camera_refused" && s.end - s.start > 4000));
        await simulator.mend(1);
        const spans = await coverageWhen(page, (all) => {
          const i = all.findIndex((s) => s.kind === "gap" && s.cause === "camera_refused" && !s.open);
          return i > 0 && all[i + 1]?.kind === "recorded" && all[i + 1].end - all[i + 1].start > 2000;
        });
        const { main } = await simulator.info(1);

        await openViewing(page, t);
        const picture = page.getByRole("region", { name, exact: true });
        const video = picture.locator("video");
        const motion = await watchMotion(video, 10);
        assert.ok(motion.after.bar !== motion.before.bar && motion.after.time > motion.before.time, JSON.stringify(motion));
        await page.getByRole("button", { name: t("playback.pause"), exact: true }).click();
        // Space means play and pause, whatever the pointer pressed last.
        await page.getByRole("button", { name: t("playback.gaps") }).click();
        await page.keyboard.press("Space");
        await page.getByRole("button", { name: t("playback.pause"), exact: true }).waitFor();
        await page.keyboard.press("Space");
        await page.getByRole("button", { name: t("playback.play"), exact: true }).waitFor();
        await page.getByRole("button", { name: t("playback.gaps") }).click();

        // The frame on screen is the one that the camera sent at that instant.
        const [first] = spans.filter((s) => s.kind === "recorded");
        const last = spans.findLast((s) => s.kind === "recorded");
        for (const asked of [first.start + (first.end - first.start) / 2, last.start + 1000, first.start + 500].map(Math.round)) {
          await goTo(page, t, asked);
          const shown = await frameAt(page, video, asked, 2 * 1000 / main.fps);
          const expected = numberAt(main, shown.at);
          assert.ok(shown.bar !== null && distance(shown.bar, expected, main.loop) <= 1, `at ${siteTime(asked)} the picture says ${shown.bar}, the camera sent ${expected}`);
          // A snapshot keeps that frame, and says so.
          await page.keyboard.press("s");
          const told = page.getByText(new RegExp(t("wall.snapshotTaken", { name, time: "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}" })));
          const seconds = Number(/:(\d\d\.\d{3})/.exec(await told.textContent())[1]);
          assert.ok(Math.abs(seconds - (shown.at / 1000) % 60) < 0.5 / main.fps, `the frame of second ${(shown.at / 1000) % 60} is on the screen, that of ${seconds} was kept`);
          await told.waitFor({ state: "detached" });
        }

        // The gap says why there is nothing to see.
        const gap = spans.find((s) => s.kind === "gap" && s.cause === "camera_refused");
        await goTo(page, t, Math.round((gap.start + gap.end) / 2));
        await picture.getByText(t("playback.noRecording")).waitFor();
        await picture.getByText(t("cause.camera_refused")).waitFor();
        await picture.getByRole("button", { name: t("playback.nextRecording", { time: "" }) }).click();
        await frameAt(page, video, gap.end, 500);
        await goTo(page, t, Math.round((gap.start + gap.end) / 2));
        for (let i = 0; i < 8; i++) await page.keyboard.press("+"); // from an hour to a minute
        await page.getByRole("button", { name: t("playback.gaps") }).click();
        const list = page.getByRole("complementary", { name: t("playback.gapsIn") });
        await list.getByRole("button", { name: t("cause.camera_refused") }).first().waitFor();

        // Nobody may take footage away directly, so nobody is offered to.
        assert.equal(await page.getByRole("button", { name: t("playback.download") }).count(), 0);
      });
    } finally {
      await simulator.mend(1);
      assert.equal(await server.stop(), "status 0", "the server ends cleanly on SIGTERM");
    }
  });
}
