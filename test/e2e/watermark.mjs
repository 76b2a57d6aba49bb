// What the watermark over a picture costs in Chromium: a wall of four cameras is shown with it
// and without it, in turn, and what all processes of the browser take is counted. Prints the
// figures of docs/performance.md; asserts nothing. TURN is how long each turn is, in seconds.
import { readdirSync, readFileSync } from "node:fs";
import { loadavg } from "node:os";
import { framesShown, launch, signIn, visit } from "./browser.mjs";
import { startServer, startSimulator } from "./server.mjs";
import { webPackage } from "./words.mjs";

const cameras = 4;
const seconds = Number(process.env.TURN ?? 15);
const turns = [true, false, false, true, true, false];

/** Processor time of a process and all that came from it, in ms (proc(5): parent, utime and stime in ticks of 10 ms). */
function processorTime(pid) {
  const all = new Map();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const field = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      all.set(Number(name), { parent: Number(field[1]), ms: (Number(field[11]) + Number(field[12])) * 10 });
    } catch { /* it has ended */ }
  }
  const from = (p) => p === pid || (all.has(p) && from(all.get(p).parent));
  let ms = 0;
  for (const [p, { ms: own }] of all) if (from(p)) ms += own;
  return ms;
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

const simulator = await startSimulator(cameras);
const server = await startServer();
const { chromium } = webPackage("playwright-core");
const chromiumServer = await chromium.launchServer(launch());
const browser = await chromium.connect(chromiumServer.wsEndpoint());
try {
  const guard = await server.person("guard", "Guard 王", "operator");
  for (const c of simulator.cameras) await server.addCamera(c);
  await visit(browser, { url: server.url, language: "en", name: "watermark", expected: [/./] }, async ({ page, t }) => {
    await signIn(page, t, guard);
    await page.locator("video").nth(cameras - 1).waitFor();
    for (let i = 0; i < cameras; i++) await framesShown(page.locator("video").nth(i), 10);
    const marks = await page.locator(".watermark").count();
    if (marks !== cameras) throw new Error(`${marks} of ${cameras} pictures bear a watermark`);
    const frames = () => page.evaluate(() => [...document.querySelectorAll("video")].reduce((sum, v) => {
      const q = v.getVideoPlaybackQuality();
      return { shown: sum.shown + q.totalVideoFrames - q.droppedVideoFrames, dropped: sum.dropped + q.droppedVideoFrames };
    }, { shown: 0, dropped: 0 }));
    const took = { true: [], false: [] };
    for (const on of turns) {
      await page.evaluate((shown) => { for (const m of document.querySelectorAll(".watermark")) m.style.display = shown ? "" : "none"; }, on);
      await framesShown(page.locator("video").first(), 10);
      const load = loadavg()[0];
      const before = { at: performance.now(), ms: processorTime(chromiumServer.process().pid), ...await frames() };
      await page.waitForTimeout(seconds * 1000);
      const after = { at: performance.now(), ms: processorTime(chromiumServer.process().pid), ...await frames() };
      const s = (after.at - before.at) / 1000;
      const shown = after.shown - before.shown;
      const each = (after.ms - before.ms) / shown;
      took[on].push(each);
      console.log(`${on ? "with   " : "without"}  ${((after.ms - before.ms) / s / 10).toFixed(1)} % of a core, ${(shown / s).toFixed(1)} frames shown a second, ${each.toFixed(1)} ms each, ${after.dropped - before.dropped} dropped, load ${load.toFixed(1)}`);
    }
    console.log(`${cameras} cameras, ${turns.length} turns of ${seconds} s: median of processor time a frame shown: ${median(took.true).toFixed(1)} ms with the watermark, ${median(took.false).toFixed(1)} ms without`);
  });
} finally {
  await browser.close();
  await chromiumServer.close();
  await server.stop();
  await simulator.stop();
}
