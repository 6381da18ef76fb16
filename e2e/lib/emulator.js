// Starts the real binary on a free port, with data that nobody else has, and talks to its command line.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const binary = process.env.NIGHTCLERK_BIN ?? fileURLToPath(new URL('../../bin/nightclerk', import.meta.url));
const run = promisify(execFile);
const startLimitMs = 30_000;
const stopLimitMs = 15_000;

/** The caller's environment without anything that configures Clerk, Svix or the emulator. */
function cleanEnvironment() {
  const ours = ([name]) => !/^(NIGHTCLERK|CLERK|SVIX|NEXT_PUBLIC_CLERK|VITE_CLERK)_/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(ours));
}

/**
 * Starts an emulator and resolves once it has said that it is ready.
 * @param {{ config?: string, data?: string, listen?: string, flags?: string[] }} [options] config: the text of a
 *   nightclerk.yaml; data: a folder to keep everything in, instead of memory; listen: host and port, instead of a free
 *   one; flags: further ones of `nightclerk serve`; url: where to talk to it, when it calls itself by a name of its own
 */
export async function startEmulator({ config, data, listen = 'localhost:0', flags = [], url } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'nightclerk-e2e-'));
  const args = ['serve', '--listen', listen, ...(data ? ['--data', data] : ['--ephemeral']), '--json', ...flags];
  if (config) {
    await writeFile(join(folder, 'nightclerk.yaml'), config);
    args.push('--config', join(folder, 'nightclerk.yaml'));
  }
  const child = spawn(binary, args, { cwd: folder, env: cleanEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
  const log = [];
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  try {
    return new Emulator(await firstLine(child, log), child, { folder, log, url });
  } catch (err) {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
    throw err;
  }
}

/** The JSON that the emulator prints when it is ready, or an error with what it said instead. */
function firstLine(child, log) {
  return new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`${binary} ${why}\n${log.join('\n')}`));
    const limit = setTimeout(() => fail(`was not ready within ${startLimitMs} ms`), startLimitMs);
    child.once('error', (err) => fail(`cannot be run (make build): ${err.message}`));
    child.once('close', (code) => fail(`ended with ${code} before it was ready`));
    createInterface({ input: child.stdout }).once('line', (line) => {
      clearTimeout(limit);
      try {
        resolve(JSON.parse(line));
      } catch {
        fail(`printed something that is not JSON: ${line}`);
      }
    });
  });
}

class Emulator {
  #child;
  #folder;
  #url;

  constructor(env, child, { folder, log, url }) {
    this.#child = child;
    this.#folder = folder;
    this.#url = url ?? env.backend_api_url;
    /** What a program needs to know, with the keys of `nightclerk env --format json`. */
    this.env = env;
    /** The lines on its standard error so far. */
    this.log = log;
  }

  get url() {
    return this.#url;
  }

  /** Runs one command of the binary against this emulator and returns what it printed. */
  async cli(...args) {
    const { stdout } = await run(binary, [...args, '--url', this.url], { cwd: this.#folder, env: cleanEnvironment() });
    return stdout.trim();
  }

  /** Ends it as a crash does, by its process id: it can finish and write nothing. */
  async kill() {
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.kill('SIGKILL');
    await closed;
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Ends it as Ctrl-C does, by its process id; an exit code other than 0 is an error. */
  async stop() {
    const child = this.#child;
    if (child.exitCode === null) {
      const closed = new Promise((resolve) => child.once('close', resolve));
      const limit = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
      child.kill('SIGTERM');
      await closed;
      clearTimeout(limit);
    }
    await rm(this.#folder, { recursive: true, force: true });
    if (child.exitCode !== 0) {
      throw new Error(`the emulator ended with ${child.exitCode ?? child.signalCode}\n${this.log.join('\n')}`);
    }
  }
}
