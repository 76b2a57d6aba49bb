// A staff card: issued at the desk, its PIN chosen by its owner, and shown after the password and at
// a locked console. The reader is a keyboard that types fast.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readable, signOut, startBrowser, visit } from "./browser.mjs";
import { startServer } from "./server.mjs";

let server, browser;

before(async () => {
  server = await startServer();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  if (server) assert.equal(await server.stop(), "status 0", "the server ends cleanly on SIGTERM");
});

const pin = "804137";

async function password(page, t, person) {
  await page.getByLabel(t("signIn.username")).fill(person.username);
  await page.getByLabel(t("signIn.password"), { exact: true }).fill(person.password);
  await page.getByRole("button", { name: t("signIn.submit"), exact: true }).click();
}

/** Holds a card to the reader, which types where the focus is; most end with Enter. */
async function hold(page, number, enter = true) {
  await page.keyboard.type(number, { delay: 2 });
  if (enter) await page.keyboard.press("Enter");
}

/** Resolves when the focus is in a field: a person sees it there before they hold a card to the reader. */
const focused = async (page, field) => page.waitForFunction((e) => e === document.activeElement, await field.elementHandle());

/** Holds a card to a reader without Enter until the page knows it by its speed: a busy machine may type too slowly. */
async function burst(page, from, to, number) {
  const there = await to.elementHandle();
  for (;;) {
    await from.fill("");
    await from.click();
    await hold(page, number, false);
    if (await page.waitForFunction((e) => e === document.activeElement, there, { timeout: 3000 }).then(() => true, () => false)) return;
  }
}

async function press(where, t, digits) {
  const pad = where.getByRole("group", { name: t("card.pad") });
  for (const d of digits) await pad.getByRole("button", { name: d, exact: true }).click();
}

for (const [language, number] of [["en", "0004719283"], ["zh", "04A2B71F"]]) {
  test(`a staff card, ${language}`, async () => {
    const guard = await server.person(`guard-${language}`, `Guard 王 ${language}`, "operator");
    const other = await server.person(`other-${language}`, `Other 李 ${language}`, "operator");
    const expected = [/status of 401/, /status of 403/, /status of 409/, /status of 422/];
    const field = (where, t) => where.getByLabel(t("card.number"), { exact: true });

    // The desk: the reader's Enter sends nothing, it goes on to the next field.
    await visit(browser, { url: server.url, language, name: "card-desk", expected }, async ({ page, t }) => {
      await page.goto("/people");
      await password(page, t, server.admin);
      await page.getByRole("button", { name: `guard-${language}` }).click();
      await page.getByRole("button", { name: t("card.issueShort") }).click();
      const form = page.getByRole("dialog", { name: t("card.issueTo", { name: guard.displayName }) });
      await focused(page, field(form, t));
      await hold(page, number);
      await focused(page, form.getByLabel(t("factor.name"), { exact: true })); // its Enter goes on to the name
      await readable(page, "issuing a card");
      await form.getByRole("button", { name: t("card.issue"), exact: true }).click();
      await page.getByText(t("card.noPIN")).waitFor();
      assert.ok(!(await page.content()).includes(number), "the number of the card is on the page");
      await page.getByRole("button", { name: t("common.cancel"), exact: true }).click();
      await page.getByRole("button", { name: `other-${language}` }).click();
      await page.getByRole("button", { name: t("card.issueShort") }).click();
      const wrong = page.getByRole("dialog", { name: t("card.issueTo", { name: other.displayName }) });
      await focused(page, field(wrong, t));
      await hold(page, number);
      await wrong.getByRole("button", { name: t("card.issue"), exact: true }).click();
      await wrong.getByText(t("card.takenBy", { name: guard.displayName })).waitFor();
    });

    await visit(browser, { url: server.url, language, name: "card", expected }, async ({ page, t }) => {
      // The owner chooses the PIN.
      await page.goto("/account");
      await password(page, t, guard);
      await page.getByRole("button", { name: t("card.chooseShort") }).click();
      const form = page.getByRole("dialog", { name: t("card.choose") });
      await form.getByLabel(t("factor.password"), { exact: true }).fill(guard.password);
      const wish = form.getByLabel(t("card.new"), { exact: true });
      await burst(page, field(form, t), wish, number);
      await wish.fill("123456");
      await form.getByLabel(t("card.again"), { exact: true }).fill("123456");
      await form.getByRole("button", { name: t("common.save") }).click();
      await form.getByText(t("problem.card_pin_weak_run")).waitFor();
      await wish.fill("");
      await wish.click();
      await press(form, t, pin);
      await form.getByLabel(t("card.again"), { exact: true }).fill(pin);
      await readable(page, "choosing a PIN");
      await form.getByRole("button", { name: t("common.save") }).click();
      await page.getByRole("dialog", { name: t("factor.codesTitle") }).getByRole("button", { name: t("factor.codesKept") }).click();
      await page.getByRole("button", { name: t("card.changeShort") }).waitFor();

      // The second step: by the reader and the keyboard.
      await signOut(page, t);
      await password(page, t, guard);
      await page.getByRole("heading", { name: t("second.title") }).waitFor();
      await focused(page, field(page, t));
      await readable(page, "the second step");
      await hold(page, number);
      const secret = page.getByLabel(t("card.pin"), { exact: true });
      await focused(page, secret);
      await page.keyboard.type("111111");
      await page.keyboard.press("Enter");
      await page.getByText(t("problem.second_factor_refused")).waitFor();
      await focused(page, secret);
      await page.keyboard.type(pin); // the PIN alone is typed again
      await page.keyboard.press("Enter");
      await page.getByRole("navigation", { name: t("nav.label") }).waitFor();

      // A locked console: card and PIN alone, by the pad, at twice the size of type.
      await page.evaluate(() => fetch("/api/v1/session/lock", { method: "POST" }));
      await page.goto("/account");
      const lock = page.getByRole("dialog", { name: t("lock.title") });
      await lock.waitFor();
      await page.setViewportSize({ width: 720, height: 450 }); // as 1440 × 900 at 200 %
      await readable(page, "the lock");
      await field(lock, t).click();
      await hold(page, number);
      await press(lock, t, pin);
      await lock.getByRole("button", { name: t("lock.unlock") }).click();
      await lock.waitFor({ state: "detached" });
      await page.setViewportSize({ width: 1440, height: 900 });

      // Five wrong PINs in a row lock the card; the password alone still opens nothing.
      await signOut(page, t);
      await password(page, t, guard);
      await focused(page, field(page, t));
      await hold(page, number);
      for (let i = 0; i < 5; i++) {
        const answered = page.waitForResponse((r) => r.url().endsWith("/session/second"));
        await secret.fill("111111");
        await page.keyboard.press("Enter");
        assert.equal((await answered).status(), 401);
        await page.getByText(t("problem.second_factor_refused")).waitFor();
      }
    });

    await visit(browser, { url: server.url, language, name: "card-unlock", expected }, async ({ page, t }) => {
      await page.goto("/people");
      await password(page, t, server.admin);
      await page.getByRole("button", { name: `guard-${language}` }).click();
      await page.getByText(t("card.locked")).waitFor();
      await page.getByRole("button", { name: t("card.unlock"), exact: true }).click();
      const ask = page.getByRole("dialog", { name: t("card.unlockOf", { name: guard.displayName }) });
      await ask.getByLabel(t("common.reason")).fill("Mistyped 输错");
      await ask.getByRole("button", { name: t("card.unlock"), exact: true }).click();
      await page.getByText(t("card.locked")).waitFor({ state: "detached" });
    });
  });
}
