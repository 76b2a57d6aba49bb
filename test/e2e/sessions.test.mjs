// Where one is signed in: the notice of a sign-in from a new place leads there, one session is
// ended, then all others; who manages people does so for somebody, who is told.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readable, signIn, startBrowser, visit } from "./browser.mjs";
import { startServer } from "./server.mjs";

const expected = [/status of 401/];
const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
let server, browser;

before(async () => {
  server = await startServer();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  if (server) assert.equal(await server.stop(), "status 0", "the server ends cleanly on SIGTERM");
});

/** Signs in with another browser, and gives what tells whether that session is open. */
async function elsewhere(person, agent = firefox) {
  const headers = { "Content-Type": "application/json", "User-Agent": agent };
  const opened = await fetch(`${server.url}/api/v1/session`, { method: "POST", headers, body: JSON.stringify({ username: person.username, password: person.password }) });
  assert.equal(opened.status, 201);
  const cookie = opened.headers.getSetCookie().find((c) => c.startsWith("watchroom_session=")).split(";")[0];
  return async () => (await fetch(`${server.url}/api/v1/session`, { headers: { Cookie: cookie } })).status === 200;
}

for (const language of ["zh", "en"]) {
  test(`where one is signed in (${language})`, async () => {
    const guard = await server.person(`guard-${language}`, `Guard ${language}`, "operator");
    await visit(browser, { url: server.url, language, name: "sessions", expected, size: language === "en" ? { width: 390, height: 844 } : undefined }, async ({ page, t }) => {
      await signIn(page, t, guard);
      const stranger = await elsewhere(guard);
      const notice = page.getByRole("status").filter({ hasText: "Firefox, Linux" });
      await notice.getByRole("link", { name: t("factorNotice.toSessions") }).click();
      const list = page.getByRole("region", { name: t("sessions.title") });
      const rows = list.getByRole("listitem");
      const strange = rows.filter({ hasText: t("sessions.new") });
      await strange.filter({ hasText: "Firefox, Linux" }).waitFor();
      assert.equal(await rows.count(), 3, "this browser, the new place, and where the password was chosen");
      const here = rows.filter({ hasText: t("sessions.here") });
      assert.match(await here.innerText(), /Chrome/);
      assert.equal(await here.getByRole("button").count(), 0, "signing out is elsewhere");
      await readable(page, "where one is signed in");

      await strange.getByRole("button").click();
      await page.getByRole("dialog").getByRole("button", { name: t("sessions.end"), exact: true }).click();
      await strange.waitFor({ state: "detached" });
      assert.equal(await stranger(), false, "the session of the stranger is over");
      await list.getByText(t("sessions.over")).waitFor();

      const second = await elsewhere(guard);
      await page.reload();
      await rows.nth(2).waitFor();
      await list.getByRole("button", { name: t("sessions.endOthers") }).click();
      await page.getByRole("dialog").getByRole("button", { name: t("sessions.endOthers") }).click();
      await rows.nth(1).waitFor({ state: "detached" });
      assert.equal(await second(), false, "all others are over");
      await here.waitFor();

      // Who manages people ends what is left, with a reason.
      await visit(browser, { url: server.url, language, name: "sessions-admin", expected, size: page.viewportSize() }, async ({ page: desk }) => {
        await signIn(desk, t, server.admin);
        await desk.goto("/people");
        await desk.getByRole("button", { name: guard.displayName }).click();
        const drawer = desk.getByRole("dialog", { name: t("people.edit") });
        await drawer.getByText(t("org.part_sessions"), { exact: true }).click();
        const open = drawer.getByRole("region", { name: t("sessions.titleOf", { name: guard.displayName }) });
        await open.getByRole("listitem").filter({ hasText: "Chrome" }).waitFor();
        await readable(desk, "the sessions of somebody");
        await open.getByRole("button", { name: t("sessions.endAll") }).click();
        const why = desk.getByRole("dialog", { name: t("sessions.endAllTitle", { name: guard.displayName }) });
        await why.getByRole("button", { name: t("sessions.end"), exact: true }).click();
        await why.getByText(t("problem.reason_too_short")).waitFor();
        await why.getByLabel(t("common.reason")).fill("手机丢失");
        await why.getByRole("button", { name: t("sessions.end"), exact: true }).click();
        await open.getByText(t("sessions.none")).waitFor();
        await desk.goto("/acts?kind=%5B%22session.ended%22%5D");
        const row = desk.locator(".act-row", { hasText: "手机丢失" }).first();
        assert.ok((await row.innerText()).includes(t("act.session_ended")));
      });
      await page.getByRole("heading", { name: t("signIn.title") }).waitFor();
      await signIn(page, t, guard);
      await page.locator(".factor-notices .ant-alert", { hasText: "admin" }).filter({ hasText: "Chrome" }).waitFor();
    });
  });
}
