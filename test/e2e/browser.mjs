// Chromium, and pages that remember what went wrong in them.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { root } from "./processes.mjs";
import { webPackage, wordsOf } from "./words.mjs";

const pictures = join(root, ".cache/e2e");

function chromiumPath() {
  if (process.env.WATCHROOM_CHROMIUM) return process.env.WATCHROOM_CHROMIUM;
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
      if (existsSync(join(folder, name))) return join(folder, name);
    }
  }
  throw new Error("no Chromium: apt-get install chromium, or set WATCHROOM_CHROMIUM");
}

/** How Chromium is started. */
export const launch = () => ({
  executablePath: chromiumPath(),
  args: [
    "--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--autoplay-policy=no-user-gesture-required",
  ],
});

export const startBrowser = () => webPackage("playwright-core").chromium.launch(launch());

/**
 * Opens a page in a language and gives it to the journey together with the words
 * of that language. When the journey fails, the picture of the page is kept. It
 * also fails when the page wrote an error to the console that `expected` does not name.
 * Pages stand still unless `moving` is set: a press that is let go while a dialog still
 * grows on a busy machine is no press.
 */
export async function visit(browser, { url, language, name, size = { width: 1440, height: 900 }, expected = [], moving = false }, journey) {
  const context = await browser.newContext({
    baseURL: url, locale: language === "zh" ? "zh-CN" : "en-GB", viewport: size, reducedMotion: moving ? "no-preference" : "reduce",
  });
  const faults = [];
  try {
    const page = await context.newPage();
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("console", (message) => { if (message.type() === "error") faults.push(`${message.text()} (${message.location().url})`); });
    try {
      await journey({ page, context, t: await wordsOf(language) });
      assert.deepEqual(faults.filter((f) => !expected.some((e) => e.test(f))), [], "errors in the console of the page");
    } catch (error) {
      mkdirSync(pictures, { recursive: true });
      const file = join(pictures, `${name}-${language}.png`);
      await page.screenshot({ path: file, fullPage: true }).catch(() => {});
      error.message += `\npicture: ${file}${faults.length ? `\nconsole:\n  ${faults.join("\n  ")}` : ""}`;
      throw error;
    }
  } finally {
    await context.close();
  }
}

async function knock(page, t, person) {
  await page.goto("/");
  await page.getByLabel(t("signIn.username")).fill(person.username);
  await page.getByLabel(t("signIn.password"), { exact: true }).fill(person.password);
  await page.getByRole("button", { name: t("signIn.submit") }).click();
}

export async function signIn(page, t, person) {
  await knock(page, t, person);
  await page.getByRole("navigation", { name: t("nav.label") }).waitFor();
}

/** Signs in for the first time, with a password that somebody else made, and gives the person with their own. */
export async function enterFirst(page, t, person) {
  await knock(page, t, person);
  await page.getByRole("heading", { name: t("account.ownTitle") }).waitFor();
  const own = { ...person, password: `${person.password}-of-their-own` };
  await page.getByLabel(t("account.current"), { exact: true }).fill(person.password);
  await page.getByLabel(t("account.new"), { exact: true }).fill(own.password);
  await page.getByLabel(t("account.repeat"), { exact: true }).fill(own.password);
  await page.getByRole("button", { name: t("account.change") }).click();
  await page.getByRole("navigation", { name: t("nav.label") }).waitFor();
  return own;
}

// A list that is open and has come to rest: what is pressed while it still grows is not chosen.
const list = (page) => page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden):not([class*="ant-slide-"])');

/** Chooses for which purpose footage is looked at, in the dialog that asks it. */
export async function choosePurpose(page, t, name) {
  await page.getByLabel(t("playback.purpose"), { exact: true }).click();
  await list(page).locator(".ant-select-item-option", { hasText: name }).click();
}

/** Chooses from a list that opens at a field, by what a person reads in it. */
export async function choose(page, field, text) {
  await field.click();
  if (await field.isEditable()) await field.fill(text);
  await list(page).getByTitle(text, { exact: true }).click();
  await field.blur(); // a list of several stays open until then
}

export async function signOut(page, t) {
  await page.getByRole("button", { name: t("nav.account") }).click();
  await page.getByRole("menuitem", { name: t("nav.signOut") }).click();
  await page.getByRole("heading", { name: t("signIn.title") }).waitFor();
}

/** Resolves when the video has shown `count` new frames, with its size. */
export const framesShown = (video, count) =>
  video.evaluate((element, wanted) => new Promise((done) => {
    let seen = 0;
    const next = () => {
      seen += 1;
      if (seen >= wanted) done({ width: element.videoWidth, height: element.videoHeight });
      else element.requestVideoFrameCallback(next);
    };
    element.requestVideoFrameCallback(next);
  }), count);

const axe = readFileSync(join(root, "web/node_modules/axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Takes a picture of a screen if SHOTS names a folder for it, for a person to look at. */
export async function picture(page, where) {
  if (!process.env.SHOTS) return;
  const name = [basename(process.argv[1], ".test.mjs"), await page.evaluate(() => document.documentElement.lang), where].join(" ");
  await page.screenshot({ path: join(process.env.SHOTS, `${name.replaceAll(/[^\p{L}\p{N}]+/gu, "-")}.png`) });
}

/** Fails unless axe-core finds nothing on the screen, and nothing is wider than it. */
export async function readable(page, where) {
  await page.evaluate(axe);
  // What is still fading in has the contrast of a moment.
  await page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== "running" || a.effect?.getComputedTiming().endTime === Infinity));
  await picture(page, where);
  const faults = await page.evaluate(async (runOnly) => {
    const { violations } = await globalThis.axe.run(document, { runOnly });
    return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)}`));
  }, rules);
  assert.deepEqual(faults, [], where);
  const [width, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(width <= screen, `${where} is ${width} wide on a screen of ${screen}`);
}
