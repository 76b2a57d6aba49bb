// What went wrong is said, and there is a way on: the storage is too small, a file
// cannot be read, the database is lost.
import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { framesShown, signIn, startBrowser, visit } from "./browser.mjs";
import { startServer, startSimulator } from "./server.mjs";

const zone = "Asia/Shanghai";
const gate = "Gate 东门";
const expected = [/status of (401|503)/];

let simulator, server, browser, supervisor, leader, camera;

before(async () => {
  simulator = await startSimulator(2);
  server = await startServer({ WATCHROOM_TIME_ZONE: zone });
  supervisor = await server.person("supervisor", "Supervisor 李", "supervisor");
  leader = await server.person("leader", "Leader 陈", "leader");
  const old = await server.addCamera(simulator.cameras[1], "Old 旧");
  await server.call("POST", `/cameras/${old.id}/retire`, { reason: "moved away" });
  camera = await server.addCamera(simulator.cameras[0], gate);
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await simulator?.stop();
});

const siteTime = (at) => new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).format(at);

/** The files of the camera, the oldest first. */
function files() {
  const top = join(server.data, "recordings", camera.id);
  return (existsSync(top) ? readdirSync(top) : []).flatMap((day) => readdirSync(join(top, day)).filter((f) => f.includes(".mp4")).map((f) => join(top, day, f))).sort();
}

/** The instant that the name of a file tells. */
function startOf(file) {
  const [, day, h, m, s, ms] = /_(\d{8})T(\d\d)(\d\d)(\d\d)\.(\d{3})/.exec(file);
  return Date.parse(`${day.replace(/(....)(..)(..)/, "$1-$2-$3")}T${h}:${m}:${s}.${ms}Z`);
}

const asked = (text) => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("@", ".+"));

test("playback passes over a file that cannot be read, and says what it is", async () => {
  await visit(browser, { url: server.url, language: "zh", name: "unreadable", expected }, async ({ page, t }) => {
    await signIn(page, t, supervisor);
    // A second and more of pictures in the newest file, and which that is; no event tells of them.
    // Where five minutes of the clock end, a file more is begun.
    const written = async (bytes, after = "") => {
      for (;;) {
        const newest = files().at(-1) ?? "";
        const file = newest.replace(/\.part$/, ""); // what it is called once it is closed
        if (file > after && statSync(newest, { throwIfNoEntry: false })?.size > bytes) return file;
        await page.evaluate(() => new Promise((done) => requestIdleCallback(done, { timeout: 100 })));
      }
    };
    let hurt;
    for (const bytes of [120_000, 240_000]) { // every time a file is closed and another begun
      hurt = await written(bytes, hurt); // a whole second lies in the one that is hurt
      await server.call("POST", `/cameras/${camera.id}/switch`, { enabled: false, reason: "work on the pole" });
      await server.call("POST", `/cameras/${camera.id}/switch`, { enabled: true, reason: "the work is done" });
    }
    const third = await written(300_000, hurt); // the viewing that is offered ends now, and is to hold some of it
    writeFileSync(hurt, Buffer.alloc(statSync(hurt).size));
    await page.goto(`/playback?cameras=${encodeURIComponent(JSON.stringify([camera.id]))}&at=${startOf(hurt) - 1000}`);
    await page.getByLabel(t("common.reason")).fill("核对录像文件");
    await page.getByRole("button", { name: t("playback.open") }).click();
    await page.getByText(asked(t("playback.skippedBroken", { time: "@", from: "@", to: "@" }))).waitFor();
    await page.waitForFunction((at) => [...window.__watchroom.players.values()].some((p) => p.mode === "recorded" && p.wall > at), startOf(third));
    await framesShown(page.locator(".picture video"), 3);

    // Who goes there on purpose is told the same, and where it goes on.
    await page.keyboard.press("Space");
    await page.keyboard.press("g");
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type(siteTime(startOf(hurt) + 1000));
    await page.keyboard.press("Enter");
    const note = page.locator(".picture-note");
    await note.getByText(t("problem.footage_unreadable")).waitFor();
    await note.getByRole("button").click();
    await note.waitFor({ state: "hidden" });
  });
});

test("a camera that the storage cannot keep is recorded, and date and figure are said", async () => {
  // More than any machine of ours has room for.
  await (await server.as(leader))("POST", "/retention/rules", { class: "main", rule: { minimumDays: 3650, minimumBasis: "own", minimumNote: "a test" }, reason: "as long as can be" });
  await visit(browser, { url: server.url, language: "en", name: "reservation", size: { width: 390, height: 844 }, expected }, async ({ page, t }) => {
    await signIn(page, t, server.admin);
    await page.goto("/cameras");
    await page.getByRole("button", { name: t("cameras.add") }).click();
    const form = page.getByRole("dialog", { name: t("cameraForm.addTitle") });
    await form.getByLabel(t("cameraForm.name"), { exact: true }).fill("Yard");
    await form.getByLabel(t("cameraForm.url"), { exact: true }).fill(simulator.cameras[1].main);
    await form.getByRole("button", { name: t("cameraForm.test") }).click();
    await form.getByText(t("cameraForm.bitrate")).waitFor();
    await form.getByRole("button", { name: t("common.save") }).click();
    const said = page.getByRole("alert").filter({ hasText: t("cameraForm.shortTitle") });
    await said.getByText(asked(t("cameraForm.short", { name: "Yard", keeps: "@", of: 3650, on: "@" }))).waitFor();
    await said.getByText(asked(t("cameraForm.reckoned_live", { rate: "@" }))).waitFor(); // as the test saw
    await said.getByRole("button", { name: /close|关闭/i }).click();
    await said.waitFor({ state: "detached" });
    await page.getByRole("dialog").getByText("Yard").first().waitFor(); // and it is there
  });
});

// The last one: nobody is known afterwards but the administrator.
test("cameras of a lost database are taken back with their names", async () => {
  await server.restart(() => {
    for (const f of readdirSync(server.data)) if (f.startsWith("watchroom.db")) rmSync(join(server.data, f));
  });
  await visit(browser, { url: server.url, language: "zh", name: "lost", expected }, async ({ page, t }) => {
    await signIn(page, t, server.admin);
    await page.goto("/cameras");
    const notice = page.getByRole("status").filter({ hasText: t("lostCameras.title_other", { count: 3 }) });
    for (const name of [gate, "Yard", "Old 旧"]) await notice.getByText(name, { exact: true }).waitFor();
    await notice.getByRole("button", { name: t("lostCameras.take") }).click();
    await page.getByText(t("lostCameras.taken_other", { count: 3 })).waitFor();
    await notice.waitFor({ state: "detached" });
    await page.getByRole("button", { name: new RegExp(`^${gate}`) }).waitFor();
    const { items } = await page.evaluate(async () => (await fetch("/api/v1/cameras")).json());
    assert.deepEqual(items.map((c) => [c.name, Boolean(c.retiredAt)]).sort(), [[gate, false], ["Old 旧", true], ["Yard", false]].sort());
    assert.ok(items.some((c) => c.id === camera.id), "under its own id");
  });
});
