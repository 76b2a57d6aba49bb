// Footage is kept from being removed, and let go again only by two people.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readable, signIn, signOut, startBrowser, visit } from "./browser.mjs";
import { startServer, startSimulator } from "./server.mjs";

const zone = "Asia/Shanghai";
const gate = "Gate 东门 1";

let simulator, server, browser, first, second, third, camera;

before(async () => {
  simulator = await startSimulator(1);
  server = await startServer({ WATCHROOM_TIME_ZONE: zone });
  first = await server.person("wang", "王建国", "supervisor");
  second = await server.person("li", "李敏", "leader");
  third = await server.person("zhao", "赵强", "leader");
  camera = await server.addCamera(simulator.cameras[0], gate);
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await simulator?.stop();
});

const siteTime = (at) => new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" }).format(at);

/** Opens a place of the rail. */
async function go(page, t, place) {
  await page.getByRole("navigation", { name: t("nav.label") }).getByRole("link", { name: t(`nav.${place}`), exact: true }).click();
  await page.getByRole("heading", { level: 1 }).waitFor();
}

async function say(page, t, title, text) {
  const dialog = page.getByRole("dialog", { name: title });
  if (text) await dialog.getByRole("textbox").last().fill(text);
  await dialog.getByRole("button", { name: title }).click();
  return dialog;
}

for (const language of ["zh", "en"]) {
  test(`a hold ends by two people, in ${language}`, async () => {
    const owner = `保卫处 ${language}`;
    await visit(browser, { url: server.url, language, name: "keeping", expected: [/status of 401/, /status of 409/, /status of 403/] }, async ({ page, t }) => {
      await signIn(page, t, first);
      await page.setViewportSize({ width: 1024, height: 768 });
      const [whole, shown] = await page.locator(".rail-places").evaluate((e) => [e.scrollHeight, e.clientHeight]);
      assert.ok(whole <= shown, `the places of the rail are ${whole} high where there is room for ${shown}`);
      for (const place of ["retention", "deletions", "storage"]) {
        await go(page, t, place);
        await page.locator(place === "deletions" ? ".rows, .notice" : ".keep-table").first().waitFor();
        if (place === "storage") await page.locator(".facts-pair", { hasText: t("storage.held") }).getByRole("link").waitFor(); // what holds cost, and the way to them
        await readable(page, place);
      }
      await go(page, t, "holds");
      await page.getByRole("button", { name: t("holds.place") }).click();
      const form = page.getByRole("dialog", { name: t("holds.place") });
      await form.getByLabel(t("keeping.cameras")).click();
      await page.keyboard.type(gate);
      await page.keyboard.press("Enter");
      await page.keyboard.press("Escape");
      // A mistyped year holds nothing, and says so.
      const yearAgo = Date.now() - 365 * 86_400_000;
      await form.getByLabel(t("common.from"), { exact: true }).fill(siteTime(yearAgo));
      await form.getByLabel(t("common.to"), { exact: true }).fill(siteTime(yearAgo + 600_000));
      await form.getByText(t("holds.previewNothing")).waitFor();
      const from = siteTime(Date.now() - 60_000);
      await form.getByLabel(t("common.from"), { exact: true }).fill(from);
      await form.getByLabel(t("common.to"), { exact: true }).fill(siteTime(Date.now() + 600_000));
      await form.getByLabel(t("holds.owner")).fill(owner);
      await form.getByLabel(t("common.reason")).fill("a scratched car, asked for by its owner");
      await form.getByText(t("holds.previewAhead")).waitFor();
      await readable(page, "the form of a hold");
      await form.getByRole("button", { name: t("holds.place") }).click();
      await form.getByText(t("common.required")).waitFor(); // nobody chose a kind, and nothing chooses one
      await form.getByLabel(t("holds.kind")).click();
      await page.getByTitle(t("retention.hold.request")).click();
      await form.getByRole("button", { name: t("holds.place") }).click();
      const hold = page.getByRole("dialog", { name: t("holds.title") });
      await hold.getByRole("heading", { name: owner }).waitFor();
      await hold.getByText(from).waitFor(); // the second, by the site's clock

      await hold.getByRole("button", { name: t("holds.ask") }).click();
      await say(page, t, t("holds.ask"), "the two came to terms");
      await hold.getByText(t("holds.isAsked"), { exact: true }).first().waitFor();
      await readable(page, "a hold whose release is asked for");
      // Who asked is told that another person approves, and is offered to withdraw.
      await hold.getByText(t("problem.hold_own_release")).waitFor();
      await hold.getByRole("button", { name: t("holds.withdraw") }).waitFor();
      assert.equal(await hold.getByRole("button", { name: t("holds.approve") }).count(), 0, "nobody is offered to approve what they asked for");
      const address = page.url();
      await hold.getByRole("button", { name: /close|关闭/i }).click();
      await hold.waitFor({ state: "hidden" });
      await signOut(page, t);

      await signIn(page, t, second);
      await page.goto(address);
      await hold.getByText(t("holds.stands"), { exact: true }).waitFor({ state: "detached" });
      await hold.getByRole("button", { name: t("holds.approve") }).click();
      await say(page, t, t("holds.approve"), "同意");
      await hold.getByText(t("holds.isReleased"), { exact: true }).first().waitFor();
      await hold.getByText("the two came to terms").waitFor();
      await hold.getByText("同意", { exact: true }).waitFor();
      await hold.getByRole("button", { name: /close|关闭/i }).click();
      await go(page, t, "acts");
      await page.getByText(t("acts.note", { text: "同意" })).first().waitFor();
    });
  });
}

test("whoever is to approve a lawful deletion is told, and it takes two", async () => {
  const visitor = { url: server.url, language: "zh", name: "deletion", expected: [/status of 401/] };
  const paper = "（2026）1234 号";
  await visit(browser, visitor, async ({ page, t }) => {
    await signIn(page, t, first);
    const [{ id }] = await page.evaluate(async () => (await (await fetch("/api/v1/cameras")).json()).items);
    const asked = await page.evaluate(async (body) => (await fetch("/api/v1/deletions", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) })).status, {
      cameras: [id], from: new Date(Date.now() - 7_200_000).toISOString(), to: new Date(Date.now() - 3_600_000).toISOString(), ground: "authority", document: paper, reason: "the lens saw a balcony",
    });
    assert.equal(asked, 201);
  });
  await visit(browser, visitor, async ({ page, t }) => {
    await signIn(page, t, second);
    await page.getByTitle(t("waiting.orders_other", { count: 1 })).click();
    await page.getByRole("button", { name: t("deletions.look") }).click();
    const order = page.getByRole("dialog", { name: t("deletions.one") });
    await order.getByRole("heading", { name: paper }).waitFor();
    await order.getByRole("button", { name: t("deletions.approve") }).click();
    await say(page, t, t("deletions.approve"));
    await order.getByText(t("deletions.approvals", { n: 1 })).waitFor();
    await order.getByText(t("deletions.secondNext")).waitFor();
    await order.getByText(t("problem.deletion_approved_twice")).waitFor();
    await readable(page, "an order that one has approved");
    await page.getByTitle(t("waiting.orders_other", { count: 1 })).waitFor({ state: "detached" });
  });
});

test("an order is withdrawn after its first approval, and after its second before anything went", async () => {
  await server.call("POST", `/cameras/${camera.id}/switch`, { enabled: false, reason: "ends the file" });
  await server.call("POST", `/cameras/${camera.id}/switch`, { enabled: true, reason: "goes on" });
  const [mine, theirs, others] = await Promise.all([first, second, third].map(server.as));
  const interval = { cameras: [camera.id], from: new Date(Date.now() - 7_200_000).toISOString(), to: new Date().toISOString() };
  while ((await mine("POST", "/deletions/preview", interval)).segments === 0) await new Promise(setImmediate); // the file is being closed
  // What is held waits, however right the clock of this machine is.
  await mine("POST", "/holds", { ...interval, kind: "case", owner: "The office", reason: "a scratched car", reviewAt: new Date(Date.now() + 864e5).toISOString() });
  const ask = (document) => mine("POST", "/deletions", { ...interval, ground: "authority", document, reason: "the lens saw a balcony" });
  const [one, two] = [await ask("Paper 1"), await ask("Paper 2")];
  for (const { id } of [one, two]) await theirs("POST", `/deletions/${id}/approve`, { note: "" });
  await others("POST", `/deletions/${two.id}/approve`, { note: "" });
  const visitor = { url: server.url, language: "en", name: "withdrawal", size: { width: 390, height: 844 }, expected: [/status of 401/] };
  await visit(browser, visitor, async ({ page, t }) => {
    await signIn(page, t, first);
    const order = page.getByRole("dialog", { name: t("deletions.one") });
    const withdraw = async (id, why) => {
      await page.goto(`/deletions?order=${id}`);
      await order.getByRole("region", { name: t("deletions.preview") }).locator(".tone-amber").first().waitFor(); // what would go, and what is held
      await readable(page, "an order that can be withdrawn");
      await order.getByRole("button", { name: t("deletions.withdraw") }).click();
      await say(page, t, t("deletions.withdraw"), why);
      await order.getByText(t("retention.state.withdrawn"), { exact: true }).waitFor();
      await order.getByText(why).waitFor();
      await order.getByText(new RegExp(`^${t("deletions.withdrawnBy", { name: first.displayName, time: "" })}`)).waitFor();
    };
    await withdraw(one.id, "the wrong paper");
    await withdraw(two.id, "the authority took it back");
  });
});

test("two people set how long snapshots are kept", async () => {
  await visit(browser, { url: server.url, language: "zh", name: "snapshots", expected: [/status of 401/, /status of 422/] }, async ({ page, t }) => {
    await signIn(page, t, first);
    await go(page, t, "retention");
    await page.locator(".general").getByText(t("pictures.asFootageText")).waitFor();
    await page.locator(".general").getByRole("button", { name: t("keep.change") }).click();
    const form = page.getByRole("dialog", { name: t("keep.changeGeneral") });
    await form.getByText(t("pictures.snapshots"), { exact: true }).click();
    await form.getByLabel(t("keep.minimum"), { exact: true }).fill("30");
    await form.getByText(t("problem.retention_basis_least", { days: 90 })).first().waitFor(); // the basis is the regime's
    await form.getByLabel(t("keep.minimumBasis")).click();
    await page.getByTitle(t("retention.basis.own"), { exact: true }).click();
    await form.getByLabel(t("keep.basisNote")).fill("截图涉及个人信息，从短保存");
    await form.getByText(t("pictures.limit")).click();
    await form.getByLabel(t("keep.maximum"), { exact: true }).fill("60");
    await form.getByText(t("keep.below", { days: 90 })).waitFor();
    await form.getByLabel(t("common.reason")).fill("一个月后不再需要");
    await readable(page, "the form of a rule of snapshots");
    await form.getByRole("button", { name: t("keep.askChange") }).click();
    await page.getByText(t("keep.waitsText")).waitFor();
    await page.getByRole("button", { name: t("common.close") }).last().click();
    await form.waitFor({ state: "hidden" });
    await page.locator(".general").getByText(t("pictures.asFootageText")).waitFor(); // nothing holds yet
    await signOut(page, t);

    await signIn(page, t, second);
    await go(page, t, "retention");
    await page.getByRole("button", { name: t("keep.approve") }).click();
    await say(page, t, t("keep.approve"), "同意");
    await page.locator(".general").getByText(t("pictures.asFootageText")).waitFor({ state: "detached" });
    await page.locator(".general").getByText("截图涉及个人信息，从短保存").waitFor();
    await go(page, t, "acts");
    await page.getByText(t("act.retention_change_approved")).first().waitFor();
  });
});
