// Live view over WHEP in Chromium, on a blank page of the recorder's own origin: how
// long after the request the first picture stands on the page, and how long after a
// picture was taken it does.
//
// Reads one JSON object from standard input and writes one to standard output:
//   {url, cookie: {name, value}, chromium, modules, camera, control, number, views, pictures}
//   → {first: [ms], glass: [ms], unread, version}
// control and number tell the simulator and the camera in it. modules is a package.json
// beside which playwright-core is found.
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const wish = JSON.parse(await text(process.stdin));
const { chromium } = createRequire(wish.modules)("playwright-core");

/** Runs in the page: opens one view and gives the time to its first picture. */
async function watch({ address, count }) {
  const video = document.createElement("video");
  video.muted = true;
  video.autoplay = true;
  document.body.replaceChildren(video);
  const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  peer.addTransceiver("video", { direction: "recvonly" });
  peer.addTransceiver("audio", { direction: "recvonly" });
  const stream = new MediaStream();
  peer.ontrack = (event) => {
    event.receiver.jitterBufferTarget = 30; // as the application does
    stream.addTrack(event.track);
    video.srcObject = stream;
  };
  await peer.setLocalDescription(await peer.createOffer());

  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  // The bar code of package scene: only its row is copied from the picture.
  const readBar = () => {
    const w = video.videoWidth, h = video.videoHeight;
    canvas.width = w / 2;
    canvas.height = 1;
    pen.drawImage(video, 0, Math.round(h - h / 72), w / 2, 1, 0, 0, w / 2, 1);
    const { data } = pen.getImageData(0, 0, w / 2, 1);
    const bit = (i) => {
      const p = 4 * Math.round(((i + 0.5) * w) / 40);
      return data[p] * 0.299 + data[p + 1] * 0.587 + data[p + 2] * 0.114 >= 128 ? 1 : 0;
    };
    let n = 0, parity = 0;
    for (let i = 2; i < 18; i++) { n = n * 2 + bit(i); parity ^= bit(i); }
    return bit(0) === 1 && bit(1) === 0 && bit(19) === 1 && bit(18) === parity ? n : null;
  };

  let session;
  try {
    const shown = [];
    let first = 0;
    const begun = performance.now();
    const pictures = new Promise((done, failed) => {
      const late = setTimeout(() => failed(new Error(`${shown.length} of ${count} pictures within a minute; ${peer.connectionState}`)), 60_000);
      const next = (_now, about) => {
        first ||= about.expectedDisplayTime;
        if (count > 1) {
          // The canvas gets the newest picture, which may be newer than the one that
          // this call is about: it counts as shown when it has been read, or when the
          // screen will show it if that is later.
          const bar = readBar();
          const now = performance.now();
          shown.push({ at: Date.now() + Math.max(0, about.expectedDisplayTime - now), bar });
        }
        if (count > shown.length && count > 1) video.requestVideoFrameCallback(next);
        else { clearTimeout(late); done(); }
      };
      video.requestVideoFrameCallback(next);
    });
    pictures.catch(() => {});
    const answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/sdp" }, body: peer.localDescription.sdp });
    if (answer.status !== 201) throw new Error(`POST ${address}: ${answer.status} ${await answer.text()}`);
    session = answer.headers.get("Location");
    await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
    await pictures;
    return { first: first - begun, shown };
  } finally {
    peer.close();
    video.srcObject = null;
    if (session) await fetch(session, { method: "DELETE" });
  }
}

/** When the simulator took picture number n of its loop, newest before an instant. */
async function timetable() {
  const answer = await fetch(`${wish.control}/cameras/${wish.number}`);
  const { main } = await answer.json();
  const known = Date.parse(main.at), period = 1000 / main.fps;
  return (n, before) => {
    let taken = known + (n - main.loopPos) * period;
    const loop = main.loop * period;
    taken += Math.floor((before - taken) / loop) * loop;
    return taken;
  };
}

const browser = await chromium.launch({
  executablePath: wish.chromium,
  args: [
    "--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--autoplay-policy=no-user-gesture-required",
  ],
});
try {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
  await context.addCookies([{ ...wish.cookie, url: wish.url }]);
  const page = await context.newPage();
  const blank = `${wish.url}/blank-for-the-measurement`;
  await page.route(blank, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><body>" }));
  await page.goto(blank);
  const address = `${wish.url}/api/v1/live/${wish.camera}/whep?stream=main`;
  const out = { version: browser.version(), first: [], glass: [], unread: 0 };
  await page.evaluate(watch, { address, count: 1 }); // what is loaded once in the life of a browser
  for (let i = 0; i < wish.views; i++) {
    // Views begin spread over two seconds, the distance of key frames.
    await page.waitForTimeout(500 + (i * 2000) / wish.views);
    out.first.push((await page.evaluate(watch, { address, count: 1 })).first);
  }
  if (wish.pictures > 0) {
    const { shown } = await page.evaluate(watch, { address, count: wish.pictures });
    const takenAt = await timetable();
    for (const { at, bar } of shown) {
      if (bar === null) out.unread++;
      else out.glass.push(at - takenAt(bar, at));
    }
  }
  process.stdout.write(JSON.stringify(out));
} finally {
  await browser.close();
}
