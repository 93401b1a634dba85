/** Playwright's global set-up: `gallery-deploy dev` with a fresh store, for as long as the tests run. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const BINARY = resolve(process.env["GALLERY_DEPLOY_BIN"] ?? join(import.meta.dirname, "../../../target/debug/gallery-deploy"));

/** The first start of all makes the local AWS's Python environment, which may take a while. */
const START_MS = 180_000;
const STOP_MS = 30_000;

const GALLERY_YAML = "name: browser-test\nregion: us-west-2\n";

/** @returns what Playwright calls when all tests have run */
export default async function startLocalStack(): Promise<() => Promise<void>> {
  if (!existsSync(BINARY)) {
    throw new Error(`${BINARY} is missing: build it with "cargo build", or name another in GALLERY_DEPLOY_BIN`);
  }
  const folder = await mkdtemp(join(tmpdir(), "gallery-browser-test-"));
  await writeFile(join(folder, "gallery.yaml"), GALLERY_YAML);
  // A group of its own: Ctrl-C in the terminal reaches Playwright only, which then ends it in an orderly way.
  const dev = spawn(BINARY, ["dev", "--fresh"], { cwd: folder, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const log: string[] = [];
  dev.stderr.on("data", (chunk: Buffer) => log.push(chunk.toString()));
  // Playwright does not end global set-up when it is itself cut off; nothing must go on running then.
  const endOnExit = (): void => void dev.kill("SIGINT");
  process.once("exit", endOnExit);

  const stop = async (): Promise<void> => {
    await end(dev, log);
    process.off("exit", endOnExit);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    process.env["GALLERY_URL"] = await pageUrl(dev, log);
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
  return stop;
}

/** The page's address: the only line that `dev` writes to stdout. */
async function pageUrl(dev: ChildProcess, log: readonly string[]): Promise<string> {
  const signal = AbortSignal.timeout(START_MS);
  const lines = createInterface({ input: dev.stdout! });
  const [line] = await Promise.race([
    once(lines, "line", { signal }),
    once(dev, "exit", { signal }).then(([code]) => {
      throw new Error(`"gallery-deploy dev" ended with ${code} before it named the page:\n${log.join("")}`);
    }),
  ]);
  return new URL(String(line)).href;
}

/** Ctrl-C, as a person would end `dev`; that it ends in order is part of its contract. */
async function end(dev: ChildProcess, log: readonly string[]): Promise<void> {
  if (dev.exitCode !== null || dev.signalCode !== null) {
    return;
  }
  const exited = once(dev, "exit", { signal: AbortSignal.timeout(STOP_MS) });
  dev.kill("SIGINT");
  const [code] = await exited.catch(() => {
    // With all that it has started.
    process.kill(-dev.pid!, "SIGKILL");
    throw new Error(`"gallery-deploy dev" did not end after Ctrl-C:\n${log.join("")}`);
  });
  if (code !== 0) {
    throw new Error(`"gallery-deploy dev" ended with ${code} after Ctrl-C:\n${log.join("")}`);
  }
}
