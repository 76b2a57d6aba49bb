// A picture on the internet: the guard's screen bears a watermark, and the duty lead finds by
// what is on it who looked, when and at which camera.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { choosePurpose, framesShown, signIn, startBrowser, visit } from "./browser.mjs";
import { root } from "./processes.mjs";
import { startServer, startSimulator } from "./server.mjs";

let simulator, server, browser, guard, lead;
const expected = [/status of 401/, /status of 422/];
const looked = process.env.WATCHROOM_LOOK ? join(root, ".cache/e2e") : undefined; // to look at it oneself

before(async () => {
  simulator = await startSimulator(2);
  server = await startServer();
  guard = await server.person("guard", "王建国", "operator");
  lead = await server.person("lead", "Lead Li", "duty_lead");
  for (const [i, camera] of simulator.cameras.entries()) await server.addCamera(camera, `Gate ${i + 1}`);
  browser = await startBrowser();
  if (looked) mkdirSync(looked, { recursive: true });
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await simulator?.stop();
});

/** What a mark says, read from the page. */
const said = (mark) => mark.evaluate((el) => decodeURIComponent(getComputedStyle(el).backgroundImage).replace(/<[^>]+>/g, "\n"));

/** In how many of the picture's quarters a screenshot shows the mark: one with it and one without, of the same frame. */
async function quartersMarked(page, picture, mark) {
  await picture.locator("video").evaluate((v) => v.pause());
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const box = await picture.boundingBox();
  const clip = { x: box.x, y: box.y + 40, width: box.width, height: box.height - 100 }; // without name, clock and tools
  const shots = [await page.screenshot({ clip })];
  await mark.evaluate((el) => { el.style.visibility = "hidden"; });
  shots.push(await page.screenshot({ clip }));
  await mark.evaluate((el) => { el.style.visibility = ""; });
  await picture.locator("video").evaluate((v) => v.play());
  return page.evaluate(async (list) => {
    const [a, b] = await Promise.all(list.map(async (data) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      return context.getImageData(0, 0, image.width, image.height);
    }));
    const quarters = [0, 0, 0, 0];
    for (let i = 0; i < a.data.length; i += 4) {
      const x = (i / 4) % a.width;
      const y = Math.floor(i / 4 / a.width);
      if (Math.abs(a.data[i] - b.data[i]) > 12) quarters[(x * 2 >= a.width ? 1 : 0) + (y * 2 >= a.height ? 2 : 0)]++;
    }
    return quarters.filter((n) => n > 100).length;
  }, shots.map((s) => s.toString("base64")));
}

test("the mark of a photographed screen leads to who looked", async () => {
  let live, played;
  await visit(browser, { url: server.url, language: "zh", name: "leak", expected }, async ({ page, t }) => {
    await signIn(page, t, guard);
    await page.waitForURL("**/wall");
    const tile = page.locator('[data-tile="1"]');
    await framesShown(tile.locator("video"), 10);
    const mark = tile.locator(".watermark");
    live = await mark.getAttribute("data-trace");
    assert.match(live, /^[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{3}-[0-9A-HJKMNP-TV-Z]{3}$/);
    const words = await said(mark);
    for (const w of ["王建国 guard", live]) assert.ok(words.includes(w), `${w} in ${words}`);
    assert.match(words, /\d{4}-\d\d-\d\d \d\d:\d\d/);
    assert.notEqual(await page.locator('[data-tile="2"] .watermark').getAttribute("data-trace"), live);
    assert.equal(await quartersMarked(page, tile, mark), 4);
    if (looked) await page.screenshot({ path: join(looked, "leak-wall.png") });

    // Full screen, an enlarged picture and large type keep it.
    await page.keyboard.press("f");
    await page.locator(".wall.full").waitFor();
    await page.keyboard.press("1");
    await page.locator('[data-tile="1"].enlarged').waitFor();
    await page.evaluate(() => { document.documentElement.style.fontSize = "200%"; });
    await framesShown(tile.locator("video"), 10);
    assert.equal(await mark.getAttribute("data-trace"), live);
    assert.equal(await quartersMarked(page, tile, mark), 4);
    if (looked) await page.screenshot({ path: join(looked, "leak-full.png") });

    await page.goto("/playback");
    await choosePurpose(page, t, t("purpose.incident"));
    await page.getByLabel(t("common.reason")).fill("核对 2 号门夜间情况");
    await page.getByRole("button", { name: t("playback.open") }).click();
    const picture = page.locator(".picture").first();
    await framesShown(picture.locator("video"), 5);
    played = await picture.locator(".watermark").getAttribute("data-trace");
    assert.notEqual(played, live);
    if (looked) await page.screenshot({ path: join(looked, "leak-playback.png") });
    // Seeing is not taking.
    assert.equal(await page.getByRole("button", { name: t("playback.download") }).count(), 0);
    await page.keyboard.press("s");
    await page.getByText(/Gate \d .*截图/).first().waitFor();
  });

  await visit(browser, { url: server.url, language: "en", name: "leak-trace", expected, size: { width: 390, height: 844 } }, async ({ page, t }) => {
    await signIn(page, t, lead);
    await page.goto("/acts");
    await page.getByRole("link", { name: t("trace.open") }).click();
    await page.getByRole("heading", { name: t("trace.title") }).waitFor();
    const field = page.getByLabel(t("trace.id"));
    const ask = page.locator("form button[type=submit]", { hasText: t("trace.search") });
    await field.fill(live.slice(0, -1) + (live.endsWith("0") ? "1" : "0")); // misread
    await ask.click();
    await page.getByText(t("problem.mark_invalid")).waitFor();
    await field.fill(live.toLowerCase().replaceAll("-", " "));
    await ask.click();
    const look = page.locator(".trace-looks li", { hasText: t("trace.kind_live") }).first();
    await look.waitFor();
    const told = await look.innerText();
    for (const w of ["王建国", t("position.operator"), "Gate 1", "127.0.0.1", live, "Chrom"]) assert.ok(told.includes(w), `${w} in ${told}`);
    if (looked) await page.screenshot({ path: join(looked, "leak-trace.png"), fullPage: true });
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= page.viewportSize().width, "nothing sticks out");

    await field.fill(played);
    await ask.click();
    const replayed = page.locator(".trace-looks li", { hasText: t("trace.kind_playback") });
    await replayed.waitFor();
    assert.match(await replayed.innerText(), /核对 2 号门夜间情况/);

    // It is the acts that prove, and the question is one of them.
    await replayed.getByRole("link", { name: t("trace.act", { n: 1 }) }).click();
    await page.getByRole("dialog", { name: t("acts.card") }).getByText(t("act.viewing_opened")).waitFor();
    await page.goto("/acts");
    await page.locator(".act-row", { hasText: t("act.mark_traced") }).first().waitFor();
    assert.match(await page.locator(".act-row", { hasText: t("act.mark_traced") }).first().innerText(), new RegExp(played));
  });
});

test("footage that may not be seen any more leaves the screen, although the browser holds more of it", async () => {
  const zhou = await server.person("zhou", "周敏", "operator");
  await server.person("zheng", "郑刚", "supervisor"); // confirms what moves
  const { id } = (await server.call("GET", "/people")).items.find((p) => p.username === "zhou");
  const cameras = (await server.call("GET", "/cameras")).items;
  const area = (name) => server.call("POST", "/areas", { name, kind: "site" });
  const [here, elsewhere] = [await area("东区"), await area("西区")];
  for (const c of cameras) await server.call("PATCH", `/cameras/${c.id}`, { area: here.id });
  await server.give(id, { holdings: [{ position: "operator", areas: [here.id] }, { position: "leader" }] });
  await visit(browser, { url: server.url, language: "zh", name: "leak-ends", expected: [...expected, /status of 403/] }, async ({ page, t }) => {
    await signIn(page, t, zhou);
    await page.goto("/playback");
    await choosePurpose(page, t, t("purpose.incident"));
    await page.getByLabel(t("common.reason")).fill("核对 1 号门交接情况");
    await page.getByRole("button", { name: t("playback.open") }).click();
    const picture = page.locator(".picture").first();
    await framesShown(picture.locator("video"), 5);
    for (const c of cameras) await server.call("PATCH", `/cameras/${c.id}`, { area: elsewhere.id });
    await server.confirm();
    await picture.locator(".picture-note").waitFor();
    assert.equal(await picture.locator("video").evaluate((v) => v.paused && !v.hasAttribute("src")), true, "pictures are kept");
    await page.getByRole("button", { name: t("playback.play"), exact: true }).waitFor();
    if (looked) await page.screenshot({ path: join(looked, "leak-ends.png") });
  });
});
