// Runs programs, which reach this machine only, and ends them by their process ids.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const startLimitMs = 120_000;
const stopLimitMs = 10_000;
const guard = new URL('loopback-only.js', import.meta.url);

/**
 * Starts a program of Node and resolves with its first line that `ready` matches. Its `stop` says which hosts beyond this
 * machine it asked for.
 * @param {string[]} command program and arguments
 * @param {{ cwd: string, env: Record<string, string>, ready: RegExp }} options env: laid over the caller's environment
 * @returns {Promise<{ match: RegExpMatchArray, output: string[], stop: () => Promise<Asked> }>}
 */
export async function startProgram(command, { ready, ...options }) {
  const program = await spawnGuarded(command, options);
  return new Promise((resolve, reject) => {
    const fail = (why) => {
      clearTimeout(limit);
      program.stop().then(() => reject(program.error(why)), reject);
    };
    const limit = setTimeout(() => fail(`did not say where it listens within ${startLimitMs} ms`), startLimitMs);
    program.child.once('error', (err) => fail(`cannot be run: ${err.message}`));
    program.closed.then((code) => fail(`ended with ${code}`));
    program.onLine((line) => {
      const match = line.match(ready);
      if (!match) return;
      clearTimeout(limit);
      resolve({ match, output: program.output, stop: () => program.stop() });
    });
  });
}

/**
 * Runs a program of Node to its end, which must be a good one.
 * @param {string[]} command program and arguments
 * @param {{ cwd: string, env: Record<string, string> }} options
 * @returns {Promise<Asked>} the hosts beyond this machine that it asked for
 */
export async function runProgram(command, options) {
  const program = await spawnGuarded(command, options);
  const code = await program.closed;
  const asked = await program.stop();
  if (code !== 0) throw program.error(`ended with ${code}`);
  return asked;
}

/** @typedef {{ by: 'servers', hosts: string[] }} Asked */

async function spawnGuarded(command, options) {
  const folder = await mkdtemp(join(tmpdir(), 'nightclerk-program-'));
  return new Program(command, options, folder);
}

class Program {
  output = [];
  #command;
  #folder;
  #listeners = [];

  constructor(command, { cwd, env }, folder) {
    this.#command = command;
    this.#folder = folder;
    const guarded = { NODE_OPTIONS: `--import=${guard}`, ASKED_HOSTS: this.#record };
    const [file, ...args] = command;
    this.child = spawn(file, args, { cwd, env: { ...process.env, ...env, ...guarded }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.closed = new Promise((resolve) => this.child.once('close', resolve));
    for (const input of [this.child.stdout, this.child.stderr]) {
      createInterface({ input }).on('line', (line) => this.#hear(line.replace(/\x1b\[[0-9;]*m/g, '')));
    }
  }

  get #record() {
    return join(this.#folder, 'asked');
  }

  #hear(line) {
    this.output.push(line);
    for (const listener of this.#listeners) listener(line);
  }

  onLine(listener) {
    this.#listeners.push(listener);
  }

  error(why) {
    return new Error(`${this.#command.join(' ')} ${why}\n${this.output.join('\n')}`);
  }

  async stop() {
    await this.#end();
    const record = await readFile(this.#record, 'utf8').catch(() => null);
    await rm(this.#folder, { recursive: true, force: true });
    if (record === null) throw this.error('kept no record of the hosts that it asked for');
    return { by: 'servers', hosts: [...new Set(record.split('\n').filter(Boolean))].sort() };
  }

  async #end() {
    const { child } = this;
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const limit = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
    child.kill('SIGTERM');
    await this.closed;
    clearTimeout(limit);
  }
}
