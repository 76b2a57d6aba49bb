// All disks are full: the duty lead says which cameras go on, and takes it back.
import assert from "node:assert/strict";
import { statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readable, signIn, startBrowser, visit } from "./browser.mjs";
import { startServer, startSimulator } from "./server.mjs";

let simulator, server, browser, lead, partly, guard;
const cameras = [];

before(async () => {
  simulator = await startSimulator(3);
  server = await startServer({ WATCHROOM_TIME_ZONE: "Asia/Shanghai" });
  lead = await server.person("wang", "王建国", "operator", "duty_lead");
  guard = await server.person("zhao", "赵强", "technician");
  partly = await server.person("qian", "钱进", "duty_lead");
  const area = await server.call("POST", "/areas", { kind: "site", name: "南校区" });
  const person = (await server.call("GET", "/people")).items.find((p) => p.username === "qian");
  await server.call("PATCH", `/people/${person.id}`, { holdings: [{ position: "duty_lead", areas: [area.id] }] });
  for (const [i, name] of ["1 号门", "宿舍楼门口", "实验楼东侧走廊"].entries()) cameras.push(await server.addCamera(simulator.cameras[i], name));
  // Twice as much as there is must stay free: the disk is full, and the chosen may use a fourth.
  const s = statfsSync(server.data);
  const config = join(server.data, "full.yaml");
  writeFileSync(config, `recording:\n  stop_space: ${Math.round((2 * s.bavail * s.bsize) / 2 ** 20)}MiB\n`);
  await server.restart(undefined, ["--config", config]);
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await simulator?.stop();
});

const expected = [/status of 401/, /status of 403/, /status of 409/];

/** Waits until cameras are recorded, or are not. */
async function recorded(call, want) {
  for (;;) {
    const { items } = await call("GET", "/cameras");
    if (items.every((c) => c.state.recording === want.includes(c.id))) return;
    await new Promise((done) => setTimeout(done, 200));
  }
}

for (const [language, size] of [["zh", { width: 1440, height: 900 }], ["en", { width: 390, height: 844 }]]) {
  test(`the duty lead chooses which cameras go on, in ${language}`, async () => {
    const call = await server.as(lead);
    await recorded(call, []);
    await visit(browser, { url: server.url, language, name: "shortage", size, expected }, async ({ page, t }) => {
      await signIn(page, t, lead);
      await page.goto("/system");
      await page.getByText(t("alarm.shortage_asked")).waitFor();
      await page.goto("/storage");
      const banner = page.locator(".banner").filter({ has: page.getByRole("heading", { name: t("shortage.title") }) });
      await banner.getByText(t("shortage.askedTitle")).waitFor();
      await readable(page, `${language} asked`);
      await banner.getByRole("button", { name: t("shortage.choose") }).click();
      const dialog = page.getByRole("dialog", { name: t("shortage.choose") });
      await dialog.getByLabel(t("shortage.record")).click();
      await page.keyboard.type("宿舍楼");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Escape");
      await dialog.getByLabel(t("common.reason")).fill("出入口优先");
      await readable(page, `${language} choice`);
      await dialog.getByRole("button", { name: t("shortage.confirm") }).click();
      await banner.getByText(t("shortage.answeredTitle")).waitFor();
      await banner.getByText("出入口优先").waitFor();
      await recorded(call, [cameras[1].id]);
      await readable(page, `${language} answered`);
      await banner.getByRole("button", { name: t("shortage.revoke") }).click();
      const revoke = page.getByRole("dialog", { name: t("shortage.revoke") });
      await revoke.getByLabel(t("common.reason")).fill("选错了");
      await revoke.getByRole("button", { name: t("shortage.revoke") }).click();
      await banner.getByText(t("shortage.askedTitle")).waitFor();
      await recorded(call, []);
      await page.goto("/acts?kind=shortage.");
      await page.getByText(t("act.shortage_answered")).first().waitFor();
      await page.getByText(t("act.shortage_revoked")).first().waitFor();
      await readable(page, `${language} acts`);
    });
  });
}

test("who may not switch cameras is told whom to ask", async () => {
  await visit(browser, { url: server.url, language: "zh", name: "shortage-other", expected }, async ({ page, t }) => {
    await signIn(page, t, guard);
    await page.goto("/storage");
    const banner = page.locator(".banner").filter({ has: page.getByRole("heading", { name: t("shortage.title") }) });
    await banner.getByText(t("shortage.askedOther")).waitFor();
    assert.equal(await banner.getByRole("button").count(), 0);
  });
});

for (const [language, size] of [["zh", { width: 390, height: 844 }], ["en", { width: 1440, height: 900 }]]) {
  test(`who may switch cameras of some areas only is told why they cannot choose, in ${language}`, async () => {
    await visit(browser, { url: server.url, language, name: "shortage-partly", size, expected }, async ({ page, t }) => {
      await signIn(page, t, partly);
      await page.goto("/storage");
      const banner = page.locator(".banner").filter({ has: page.getByRole("heading", { name: t("shortage.title") }) });
      await banner.getByText(t("shortage.someAreas")).waitFor();
      await banner.getByText(t("shortage.askedOther")).waitFor();
      assert.equal(await banner.getByRole("button").count(), 0);
      await readable(page, `${language} asked of another`);
    });
  });
}
