// Runs a program until it says where it listens, and ends it by its process id.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const startLimitMs = 120_000;
const stopLimitMs = 10_000;

/**
 * Starts a program and resolves with its first line that `ready` matches.
 * @param {string[]} command program and arguments
 * @param {{ cwd: string, env: Record<string, string>, ready: RegExp }} options env: laid over the caller's environment
 * @returns {Promise<{ match: RegExpMatchArray, output: string[], stop: () => Promise<void> }>}
 */
export function startProgram([file, ...args], { cwd, env, ready }) {
  const child = spawn(file, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = new Promise((resolve) => child.once('close', resolve));
  const output = [];
  const stop = () => end(child, closed);
  return new Promise((resolve, reject) => {
    const fail = (why) => {
      clearTimeout(limit);
      stop().then(() => reject(new Error(`${[file, ...args].join(' ')} ${why}\n${output.join('\n')}`)));
    };
    const limit = setTimeout(() => fail(`did not say where it listens within ${startLimitMs} ms`), startLimitMs);
    child.once('error', (err) => fail(`cannot be run: ${err.message}`));
    closed.then((code) => fail(`ended with ${code}`));
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on('line', (line) => {
        output.push(line.replace(/\x1b\[[0-9;]*m/g, ''));
        const match = output.at(-1).match(ready);
        if (!match) return;
        clearTimeout(limit);
        resolve({ match, output, stop });
      });
    }
  });
}

async function end(child, closed) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const limit = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
  child.kill('SIGTERM');
  await closed;
  clearTimeout(limit);
}
