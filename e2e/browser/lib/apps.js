// Serves the apps under apps/ as their developers do, with the environment their documentation asks for.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { variables } from './env.js';
import { judgeHosts } from './outbound.js';
import { runProgram, startProgram } from './process.js';

const folder = (name) => fileURLToPath(new URL(`../apps/${name}/`, import.meta.url));
const vite = fileURLToPath(new URL('../node_modules/vite/bin/vite.js', import.meta.url));

/**
 * The Vite app.
 * @param {object} [options]
 * @param {string} [options.sdk] Clerk's package for React
 * @param {(its: import('./stage.js').Its) => object | Promise<object>} [options.props] those of ClerkProvider beside the key
 * @returns {import('./stage.js').StartApp}
 */
export function viteApp({ sdk = '@clerk/react', props = () => ({}) } = {}) {
  const command = [process.execPath, vite, '--host', 'localhost', '--port', '0', '--clearScreen', 'false'];
  return async (its) => {
    const env = {
      CLERK_PACKAGE: sdk, NIGHTCLERK_URL: its.env.backend_api_url, VITE_CONVEX_URL: its.convexURL,
      VITE_CLERK_PUBLISHABLE_KEY: its.env.publishable_key, VITE_CLERK_PROPS: JSON.stringify(await props(its)),
    };
    return serve(command, { cwd: folder('vite'), env, ready: /Local: +(http:\S+?)\/?$/ });
  };
}

/**
 * A Next app, with a cache of its own: one of other keys makes its pages reload for ever.
 * @param {string} name its folder under apps/
 * @param {object} [options]
 * @param {(block: string) => string} [options.block] what is changed in the block that `nightclerk env` prints
 * @param {boolean} [options.built] by `next build` and `next start`, as it is deployed, not by `next dev`
 * @returns {import('./stage.js').StartApp}
 */
export function nextApp(name, { block = (text) => text, built = false } = {}) {
  const cwd = folder(name);
  const next = [process.execPath, join(cwd, 'node_modules/next/dist/bin/next')];
  return async (its) => {
    const dist = `.next/${new URL(its.convexURL).port}`;
    const own = { NEXT_PUBLIC_CONVEX_URL: its.convexURL, NEXT_TELEMETRY_DISABLED: '1', NEXT_DIST_DIR: dist };
    const env = { ...variables(block(await its.block('next'))), ...own };
    await rm(join(cwd, dist), { recursive: true, force: true });
    const building = built ? await runProgram([...next, 'build'], { cwd, env }) : { hosts: [] };
    const app = await serve([...next, built ? 'start' : 'dev', '--port', '0'], { cwd, env, ready: /Local: +(http:\S+)$/ });
    const stop = async () => {
      const asked = merged(building, await app.stop());
      await rm(join(cwd, dist), { recursive: true, force: true });
      return asked;
    };
    return { ...app, stop };
  };
}

/** Has Vite prepare the packages of the app, as its first start does: of two first starts at a time one would be in the other's way. */
export async function prepareVite() {
  for (const CLERK_PACKAGE of ['@clerk/react', '@clerk/clerk-react']) {
    await judgeHosts(await runProgram([process.execPath, vite, 'optimize'], { cwd: folder('vite'), env: { CLERK_PACKAGE } }));
  }
}

/** The block with its lines for plain HTTP uncommented, and with the major of clerk-js that the SDK loads. */
export const withoutTLS = (clerkJS) => (text) =>
  text.replace(/^# (?=NEXT_PUBLIC_CLERK_)/gm, '').replace(/clerk-js@\d+/g, `clerk-js@${clerkJS}`);

/** The block without the line that names the app's own sign-in page. */
export const withoutPages = (text) => text.replace(/^NEXT_PUBLIC_CLERK_SIGN_IN_URL=.*$/m, '');

const merged = (one, other) => ({ ...other, hosts: [...new Set([...one.hosts, ...other.hosts])].sort() });

/**
 * The Express app.
 * @param {Record<string, string>} env
 */
export function startExpress(env) {
  return serve([process.execPath, 'server.js'], { cwd: folder('express'), env, ready: /listening on (http:\S+)$/ });
}

async function serve(command, options) {
  const { match, output, stop } = await startProgram(command, options);
  return { url: match[1], output, stop };
}
