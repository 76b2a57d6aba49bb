// An auditor goes through who holds what, withdraws what nobody needs, and reads what the
// trail says of lookups.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readable, signIn, startBrowser, visit } from "./browser.mjs";
import { startServer } from "./server.mjs";

let server, browser, auditor, guard;

before(async () => {
  server = await startServer({ WATCHROOM_TIME_ZONE: "Asia/Shanghai" });
  auditor = await server.person("sun", "孙洁", "auditor");
  guard = await server.person("wang", "王建国", "operator", "duty_lead");
  const camera = await server.addCamera({ main: "rtsp://127.0.0.1:9/none" }, "宿舍楼门口");
  const call = await server.as(guard);
  // The same hour of five days, again and again, and nothing came of it.
  const now = Date.now();
  for (let day = 1; day <= 5; day++) {
    const from = new Date(now - day * 86_400_000);
    await call("POST", "/viewings", { cameras: [camera.id], from: from.toISOString(), to: new Date(from.getTime() + 60_000).toISOString(), purpose: "incident", reason: "再看一次" });
  }
  await assert.rejects(call("GET", "/rights-reviews"), /right_missing/);
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const expected = [/status of 401/, /status of 403/, /status of 404/];

test("a position that nobody needs is withdrawn", async () => {
  await visit(browser, { url: server.url, language: "zh", name: "review", expected }, async ({ page, t }) => {
    await signIn(page, t, auditor);
    await page.getByRole("navigation", { name: t("nav.label") }).getByRole("link", { name: t("nav.review") }).click();
    await page.getByRole("button", { name: t("review.begin") }).click();
    const ask = page.getByRole("dialog", { name: t("review.begin") });
    await ask.getByRole("button", { name: t("review.begin") }).click();
    const list = page.getByRole("region", { name: t("review.tab_review") });
    await list.getByText(t("review.leftCount_other", { count: 4 })).waitFor();
    assert.ok(await list.locator("label", { hasText: "孙洁" }).getByRole("checkbox").isDisabled(), "one's own can be chosen");
    await list.locator("label", { hasText: t("position.duty_lead") }).getByRole("checkbox").check();
    await list.getByLabel(t("common.reason")).fill("已不再带班");
    await readable(page, "a review");
    await list.getByRole("button", { name: t("review.withdraw") }).click();
    await page.getByRole("dialog", { name: t("review.withdrawTitle_other", { count: 1 }) }).getByRole("button", { name: t("review.withdraw") }).click();
    await list.getByText(t("review.leftCount_other", { count: 3 })).waitFor();
    await list.getByText(t("review.withdrawn")).waitFor();
    assert.deepEqual((await server.call("GET", "/people")).items.find((p) => p.username === "wang").positions, ["operator"]);
    await list.getByRole("button", { name: t("review.all") }).click();
    await list.getByLabel(t("common.reason")).fill("仍需使用");
    await list.getByRole("button", { name: t("review.confirm") }).click();
    await list.getByText(t("review.leftCount_other", { count: 1 })).waitFor();
    await readable(page, "a review with decisions");
  });
});

test("the reports lead to the acts behind them", async () => {
  await visit(browser, { url: server.url, language: "en", name: "review-reports", size: { width: 390, height: 844 }, expected }, async ({ page, t }) => {
    await signIn(page, t, auditor);
    await page.goto("/rights/review?tab=held");
    await page.getByText("王建国").waitFor();
    await readable(page, "who holds what on a phone");
    await page.getByText(t("review.tab_report"), { exact: true }).click();
    const patterns = page.getByRole("region", { name: t("review.patterns") });
    await patterns.getByText("宿舍楼门口").waitFor();
    await readable(page, "the reports on a phone");
    await page.getByRole("region", { name: t("review.lookups") }).getByText(t("review.followed", { times: 5, followed: 0, open: 5, without: 0 })).waitFor();
    await patterns.getByRole("link", { name: t("review.open") }).click();
    const acts = page.locator(".acts > li", { hasText: t("act.viewing_opened") });
    await acts.nth(4).waitFor();
    assert.equal(await page.locator(".acts > li").count(), 5, "another act than the lookups reported");
  });
});
