// Second factors: an authenticator app and a passkey are added on the account page and
// used at the door; a code on paper opens it when both are lost.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, test } from "node:test";
import { signOut, startBrowser, visit } from "./browser.mjs";
import { startServer } from "./server.mjs";

let server, browser;

before(async () => {
  // Auditors must have a second factor here; operators may.
  server = await startServer({ WATCHROOM_SECOND_FACTOR: "auditor" });
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  if (server) assert.equal(await server.stop(), "status 0", "the server ends cleanly on SIGTERM");
});

/** The six digits that an app with this key shows (RFC 6238), so many steps of 30 s from now. */
function codeOf(key, off = 0) {
  let bits = "";
  for (const c of key.replaceAll(/[^A-Z2-7]/g, "")) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0");
  const secret = Buffer.from(bits.match(/.{8}/g).map((b) => Number.parseInt(b, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + off));
  const mac = createHmac("sha1", secret).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

async function password(page, t, person) {
  await page.getByLabel(t("signIn.username")).fill(person.username);
  await page.getByLabel(t("signIn.password"), { exact: true }).fill(person.password);
  await page.getByRole("button", { name: t("signIn.submit"), exact: true }).click();
}

const inside = (page, t) => page.getByRole("navigation", { name: t("nav.label") }).waitFor();

/** Adds an app and gives its key and the codes on paper that are shown with the first factor. */
async function addApp(page, t, person) {
  await page.getByRole("button", { name: t("factor.addApp") }).click();
  const form = page.getByRole("dialog", { name: t("factor.addApp") });
  await form.getByLabel(t("factor.password"), { exact: true }).fill("not the password");
  await form.getByRole("button", { name: t("factor.go") }).click();
  await form.getByText(t("problem.wrong_password")).waitFor();
  await form.getByLabel(t("factor.password"), { exact: true }).fill(person.password);
  await form.getByRole("button", { name: t("factor.go") }).click();
  const box = await form.getByRole("img", { name: t("factor.qr") }).boundingBox();
  assert.ok(box.width > 150 && Math.abs(box.width - box.height) < 2, "the QR code is a square that a phone can see");
  const key = await form.locator("code").innerText();
  const code = form.getByLabel(t("second.code_totp"));
  await code.fill(codeOf(key, 10));
  await form.getByRole("button", { name: t("factor.check") }).click();
  await form.getByText(t("problem.totp_clock_ahead", { minutes: 5 })).waitFor();
  await code.fill(codeOf(key));
  await form.getByRole("button", { name: t("factor.check") }).click();
  const shown = page.getByRole("dialog", { name: t("factor.codesTitle") });
  await shown.getByRole("listitem").first().waitFor();
  const codes = await shown.getByRole("listitem").allInnerTexts();
  assert.equal(codes.length, 10);
  await shown.getByRole("button", { name: t("factor.codesKept") }).click();
  return { key, codes };
}

for (const language of ["en", "zh"]) {
  test(`second factors, ${language}`, async () => {
    const guard = await server.person(`guard-${language}`, `Guard 王 ${language}`, "operator");
    const auditor = await server.person(`auditor-${language}`, `Auditor 李 ${language}`, "auditor");
    // Passkeys need a host name; the refusals that this journey provokes are reported by the browser.
    const url = server.url.replace("127.0.0.1", "localhost");
    const expected = [/status of 401/, /status of 403/, /status of 422/];
    await visit(browser, { url, language, name: "factors", expected }, async ({ page, context, t }) => {
      const devtools = await context.newCDPSession(page);
      await devtools.send("WebAuthn.enable");
      await devtools.send("WebAuthn.addVirtualAuthenticator", {
        options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
      });

      await page.goto("/account");
      await password(page, t, guard);
      await page.getByText(t("factor.none")).waitFor();
      const app = await addApp(page, t, guard);
      await page.getByRole("button", { name: t("factor.addPasskey") }).click();
      const form = page.getByRole("dialog", { name: t("factor.addPasskey") });
      await form.getByLabel(t("factor.name")).fill("值班室钥匙");
      await form.getByLabel(t("factor.password"), { exact: true }).fill(guard.password);
      await form.getByRole("button", { name: t("factor.go") }).click();
      await page.getByRole("button", { name: t("factor.removeOf", { name: "值班室钥匙" }) }).waitFor();

      // The password alone opens nothing any more; the code of the enrolment was used.
      await signOut(page, t);
      await password(page, t, guard);
      await page.getByRole("heading", { name: t("second.title") }).waitFor();
      assert.deepEqual((await context.cookies()).map((c) => [c.name, c.httpOnly, c.sameSite]).sort(), [["watchroom_device", true, "Strict"], ["watchroom_step", true, "Strict"]]);
      await page.getByLabel(t("second.code_totp")).fill("000000");
      await page.getByRole("button", { name: t("signIn.submit") }).click();
      await page.getByText(t("problem.second_factor_refused")).waitFor();
      await page.getByLabel(t("second.code_totp")).fill(codeOf(app.key, 1));
      await page.getByRole("button", { name: t("signIn.submit") }).click();
      await inside(page, t);
      assert.deepEqual((await context.cookies()).map((c) => c.name).sort(), ["watchroom_device", "watchroom_session"]);

      // The passkey as the second step, and then alone.
      await signOut(page, t);
      await password(page, t, guard);
      await page.getByRole("button", { name: t("second.choose_passkey") }).click();
      await page.getByRole("button", { name: t("second.usePasskey") }).click();
      await inside(page, t);
      await signOut(page, t);
      await page.getByRole("button", { name: t("signIn.passkey") }).click();
      await inside(page, t);

      // A code on paper, of which the person is told.
      await signOut(page, t);
      await password(page, t, guard);
      await page.getByRole("button", { name: t("second.choose_recovery") }).click();
      await page.getByLabel(t("second.code_recovery")).fill(app.codes[0].toUpperCase());
      await page.getByRole("button", { name: t("signIn.submit") }).click();
      await inside(page, t);
      const notice = page.getByRole("status").locator(".ant-alert").first();
      await notice.getByText("127.0.0.1").or(notice.getByText("::1")).first().waitFor();
      await page.goto("/account");
      await page.getByText(t("factor.codesLeft_other", { count: 9 }), { exact: true }).waitFor();

      // Who must have one does nothing before.
      await signOut(page, t);
      await page.goto("/acts");
      await password(page, t, auditor);
      await page.getByRole("heading", { name: t("factor.enrolTitle") }).waitFor();
      assert.equal(await page.evaluate(() => fetch("/api/v1/acts").then(async (r) => `${r.status} ${(await r.json()).code}`)), "403 factor_required");
      await addApp(page, t, auditor);
      await page.getByRole("heading", { name: t("acts.title") }).waitFor();
      await page.getByText(t("act.factor_enrolled")).first().waitFor();
    });

    // An administrator removes what was lost, and the person is told.
    await visit(browser, { url, language, name: "factors-lost", expected }, async ({ page, t }) => {
      await page.goto("/people");
      await password(page, t, server.admin);
      await page.getByRole("button", { name: `guard-${language}` }).click();
      await page.getByRole("button", { name: t("factor.removeOf", { name: "值班室钥匙" }) }).click();
      const ask = page.getByRole("dialog", { name: t("factor.lostTitle", { name: "值班室钥匙", person: guard.displayName }) });
      await ask.getByLabel(t("common.reason")).fill("The key was lost 钥匙遗失");
      await ask.getByRole("button", { name: t("factor.remove") }).click();
      await page.getByRole("button", { name: t("factor.removeOf", { name: "值班室钥匙" }) }).waitFor({ state: "detached" });
    });
  });
}
