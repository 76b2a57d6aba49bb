// What the picture itself tells: the bar code that the simulator draws into every
// frame (internal/source/sim/README.md), and which frame it must be.
import { framesShown } from "./browser.mjs";

/** Runs in the page: the number in the bar code of the frame on screen, or null. */
function readBar(video) {
  const [w, h] = [video.videoWidth, video.videoHeight];
  if (w === 0) return null;
  const canvas = new OffscreenCanvas(w, h);
  const g = canvas.getContext("2d", { willReadFrequently: true });
  g.drawImage(video, 0, 0);
  const bit = (i) => {
    const p = g.getImageData(Math.round(((i + 0.5) * w) / 40), Math.round(h - h / 72), 1, 1).data;
    return p[0] * 0.299 + p[1] * 0.587 + p[2] * 0.114 >= 128 ? 1 : 0;
  };
  let number = 0;
  let parity = 0;
  for (let i = 2; i < 18; i++) {
    number = number * 2 + bit(i);
    parity ^= bit(i);
  }
  return bit(0) === 1 && bit(1) === 0 && bit(19) === 1 && bit(18) === parity ? number : null;
}

export const barOf = (video) => video.evaluate(readBar);

/**
 * Watches until `count` new frames were shown. Resolves with the numbers in the
 * pictures before and after, the media times, and the size of the picture.
 */
export async function watchMotion(video, count) {
  await framesShown(video, 1);
  const look = async () => ({ bar: await barOf(video), time: await video.evaluate((v) => v.currentTime), frames: await video.evaluate((v) => v.getVideoPlaybackQuality().totalVideoFrames) });
  const before = await look();
  const size = await framesShown(video, count);
  return { before, after: await look(), ...size };
}

/**
 * Resolves once the paused playback shows a frame of an instant no further than
 * `reach` ms from the one asked for: the number in that frame and its instant, read
 * together. The number is not what is waited for.
 */
export async function frameAt(page, video, at, reach) {
  await page.waitForFunction(([wanted, most]) => {
    const v = document.querySelector(".picture video");
    const shown = [...window.__watchroom.players.values()].find((p) => p.mode === "recorded")?.wall;
    return v && v.paused && !v.seeking && v.readyState >= 2 && shown !== undefined && Math.abs(shown - wanted) <= most;
  }, [at, reach]);
  return video.evaluate((v, read) => {
    const bar = new Function(`return (${read})`)()(v);
    return { bar, at: [...window.__watchroom.players.values()].find((p) => p.mode === "recorded").wall };
  }, readBar.toString());
}

/** The number of the frame that the simulated stream took at the instant, from what it says of its newest. */
export function numberAt(stream, at) {
  const since = Math.round(((at - Date.parse(stream.at)) / 1000) * stream.fps);
  return (((stream.loopPos + since) % stream.loop) + stream.loop) % stream.loop;
}

/** How many frames lie between two numbers of a loop, the short way round. */
export function distance(a, b, loop) {
  const d = Math.abs(a - b) % loop;
  return Math.min(d, loop - d);
}
