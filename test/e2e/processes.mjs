// Starts and stops the program. Nothing here waits by the clock: a process is ready
// when it has written its ready file, and the time limits only end what hangs.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const binary = process.env.WATCHROOM_BIN ?? join(root, "bin/watchroom");

/** A folder that is removed when release is called. */
export function temporaryFolder() {
  const path = mkdtempSync(join(tmpdir(), "watchroom-e2e-"));
  return { path, release: () => rmSync(path, { recursive: true, force: true }) };
}

/** Rejects with `what` when the promise takes longer than the limit. */
export function within(seconds, promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`after ${seconds} s: ${what()}`)), seconds * 1000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/**
 * Runs bin/watchroom with the arguments and `--ready-file`, and resolves when that
 * file holds the JSON object that the program writes once it can be used.
 */
export async function run(args, env = {}) {
  const folder = temporaryFolder();
  const readyFile = join(folder.path, "ready.json");
  const log = [];
  const child = spawn(binary, [...args, "--ready-file", readyFile], {
    cwd: folder.path,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const listeners = new Set();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      log.push(text);
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise((done) => {
    child.once("error", (error) => { log.push(String(error)); done("could not be started"); });
    child.once("exit", (code, signal) => done(signal ?? `status ${code}`));
  });
  // A successor writes to the same pipes: they are closed when the last one has ended.
  const closed = new Promise((done) => child.once("close", done));
  let successor;
  const kill = (signal) => {
    if (successor) {
      try { process.kill(successor, signal); } catch (error) { if (error.code !== "ESRCH") throw error; }
    } else if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  };

  /** SIGTERM, and SIGKILL only to what does not obey; resolves with how the first process ended. */
  const stop = async () => {
    let over = false;
    kill("SIGTERM");
    try {
      const how = await within(60, Promise.all([ended, successor && closed]).then(([first]) => first), () => `watchroom ${args[0]} does not stop\n${log.join("")}`);
      over = true;
      return how;
    } finally {
      if (!over) kill("SIGKILL");
      folder.release();
    }
  };

  /** From now on another process, which this one has started, is the one to stop. */
  const succeeded = (pid) => { successor = pid; };

  /** Resolves with the match once the process has written what fits the expression. */
  const said = (expression) => {
    let look;
    const found = new Promise((done) => {
      look = () => {
        const match = expression.exec(log.join(""));
        if (match) done(match);
      };
      listeners.add(look);
      look();
    });
    return within(30, found, () => `watchroom ${args[0]} did not write ${expression}\n${log.join("")}`).finally(() => listeners.delete(look));
  };

  const watching = new AbortController();
  const written = new Promise((done) => {
    const look = () => { if (existsSync(readyFile)) done(); };
    watch(folder.path, { signal: watching.signal }, look);
    look();
  });
  const died = ended.then((how) => { throw new Error(`watchroom ${args.join(" ")} ended: ${how}\n${log.join("")}`); });
  died.catch(() => {}); // later ends are told by stop
  try {
    await within(60, Promise.race([written, died]), () => `watchroom ${args[0]} is not ready\n${log.join("")}`);
    return { ready: JSON.parse(readFileSync(readyFile, "utf8")), pid: child.pid, log, said, ended, stop, succeeded };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    watching.abort();
  }
}
