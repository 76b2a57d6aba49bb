// What nobody is shown: a technician covers a part of the picture, by mouse and by numbers, the
// guard's wall and replay show it covered, and nobody shows it again alone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { choosePurpose, framesShown, picture, readable, signIn, startBrowser, visit } from "./browser.mjs";
import { startServer, startSimulator } from "./server.mjs";

let simulator, server, browser, fitter, guard, chief, camera;
const expected = [/status of 401/, /status of 422 .*\/masks/, /status of 404 .*\/live\/sessions\//];

before(async () => {
  simulator = await startSimulator(1);
  server = await startServer();
  chief = await server.person("chief", "刘主管", "supervisor");
  fitter = await server.person("fitter", "陈维护", "technician");
  guard = await server.person("guard", "王建国", "operator");
  camera = await server.addCamera(simulator.cameras[0], "宿舍东侧");
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await simulator?.stop();
});

const open = async (page, t) => {
  await page.goto(`/cameras?camera=${camera.id}`);
  await page.getByRole("button", { name: t("masks.edit") }).click();
  const dialog = page.getByRole("dialog", { name: t("masks.editOf", { name: "宿舍东侧" }) });
  await dialog.locator(".mask-canvas").waitFor();
  return dialog;
};

/** Where a picture lies inside the element that shows it in a letter box, and each mask, in shares of that. */
const covered = (box) => box.evaluate((el) => {
  const video = el.querySelector("video");
  const r = video.getBoundingClientRect();
  const scale = Math.min(r.width / video.videoWidth, r.height / video.videoHeight);
  const w = video.videoWidth * scale;
  const h = video.videoHeight * scale;
  const x = r.left + (r.width - w) / 2;
  const y = r.top + (r.height - h) / 2;
  return [...el.querySelectorAll(".masks polygon")].map((p) => {
    const m = p.getBoundingClientRect();
    return [(m.left - x) / w, (m.top - y) / h, (m.right - x) / w, (m.bottom - y) / h].map((n) => Math.round(n * 100));
  });
});

const near = (a, b, what) => {
  assert.equal(a.length, b.length, `${what}: ${JSON.stringify(a)}`);
  for (const [i, m] of b.entries()) for (const [j, n] of m.entries()) assert.ok(Math.abs(a[i][j] - n) <= 2, `${what}: ${JSON.stringify(a)}, not ${JSON.stringify(b)}`);
};

test("one covers, and two show", async () => {
  await visit(browser, { url: server.url, language: "zh", name: "masks", expected }, async ({ page, t }) => {
    await signIn(page, t, fitter);
    const dialog = await open(page, t);
    const canvas = dialog.locator(".mask-canvas");
    await canvas.locator("img").evaluate((img) => img.decode());
    await dialog.getByRole("button", { name: t("masks.rectangle") }).click();
    const box = await canvas.boundingBox();
    await page.mouse.move(box.x + box.width * 0.1, box.y + box.height * 0.2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.6, { steps: 4 });
    await page.mouse.up();
    assert.equal(await canvas.locator(".mask-shape").count(), 1);
    await dialog.getByLabel(t("masks.name"), { exact: true }).fill("宿舍窗户");
    await dialog.getByLabel(t("masks.reason"), { exact: true }).fill("对面宿舍的窗户");
    // Without a mouse: numbers, and the arrow keys at a corner.
    await dialog.getByRole("button", { name: t("masks.byNumbers") }).click();
    await dialog.getByLabel(t("masks.reason"), { exact: true }).fill("值班床位");
    for (const [corner, x, y] of [[1, 60, 70], [2, 80, 70], [3, 80, 90], [4, 60, 90]]) {
      await dialog.getByLabel(t("masks.x", { n: corner })).fill(String(x));
      await dialog.getByLabel(t("masks.y", { n: corner })).fill(String(y));
    }
    await canvas.getByRole("button", { name: t("masks.point", { n: 2, x: 80, y: 70 }) }).press("Shift+ArrowRight");
    await canvas.getByRole("button", { name: t("masks.point", { n: 2, x: 85, y: 70 }) }).press("Shift+ArrowLeft");
    await readable(page, "the editor");
    await dialog.getByRole("button", { name: t("common.save") }).click();
    await page.getByText(t("masks.saved", { name: "宿舍东侧" })).waitFor();
    await page.getByText("值班床位").waitFor();
    await readable(page, "the page of the camera");
  });
  const want = [[10, 20, 40, 60], [60, 70, 80, 90]];
  await visit(browser, { url: server.url, language: "en", name: "masks-wall", expected }, async ({ page, t }) => {
    await signIn(page, t, guard);
    const tile = page.locator('[data-tile="1"]');
    await framesShown(tile.locator("video"), 5);
    near(await covered(tile), want, "on the wall");
    await tile.press("Enter"); // large, and of the main stream
    await framesShown(tile.locator("video"), 5);
    near(await covered(tile), want, "on the large tile");
    await picture(page, "the wall");
    await tile.hover();
    await tile.getByRole("button", { name: t("wall.replayOf", { name: "宿舍东侧" }) }).click();
    await page.getByRole("dialog").getByRole("button", { name: t("wall.replayStart"), exact: true }).click();
    const again = tile.locator(".replay");
    await framesShown(again.locator("video"), 3);
    near(await covered(again), want, "in the replay of the last seconds");

    await page.goto("/playback");
    await choosePurpose(page, t, t("purpose.inspection"));
    await page.getByLabel(t("common.reason")).fill("looking at the masks");
    await page.getByRole("button", { name: t("playback.open") }).click();
    const replay = page.locator("section.picture");
    await framesShown(replay.locator("video"), 5);
    near(await covered(replay), want, "in playback");
    await picture(page, "playback");

    // While the guard watches, one person takes a mask away, and another confirms it.
    await page.goto("/wall");
    await framesShown(tile.locator("video"), 5);
    await visit(browser, { url: server.url, language: "zh", name: "masks-less", expected }, async ({ page: theirs, t: zh }) => {
      await signIn(theirs, zh, fitter);
      const dialog = await open(theirs, zh);
      await dialog.getByRole("button", { name: zh("masks.remove", { name: "宿舍窗户" }) }).click();
      await dialog.getByRole("button", { name: zh("common.save") }).click();
      await dialog.getByText(zh("problem.mask_reason")).waitFor();
      await dialog.getByLabel(zh("masks.why")).fill("窗户已封闭");
      await dialog.getByRole("button", { name: zh("common.save") }).click();
      await theirs.getByText(zh("masks.savedWaits", { name: "宿舍东侧" })).waitFor();
    });
    near(await covered(tile), want, "while it waits");
    await visit(browser, { url: server.url, language: "zh", name: "masks-confirmed", expected }, async ({ page: theirs, t: zh }) => {
      await signIn(theirs, zh, chief);
      await theirs.goto("/cameras");
      const waiting = theirs.getByRole("region", { name: zh("masks.waiting") });
      await waiting.getByText("窗户已封闭").waitFor();
      await readable(theirs, "what waits");
      await waiting.getByRole("button", { name: zh("people.approve"), exact: true }).click();
      await theirs.getByRole("dialog").getByRole("button", { name: zh("people.approve"), exact: true }).click();
      await theirs.getByText(zh("people.done_approveMask", { name: "宿舍东侧" })).waitFor();
    });
    await tile.locator(".masks polygon").nth(1).waitFor({ state: "detached" });
    near(await covered(tile), [want[1]], "afterwards, without a reload");
  });
});

test("the camera's file names every other way to its pictures", async () => {
  await visit(browser, { url: server.url, language: "en", name: "doors", size: { width: 390, height: 844 }, expected }, async ({ page, t }) => {
    await signIn(page, t, fitter);
    await page.goto(`/cameras?camera=${camera.id}`);
    await page.getByRole("button", { name: t("doors.checkOf", { what: t("doors.kind_cloud_app") }) }).click();
    const dialog = page.getByRole("dialog", { name: t("doors.checkOf", { what: t("doors.kind_cloud_app") }) });
    await dialog.getByText(t("doors.state_owned"), { exact: true }).click();
    await dialog.getByLabel(t("doors.owner")).fill("Maintenance company");
    await readable(page, "a side door");
    await dialog.getByRole("button", { name: t("common.save") }).click();
    await page.getByText(t("doors.ownedBy", { name: "Maintenance company" })).waitFor();
    await page.getByRole("region", { name: t("doors.title") }).scrollIntoViewIfNeeded();
    await readable(page, "side doors");
    await page.getByRole("button", { name: t("masks.edit") }).click();
    await page.locator(".mask-canvas").waitFor();
    await readable(page, "the editor on a phone");
  });
  await visit(browser, { url: server.url, language: "zh", name: "doors-list", expected }, async ({ page, t }) => {
    await signIn(page, t, chief);
    await page.goto("/cameras");
    await page.getByText(new RegExp(`^${t("doors.filter")}`)).click();
    await page.getByText(t("doors.unknown_other", { count: 3 })).waitFor();
    await readable(page, "cameras with side doors");
  });
});
