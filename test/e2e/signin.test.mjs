import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { signIn, signOut, startBrowser, visit } from "./browser.mjs";
import { startServer } from "./server.mjs";

let server, browser, guard;

before(async () => {
  server = await startServer();
  guard = await server.person("guard", "Guard 王", "operator");
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  if (server) assert.equal(await server.stop(), "status 0", "the server ends cleanly on SIGTERM");
});

for (const language of ["en", "zh"]) {
  test(`signing in, ${language}`, async () => {
    // The browser itself reports the two answers 401 that this journey provokes:
    // nobody is signed in at first, and a password is wrong.
    const options = { url: server.url, language, name: "signin", expected: [/status of 401/] };
    await visit(browser, { ...options, moving: true }, async ({ page, context, t }) => {
      await page.goto("/");
      assert.equal(await page.getByRole("heading", { level: 1 }).innerText(), t("signIn.title"));
      await page.getByLabel(t("signIn.username")).fill(guard.username);
      await page.getByLabel(t("signIn.password"), { exact: true }).fill("a wrong password");
      await page.getByRole("button", { name: t("signIn.submit") }).click();
      await page.getByText(t("problem.sign_in_failed")).waitFor();

      await signIn(page, t, guard);
      await page.waitForURL("**/wall");
      assert.deepEqual((await context.cookies()).map((c) => [c.name, c.httpOnly, c.sameSite]).sort(), [["watchroom_device", true, "Strict"], ["watchroom_session", true, "Strict"]]);
      // An operator manages no people: the place is not offered, and its address refuses.
      const places = page.getByRole("navigation", { name: t("nav.label") });
      assert.equal(await places.getByRole("link", { name: t("nav.people") }).count(), 0);

      await signOut(page, t);
      await page.goto("/wall");
      await page.getByRole("heading", { name: t("signIn.title") }).waitFor();
    });
  });
}
