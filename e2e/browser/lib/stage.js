// Everything one suite needs: the emulator, a Convex deployment, the app between them, and a browser in front of it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { startEmulator } from '../../lib/emulator.js';
import { startBrowser } from './browser.js';
import { bundles } from './bundles.js';
import { startConvex } from './convex.js';

const allowed = JSON.parse(await readFile(new URL('../outbound.json', import.meta.url), 'utf8'));

export class Stage {
  #running = [];

  /**
   * @param {(env: object, convexURL: string, emulator: object) => Promise<{ url: string, stop: () => Promise<void> }>} startApp
   *   env: what the emulator said of itself
   * @param {object} [options] those of startEmulator, and `browser`: those of startBrowser
   */
  async start(startApp, { browser, ...options } = {}) {
    const sdk = ['--sdk-dir', await bundles()];
    this.options = { ...options, flags: [...(options.flags ?? []), ...sdk] };
    await this.startEmulator();
    this.convex = await this.run(startConvex({ issuer: this.emulator.env.issuer }));
    this.app = await this.run(startApp(this.emulator.env, this.convex.url, this.emulator));
    await this.startBrowser(browser);
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

  /** Ends everything, and fails when the browser asked for a host that outbound.json does not explain. */
  async stop() {
    const failures = [];
    for (const part of this.#running) {
      const said = await part.stop().catch((err) => failures.push(err));
      if (said?.hosts) this.#judge(said, failures);
    }
    if (failures.length) throw new AggregateError(failures, failures.map((err) => err.message).join('\n'));
  }

  #judge({ requests, hosts }, failures) {
    try {
      assert.ok(requests > 0, 'the browser kept no record of its requests');
      const foreign = hosts.filter((host) => !(host in allowed));
      assert.deepEqual(foreign, [], 'the browser asked for hosts that outbound.json does not explain');
    } catch (err) {
      failures.push(err);
    }
  }

  /** A page of the app in a browser profile of its own. */
  async open(path = '/') {
    const page = await this.browser.newPage();
    await page.goto(this.app.url + path);
    return page;
  }

  /** Convex was sent tokens of this user, and the emulator's own explanation is that a deployment accepts the last one. */
  async assertConvexAccepts(email) {
    const last = this.convex.authentications.at(-1);
    assert.ok(last, 'Convex was sent no token');
    assert.deepEqual([last.error, last.identity?.email], [undefined, email]);
    await this.emulator.cli('token', '--explain', last.token);
  }
}
