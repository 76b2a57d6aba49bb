// A server with a data folder of its own, a simulator in another process, and a
// client of the HTTP API for what a journey needs beforehand.
import { run, temporaryFolder } from "./processes.mjs";

const password = "correct horse battery staple";

/**
 * Starts `watchroom sim`. Its ready file: {"cameras": [{"name", "main", "sub"}]},
 * the last two RTSP addresses.
 */
export async function startSimulator(cameras) {
  const sim = await run(["sim", "--cameras", String(cameras), "--listen", "127.0.0.1:0"]);
  return { cameras: sim.ready.cameras, stop: sim.stop };
}

/**
 * Starts `watchroom serve` on a free port. Its ready file: {"url": "http://127.0.0.1:PORT"}.
 * The account admin is made from the environment; people(position) makes others.
 */
export async function startServer() {
  const data = temporaryFolder();
  let server;
  try {
    server = await run(["serve", "--data", data.path, "--listen", "127.0.0.1:0"], { WATCHROOM_ADMIN_PASSWORD: password });
  } catch (error) {
    data.release();
    throw error;
  }
  const url = server.ready.url.replace(/\/$/, "");
  let cookie = "";

  /** Calls the API as admin; throws with the problem's text when it refuses. */
  const call = async (method, path, body) => {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { "Content-Type": "application/json", ...(cookie ? { Cookie: cookie } : {}) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    const set = answer.headers.getSetCookie().find((c) => c.startsWith("watchroom_session="));
    if (set) cookie = set.split(";")[0];
    return text === "" ? undefined : JSON.parse(text);
  };

  const stop = async () => {
    try {
      return await server.stop();
    } finally {
      data.release();
    }
  };
  try {
    await call("POST", "/session", { username: "admin", password });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    call,
    stop,
    admin: { username: "admin", password },
    async person(username, displayName, ...positions) {
      await call("POST", "/people", { username, displayName, positions, password });
      return { username, displayName, password };
    },
    /** Registers a camera of the simulator. */
    addCamera: (camera, name = camera.name) =>
      call("POST", "/cameras", {
        name,
        place: "E2E",
        note: "",
        main: { url: camera.main, transport: "tcp" },
        ...(camera.sub ? { sub: { url: camera.sub, transport: "tcp" } } : {}),
      }),
  };
}
