// A server with a data folder of its own, a simulator in another process, and a
// client of the HTTP API for what a journey needs beforehand.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { binary, run, temporaryFolder } from "./processes.mjs";

const password = "correct horse battery staple";

async function serve(env) {
  const data = temporaryFolder();
  try {
    const start = (listen, flags = []) => run(["serve", "--data", data.path, "--listen", listen, ...flags], { WATCHROOM_LOG_LEVEL: "warn", ...env });
    let server = await start("127.0.0.1:0");
    return {
      ...server,
      data: data.path,
      stop: () => server.stop().finally(data.release),
      /** Exchanges the program while it runs; resolves when the next one serves. */
      upgrade: async () => {
        const { stdout } = await promisify(execFile)(binary, ["upgrade", "--data", data.path, "--binary", binary], { env: { ...process.env, ...env }, timeout: 60_000 });
        const serves = /process (\d+) serves/.exec(stdout);
        if (!serves) throw new Error(`watchroom upgrade wrote ${stdout}`);
        server.succeeded(Number(serves[1]));
      },
      /** Ends the program and starts it again on the same data and at the same address, with more flags; `between` happens while it is away. */
      restart: async (between, flags) => {
        await server.stop();
        await between?.();
        server = await start(new URL(server.ready.url).host, flags);
      },
    };
  } catch (error) {
    data.release();
    throw error;
  }
}

/** Starts `watchroom serve` without any account; `link` is the set-up link that it prints. */
export async function startFreshServer(env = {}) {
  const server = await serve(env);
  try {
    const [link] = await server.said(/http:\S+#\S+/);
    return { url: server.ready.url.replace(/\/$/, ""), link, stop: server.stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/**
 * Starts `watchroom sim`. Its ready file: {"cameras": [{"name", "main", "sub"}], "control"},
 * RTSP addresses and the address of the HTTP interface for faults; cameras count from 1.
 */
export async function startSimulator(cameras) {
  const sim = await run(["sim", "--cameras", String(cameras), "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"]);
  const ask = async (method, path, body) => {
    const answer = await fetch(`${sim.ready.control}${path}`, { method, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  return {
    cameras: sim.ready.cameras,
    stop: sim.stop,
    info: (n) => ask("GET", `/cameras/${n}`),
    fault: (n, fault) => ask("POST", `/cameras/${n}/faults`, fault),
    mend: (n) => ask("DELETE", `/cameras/${n}/faults`),
  };
}

/**
 * Starts `watchroom serve` on a free port. Its ready file: {"url": "http://127.0.0.1:PORT"}.
 * The account admin is made from the environment; person() makes others.
 */
export async function startServer(env = {}) {
  const server = await serve({ WATCHROOM_ADMIN_PASSWORD: password, ...env });
  const url = server.ready.url.replace(/\/$/, "");
  /** Calls the API as one person, who signs in first; throws with the problem's text when it refuses. */
  const caller = () => {
    let cookie = "";
    return async (method, path, body) => {
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
  };
  const call = caller(); // as admin
  let confirms; // the first who may confirm what the administrator gives, signed in
  /** Confirms positions and lower grades that wait, where anybody can. */
  const confirm = async () => {
    for (const p of confirms ? (await confirms("GET", "/proposals?state=proposed")).items : []) await confirms("POST", `/proposals/${p.id}/approve`, {});
  };

  const { stop } = server;
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
    restart: server.restart,
    upgrade: server.upgrade,
    data: server.data,
    admin: { username: "admin", password },
    confirm,
    async person(username, displayName, ...positions) {
      // Who made a password knows it; the person chooses their own before anything else.
      const made = `${password}-made`;
      await call("POST", "/people", { username, displayName, positions, password: made });
      const theirs = caller();
      await theirs("POST", "/session", { username, password: made });
      await theirs("PUT", "/session/password", { current: made, new: password });
      await confirm(); // who they are is confirmed once nobody else can come in as them
      if (positions.includes("supervisor") || positions.includes("leader")) confirms ??= theirs;
      return { username, displayName, password };
    },
    /** Gives somebody other positions, with another person who confirms them. */
    async give(id, held) {
      await call("PATCH", `/people/${id}`, held);
      await confirm();
    },
    /** Gives a function like call, for another person. */
    as: async (person) => {
      const theirs = caller();
      await theirs("POST", "/session", { username: person.username, password: person.password });
      return theirs;
    },
    /** Registers a camera of the simulator. */
    addCamera: (camera, name = camera.name, more = {}) =>
      call("POST", "/cameras", {
        ...more,
        name,
        place: "E2E",
        note: "",
        main: { url: camera.main, transport: "tcp" },
        ...(camera.sub ? { sub: { url: camera.sub, transport: "tcp" } } : {}),
      }),
  };
}
