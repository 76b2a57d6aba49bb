// The auditor's question: who looked at gate 2 last night, why, and by what right? In three
// clicks from the list of cameras, and then the proof, checked without the server.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { readable, signIn, startBrowser, visit } from "./browser.mjs";
import { binary } from "./processes.mjs";
import { startServer } from "./server.mjs";

const run = promisify(execFile);
const hour = 3_600_000;
const expected = [/status of 401/, /status of 404/];

let server, browser, guard, auditor, gate;
// The site lies where it is ten in the evening now: what is done now is done in a night.
const now = new Date();
const east = ((22 - now.getUTCHours() + 24 + 9) % 24) - 9; // hours, -9 to 14
const zone = `Etc/GMT${east > 0 ? "-" : "+"}${Math.abs(east)}`; // its sign is the other way round
const evening = new Date(now.getTime() - 24 * hour); // the same time of yesterday
evening.setUTCMinutes(0, 0, 0);

before(async () => {
  server = await startServer({ WATCHROOM_TIME_ZONE: zone });
  guard = await server.person("guard", "Guard 王", "operator");
  auditor = await server.person("auditor", "Auditor 李", "auditor");
  gate = await server.addCamera({ main: "rtsp://127.0.0.1:9/none" }, "Gate 2");
  await server.addCamera({ main: "rtsp://127.0.0.1:9/none" }, "Gate 3");
  const asGuard = await server.as(guard);
  const from = evening;
  await asGuard("POST", "/viewings", { cameras: [gate.id], from: from.toISOString(), to: new Date(from.getTime() + hour / 4).toISOString(), purpose: "incident", reason: "2 号门外有人倒地" });
  // In tonight's night, the noon of yesterday: it is looking in that night, too.
  await asGuard("POST", "/viewings", { cameras: [gate.id], from: new Date(from.getTime() - 10 * hour).toISOString(), to: new Date(from.getTime() - 9 * hour).toISOString(), purpose: "incident", reason: "核对昨日中午的情况" });
  // Somebody who has no right is on record, too.
  const asAuditor = await server.as(auditor);
  await assert.rejects(asAuditor("POST", "/viewings", { cameras: [gate.id], from: from.toISOString(), to: new Date(from.getTime() + hour / 4).toISOString(), purpose: "incident", reason: "only to try it" }), /403/);
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const language of ["zh", "en"]) {
  test(`who looked at gate 2 last night, why and by what right (${language})`, async () => {
    await visit(browser, { url: server.url, language, name: "trail", expected, size: language === "en" ? { width: 390, height: 844 } : undefined }, async ({ page, t }) => {
      await signIn(page, t, auditor);
      await page.goto("/cameras");
      await page.getByRole("button", { name: "Gate 2" }).click(); // one
      await page.getByRole("button", { name: t("acts.lookedHere") }).click(); // two
      const date = (at) => new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeZone: zone }).format(at);
      const night = (at) => page.locator(`.trail-nights button[title^="${date(at)}"]`);
      await night(now).click(); // tonight, at footage of other times
      await page.locator(".act-row", { hasText: t("acts.night_other") }).filter({ hasText: "核对昨日中午的情况" }).waitFor();
      await page.locator(".act-row", { hasText: t("acts.night_other") }).filter({ hasText: "2 号门外有人倒地" }).waitFor();
      await readable(page, "a night");
      await night(evening).click(); // three: the night that began yesterday
      const row = page.locator(".act-row", { hasText: t("acts.night_later") });
      await row.waitFor();
      const said = await row.innerText();
      for (const word of [t("act.viewing_opened"), "Guard 王", t("position.operator"), "Gate 2", t("purpose.incident"), "2 号门外有人倒地", t("acts.byRight", { right: t("action.playback_view") })]) {
        assert.ok(said.includes(word), `${word} in ${said}`);
      }
      assert.equal(await page.locator(".act-row").count(), 1);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= page.viewportSize().width, "nothing sticks out");

      // The proof of it: the entry, the file, and the command that needs no server.
      await row.getByRole("button").click();
      const card = page.getByRole("dialog", { name: t("acts.card") });
      await card.getByText("built-in/operator/playback.view").first().waitFor();
      const take = card.getByRole("button", { name: t("acts.takeProof") });
      await assert.doesNotReject(async () => {
        for (let n = 0; n < 60 && !(await take.isVisible()); n++) { // it comes into the log within seconds
          await page.reload();
          await card.getByText(t("acts.proof"), { exact: true }).waitFor();
          await take.waitFor({ timeout: 1000 }).catch(() => {});
        }
        await take.waitFor();
      });
      const [file] = await Promise.all([page.waitForEvent("download"), take.click()]);
      const path = await file.path();
      const { stdout: key } = await run(binary, ["ledger", "key", "--data", server.data]);
      const policy = join(server.data, `policy-${language}`);
      writeFileSync(policy, `log ${key.trim()}\nquorum none\n`);
      const { stdout } = await run(binary, ["ledger", "act", path, "--policy", policy]);
      assert.match(stdout, /action viewing\.opened/);
      assert.match(stdout, /2 号门外有人倒地/);
      assert.match(stdout, /verdict: the act stands in the log of the policy/);
      const forged = join(server.data, `forged-${language}.json`);
      writeFileSync(forged, readFileSync(path, "utf8").replace("incident", "accident"));
      await assert.rejects(run(binary, ["ledger", "act", forged, "--policy", policy]), /does not prove the act/);
    });
  });
}

test("refusals, a saved search and an export with its reason", async () => {
  await visit(browser, { url: server.url, language: "zh", name: "trail-saved", expected }, async ({ page, t }) => {
    await signIn(page, t, auditor);
    await page.goto("/acts");
    await page.getByRole("button", { name: t("acts.refusals") }).click();
    const row = page.locator(".act-row", { hasText: t("act.access_refused") }).first();
    await row.waitFor();
    assert.ok((await row.innerText()).includes(t("acts.lacked", { right: t("action.playback_view") })));
    await page.getByRole("button", { name: t("acts.saved") }).click();
    await page.getByLabel(t("acts.saveAs")).fill("被拒绝的人");
    await page.getByRole("button", { name: t("acts.save"), exact: true }).click();
    await page.getByRole("button", { name: t("acts.removeSaved", { name: "被拒绝的人" }) }).waitFor();
    await page.goto("/acts");
    await page.locator(".act-row", { hasText: t("act.session_opened") }).first().waitFor();
    await page.getByRole("button", { name: t("acts.saved") }).click();
    await page.getByRole("button", { name: "被拒绝的人", exact: true }).click();
    await page.locator(".trail-chips .ant-tag", { hasText: t("acts.verdict.refused") }).waitFor();
    await page.locator(".act-row", { hasText: t("act.session_opened") }).first().waitFor({ state: "detached" });
    await page.getByRole("button", { name: t("acts.export") }).click();
    const dialog = page.getByRole("dialog", { name: t("acts.exportTitle") });
    await dialog.getByLabel(t("common.reason")).fill("季度审计核对");
    const [file] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: t("acts.exportDo") }).click()]);
    const rows = readFileSync(await file.path(), "utf8");
    assert.ok(rows.includes("access.refused") && rows.includes("Auditor 李") && !rows.includes("session.opened"), rows);

    // On paper, in words, as another program reads it.
    await dialog.waitFor({ state: "detached" });
    await page.getByRole("button", { name: t("acts.export") }).click();
    await dialog.getByRole("radio", { name: t("acts.format_pdf") }).check();
    await dialog.getByLabel(t("common.reason")).fill("年度归档");
    const [paper] = await Promise.all([page.waitForEvent("download"), dialog.getByRole("button", { name: t("acts.exportDo") }).click()]);
    assert.match(paper.suggestedFilename(), /^watchroom-acts-.*\.pdf$/);
    const { stdout } = await run("pdftotext", ["-layout", await paper.path(), "-"]);
    const flat = stdout.replace(/\s/g, "");
    for (const word of ["年度归档", "Auditor李", t("position.auditor"), t("act.access_refused"), t("action.playback_view"), t("acts.verdict.refused"), "存证校验点", "第1页，共2页"]) {
      assert.ok(flat.includes(word.replace(/\s/g, "")), `${word} in ${stdout}`);
    }
    await page.goto("/acts?kind=%5B%22trail.%22%5D");
    await page.locator(".act-row", { hasText: "季度审计核对" }).waitFor();
  });
});
