// A rule of the house is changed: one proposes, another approves on a phone, and it holds
// at once.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readable, signIn, startBrowser, visit } from "./browser.mjs";
import { startServer } from "./server.mjs";

let server, browser, supervisor, leader;

before(async () => {
  server = await startServer({ WATCHROOM_TIME_ZONE: "Asia/Shanghai" });
  supervisor = await server.person("wang", "王建国", "supervisor");
  leader = await server.person("li", "李敏", "leader");
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const made = (name, password) => server.call("POST", "/people", { username: name, displayName: name, positions: ["operator"], password }).then(() => "made", (e) => (/password_too_weak/.test(e.message) ? "refused" : e.message));

test("a value is proposed at the desk and approved on a phone", async () => {
  assert.equal(await made("before", "eleven-char"), "made");
  await visit(browser, { url: server.url, language: "zh", name: "parameters", expected: [/status of 401/, /status of 422/] }, async ({ page, t }) => {
    await signIn(page, t, supervisor);
    await page.getByRole("navigation", { name: t("nav.label") }).getByRole("link", { name: t("nav.parameters"), exact: true }).click();
    await page.getByRole("heading", { level: 1, name: t("parameters.title") }).waitFor();
    await page.getByRole("heading", { name: t("parameters.group.password") }).waitFor();
    await readable(page, "the list");
    await page.getByRole("button", { name: new RegExp(t("parameters.name.password_least")) }).click();
    const one = page.getByRole("dialog", { name: t("parameters.one") });
    await one.getByText(t("parameters.noHistory")).waitFor();
    await readable(page, "one parameter");
    await one.getByLabel(t("parameters.newValue")).fill("3");
    await one.getByLabel(t("common.reason")).fill("按制度要求");
    await one.getByRole("button", { name: t("parameters.proposeIt") }).click();
    await one.getByText(t("problem.parameter_bounds", { least: 8, most: 19 })).waitFor();
    await one.getByLabel(t("parameters.newValue")).fill("12");
    await one.getByRole("button", { name: t("parameters.proposeIt") }).click();
    await page.getByText(t("parameters.approvals", { n: 0, of: 1 })).waitFor();
    await page.getByText(t("problem.proposal_own")).waitFor();
    assert.equal(await page.getByRole("button", { name: t("parameters.approve"), exact: true }).count(), 0, "one's own can be approved");
  });
  assert.equal(await made("meanwhile", "eleven-chaa"), "made");
  await visit(browser, { url: server.url, language: "en", name: "parameters-phone", size: { width: 390, height: 844 }, expected: [/status of 401/] }, async ({ page, t }) => {
    await signIn(page, t, leader);
    await page.goto("/parameters");
    await page.getByText(t("parameters.approvals", { n: 0, of: 1 })).waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "the page is wider than the phone");
    await readable(page, "on a phone");
    await page.getByRole("button", { name: t("parameters.approve"), exact: true }).click();
    const dialog = page.getByRole("dialog", { name: t("parameters.approve") });
    await dialog.getByText(t("parameters.approveLast")).waitFor();
    await dialog.getByRole("button", { name: t("parameters.approve"), exact: true }).click();
    await page.getByText(t("parameters.origin_own")).waitFor();
    await page.getByText(t("parameters.approvals", { n: 0, of: 1 })).waitFor({ state: "detached" });
  });
  assert.equal(await made("after", "eleven-chab"), "refused");
});

test("a pack is looked at, proposed and approved as one", async () => {
  await visit(browser, { url: server.url, language: "en", name: "pack", expected: [/status of 401/, /status of 404/] }, async ({ page, t }) => {
    await signIn(page, t, supervisor);
    await page.goto("/parameters");
    await page.getByRole("button", { name: t("parameters.choosePack") }).click();
    const drawer = page.getByRole("dialog", { name: t("parameters.choosePack") });
    await drawer.getByRole("radio", { name: t("parameters.ownPack") }).check();
    await drawer.getByLabel(t("parameters.file")).fill("pack: ours\nvalues:\n  password.least: {value: 3, clause: C113}\n  word.gone: {value: 1, clause: C001}\n");
    await drawer.getByText(/^Line 3, password\.least: /).waitFor();
    await drawer.getByText(/^Line 4, word\.gone: /).waitFor();
    assert.ok(await drawer.getByRole("button", { name: t("parameters.proposeIt") }).isDisabled(), "a pack with faults can be proposed");
    await drawer.getByRole("radio", { name: t("parameters.pack.campus") }).check();
    await drawer.getByText(t("parameters.needsOne")).waitFor();
    await readable(page, "the preview of a pack");
    await drawer.getByLabel(t("common.reason")).fill("The school has decided so");
    await drawer.getByRole("button", { name: t("parameters.proposeIt") }).click();
    await page.getByText(t("parameters.approvals", { n: 0, of: 1 })).waitFor();
  });
  const call = await server.as(leader);
  const { open } = await call("GET", "/parameters");
  assert.deepEqual(open.map((p) => p.pack), ["campus"]);
  await call("POST", `/parameters/proposals/${open[0].id}/approve`, {});
  await visit(browser, { url: server.url, language: "zh", name: "pack-holds", expected: [/status of 401/] }, async ({ page, t }) => {
    await signIn(page, t, leader);
    await page.goto("/parameters");
    await page.getByText(t("parameters.packNow", { name: t("parameters.pack.campus") })).waitFor();
    await page.getByText(t("parameters.origin_pack", { pack: t("parameters.pack.campus") })).first().waitFor();
  });
});
