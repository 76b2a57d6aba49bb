// The camera of the control room: it is marked on its page, those who keep watch see it live and
// no more, a leaked picture leads to what it saw, and that it watches the room no more takes two.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { framesShown, readable, signIn, startBrowser, visit } from "./browser.mjs";
import { root } from "./processes.mjs";
import { startServer, startSimulator } from "./server.mjs";

let simulator, server, browser, fitter, guard, chief, desk;
const expected = [/status of 401/, /status of 403/, /status of 422/, /status of 404 .*\/live\/sessions\//];
const looked = process.env.WATCHROOM_LOOK ? join(root, ".cache/e2e") : undefined; // to look at it oneself
const look = async (page, name) => { if (looked) await page.screenshot({ path: join(looked, `room-${name}.png`), fullPage: true }); };

before(async () => {
  simulator = await startSimulator(2);
  server = await startServer();
  chief = await server.person("chief", "刘主管", "supervisor");
  fitter = await server.person("fitter", "陈维护", "technician");
  guard = await server.person("guard", "王建国", "operator");
  await server.addCamera(simulator.cameras[0], "南门");
  desk = await server.addCamera(simulator.cameras[1], "监控台");
  browser = await startBrowser();
  if (looked) mkdirSync(looked, { recursive: true });
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await simulator?.stop();
});

test("those who keep watch see the camera of their room live, and no more", async () => {
  const section = (page, t) => page.getByRole("region", { name: t("controlRoom.title"), exact: true });
  await visit(browser, { url: server.url, language: "zh", name: "room", expected }, async ({ page, t }) => {
    await signIn(page, t, fitter);
    await page.goto(`/cameras?camera=${desk.id}`);
    await section(page, t).getByRole("button", { name: t("controlRoom.mark") }).click();
    const dialog = page.getByRole("dialog", { name: t("controlRoom.markTitle", { name: "监控台" }) });
    await dialog.getByLabel(t("controlRoom.name")).fill("一号楼监控室");
    await dialog.getByLabel(t("controlRoom.addresses")).fill("127.0.0.300");
    await dialog.getByRole("button", { name: t("common.save") }).click();
    await dialog.getByText(t("problem.room_network", { network: "127.0.0.300" })).waitFor();
    await dialog.getByLabel(t("controlRoom.addresses")).fill("127.0.0.0/8\n10.1.2.30");
    await readable(page, "marking a camera");
    await look(page, "mark");
    await dialog.getByRole("button", { name: t("common.save") }).click();
    await section(page, t).getByText(t("controlRoom.watches", { name: "一号楼监控室" })).waitFor();
    await section(page, t).scrollIntoViewIfNeeded();
    await readable(page, "the section");
    await look(page, "section");
  });

  await visit(browser, { url: server.url, language: "en", name: "room-guard", expected }, async ({ page, t }) => {
    await signIn(page, t, guard);
    await page.waitForURL("**/wall");
    const tile = page.locator('[data-tile="2"]');
    await framesShown(tile.locator("video"), 5); // live
    await tile.hover();
    assert.equal(await tile.getByRole("button", { name: t("wall.replayOf", { name: "监控台" }) }).count(), 0);
    await page.goto(`/cameras?camera=${desk.id}`);
    await page.getByText(t("controlRoom.aside")).waitFor();
    assert.equal(await page.getByRole("button", { name: t("cameras.playback") }).count(), 0);
    await readable(page, "the page of the camera for a guard");
    await look(page, "guard");
  });

  await visit(browser, { url: server.url, language: "zh", name: "room-trace", expected }, async ({ page, t }) => {
    await signIn(page, t, chief);
    const [opened] = (await server.call("GET", `/acts?kind=live.opened&camera=${desk.id}`)).items;
    await page.goto(`/trace?id=${opened.detail.mark}`);
    await page.locator("form button[type=submit]", { hasText: t("trace.search") }).click();
    const first = page.locator(".trace-looks li", { hasText: "一号楼监控室" }).first();
    await first.getByText(t("controlRoom.then")).waitFor();
    await first.locator(".trace-rooms a").waitFor(); // who may play it back comes there
    await readable(page, "the room then");
    await look(page, "trace");
  });

  await visit(browser, { url: server.url, language: "en", name: "room-end", expected }, async ({ page, t }) => {
    await signIn(page, t, fitter);
    await page.goto(`/cameras?camera=${desk.id}`);
    await section(page, t).getByRole("button", { name: t("controlRoom.end") }).click();
    const dialog = page.getByRole("dialog", { name: t("controlRoom.endTitle", { name: "监控台" }) });
    await dialog.getByLabel(t("common.reason")).fill("The desk was moved");
    await dialog.getByRole("button", { name: t("controlRoom.endDo") }).click();
    await section(page, t).getByText(t("controlRoom.waits")).waitFor();
    await look(page, "waits");
  });

  await visit(browser, { url: server.url, language: "zh", name: "room-confirmed", expected }, async ({ page, t }) => {
    await signIn(page, t, chief);
    await page.goto("/cameras");
    const waiting = page.getByRole("region", { name: t("controlRoom.waiting") });
    await waiting.getByText("The desk was moved").waitFor();
    await readable(page, "what waits");
    await look(page, "proposal");
    await waiting.getByRole("button", { name: t("people.approve"), exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: t("people.approve"), exact: true }).click();
    await page.getByText(t("people.done_approveRoom", { name: "监控台" })).waitFor();
    await server.call("POST", "/consoles", { name: "监控台一号机" });
    await page.goto("/consoles");
    await page.getByText(t("controlRoom.none")).waitFor();
    await readable(page, "consoles without a camera of the room");
    await look(page, "consoles");
  });

  // Once the act stands in the log the guard may play it back again.
  await visit(browser, { url: server.url, language: "zh", name: "room-after", expected }, async ({ page, t }) => {
    await signIn(page, t, guard);
    await page.goto(`/cameras?camera=${desk.id}`);
    await page.getByRole("button", { name: t("cameras.playback") }).waitFor();
    assert.equal(await page.getByText(t("controlRoom.aside")).count(), 0);
  });
});
