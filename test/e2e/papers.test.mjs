// A pledge of secrecy that runs out: the guard is told before, loses the pictures while the
// wall is open, reads why, and signs it again; who explains rights reads the same.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { framesShown, signIn, startBrowser, visit } from "./browser.mjs";
import { root } from "./processes.mjs";
import { startServer, startSimulator } from "./server.mjs";

const expected = [/status of 401/, /status of 403/, /status of 404/];
const shots = join(root, ".cache/e2e");
const zone = "Asia/Shanghai";
const today = Date.now(); // one day for the whole journey, also over midnight
const day = (from) => new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" }).format(today + from * 86_400_000);

let simulator, server, browser, guard, supervisor, gate, id;

before(async () => {
  simulator = await startSimulator(1);
  server = await startServer({ WATCHROOM_TIME_ZONE: zone });
  guard = await server.person("wang", "王五", "operator");
  supervisor = await server.person("chen", "陈主管", "supervisor");
  const leader = await server.person("li", "李敏", "leader");
  gate = await server.addCamera(simulator.cameras[0], "Gate 东门");
  const people = await server.call("GET", "/people");
  id = people.items.find((p) => p.username === "wang").id;
  await pledged(20);
  const proposal = await (await server.as(supervisor))("POST", "/parameters/proposals", { changes: [{ key: "pledge.ends", value: true }], reason: "按保密制度" });
  await (await server.as(leader))("POST", `/parameters/proposals/${proposal.id}/approve`, {});
  browser = await startBrowser();
  mkdirSync(shots, { recursive: true });
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await simulator?.stop();
});

const pledged = (days) => server.call("PATCH", `/people/${id}/file`, { pledgeUntil: day(days) });

for (const [language, size] of [["zh", { width: 1440, height: 900 }], ["en", { width: 390, height: 844 }]]) {
  test(`a pledge runs out while the wall is open (${language})`, async () => {
    await pledged(20);
    const shot = (page, what) => page.screenshot({ path: join(shots, `papers-${what}-${language}.png`) });
    await visit(browser, { url: server.url, language, name: "papers", expected, size }, async ({ page, t }) => {
      await signIn(page, t, guard);
      await page.goto("/wall");
      await framesShown(page.locator("video").first(), 2);
      await page.getByText(t("papers.pledge_soon", { date: day(20) })).waitFor();
      await shot(page, "soon");
      await pledged(-1);
      await page.locator("video").first().waitFor({ state: "detached" });
      await page.getByText(t("papers.pledge_ended", { date: day(-1) })).waitFor();
      await page.getByText(t("problem.right_pledge")).waitFor();
      await shot(page, "ended");
      await page.goto("/account");
      await page.getByText(t("papers.pledge_ended", { date: day(-1) })).waitFor();
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= size.width, "nothing sticks out");
    });
    await visit(browser, { url: server.url, language, name: "papers-why", expected, size }, async ({ page, t }) => {
      await signIn(page, t, supervisor);
      await page.getByText(t("papers.pledge_missing")).waitFor(); // the supervisor watches, too
      await page.goto(`/rights?tab=explain&person=${id}&camera=${gate.id}`);
      await page.getByText(t("rights.lack_pledge", { position: t("position.operator") })).first().waitFor();
      await shot(page, "why");
    });
    await visit(browser, { url: server.url, language, name: "papers-sign", expected, size }, async ({ page, t }) => {
      await signIn(page, t, guard);
      await page.getByRole("link", { name: t("papers.sign"), exact: true }).click();
      const pledge = page.getByRole("region", { name: t("papers.pledge") });
      await pledge.getByLabel(t("signIn.password"), { exact: true }).fill(guard.password);
      await shot(page, "sign");
      const sign = pledge.getByRole("button", { name: t("papers.sign"), exact: true });
      const signed = page.waitForResponse((r) => r.request().method() === "POST" && /pledge/.test(r.url())); // while it is under way the button has another name
      await sign.click();
      assert.ok((await signed).ok(), "the pledge is signed");
      await sign.waitFor({ state: "detached" });
      await page.goto("/wall");
      await framesShown(page.locator("video").first(), 2);
    });
  });
}
