// The screens on a phone: everything is reached, nothing is wider than the screen.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { choosePurpose, framesShown, signIn, startBrowser, visit } from "./browser.mjs";
import { startServer, startSimulator } from "./server.mjs";

let simulator, server, browser, guard;

before(async () => {
  simulator = await startSimulator(1);
  server = await startServer();
  guard = await server.person("guard", "Guard 王", "operator", "technician");
  await server.addCamera(simulator.cameras[0], "Gate 东门 with a name that is longer than a phone is wide, lane 1");
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await simulator?.stop();
});

test("the screens on a phone", async () => {
  const size = { width: 390, height: 780 };
  // Nobody is signed in at first; and a live picture may have ended before it is taken leave of.
  const expected = [/status of 401/, /status of 404 .*\/live\/sessions\//];
  await visit(browser, { url: server.url, language: "zh", name: "narrow", size, expected }, async ({ page, t }) => {
    const fits = async (place) => {
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= size.width, `${place} is ${width} wide on a screen of ${size.width}`);
    };
    await signIn(page, t, guard);
    const go = async (place) => {
      await page.getByRole("navigation", { name: t("nav.label") }).getByRole("link", { name: t(`nav.${place}`) }).click();
      await page.waitForURL(`**/${place}**`);
    };
    await go("wall");
    const { width } = await framesShown(page.locator("video"), 5);
    assert.ok(width > 0);
    await fits("the wall");
    await go("cameras");
    await page.getByRole("heading", { name: t("cameras.title") }).waitFor();
    await page.locator(".camera-row .camera-title").waitFor();
    await fits("the list of cameras");
    await go("system");
    await page.getByRole("heading", { name: t("system.title") }).waitFor();
    await page.getByRole("heading", { name: t("system.storage"), exact: true }).waitFor();
    await fits("the system");
    await go("playback");
    await choosePurpose(page, t, t("purpose.inspection"));
    await page.getByLabel(t("common.reason")).fill("查看巡查");
    await page.getByRole("button", { name: t("playback.open") }).click();
    await framesShown(page.locator("video"), 5);
    await fits("playback");
  });
});
