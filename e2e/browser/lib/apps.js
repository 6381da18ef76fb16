// Serves the apps under apps/ as their developers do, with the environment their documentation asks for.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProgram } from './process.js';

const folder = (name) => fileURLToPath(new URL(`../apps/${name}/`, import.meta.url));
const vite = fileURLToPath(new URL('../node_modules/vite/bin/vite.js', import.meta.url));

/**
 * Serves a Vite app on a free port.
 * @param {string} name its folder under apps/
 * @param {Record<string, string>} env
 */
export async function startVite(name, env) {
  const command = [process.execPath, vite, '--host', 'localhost', '--port', '0', '--clearScreen', 'false'];
  const { match, stop } = await startProgram(command, { cwd: folder(name), env, ready: /Local: +(http:\S+?)\/?$/ });
  return { url: match[1], stop };
}

/**
 * Serves a Next app with `next dev` on a free port, from an empty cache: one of other keys makes its pages reload for ever.
 * @param {string} name its folder under apps/
 * @param {Record<string, string>} env
 */
export async function startNext(name, env) {
  const cwd = folder(name);
  await rm(join(cwd, '.next'), { recursive: true, force: true });
  const command = [process.execPath, join(cwd, 'node_modules/next/dist/bin/next'), 'dev', '--port', '0'];
  const quiet = { NEXT_TELEMETRY_DISABLED: '1' };
  const { match, output, stop } = await startProgram(command, { cwd, env: { ...env, ...quiet }, ready: /Local: +(http:\S+)$/ });
  return { url: match[1], output, stop };
}

/**
 * Runs the Express app on a free port.
 * @param {Record<string, string>} env
 */
export async function startExpress(env) {
  const { match, stop } = await startProgram([process.execPath, 'server.js'], { cwd: folder('express'), env, ready: /listening on (http:\S+)$/ });
  return { url: match[1], stop };
}
