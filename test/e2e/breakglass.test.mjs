// A guard breaks the glass at night: a camera above their grade is seen for minutes, the
// leader hears of it at once, and the report comes afterwards.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { framesShown, readable, signIn, startBrowser, visit } from "./browser.mjs";
import { startServer, startSimulator } from "./server.mjs";

let simulator, server, browser, guard, leader, auditor, vault;

before(async () => {
  simulator = await startSimulator(1);
  server = await startServer({ WATCHROOM_TIME_ZONE: "Asia/Shanghai" });
  guard = await server.person("wang", "王建国", "operator");
  leader = await server.person("li", "李敏", "leader");
  auditor = await server.person("qian", "钱进", "auditor");
  vault = await server.addCamera(simulator.cameras[0], "金库 Vault", { grade: 3 });
  // Guards watch cameras of grade 1 and 2 only.
  const supervisor = await server.as(await server.person("zhao", "赵强", "supervisor"));
  const asked = await supervisor("POST", "/rights/versions", { base: "built-in", reason: "by grade", rules: [{ id: "inner", position: "operator", actions: ["live.view"], toGrade: 2 }] });
  await (await server.as(leader))("POST", `/rights/versions/${asked.id}/approve`, {});
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await simulator?.stop();
});

const expected = [/status of 401/, /status of 403/, /status of 404/, /status of 409/];

test("the glass is broken with two buttons, and the leader sees it", async () => {
  await visit(browser, { url: server.url, language: "zh", name: "breakglass", expected }, async ({ page, t }) => {
    await signIn(page, t, guard);
    const call = await server.as(guard);
    await assert.rejects(call("GET", `/cameras/${vault.id}/picture.jpg`), /right_grade/);
    await page.goto("/wall");
    await page.getByRole("button", { name: t("emergency.button"), exact: true }).click();
    const dialog = page.getByRole("dialog", { name: t("emergency.take") });
    await dialog.getByText(t("emergency.name.live_graded")).waitFor();
    assert.ok(await dialog.getByRole("button", { name: t("emergency.takeIt") }).isDisabled(), "it can be taken without saying what and why");
    await readable(page, "taking an emergency right");
    await dialog.getByRole("radio", { name: new RegExp(`^${t("emergency.name.live_graded")}`) }).check();
    await dialog.getByRole("radio", { name: t("emergency.causes.fire"), exact: true }).check();
    const banner = page.getByRole("region", { name: t("emergency.title") });
    await visit(browser, { url: server.url, language: "en", name: "breakglass-leader", size: { width: 390, height: 844 }, expected }, async ({ page: phone, t: said }) => {
      await signIn(phone, said, leader);
      await phone.goto("/coverage");
      await phone.getByRole("heading", { level: 1 }).waitFor();
      await dialog.getByRole("button", { name: t("emergency.takeIt") }).click();
      // Whatever the leader has open says it by itself.
      const notice = phone.getByRole("alert").filter({ hasText: said("emergency.told", { name: "王建国" }) });
      await notice.getByText(said("emergency.causes.fire")).waitFor();
      await readable(phone, "a leader is told");
      await notice.getByRole("button", { name: said("emergency.look") }).click();
      await phone.getByRole("dialog", { name: said("emergency.title") }).getByText("王建国").waitFor();
      await notice.waitFor({ state: "detached" });
      await phone.goto("/emergencies");
      await phone.getByRole("button", { name: /王建国/ }).waitFor();
      await readable(phone, "the list on a phone");
      await phone.goto("/system");
      await phone.getByText(said("alarm.emergency_taken", { person: "王建国", what: said("emergency.name.live_graded") })).waitFor();
      assert.equal(await notice.count(), 0, "who has looked is told again");
    });
    await banner.getByRole("timer").waitFor();
    assert.match(await banner.getByRole("timer").innerText(), /^1[345]:\d\d$/);
    await framesShown(page.locator("video").first(), 2); // the wall shows the vault now
    await readable(page, "the wall with an emergency right");

    await banner.getByRole("button", { name: t("emergency.end") }).click();
    const due = page.getByRole("region", { name: t("emergency.report") });
    await due.getByRole("link", { name: t("emergency.write") }).click();
    const drawer = page.getByRole("dialog", { name: t("emergency.title") });
    await drawer.getByLabel(t("emergency.report"), { exact: true }).fill("太短");
    await drawer.getByRole("button", { name: t("emergency.send") }).click();
    await drawer.getByText(t("emergency.reportText")).waitFor();
    await drawer.getByLabel(t("emergency.report"), { exact: true }).fill("厨房油锅起火，查看金库走廊有无人员滞留，已通知值班领导。");
    await readable(page, "the report");
    await drawer.getByRole("button", { name: t("emergency.send") }).click();
    await drawer.getByText(t("emergency.state_reported")).waitFor();
    await due.waitFor({ state: "detached" });
    await assert.rejects(call("GET", `/cameras/${vault.id}/picture.jpg`), /right_grade/);
  });
});

test("the leader settles it from the acts that were done under it", async () => {
  await visit(browser, { url: server.url, language: "en", name: "breakglass-settle", expected }, async ({ page, t }) => {
    await signIn(page, t, leader);
    await page.getByRole("navigation", { name: t("nav.label") }).getByRole("link", { name: t("nav.emergencies") }).click();
    await page.getByRole("button", { name: /王建国/ }).click();
    const drawer = page.getByRole("dialog", { name: t("emergency.title") });
    await drawer.getByText("厨房油锅起火", { exact: false }).waitFor();
    await readable(page, "one emergency right");
    await drawer.getByRole("link", { name: t("emergency.actsLink") }).click();
    await page.getByText(t("act.live_opened")).first().waitFor();
    await page.goBack();
    await drawer.getByText(t("emergency.justified"), { exact: true }).click();
    await drawer.getByLabel(t("emergency.note"), { exact: true }).fill("The corridor had to be seen");
    await drawer.getByRole("button", { name: t("emergency.settle"), exact: true }).click();
    await drawer.getByText(t("emergency.state_settled")).waitFor();
    await readable(page, "a settled emergency right");
  });
});

test("an auditor reads in the trail that it was by an emergency right, and goes on to its report", async () => {
  for (const [language, size] of [["zh", undefined], ["en", { width: 390, height: 844 }]]) {
    await visit(browser, { url: server.url, language, name: `breakglass-audit-${language}`, expected, size }, async ({ page, t }) => {
      await signIn(page, t, auditor);
      await page.goto("/acts?kind=%5B%22live.opened%22%5D");
      const row = page.locator(".act-row", { hasText: "金库 Vault" }).filter({ hasText: t("emergency.causes.fire") }).first(); // whoever looked later may stand above
      const by = row.getByRole("link", { name: t("emergency.causes.fire") });
      await by.waitFor();
      assert.ok((await row.innerText()).includes(t("acts.byEmergencyAlone")), await row.innerText());
      assert.ok(!(await row.innerText()).includes(t("acts.byRight", { right: t("action.live_view") })));
      await readable(page, "a look by an emergency right");
      await row.locator(".act-time").click();
      const card = page.getByRole("dialog", { name: t("acts.card") });
      await card.getByRole("link", { name: t("emergency.causes.fire") }).click();
      const drawer = page.getByRole("dialog", { name: t("emergency.title") });
      await drawer.getByText("厨房油锅起火", { exact: false }).waitFor();
      await page.goto("/acts");
      await page.getByRole("navigation", { name: t("nav.label") }).getByRole("link", { name: t("nav.emergencies") }).click();
      await page.getByRole("button", { name: /王建国/ }).waitFor();
    });
  }
});
