// Chromium without a word about certificates, before and after `nightclerk certs install`.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { viteApp } from './lib/apps.js';
import * as clerk from './lib/clerk.js';
import { Stage } from './lib/stage.js';

const alice = 'alice@example.com';
const careful = { anyLocalCertificate: false };

describe('The local CA', () => {
  const stage = new Stage();
  const home = process.env.HOME;
  before(async () => {
    // The browser's certificates are below the home folder of whoever runs it.
    process.env.HOME = await mkdtemp(join(tmpdir(), 'nightclerk-home-'));
    await makeDatabase(join(process.env.HOME, '.pki/nssdb'));
    await stage.start(viteApp(), { browser: careful });
  });
  after(async () => {
    await stage.stop();
    await rm(process.env.HOME, { recursive: true, force: true });
    process.env.HOME = home;
  });

  it('is trusted by nobody at first', async () => {
    const page = await stage.browser.newPage();
    const refused = page.waitForEvent('requestfailed', (request) => request.url().includes('/npm/@clerk/clerk-js'));
    await page.goto(stage.app.url);
    assert.equal((await refused).failure().errorText, 'net::ERR_CERT_AUTHORITY_INVALID');
  });

  it('is trusted once it was installed, so that the publishable key is all an app needs', async () => {
    await stage.emulator.cli('certs', 'install', '--browsers-only');
    await stage.startBrowser(careful);
    const page = await stage.open();
    await clerk.signIn(page, alice);
    await clerk.waitForUser(page, alice);
    await stage.assertConvexAccepts(alice);
  });
});

/** Makes the database of certificates that Chromium makes with its first window; without windows it makes none. */
async function makeDatabase(folder) {
  await mkdir(folder, { recursive: true });
  await promisify(execFile)('certutil', ['-N', '-d', `sql:${folder}`, '--empty-password']);
}
