import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { framesShown, signIn, startBrowser, visit } from "./browser.mjs";
import { startServer, startSimulator } from "./server.mjs";

let simulator, server, browser, guard;

before(async () => {
  simulator = await startSimulator(2);
  server = await startServer();
  guard = await server.person("guard", "Guard 王", "operator");
  for (const [i, camera] of simulator.cameras.entries()) await server.addCamera(camera, `Gate ${i + 1} 门`);
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await simulator?.stop();
});

// The main journey watches in both languages.
test("moving pictures on the wall", async () => {
  const options = { url: server.url, language: "zh", name: "live", expected: [/status of 401/] };
  await visit(browser, options, async ({ page, t }) => {
    await signIn(page, t, guard);
    await page.waitForURL("**/wall");
    for (const n of [1, 2]) {
      const tile = page.getByRole("region", { name: new RegExp(t("wall.tile", { n: "\\d", name: `Gate ${n} 门` })) });
      const { width, height } = await framesShown(tile.locator("video"), 25);
      assert.ok(width > 0 && height > 0, `camera ${n} shows frames of ${width}x${height}`);
    }
    await page.getByText(t("wall.allLive", { live: 2, total: 2 })).waitFor();
  });
});
