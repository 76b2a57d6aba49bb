// What two people do: a guard asks for a second person, who agrees at the same screen or from
// a phone, for one viewing, one picture, one look at live pictures; and who may not, does not.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { choosePurpose, framesShown, readable, signIn, startBrowser, visit } from "./browser.mjs";
import { startServer, startSimulator } from "./server.mjs";

const expected = [/status of 4\d\d/];

let simulator, server, browser, guard, mate, lead, vault;

before(async () => {
  simulator = await startSimulator(1);
  server = await startServer({ WATCHROOM_TIME_ZONE: "Asia/Shanghai" });
  guard = await server.person("wang", "王建国", "operator");
  mate = await server.person("sun", "孙丽", "operator");
  lead = await server.person("zhao", "赵强", "duty_lead");
  vault = await server.addCamera(simulator.cameras[0], "金库 Vault", { grade: 3 });
  const supervisor = await server.as(await server.person("chen", "陈刚", "supervisor"));
  const asked = await supervisor("POST", "/rights/versions", { base: "built-in", reason: "two people for graded cameras", rules: [
    { id: "plain", position: "operator", actions: ["live.view", "playback.view", "snapshot.take"], toGrade: 2 },
    { id: "two", position: "operator", actions: ["live.view", "playback.view", "snapshot.take"], fromGrade: 3, second: true },
  ] });
  await (await server.as(await server.person("li", "李敏", "leader")))("POST", `/rights/versions/${asked.id}/approve`, {});
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await simulator?.stop();
});

const reason = "夜间金库报警 the alarm of the vault at night";

/** States why, and stands before the dialog. */
async function state(page, t) {
  await page.goto(`/playback?cameras=${encodeURIComponent(JSON.stringify([vault.id]))}`);
  await choosePurpose(page, t, t("purpose.incident"));
  await page.getByLabel(t("common.reason")).fill(reason);
  await page.getByRole("button", { name: t("playback.open") }).click();
  const dialog = page.getByRole("dialog", { name: t("pair.needed") });
  await dialog.waitFor();
  return dialog;
}

async function sign(dialog, t, name, password) {
  await dialog.getByLabel(t("signIn.username")).fill(name);
  await dialog.getByLabel(t("signIn.password")).fill(password);
  await dialog.getByRole("button", { name: t("pair.agreeHere"), exact: true }).click();
}

for (const [language, size, other] of [["zh", { width: 1440, height: 900 }, { width: 390, height: 844 }], ["en", { width: 390, height: 844 }, { width: 1440, height: 900 }]]) {
  test(`a second person agrees from their own screen, or refuses (${language})`, async () => {
    await visit(browser, { url: server.url, language, name: "second-guard", expected, size }, async ({ page, t }) => {
      await signIn(page, t, guard);
      let dialog = await state(page, t);
      await dialog.getByText(t("pair.apart"), { exact: true }).click();
      await dialog.getByRole("button", { name: t("pair.ask") }).click();
      await dialog.getByText(t("pair.waiting")).waitFor();
      await readable(page, `waiting-${language}`);

      await visit(browser, { url: server.url, language, name: "second-lead", expected, size: other }, async ({ page: desk, t: said }) => {
        await signIn(desk, said, lead);
        await desk.goto("/cameras");
        const banner = desk.getByRole("region", { name: said("pair.title") });
        await banner.getByText(said("pair.wants", { name: "王建国" })).waitFor();
        await readable(desk, `told-${language}`);
        await banner.getByRole("link", { name: said("pair.look") }).click();
        const card = desk.getByRole("article", { name: said("pair.wants", { name: "王建国" }) });
        await card.getByText(reason).waitFor();
        await card.getByText("金库 Vault").waitFor();
        await readable(desk, `asked-${language}`);
        await card.getByRole("button", { name: said("pair.agree"), exact: true }).click();
        await desk.getByText(said("pair.agreed")).waitFor();
        await page.locator(".playback-viewing", { hasText: t("pair.with", { name: "赵强" }) }).waitFor();
        await dialog.waitFor({ state: "detached" });
        await desk.locator(".pair-row", { hasText: said("pair.state_used") }).first().waitFor();
        await readable(page, `opened-${language}`);

        // Each time anew; the second time the lead does not agree.
        await page.getByRole("button", { name: t("playback.endViewing") }).click();
        dialog = await state(page, t);
        await dialog.getByText(t("pair.apart"), { exact: true }).click();
        await dialog.getByRole("button", { name: t("pair.ask") }).click();
        await desk.getByRole("article").getByRole("button", { name: said("pair.refuse"), exact: true }).click();
        const why = desk.getByRole("dialog", { name: said("pair.refuseTitle") });
        await why.getByLabel(said("common.reason")).fill("先问经理 ask the manager first");
        await why.getByRole("button", { name: said("pair.refuse"), exact: true }).click();
        await dialog.getByText(t("pair.refusedBy", { name: "赵强", note: "先问经理 ask the manager first" })).waitFor();
        await readable(page, `refused-${language}`);
        await desk.locator(".pair-row", { hasText: said("pair.state_refused") }).first().waitFor();
        await readable(desk, `past-${language}`);
      });
    });
  });
}

test("the second person signs at the guard's screen, and nobody else can (en)", async () => {
  await visit(browser, { url: server.url, language: "en", name: "second-here", expected }, async ({ page, t }) => {
    await signIn(page, t, guard);
    const dialog = await state(page, t);
    await readable(page, "here-en");
    await sign(dialog, t, guard.username, guard.password);
    await dialog.getByText(t("problem.second_self")).waitFor();
    await sign(dialog, t, mate.username, mate.password);
    await dialog.getByText(t("problem.second_unfit")).waitFor();
    await sign(dialog, t, lead.username, "not the password");
    await dialog.getByText(t("problem.sign_in_failed")).waitFor();
    await readable(page, "here-refused-en");
    await sign(dialog, t, lead.username, lead.password);
    await page.locator(".playback-viewing", { hasText: t("pair.with", { name: "赵强" }) }).waitFor();

    // The wall says that two are needed, and asks.
    await page.goto("/wall");
    await page.getByRole("button", { name: t("pair.open") }).click();
    const live = page.getByRole("dialog", { name: t("pair.needed") });
    await readable(page, "live-en");
    await sign(live, t, lead.username, lead.password);
    await live.waitFor({ state: "detached" });
    await framesShown(page.locator("video").first(), 2);
    await page.keyboard.press("1");
    await page.keyboard.press("s");
    const still = page.getByRole("dialog", { name: t("pair.needed") });
    await sign(still, t, lead.username, lead.password);
    await still.waitFor({ state: "detached" });
    const audit = await server.as(lead);
    const kept = await audit("GET", "/acts?kind=snapshot.taken");
    assert.equal(kept.items[0].second.name, "赵强");
    const refused = await audit("GET", "/acts?kind=second.unfit");
    assert.deepEqual(refused.items.map((a) => a.personName).sort(), ["孙丽", "王建国"].sort());
  });
});

for (const [language, size] of [["zh", { width: 1440, height: 900 }], ["en", { width: 390, height: 844 }]]) {
  test(`who plays back alone is offered a second person when two are demanded (${language})`, async () => {
    await server.call("PATCH", `/cameras/${vault.id}`, { grade: 1, gradeReason: "改造期间" });
    await server.confirm();
    await visit(browser, { url: server.url, language, name: "second-meanwhile", expected, size }, async ({ page, t }) => {
      await signIn(page, t, guard);
      await page.goto(`/playback?cameras=${encodeURIComponent(JSON.stringify([vault.id]))}`);
      await choosePurpose(page, t, t("purpose.incident"));
      await page.getByLabel(t("common.reason")).fill(reason);
      await page.getByRole("button", { name: t("playback.open") }).click();
      const picture = page.locator("section.picture");
      await framesShown(picture.locator("video"), 2);
      await server.call("PATCH", `/cameras/${vault.id}`, { grade: 3 });
      await picture.getByText(t("problem.viewing_second")).waitFor();
      await readable(page, `meanwhile-${language}`);
      await picture.getByRole("button", { name: t("pair.open") }).click();
      const dialog = page.getByRole("dialog", { name: t("pair.needed") });
      await sign(dialog, t, lead.username, lead.password);
      await dialog.waitFor({ state: "detached" });
      await page.locator(".playback-viewing", { hasText: t("pair.with", { name: "赵强" }) }).waitFor();
      await framesShown(picture.locator("video"), 2);
      await readable(page, `meanwhile-together-${language}`);
    });
  });
}

test("the last ten seconds on the wall take a second person, too (zh)", async () => {
  await visit(browser, { url: server.url, language: "zh", name: "second-replay", expected }, async ({ page, t }) => {
    await signIn(page, t, guard);
    await page.goto("/wall");
    await page.getByRole("button", { name: t("pair.open") }).click();
    const live = page.getByRole("dialog", { name: t("pair.needed") });
    await sign(live, t, lead.username, lead.password);
    await live.waitFor({ state: "detached" });
    await framesShown(page.locator("video").first(), 2);
    await page.keyboard.press("1");
    await page.keyboard.press("r");
    await page.getByRole("dialog").getByRole("button", { name: t("wall.replayStart"), exact: true }).click();
    const ask = page.getByRole("dialog", { name: t("pair.needed") });
    await ask.getByLabel(t("signIn.username")).waitFor();
    await readable(page, "replay-zh");
    await sign(ask, t, lead.username, lead.password);
    await ask.waitFor({ state: "detached" });
    await page.getByText(t("wall.replaying")).first().waitFor();
  });
});
