// A console that nobody touches locks during a replay, while the wall beside it goes on; who
// unlocks it finds the replay where it was.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { choosePurpose, framesShown, readable, signIn, startBrowser, visit } from "./browser.mjs";
import { startServer, startSimulator } from "./server.mjs";

let server, simulator, browser, guard;

before(async () => {
  simulator = await startSimulator(1);
  server = await startServer();
  guard = await server.person("zhang", "张伟", "operator");
  const supervisor = await server.as(await server.person("wang", "王建国", "supervisor"));
  const leader = await server.as(await server.person("li", "李敏", "leader"));
  const changes = [{ key: "lock.positions", value: ["operator"] }, { key: "lock.operator", value: "30s" }];
  const { id } = await supervisor("POST", "/parameters/proposals", { changes, reason: "按制度要求" });
  await leader("POST", `/parameters/proposals/${id}/approve`, {});
  await server.addCamera(simulator.cameras[0], "东门");
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await simulator?.stop();
});

const asks = (page, path) => page.evaluate(async (p) => (await fetch(`/api/v1${p}`)).status, path);

test("the replay locks, the wall goes on", async () => {
  const expected = [/status of 401/, /status of 403/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /ERR_ABORTED/];
  await visit(browser, { url: server.url, language: "zh", name: "lock", expected }, async ({ page, context, t }) => {
    await signIn(page, t, guard);
    await page.goto("/wall");
    const live = page.locator(".tile video").first();
    await framesShown(live, 5);

    const desk = await context.newPage();
    await desk.goto("/playback");
    await choosePurpose(desk, t, t("purpose.inspection"));
    await desk.getByLabel(t("common.reason")).fill("查看巡查情况");
    await desk.getByRole("button", { name: t("playback.open") }).click();
    const replayed = desk.locator(".picture video").first();
    await framesShown(replayed, 10);
    await desk.evaluate(() => {
      window.setInterval(() => {
        const shown = [...window.__watchroom.players.values()].find((p) => p.mode === "recorded")?.wall;
        if (shown !== undefined) window.lastShown = shown;
      }, 50);
    });

    // From here on nobody touches anything.
    const lock = desk.getByRole("dialog", { name: t("lock.title") });
    await lock.waitFor({ timeout: 90_000 });
    await page.getByText(t("lock.onWall")).waitFor();
    const left = await desk.evaluate(() => window.lastShown);
    assert.equal(await desk.locator("video").count(), 0, "the replay keeps a picture behind the lock");
    assert.equal(await desk.getByRole("button", { name: t("playback.pause"), exact: true }).count(), 0, "the replay can be reached behind the lock");
    await readable(desk, "the lock");
    await framesShown(live, 10);
    assert.equal(await asks(page, "/cameras"), 200);
    for (const path of ["/bookmarks", "/viewings", "/session/factors", "/acts"]) assert.equal(await asks(desk, path), 403, path);
    await desk.reload(); // no way around it
    await lock.waitFor();
    await desk.goto("/account");
    await lock.waitFor();
    await desk.goBack();
    await lock.waitFor();

    await lock.getByLabel(t("signIn.password"), { exact: true }).fill("not the password");
    await lock.getByRole("button", { name: t("lock.unlock") }).click();
    await lock.getByText(t("problem.wrong_password")).waitFor();
    await lock.getByLabel(t("signIn.password"), { exact: true }).fill(guard.password);
    await lock.getByRole("button", { name: t("lock.unlock") }).click();
    await lock.waitFor({ state: "detached" });
    await page.getByText(t("lock.onWall")).waitFor({ state: "detached" });
    assert.ok(left > 0);
  });
});

test("a replay goes on where it was", async () => {
  const expected = [/status of 401/, /status of 403/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /ERR_ABORTED/];
  await visit(browser, { url: server.url, language: "en", name: "lock-hand", expected }, async ({ page, t }) => {
    await signIn(page, t, guard);
    await page.goto("/playback");
    await choosePurpose(page, t, t("purpose.inspection"));
    await page.getByLabel(t("common.reason")).fill("Looking at the round");
    await page.getByRole("button", { name: t("playback.open") }).click();
    const replayed = page.locator(".picture video").first();
    await framesShown(replayed, 30);
    const shown = () => page.evaluate(() => [...window.__watchroom.players.values()].find((p) => p.mode === "recorded")?.wall);
    const left = await shown();
    await page.getByRole("button", { name: t("nav.account") }).click();
    await page.getByRole("menuitem", { name: t("lock.now") }).click();
    const lock = page.getByRole("dialog", { name: t("lock.title") });
    await lock.waitFor();
    assert.equal(await page.locator("video").count(), 0);
    await lock.getByLabel(t("signIn.password"), { exact: true }).fill(guard.password);
    await lock.getByRole("button", { name: t("lock.unlock") }).click();
    await lock.waitFor({ state: "detached" });
    await page.getByText("Looking at the round").waitFor(); // the same viewing, and no new reason
    await framesShown(page.locator(".picture video").first(), 5);
    const went = (await shown()) - left;
    assert.ok(went >= 0 && went < 20_000, `the replay went on ${went} ms from where it was`);
  });
});

test("the lock fits a phone", async () => {
  await visit(browser, { url: server.url, language: "zh", name: "lock-phone", size: { width: 390, height: 844 }, expected: [/status of 401/, /status of 403/] }, async ({ page, t }) => {
    await signIn(page, t, guard);
    await page.goto("/wall");
    await framesShown(page.locator(".tile video").first(), 5);
    await page.getByRole("button", { name: t("nav.account") }).click();
    await page.getByRole("menuitem", { name: t("lock.now") }).click();
    await page.getByText(t("lock.onWall")).waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "the page is wider than the phone");
    await framesShown(page.locator(".tile video").first(), 5);
    await page.getByRole("button", { name: t("lock.unlock") }).click();
    const lock = page.getByRole("dialog", { name: t("lock.title") });
    await lock.getByLabel(t("signIn.password"), { exact: true }).fill(guard.password);
    await lock.getByRole("button", { name: t("lock.unlock") }).click();
    await lock.waitFor({ state: "detached" });
    await page.getByRole("navigation", { name: t("nav.label") }).getByRole("link", { name: t("nav.playback") }).click();
    await page.getByRole("heading", { name: t("playback.gateTitle") }).waitFor();
  });
});
