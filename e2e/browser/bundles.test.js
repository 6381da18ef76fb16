// Clerk's scripts reach the browser as npm published them, to the byte.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startEmulator } from '../lib/emulator.js';
import { bundles } from './lib/bundles.js';

describe('The scripts below /npm', () => {
  let emulator, folder;
  before(async () => {
    folder = await bundles(); // whose archives have npm's checksums
    emulator = await startEmulator({ flags: ['--sdk-dir', folder] });
  });
  after(() => emulator.stop());

  for (const name of ['clerk-js@5.128.0', 'clerk-js@6.40.0', 'ui@1.36.0']) {
    it(`are those of @clerk/${name}`, async () => {
      const dist = join(folder, '@clerk', name, 'dist');
      const files = (await readdir(dist)).filter((file) => file.endsWith('.js'));
      const entry = files.find((file) => /^(clerk|ui)\.browser\.js$/.test(file));
      assert.ok(entry, `${name} has no script that SDKs ask for`);
      for (const file of files) assert.ok(await isServed(`/npm/@clerk/${name}/dist/${file}`, join(dist, file)), `${file} is changed`);
      // The SDKs name the major alone.
      assert.ok(await isServed(`/npm/@clerk/${name.replace(/\..*/, '')}/dist/${entry}`, join(dist, entry)), `${entry} is changed`);
    });
  }

  async function isServed(path, file) {
    const answer = await fetch(emulator.url + path);
    assert.equal(answer.status, 200, path);
    return Buffer.from(await answer.arrayBuffer()).equals(await readFile(file));
  }
});
