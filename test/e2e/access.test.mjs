// Every screen read by axe-core as somebody with other eyes or hands would meet it,
// and the wall worked by keys alone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { framesShown, readable, signIn, startBrowser, visit } from "./browser.mjs";
import { startServer, startSimulator } from "./server.mjs";

const long = "一个很长的摄像机名称".repeat(30); // 300 characters

let simulator, server, browser, guard;

before(async () => {
  simulator = await startSimulator(1);
  server = await startServer();
  guard = await server.person("guard", "Guard 王", "operator");
  await server.addCamera(simulator.cameras[0], "Gate 门");
  await server.addCamera({ main: "rtsp://127.0.0.1:9/none" }, long);
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await simulator?.stop();
});

const expected = [/status of 401/, /status of 404/, /status of 409/, /status of 503/];

test("the guard's screens, by keys alone", async () => {
  await visit(browser, { url: server.url, language: "en", name: "access-guard", expected }, async ({ page, t }) => {
    await signIn(page, t, guard);
    await framesShown(page.locator("video").first(), 2);
    await readable(page, "the wall");
    await page.keyboard.press("c");
    await page.getByRole("complementary", { name: t("wall.cameras") }).waitFor();
    await readable(page, "the wall with its list");
    await page.keyboard.press("c");
    await page.keyboard.press("1");
    await page.locator(".tile.enlarged").waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".tile.enlarged").waitFor({ state: "detached" });
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.evaluate(() => document.activeElement.dataset.tile), "2");
    const ring = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.equal(ring, "solid", "the tile in focus is seen to be");
    // Dialogs are seen in full screen too.
    await page.keyboard.press("f");
    await page.waitForFunction(() => document.fullscreenElement !== null);
    await page.keyboard.press("?");
    const keys = page.getByRole("dialog");
    await keys.waitFor();
    assert.ok(await keys.evaluate((e) => document.fullscreenElement.contains(e)), "the keys are part of what is on full screen");
    await readable(page, "the keys");
    // A dialog that is closed takes no key any more, also not in the moment that it takes to leave the page.
    const shut = await keys.evaluate(async (dialog) => {
      const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      press("Escape");
      for (let i = 0; i < 100 && dialog.checkVisibility(); i++) await undefined;
      press("f");
      return !dialog.checkVisibility();
    });
    assert.ok(shut, "the keys are gone within the task that closed them");
    await page.waitForFunction(() => document.fullscreenElement === null);
    await page.keyboard.press("f");
    await page.waitForFunction(() => document.fullscreenElement !== null);
    await page.keyboard.press("?");
    await keys.waitFor();
    await page.keyboard.press("Escape");
    await keys.waitFor({ state: "hidden" });
    await page.keyboard.press("f");
    await page.waitForFunction(() => document.fullscreenElement === null);

    await page.goto("/playback");
    await page.getByRole("heading", { name: t("playback.gateTitle") }).waitFor();
    await readable(page, "the question before playback");
    await page.getByLabel(t("playback.purpose"), { exact: true }).focus();
    await page.keyboard.type(t("purpose.inspection"));
    await page.keyboard.press("Enter");
    await page.getByLabel(t("common.reason")).focus();
    await page.keyboard.type("The round by keys");
    await page.keyboard.press("Enter");
    await framesShown(page.locator(".picture video").first(), 2);
    await page.getByRole("button", { name: t("playback.gaps") }).click();
    await page.getByRole("complementary", { name: t("playback.gapsIn") }).waitFor();
    await readable(page, "playback");
    for (const place of ["marks", "account"]) {
      await page.goto(`/${place}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await readable(page, place);
    }
  });
});

test("the administrator's screens", async () => {
  await visit(browser, { url: server.url, language: "zh", name: "access-admin", size: { width: 1024, height: 768 }, expected }, async ({ page, t }) => {
    await page.goto("/");
    await page.getByLabel(t("signIn.username")).waitFor();
    await readable(page, "sign-in");
    await signIn(page, t, server.admin);
    await page.locator(".camera-row").nth(1).waitFor();
    await readable(page, "the cameras");
    await page.getByRole("button", { name: long }).click();
    await page.getByRole("dialog", { name: t("cameras.details"), exact: true }).getByRole("button", { name: new RegExp(`^(edit )?${t("cameras.edit")}$`) }).click();
    await page.getByRole("dialog", { name: t("cameraForm.editTitle") }).waitFor();
    await readable(page, "a camera and its form");
    for (const place of ["acts", "people", "system"]) {
      await page.goto(`/${place}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.locator(".panel").first().waitFor();
      await readable(page, place);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 1024, `${place} is ${width} wide`);
    }
    // A token is made, shown once, and revoked.
    await page.goto("/people");
    await page.getByRole("button", { name: t("tokens.make") }).click();
    const form = page.getByRole("dialog", { name: t("tokens.make") });
    await readable(page, "the form of a token");
    await form.getByLabel(t("common.name")).fill("Prometheus");
    await form.getByRole("button", { name: t("tokens.make") }).click();
    await form.getByText(t("problem.token_needs_actions")).waitFor();
    await form.getByRole("checkbox", { name: t("action.metrics_read") }).check();
    await form.getByRole("button", { name: t("tokens.make") }).click();
    const shown = page.getByRole("dialog", { name: t("tokens.secretTitle", { name: "Prometheus" }) });
    const secret = (await shown.locator(".secret").innerText()).trim();
    const metrics = (token) => fetch(`${server.url}/metrics`, { headers: { Authorization: `Bearer ${token}` } }).then((r) => r.status);
    const tokens = (token) => fetch(`${server.url}/api/v1/tokens`, { headers: { Authorization: `Bearer ${token}` } }).then((r) => r.status);
    assert.deepEqual([await metrics(secret), await tokens(secret)], [200, 403]);
    await shown.getByRole("button", { name: t("tokens.secretKept") }).click();
    await page.getByRole("button", { name: t("tokens.revokeOf", { name: "Prometheus" }) }).click();
    await page.getByRole("dialog", { name: t("tokens.revokeTitle", { name: "Prometheus" }) }).getByRole("button", { name: t("tokens.revoke") }).click();
    await page.getByText(t("tokens.none")).waitFor();
    assert.equal(await tokens(secret), 401);
  });
});
