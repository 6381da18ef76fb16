// Chromium without a word about certificates, before and after `nightclerk certs install`.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { viteApp } from './lib/apps.js';
import * as clerk from './lib/clerk.js';
import { Stage } from './lib/stage.js';
import { withTrustStore } from './lib/trust.js';

const alice = 'alice@example.com';
const careful = { anyLocalCertificate: false };

describe('The local CA', () => {
  const stage = new Stage();
  const home = withTrustStore();
  before(async () => {
    await home.make();
    await stage.start(viteApp(), { browser: careful });
  });
  after(async () => {
    await stage.stop();
    await home.remove();
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
