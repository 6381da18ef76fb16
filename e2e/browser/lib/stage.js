// Everything one suite needs: the emulator, apps with a Convex deployment behind each, and a browser in front of them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { startEmulator } from '../../lib/emulator.js';
import { startBrowser } from './browser.js';
import { bundles } from './bundles.js';
import { startConvex } from './convex.js';
import './loopback-only.js'; // the tests are a program like the others
import { judgeHosts } from './outbound.js';

/**
 * @typedef {{ env: object, convexURL: string, block: (framework: string) => Promise<string> }} Its what an app may be told: env
 *   and block are what the emulator says of its instance
 * @typedef {(its: Its) => Promise<{ url: string, stop: () => Promise<object> }>} StartApp
 */

export class Stage {
  #running = [];
  #silent;

  /**
   * Starts all but apps.
   * @param {object} [options] those of startEmulator, and `browser`: those of startBrowser; `publicHost`: what the emulator
   *   is called instead of localhost; `silent`: whether telemetry is switched off everywhere
   */
  async startParts({ browser, publicHost, silent = false, ...options } = {}) {
    this.#silent = silent;
    process.env.LOCAL_NAMES = publicHost ?? '';
    const { listen, url, flags = [] } = publicHost ? await named(publicHost) : {};
    this.options = { listen, url, ...options, flags: [...(options.flags ?? []), ...flags, '--sdk-dir', await bundles()] };
    await this.startEmulator();
    await this.startBrowser({ names: publicHost ? [publicHost] : [], ...browser });
  }

  /**
   * Starts all, and one app, whose parts are the stage's own.
   * @param {StartApp} startApp
   * @param {object} [options] those of `startParts`
   */
  async start(startApp, options) {
    await this.startParts(options);
    this.site = await this.addSite(startApp);
  }

  /**
   * Starts an app of an instance.
   * @param {StartApp} startApp
   * @param {string} [instance] its slug
   */
  async addSite(startApp, instance = 'default') {
    const block = (...which) => this.emulator.cli('env', '--instance', instance, ...which);
    const env = JSON.parse(await block('--format', 'json'));
    const convex = await this.run(startConvex({ issuer: env.issuer }));
    const its = { env, convexURL: convex.url, block: (framework) => block('--framework', framework) };
    return new Site(this, instance, convex, await this.run(startApp(its)));
  }

  /** Adds a part that ends with the stage. */
  async run(starting) {
    const part = await starting;
    this.#running.unshift(part);
    return part;
  }

  async startBrowser(options) {
    this.browser = await this.run(startBrowser(options));
  }

  async startEmulator(more = {}) {
    this.emulator = await this.run(startEmulator({ ...this.options, ...more }));
  }

  /** Ends the emulator and starts it again where it was, with the data it kept. */
  async restartEmulator() {
    const { host } = new URL(this.emulator.url);
    this.#running = this.#running.filter((part) => part !== this.emulator);
    await this.emulator.stop();
    await this.startEmulator({ listen: host });
  }

  /** Ends everything, and fails when a part asked for a host that outbound.json does not explain. */
  async stop() {
    const failures = [];
    for (const part of this.#running) {
      await part.stop().then((said) => said?.hosts && this.#judge(said)).catch((err) => failures.push(err));
    }
    if (failures.length) throw new AggregateError(failures, failures.map((err) => err.message).join('\n'));
  }

  async #judge(said) {
    await judgeHosts(said);
    assert.ok(!this.#silent || !said.hosts.includes('clerk-telemetry.com'), `telemetry is off, and the ${said.by} asked for its host`);
  }

  // The one app's parts, where there is one.
  get app() {
    return this.site.app;
  }

  get convex() {
    return this.site.convex;
  }

  open(path) {
    return this.site.open(path);
  }

  assertConvexAccepts(email) {
    return this.site.assertConvexAccepts(email);
  }
}

/** An app of an instance, and the Convex deployment behind it. */
export class Site {
  #stage;
  #instance;

  constructor(stage, instance, convex, app) {
    this.#stage = stage;
    this.#instance = instance;
    this.convex = convex;
    this.app = app;
  }

  /** A page of the app in a browser profile of its own. */
  async open(path = '/') {
    const page = await this.#stage.browser.newPage();
    await page.goto(this.app.url + path);
    return page;
  }

  /** Convex was sent tokens of this user, and the emulator's own explanation is that a deployment accepts the last one. */
  async assertConvexAccepts(email) {
    const last = this.convex.authentications.at(-1);
    assert.ok(last, 'Convex was sent no token');
    assert.deepEqual([last.error, last.identity?.email], [undefined, email]);
    await this.#stage.emulator.cli('token', '--instance', this.#instance, '--explain', last.token);
  }
}

/** What makes an emulator that is called by this name: a free port, which its keys have to have beforehand. */
async function named(host) {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return { listen: `localhost:${port}`, url: `http://localhost:${port}`, flags: ['--public-host', `${host}:${port}`] };
}
