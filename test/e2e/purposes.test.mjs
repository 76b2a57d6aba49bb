// The register of purposes: a supervisor adds one with its legal basis; a guard looks for it and
// names who is at the screen; an auditor finds it by purpose and by who was there; once it is
// retired nothing is looked at for it.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { choosePurpose, signIn, signOut, startBrowser, visit } from "./browser.mjs";
import { root } from "./processes.mjs";
import { startServer } from "./server.mjs";

const expected = [/status of 4\d\d/];
const shots = join(root, ".cache/e2e");

let server, browser, guard, lead, supervisor, leader, gate;

before(async () => {
  server = await startServer();
  guard = await server.person("guard", "Guard 王", "operator");
  lead = await server.person("lead", "Lead 赵", "duty_lead");
  supervisor = await server.person("chief", "Chief 陈", "supervisor");
  leader = await server.person("boss", "Leader 孙", "leader");
  gate = await server.addCamera({ main: "rtsp://127.0.0.1:9/none" }, "East gate");
  browser = await startBrowser();
  mkdirSync(shots, { recursive: true });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const at = (page, t, place) => page.getByRole("navigation", { name: t("nav.label") }).getByRole("link", { name: t(`nav.${place}`) });

for (const [language, code, name, size] of [["zh", "traffic_accident", "交通事故", { width: 1440, height: 900 }], ["en", "lost_property", "Lost property", { width: 390, height: 844 }]]) {
  test(`a purpose is added, looked at for, found and retired (${language})`, async () => {
    const shot = (page, what) => page.screenshot({ path: join(shots, `purposes-${what}-${language}.png`), fullPage: true });
    await visit(browser, { url: server.url, language, name: "purposes", expected, size }, async ({ page, t }) => {
      await signIn(page, t, supervisor);
      await page.goto("/purposes");
      await page.getByText(t("purpose.incident"), { exact: true }).waitFor();
      await page.getByRole("button", { name: t("purposes.add") }).click();
      const form = page.getByRole("dialog", { name: t("purposes.add") });
      await form.getByLabel(t("purposes.code")).fill(code);
      await form.getByLabel(t(language === "zh" ? "purposes.nameZh" : "purposes.nameEn")).fill(name);
      await form.getByRole("button", { name: t("common.save") }).click();
      await form.getByText(t("problem.purpose_baseless")).first().waitFor();
      await form.getByLabel(t(language === "zh" ? "purposes.basisZh" : "purposes.basisEn")).fill("园区管理规定 House rules, art. 3");
      await form.getByRole("button", { name: t("common.save") }).click();
      await page.getByText(t("purposes.saved", { name })).waitFor();
      await page.locator(".purpose-row", { hasText: name }).waitFor();
      await shot(page, "register");
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= size.width, "nothing sticks out");
      await signOut(page, t);

      await signIn(page, t, guard);
      await page.goto(`/playback?cameras=${encodeURIComponent(JSON.stringify([gate.id]))}`);
      await page.getByRole("heading", { name: t("playback.gateTitle") }).waitFor();
      await page.getByRole("button", { name: t("playback.open") }).click();
      await page.getByText(t("purposes.needed")).waitFor(); // an hour back is more than duty review
      await choosePurpose(page, t, name);
      await page.getByLabel(t("common.reason")).fill("东门两车相撞 two cars at the gate");
      await page.getByLabel(t("present.colleagues")).fill("Lead");
      await page.locator(".ant-select-item-option", { hasText: "Lead 赵" }).click();
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: t("present.guest") }).click();
      await page.getByLabel(t("present.guestName")).fill("李警官");
      await page.getByRole("button", { name: t("playback.open") }).click();
      await page.getByText(t("problem.present_unit")).waitFor();
      await page.getByLabel(t("present.guestUnit")).fill("城东派出所");
      await shot(page, "gate");
      await page.getByRole("button", { name: t("playback.open") }).click();
      await page.getByRole("heading", { name: t("playback.gateTitle") }).waitFor({ state: "detached" });
      await page.locator(".playback-viewing", { hasText: name }).waitFor();
      await signOut(page, t);

      await signIn(page, t, supervisor);
      const { id } = (await server.call("GET", "/people")).items.find((p) => p.username === lead.username);
      for (const [how, query] of [["purpose", { purpose: [code] }], ["person", { present: [id], purpose: [code] }], ["name", { text: "李警官", purpose: [code] }], ["unit", { text: "派出所", purpose: [code] }]]) {
        await page.goto(`/acts?${Object.entries(query).map(([k, v]) => `${k}=${encodeURIComponent(JSON.stringify(v))}`).join("&")}`);
        const row = page.locator(".act-row", { hasText: t("act.viewing_opened") });
        await row.waitFor();
        const said = await row.innerText();
        for (const word of ["Guard 王", name, "Lead 赵", "李警官", "城东派出所"]) assert.ok(said.includes(word), `by ${how}: ${word} in ${said}`);
        if (how === "person") await page.getByText(t("acts.presentChip", { name: "Lead 赵" }), { exact: true }).waitFor();
      }
      await shot(page, "trail");

      await page.goto("/purposes");
      await page.locator(".purpose-row", { hasText: name }).click();
      const drawer = page.getByRole("dialog", { name: t("purposes.edit") });
      await drawer.getByRole("button", { name: t("purposes.retire") }).click();
      await drawer.getByRole("textbox", { name: t("common.reason"), exact: true }).fill("不再需要 no longer needed");
      await drawer.getByRole("button", { name: t("purposes.retire") }).click();
      await page.getByRole("region", { name: t("purposes.showRetired") }).getByText(name).waitFor();
      const as = await server.as(guard);
      const now = Date.now();
      await assert.rejects(as("POST", "/viewings", { cameras: [gate.id], from: new Date(now - 3_600_000).toISOString(), to: new Date(now).toISOString(), purpose: code, reason: "two cars at the gate" }), /422/);
      await signOut(page, t);
      await signIn(page, t, guard);
      await page.goto(`/playback?cameras=${encodeURIComponent(JSON.stringify([gate.id]))}`);
      await page.getByLabel(t("playback.purpose"), { exact: true }).click();
      await page.locator(".ant-select-item-option", { hasText: t("purpose.incident") }).waitFor();
      assert.equal(await page.locator(".ant-select-item-option", { hasText: name }).count(), 0, "what is retired is not offered");
    });
  });
}

for (const [language, code, size] of [["zh", "inspection", { width: 1440, height: 900 }], ["en", "maintenance", { width: 390, height: 844 }]]) {
  test(`a demanded second person goes only by two people (${language})`, async () => {
    const shot = (page, what) => page.screenshot({ path: join(shots, `purposes-${what}-${language}.png`), fullPage: true });
    const now = async () => (await server.call("GET", "/purposes")).items.find((p) => p.code === code).needsSecond;
    await visit(browser, { url: server.url, language, name: "purposes-two", expected, size }, async ({ page, t }) => {
      const name = t(`purpose.${code}`);
      const row = page.locator(".purpose-row", { has: page.getByText(code, { exact: true }) });
      const flip = async () => {
        await row.click();
        const drawer = page.getByRole("dialog", { name: t("purposes.edit") });
        await drawer.getByLabel(t("purposes.needsSecond"), { exact: true }).click();
        await drawer.getByRole("button", { name: t("common.save") }).click();
      };
      const propose = async () => {
        await flip();
        const dialog = page.getByRole("dialog", { name: t("purposes.propose") });
        await dialog.getByLabel(t("common.reason"), { exact: true }).fill("夜间只有一人值班 one at night");
        await shot(page, "propose");
        await dialog.getByRole("button", { name: t("purposes.propose") }).click();
        await page.getByText(t("purposes.proposed")).first().waitFor();
      };
      const waiting = page.getByRole("region", { name: t("purposes.waiting") });
      const decide = async (kind, note) => {
        await waiting.getByRole("button", { name: t(`parameters.${kind}`), exact: true }).click();
        const dialog = page.getByRole("dialog", { name: t(`parameters.${kind}`) });
        if (note) await dialog.getByRole("textbox").fill(note);
        await dialog.getByRole("button", { name: t(`parameters.${kind}`), exact: true }).click();
        await page.getByText(t(`purposes.done_${kind}`)).first().waitFor();
        await waiting.waitFor({ state: "detached" });
      };
      await signIn(page, t, supervisor);
      await page.goto("/purposes");
      await row.waitFor();
      await flip();
      await page.getByText(t("purposes.saved", { name })).waitFor(); // asking more holds at once
      await row.getByText(t("purposes.secondTag")).waitFor();
      await propose();
      await waiting.getByText(t("purposes.step_change", { name })).waitFor();
      assert.equal(await waiting.getByRole("button", { name: t("parameters.approve"), exact: true }).count(), 0, "nobody approves their own");
      assert.equal(await now(), true, "nothing holds yet");
      await decide("withdraw");
      await propose();
      await signOut(page, t);

      await signIn(page, t, leader);
      await page.goto("/purposes");
      await waiting.getByText(t("purposes.step_change", { name })).waitFor();
      await shot(page, "waiting");
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= size.width, "nothing sticks out");
      assert.equal(await now(), true);
      await decide("approve");
      assert.equal(await now(), false, "two agreed");
    });
  });
}

test("duty review needs neither purpose nor reason, and who watches along is named (zh)", async () => {
  await visit(browser, { url: server.url, language: "zh", name: "purposes-review", expected }, async ({ page, t }) => {
    await signIn(page, t, guard);
    await page.goto(`/playback?cameras=${encodeURIComponent(JSON.stringify([gate.id]))}`);
    await page.getByRole("button", { name: t("duration.m", { m: 10 }), exact: true }).click();
    await page.getByText(t("purposes.reviewHint", { time: t("duration.m", { m: 30 }) })).waitFor();
    await page.getByRole("button", { name: t("playback.open") }).click();
    await page.locator(".playback-viewing", { hasText: t("purpose.duty_review") }).waitFor();
    await at(page, t, "wall").click();
    await page.getByRole("button", { name: t("present.open") }).click();
    const dialog = page.getByRole("dialog", { name: t("present.title") });
    await dialog.getByRole("button", { name: t("present.guest") }).click();
    await dialog.getByLabel(t("present.guestName")).fill("李警官");
    await dialog.getByLabel(t("present.guestUnit")).fill("城东派出所");
    await page.screenshot({ path: join(shots, "purposes-company-zh.png") });
    await dialog.getByRole("button", { name: t("present.save") }).click();
    await page.getByRole("button", { name: t("present.beside_other", { count: 1 }) }).waitFor();
  });
});
