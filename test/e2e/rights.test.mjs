// The house narrows a position: a supervisor drafts a rule and sees what it changes, the
// leader approves it, the guard's next snapshot is refused, and the screen says why.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { choose, framesShown, picture, readable, signIn, startBrowser, visit } from "./browser.mjs";
import { startServer, startSimulator } from "./server.mjs";

const shelf = "Reading room 阅览室", gate = "Gate 东门", rule = "No snapshots in the library";

let simulator, server, browser, supervisor, leader, guard, auditor;

before(async () => {
  simulator = await startSimulator(2);
  server = await startServer({ WATCHROOM_TIME_ZONE: "Asia/Shanghai" });
  supervisor = await server.person("wang", "王建国", "supervisor");
  leader = await server.person("li", "李敏", "leader");
  guard = await server.person("zhang", "张伟", "operator");
  auditor = await server.person("zhao", "赵琳", "auditor");
  const site = await server.call("POST", "/areas", { kind: "site", name: "Campus 校区" });
  const library = await server.call("POST", "/areas", { kind: "building", name: "Library 图书馆", parent: site.id });
  await server.addCamera(simulator.cameras[0], shelf, { area: library.id });
  await server.addCamera(simulator.cameras[1], gate, { area: site.id });
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await simulator?.stop();
});

const tab = (page, name) => page.locator(".tabs").getByText(name, { exact: true });

/** The guard takes a snapshot of a camera on the wall. */
async function snapshot(page, t, name) {
  const tile = page.getByRole("region").filter({ has: page.getByText(name, { exact: true }) });
  await framesShown(tile.locator("video"), 2);
  await tile.hover();
  await tile.getByRole("button", { name: t("wall.snapshotOf", { name }) }).click();
}

const taken = (page, name) => page.locator(".ant-message-notice").filter({ hasText: name });

test("a rule is drafted, approved, and refuses", async () => {
  await visit(browser, { url: server.url, language: "zh", name: "rights-before", expected: [/status of 401/, /status of 404/, /status of 503/] }, async ({ page, t }) => {
    await signIn(page, t, guard);
    // A server that is busy says so, and is asked again.
    for (let done = false; !done;) {
      const answer = page.waitForResponse((r) => r.request().method() === "POST" && r.url().endsWith("/api/v1/snapshots"));
      await snapshot(page, t, shelf);
      done = (await answer).status() === 201;
    }
    await taken(page, shelf).waitFor();
  });

  await visit(browser, { url: server.url, language: "en", name: "rights-draft", expected: [/status of 401/] }, async ({ page, t }) => {
    await signIn(page, t, supervisor);
    await page.getByRole("navigation", { name: t("nav.label") }).getByRole("link", { name: t("nav.rights"), exact: true }).click();
    await page.getByRole("heading", { level: 1, name: t("rights.title") }).waitFor();
    await page.getByText(t("rights.builtIn")).waitFor();
    await page.getByRole("button", { name: `${t("rights.cellTitle", { position: t("position.operator"), action: t("action.snapshot_take") })} – ${t("rights.cell_own")}` }).waitFor();
    await page.getByRole("button", { name: `${t("rights.cellTitle", { position: t("position.administrator"), action: t("action.live_view") })} – ${t("rights.cell_never")}` }).click();
    await page.getByText(t("rights.cellNever")).waitFor();
    await page.keyboard.press("Escape");
    await page.locator(".ant-drawer-open").waitFor({ state: "detached" });
    await readable(page, "the table");

    await tab(page, t("rights.tab_rules")).click();
    await page.getByText(t("rights.rulesNoneText")).waitFor();
    await page.getByRole("button", { name: t("rights.addRule") }).click();
    const drawer = page.getByRole("dialog", { name: t("rights.newRule") });
    await choose(page, drawer.getByLabel(t("rights.position")), t("position.operator"));
    await drawer.getByRole("radio", { name: t("rights.mayNot") }).check();
    await choose(page, drawer.getByLabel(t("rights.actions")), t("action.snapshot_take"));
    const effects = drawer.getByRole("region", { name: t("rights.effects") });
    await effects.getByText(t("rights.loses", { position: t("position.operator"), action: t("action.snapshot_take") })).waitFor();
    await effects.getByText(t("rights.onAll"), { exact: true }).waitFor();
    await choose(page, drawer.getByLabel(t("rights.areas"), { exact: true }), "Library 图书馆");
    await effects.getByText(t("rights.onCameras_one", { count: 1, names: shelf })).waitFor();
    await drawer.getByLabel(t("rights.name")).fill(rule);
    await readable(page, "a rule");
    await drawer.getByRole("button", { name: t("rights.draftIt") }).click();
    await drawer.waitFor({ state: "hidden" });

    const draft = page.getByRole("region", { name: t("rights.draft"), exact: true });
    await draft.getByText(t("rights.diffNew")).waitFor();
    await draft.getByText(t("rights.onCameras_one", { count: 1, names: shelf })).waitFor();
    await draft.getByRole("button", { name: t("rights.propose") }).click();
    await draft.getByText(t("keeping.atLeastFour")).waitFor();
    await draft.getByLabel(t("common.reason")).fill("Readers have asked not to be photographed");
    await readable(page, "the draft");
    await draft.getByRole("button", { name: t("rights.propose") }).click();
    const waiting = page.getByRole("region", { name: t("rights.waiting") });
    await waiting.getByText(t("problem.rights_own")).waitFor();
    await waiting.getByRole("button", { name: t("rights.withdraw") }).waitFor();
    assert.equal(await waiting.getByRole("button", { name: t("rights.approve") }).count(), 0, "one's own change can be approved");
    assert.equal(await page.getByRole("button", { name: t("rights.addRule") }).count(), 0, "a second change can be drafted");
  });

  await visit(browser, { url: server.url, language: "zh", name: "rights-phone", size: { width: 390, height: 844 }, expected: [/status of 401/] }, async ({ page, t }) => {
    await signIn(page, t, leader);
    await page.getByTitle(t("waiting.rights_other", { count: 1 })).waitFor();
    await page.goto("/rights");
    const waiting = page.getByRole("region", { name: t("rights.waiting") });
    await waiting.getByText("Readers have asked not to be photographed").waitFor();
    await waiting.getByText(t("rights.loses", { position: t("position.operator"), action: t("action.snapshot_take") })).waitFor();
    await waiting.getByText(t("rights.touches", { positions: t("position.operator") })).waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "the page is wider than the phone");
    await readable(page, "on a phone");
    await waiting.getByRole("button", { name: t("rights.approve"), exact: true }).click();
    await page.getByRole("dialog", { name: t("rights.approve") }).getByRole("button", { name: t("rights.approve"), exact: true }).click();
    await waiting.waitFor({ state: "detached" });
    await page.getByTitle(t("waiting.rights_other", { count: 1 })).waitFor({ state: "detached" });
    await tab(page, t("rights.tab_history")).click();
    await page.getByText(t("rights.state_now")).click();
    await page.getByText(t("rights.diffNew")).waitFor();
    await page.getByText(rule, { exact: true }).first().waitFor();
    await readable(page, "the history");
  });

  await visit(browser, { url: server.url, language: "en", name: "rights-after", expected: [/status of 401/, /status of 403/, /status of 404/, /status of 503/] }, async ({ page, t }) => {
    await signIn(page, t, guard);
    await snapshot(page, t, shelf);
    const refused = page.getByRole("dialog", { name: t("refusal.title") });
    await refused.getByText(t("problem.right_denied_rule", { rule, position: t("position.operator") })).waitFor();
    await refused.getByText(`${t("position.supervisor")}, ${t("position.leader")}`).waitFor();
    await readable(page, "the refusal");
    await page.keyboard.press("Escape");
    await refused.waitFor({ state: "detached" });
    await snapshot(page, t, gate);
    await taken(page, gate).waitFor();
    await page.goto("/account");
    await choose(page, page.getByLabel(t("rights.camera"), { exact: true }), shelf);
    await page.getByText(t("rights.lack_denied", { rule, position: t("position.operator") })).waitFor();
    await readable(page, "my account");
    await choose(page, page.getByLabel(t("rights.camera"), { exact: true }), gate);
    await page.getByText(t("rights.mayDo", { action: t("action.snapshot_take") }), { exact: true }).waitFor();
  });
});

test("whoever reads the rights is told why, from the person and from the camera", async () => {
  await visit(browser, { url: server.url, language: "en", name: "rights-explain", expected: [/status of 401/, /status of 404/] }, async ({ page, t }) => {
    await signIn(page, t, server.admin);
    await page.goto("/people");
    await page.getByRole("button", { name: /张伟/ }).click();
    await page.getByRole("button", { name: t("rights.ofPerson") }).click();
    await page.getByText(t("rights.why_builtIn", { position: t("position.operator") })).first().waitFor();
    await page.goto("/cameras");
    await page.getByRole("button", { name: shelf }).click();
    await page.getByRole("dialog", { name: t("cameras.details"), exact: true }).getByRole("button", { name: t("rights.hereLink") }).click();
    await choose(page, page.getByLabel(t("rights.person"), { exact: true }), "张伟");
    await page.getByText(t("rights.hangs", { areas: "Campus 校区 / Library 图书馆" })).waitFor();
    await page.getByText(t("rights.lack_denied", { rule, position: t("position.operator") })).waitFor();
    await readable(page, "the explanation");
    await choose(page, page.getByLabel(t("rights.person"), { exact: true }), "admin");
    await page.getByText(t("rights.mayNotDo", { action: t("action.live_view") }), { exact: true }).waitFor();
  });
});

test("an auditor reads the rights in Cedar, and takes them along", async () => {
  for (const [language, size, where] of [["en", undefined, "cedar"], ["zh", { width: 390, height: 844 }, "cedar-phone"]]) {
    await visit(browser, { url: server.url, language, size, name: `rights-${where}`, expected: [/status of 401/] }, async ({ page, t }) => {
      await signIn(page, t, auditor);
      await page.goto("/rights?tab=cedar");
      const text = page.locator(".cedar-text");
      await text.filter({ hasText: `@id("${rule}")` }).waitFor();
      await text.filter({ hasText: '@id("built-in/operator/live.view")' }).waitFor();
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "the page is wider than the window");
      await readable(page, where);
      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: t("common.download") }).click()]);
      assert.equal(download.suggestedFilename(), "watchroom.cedar");
      assert.match(await readFile(await download.path(), "utf8"), new RegExp(`@id\\("${rule}"\\)`));
      await page.getByText(t("rights.cedar_entities"), { exact: true }).click();
      await text.filter({ hasText: '"type": "Person"' }).waitFor();
      await page.getByText(t("rights.cedar_schema"), { exact: true }).click();
      await text.filter({ hasText: "entity Person tags Set<Area>;" }).waitFor();
      await page.getByText(t("rights.cedar_policies"), { exact: true }).click();
      await choose(page, page.getByLabel(t("rights.cedarVersion"), { exact: true }), t("rights.fromBuiltIn"));
      await text.filter({ hasText: "version built-in" }).waitFor();
      assert.ok(!(await text.textContent()).includes(rule), "the version before knows the rule");
    });
  }
});

test("the house adds a position, gives it to somebody and renames it", async () => {
  await visit(browser, { url: server.url, language: "zh", name: "positions-add", expected: [/status of 401/, /status of 409/] }, async ({ page, t }) => {
    await signIn(page, t, supervisor);
    await page.goto("/rights?tab=names");
    await page.getByRole("button", { name: t("rights.addPosition") }).click();
    const drawer = page.getByRole("dialog", { name: t("rights.addPosition") });
    await drawer.getByLabel(t("rights.positionCode"), { exact: true }).fill("gate_guard");
    await drawer.getByLabel(t("purposes.nameZh"), { exact: true }).fill("监控员");
    await drawer.getByLabel(t("purposes.nameEn"), { exact: true }).fill("Gate guard");
    await choose(page, drawer.getByLabel(t("rights.positionBasis"), { exact: true }), t("position.operator"));
    await readable(page, "a new position");
    await drawer.getByRole("button", { name: t("common.save") }).click();
    await drawer.getByText(t("problem.position_named", { name: "监控员" })).first().waitFor();
    await drawer.getByLabel(t("purposes.nameZh"), { exact: true }).fill("门岗");
    await picture(page, "positions-add");
    await drawer.getByRole("button", { name: t("common.save") }).click();
    await drawer.waitFor({ state: "hidden" });
    const list = page.getByRole("region", { name: t("rights.tab_names") });
    await list.getByText(t("rights.basedOn", { position: t("position.operator") })).waitFor();
    await readable(page, "the positions");
    await tab(page, t("rights.tab_matrix")).click();
    await page.getByRole("columnheader", { name: "门岗" }).waitFor();
    await page.getByRole("button", { name: `${t("rights.cellTitle", { position: "门岗", action: t("action.live_view") })} – ${t("rights.cell_own")}` }).waitFor();
    await picture(page, "positions-matrix");
  });

  await visit(browser, { url: server.url, language: "en", name: "positions-give", expected: [/status of 401/] }, async ({ page, t }) => {
    await signIn(page, t, server.admin);
    await page.goto("/people");
    await page.getByRole("button", { name: /张伟/ }).click();
    await page.getByRole("checkbox", { name: /Gate guard/ }).check();
    await picture(page, "positions-person");
    await page.getByRole("button", { name: t("common.save") }).click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByRole("button", { name: /张伟/ }).getByText(t("people.positionsWait"), { exact: true }).waitFor();
    assert.equal(await page.getByRole("button", { name: t("people.approve"), exact: true }).count(), 0, "who proposed confirms");
    await readable(page, "positions that wait");
    await picture(page, "positions-waiting");
    await page.getByRole("button", { name: /张伟/ }).click();
    await page.getByText(t("people.waitsFor")).waitFor();
    await picture(page, "positions-waits-for");
  });

  // Another person confirms them, and finds the way there by the mark in the rail.
  for (const [language, size] of [["zh", { width: 390, height: 844 }], ["en", undefined]]) {
    await visit(browser, { url: server.url, language, size, name: `positions-confirm-${language}`, expected: [/status of 401/] }, async ({ page, t }) => {
      await signIn(page, t, supervisor);
      if (!size) await page.getByTitle(t("waiting.positions_one", { count: 1 })).waitFor();
      await page.goto("/people");
      await page.getByRole("button", { name: t("people.approve"), exact: true }).waitFor();
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "the page is wider than the window");
      await readable(page, "positions to confirm");
      await picture(page, `positions-confirm-${language}`);
      if (size) return;
      await page.getByRole("button", { name: t("people.approve"), exact: true }).click();
      await page.getByRole("dialog", { name: t("people.approveTitle", { name: "张伟" }) }).getByRole("button", { name: t("people.approve"), exact: true }).click();
      await page.getByRole("button", { name: /张伟/ }).or(page.locator(".person-row").filter({ hasText: "张伟" })).getByText("Gate guard", { exact: true }).waitFor();
      await page.getByRole("button", { name: t("people.approve"), exact: true }).waitFor({ state: "hidden" });
    });
  }

  await visit(browser, { url: server.url, language: "en", name: "positions-phone", size: { width: 390, height: 844 }, expected: [/status of 401/, /status of 409/] }, async ({ page, t }) => {
    await signIn(page, t, supervisor);
    await page.goto("/rights?tab=names");
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "the page is wider than the phone");
    await page.getByRole("button", { name: /Gate guard/ }).click();
    const drawer = page.getByRole("dialog", { name: t("rights.renamePosition") });
    await drawer.getByRole("button", { name: t("rights.retirePosition") }).click();
    await drawer.getByLabel(t("common.reason")).fill("not needed any more");
    await drawer.getByRole("button", { name: t("rights.retirePosition") }).click();
    await drawer.getByText(t("problem.position_held", { count: 1 })).waitFor();
    await readable(page, "held");
    await drawer.getByLabel(t("purposes.nameEn"), { exact: true }).fill("Gatekeeper");
    await drawer.getByRole("button", { name: t("common.save") }).click();
    await drawer.waitFor({ state: "hidden" });
    await page.getByRole("button", { name: /Gatekeeper/ }).waitFor();
    await picture(page, "positions-phone");
  });

  await visit(browser, { url: server.url, language: "en", name: "positions-mine", expected: [/status of 401/] }, async ({ page, t }) => {
    await signIn(page, t, guard);
    await page.goto("/account");
    await page.getByText("Gatekeeper").first().waitFor();
  });

  // Nobody holds it any more: it goes out of use, and comes back as it was.
  const holder = (await server.call("GET", "/people")).items.find((p) => p.positions.includes("gate_guard"));
  await server.give(holder.id, { positions: ["operator"] });
  await visit(browser, { url: server.url, language: "zh", name: "positions-back", size: { width: 390, height: 844 }, expected: [/status of 401/] }, async ({ page, t }) => {
    await signIn(page, t, supervisor);
    await page.goto("/rights?tab=names");
    const row = page.getByRole("button", { name: /gate_guard/ });
    for (const [title, label] of [["rights.renamePosition", "rights.retirePosition"], ["rights.restorePosition", "rights.restorePosition"]]) {
      await row.click();
      const drawer = page.getByRole("dialog", { name: t(title) });
      await drawer.getByRole("button", { name: t(label) }).click();
      await drawer.getByLabel(t("common.reason")).fill("夜间值守调整");
      if (label === "rights.restorePosition") await readable(page, "a retired position");
      await picture(page, `positions-${label}`);
      await drawer.getByRole("button", { name: t(label) }).click();
      await drawer.waitFor({ state: "hidden" });
    }
    await row.getByText(t("rights.basedOn", { position: t("position.operator") })).waitFor();
    assert.deepEqual((await (await server.as(supervisor))("GET", "/acts?kind=position.restored&kind=position.retired")).items.map((a) => a.reason), ["夜间值守调整", "夜间值守调整"]);
  });
});
