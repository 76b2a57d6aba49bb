// The administrator makes areas, hangs a camera, and limits a guard to one of them; the
// guard's wall shows only what hangs there.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { choose, framesShown, readable, signIn, startBrowser, visit } from "./browser.mjs";
import { startServer, startSimulator } from "./server.mjs";

const site = "North campus 北校区", building = "Library 图书馆", shelf = "Reading room 阅览室", gate = "Gate 东门";

let simulator, server, browser, guard, fitter;

before(async () => {
  simulator = await startSimulator(2);
  server = await startServer({ WATCHROOM_TIME_ZONE: "Asia/Shanghai" });
  guard = await server.person("zhang", "张伟", "operator");
  fitter = await server.person("sun", "孙师傅", "technician");
  await server.addCamera(simulator.cameras[0], shelf);
  await server.addCamera(simulator.cameras[1], gate);
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await simulator?.stop();
});

test("a guard is limited to one area", async () => {
  await visit(browser, { url: server.url, language: "en", name: "areas", expected: [/status of 401/, /status of 404/, /status of 422/] }, async ({ page, t }) => {
    await signIn(page, t, server.admin);
    await page.getByRole("navigation", { name: t("nav.label") }).getByRole("link", { name: t("nav.areas"), exact: true }).click();
    await page.getByText(t("org.noAreasText")).waitFor();
    for (const [name, kind, parent] of [[site, "site", ""], [building, "building", site]]) {
      await page.getByRole("button", { name: t("org.addArea") }).click();
      const form = page.getByRole("dialog", { name: t("org.addArea") });
      await form.getByLabel(t("common.name"), { exact: true }).fill(name);
      await choose(page, form.getByLabel(t("org.kind"), { exact: true }), t(`org.kind_${kind}`));
      if (parent) await choose(page, form.getByLabel(t("org.liesIn"), { exact: true }), parent);
      await form.getByRole("button", { name: t("common.save") }).click();
      await form.waitFor({ state: "hidden" });
      await page.locator(".org-row", { hasText: name }).waitFor();
    }
    await page.getByText(t("org.loose_other", { count: 2 })).waitFor();
    await readable(page, "the areas");

    await page.goto("/cameras");
    await page.getByRole("button", { name: shelf }).click();
    await page.getByRole("dialog", { name: t("cameras.details"), exact: true }).getByRole("button", { name: new RegExp(`^(edit )?${t("cameras.edit")}$`) }).click();
    const camera = page.getByRole("dialog", { name: t("cameraForm.editTitle") });
    await choose(page, camera.getByLabel(new RegExp(`^${t("org.area")}`)), `${site} / ${building}`);
    await camera.getByRole("button", { name: t("common.save") }).click();
    await camera.waitFor({ state: "hidden" });

    await page.goto("/people");
    await page.getByRole("button", { name: /张伟/ }).click();
    const person = page.getByRole("dialog", { name: t("people.edit") });
    await choose(page, person.getByLabel(t("rights.heldWhere", { position: t("position.operator") })), building);
    await person.getByLabel(t("rights.heldFromOf", { position: t("position.operator") })).fill("2026-03-02");
    await person.getByLabel(t("rights.heldUntilOf", { position: t("position.operator") })).fill("2026-03-01");
    await person.getByRole("button", { name: t("common.save") }).click();
    await person.getByText(t("problem.position_time")).waitFor();
    await person.getByLabel(t("rights.heldUntilOf", { position: t("position.operator") })).fill("2036-03-01");
    await readable(page, "a position in one area");
    await person.getByRole("button", { name: t("common.save") }).click();
    await person.waitFor({ state: "hidden" });
    await page.getByRole("button", { name: /张伟/ }).getByText(`${t("rights.heldIn", { areas: building })}, ${t("rights.heldUntil", { date: "2036-03-01" })}`).waitFor();
  });

  await visit(browser, { url: server.url, language: "zh", name: "areas-guard", expected: [/status of 401/, /status of 404/, /status of 503/] }, async ({ page, t }) => {
    await signIn(page, t, guard);
    await framesShown(page.locator("video").first(), 2);
    await page.getByRole("region").filter({ has: page.getByText(shelf, { exact: true }) }).first().waitFor();
    await page.goto("/cameras");
    await page.getByRole("button", { name: shelf }).waitFor();
    assert.equal(await page.getByText(gate).count(), 0, "a camera elsewhere is shown");
  });
  const call = await server.as(guard);
  const { items } = await call("GET", "/cameras");
  assert.deepEqual(items.map((c) => c.name), [shelf]);
});

test("a technician of one area adds a camera there, and is offered no other place", async () => {
  const areas = (await server.call("GET", "/areas")).items;
  const person = (await server.call("GET", "/people")).items.find((p) => p.username === "sun");
  const library = areas.find((a) => a.name === building).id;
  await server.call("PATCH", `/people/${person.id}`, { holdings: [{ position: "technician", areas: [library] }] });
  const name = "Stairs 楼梯";
  await visit(browser, { url: server.url, language: "zh", name: "areas-fitter", size: { width: 390, height: 844 }, expected: [/status of 401/, /status of 404/, /status of 503/] }, async ({ page, t }) => {
    await signIn(page, t, fitter);
    await page.goto("/cameras");
    await page.getByRole("button", { name: t("cameras.add") }).first().click();
    const form = page.getByRole("dialog", { name: t("cameraForm.addTitle") });
    const chosen = form.locator(".ant-form-item", { has: page.getByLabel(new RegExp(`^${t("org.area")}`)) });
    await chosen.getByText(`${site} / ${building}`, { exact: true }).waitFor(); // the only one there is for them
    await form.getByLabel(new RegExp(`^${t("org.area")}`)).click();
    const offered = page.locator(".ant-select-dropdown:not(.ant-select-dropdown-hidden) .ant-select-item-option");
    await offered.first().waitFor();
    assert.deepEqual(await offered.allInnerTexts(), [`${site} / ${building}`]);
    await page.keyboard.press("Escape");
    await form.getByLabel(t("cameraForm.name"), { exact: true }).fill(name);
    await form.getByRole("group", { name: t("cameraForm.main") }).getByLabel(t("cameraForm.url")).fill(simulator.cameras[1].main);
    await readable(page, "the form of a camera in an area");
    await form.getByRole("button", { name: t("common.save") }).click();
    await form.waitFor({ state: "hidden" });
    await page.getByRole("button", { name }).waitFor();
  });
  const theirs = await server.as(fitter);
  await assert.rejects(theirs("POST", "/cameras", { name: "Roof", area: areas.find((a) => a.name === site).id, main: { url: simulator.cameras[1].main } }), /403/);
  await assert.rejects(theirs("POST", "/cameras", { name: "Roof", main: { url: simulator.cameras[1].main } }), /403/);
});

test("a camera that other people would see in its new area waits for another person", async () => {
  const chief = await server.person("zhou", "周敏", "supervisor");
  await visit(browser, { url: server.url, language: "en", name: "areas-moved", expected: [/status of 401/, /status of 404/, /status of 503/] }, async ({ page, t }) => {
    await signIn(page, t, server.admin);
    await page.goto("/cameras");
    await page.getByRole("button", { name: shelf }).click();
    await page.getByRole("dialog", { name: t("cameras.details"), exact: true }).getByRole("button", { name: new RegExp(`^(edit )?${t("cameras.edit")}$`) }).click();
    const camera = page.getByRole("dialog", { name: t("cameraForm.editTitle") });
    await choose(page, camera.getByLabel(new RegExp(`^${t("org.area")}`)), site);
    await camera.getByRole("button", { name: t("common.save") }).click();
    await page.getByText(t("cameraForm.savedElsewhere", { name: shelf })).waitFor();
    const waiting = page.getByRole("region", { name: t("people.waitingPlaces") });
    await waiting.getByText(t("people.placeFromTo", { from: `${site} / ${building}`, to: site })).waitFor();
    await readable(page, "a camera that waits for its area");
  });
  await visit(browser, { url: server.url, language: "zh", name: "areas-confirmed", expected: [/status of 401/, /status of 404/, /status of 503/] }, async ({ page, t }) => {
    await signIn(page, t, chief);
    await page.goto("/cameras");
    const waiting = page.getByRole("region", { name: t("people.waitingPlaces") });
    await waiting.getByRole("button", { name: t("people.approve"), exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: t("people.approve"), exact: true }).click();
    await page.getByText(t("people.done_approvePlace", { name: shelf })).waitFor();
    await waiting.waitFor({ state: "hidden" });
  });
  const areas = (await server.call("GET", "/areas")).items;
  assert.equal((await server.call("GET", "/cameras")).items.find((c) => c.name === shelf).area, areas.find((a) => a.name === site).id);
});
