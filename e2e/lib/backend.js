// One suite on both majors of Clerk's backend SDK, each against an emulator of its own.
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { startEmulator } from './emulator.js';
import { majors } from './majors.js';

/** The password of every user that `newUser` makes. */
export const password = 'correct-horse-battery';

/**
 * Defines the suite once per major. `define` gets the SDK's own functions and what the suite needs around them; all of
 * it works from the first `before` on.
 */
export function onBothMajors(title, define) {
  for (const major of majors) {
    describe(`${title}: ${major.name}`, () => {
      const sdk = new Sdk(major);
      before(() => sdk.start());
      after(() => sdk.stop());
      define(sdk);
    });
  }
}

class Sdk {
  #emulator;
  #made = 0;

  constructor(major) {
    Object.assign(this, major);
  }

  async start() {
    this.#emulator = await startEmulator();
    this.clerk = this.client();
  }

  async stop() {
    await this.#emulator?.stop();
  }

  /** What the emulator said when it was ready. */
  get env() {
    return this.#emulator.env;
  }

  /** Runs one command of the binary and returns what it printed. */
  cli(...args) {
    return this.#emulator.cli(...args);
  }

  /** A client as an app makes one, with what differs from that. */
  client(more = {}) {
    return this.createClerkClient({
      secretKey: this.env.secret_key,
      publishableKey: this.env.publishable_key,
      apiUrl: this.env.backend_api_url,
      telemetry: { disabled: true },
      ...more,
    });
  }

  /** A number that was not given before. */
  unique() {
    return ++this.#made;
  }

  newUser(more = {}) {
    return this.clerk.users.createUser({ emailAddress: [`user${this.unique()}@example.org`], password, ...more });
  }

  /** Expects Clerk's error, as the SDK's own guard and fields show it to an app. */
  async refused(call, status, code, paramName) {
    await assert.rejects(call, (err) => {
      assert.ok(this.isClerkAPIResponseError(err), `not Clerk's error: ${err}`);
      const [first] = err.errors;
      assert.deepEqual([err.status, first.code, first.meta?.paramName], [status, code, paramName]);
      assert.ok(first.message.length > 0);
      assert.match(err.clerkTraceId, /^[0-9a-f]{32}$/);
      return true;
    });
  }
}

/** Clerk sends dates as Unix milliseconds: a number of seconds or a string is not one. */
export function assertDate(value, what) {
  const since2020 = Number.isInteger(value) && value > Date.UTC(2020, 0, 1);
  assert.ok(since2020 && value < Date.now() + 60_000, `${what} is no date: ${value}`);
}
