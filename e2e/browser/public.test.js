// An emulator that has a name of its own, such as it has in a network of containers: key, certificate, issuer and Backend API
// are under that name, for the browser and for the app's server alike.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startExpress, viteApp } from './lib/apps.js';
import * as clerk from './lib/clerk.js';
import { variables } from './lib/env.js';
import { alice, smoke } from './lib/flows.js';
import { Stage } from './lib/stage.js';
import { withTrustStore } from './lib/trust.js';

const name = 'emulator.test';
const careful = { anyLocalCertificate: false };

describe('An emulator with a public host', () => {
  const home = withTrustStore();
  const stage = new Stage();
  before(async () => {
    await home.make();
    await stage.start(viteApp(), { publicHost: name, browser: careful });
    await stage.emulator.cli('certs', 'install', '--browsers-only');
    await stage.startBrowser({ ...careful, names: [name] });
  });
  after(async () => {
    await stage.stop();
    await home.remove();
  });

  it('goes by that name alone', () => {
    const { frontend_api_url, backend_api_url, issuer } = stage.emulator.env;
    for (const address of [frontend_api_url, backend_api_url, issuer]) assert.equal(new URL(address).hostname, name);
  });

  it('signs in under it by a certificate of the local CA', () => smoke(stage.site));

  it('is what the middleware of Express asks, too', async () => {
    const block = await stage.emulator.cli('env', '--framework', 'express');
    const me = `${(await stage.run(startExpress(variables(block)))).url}/api/me`;
    const page = await stage.open();
    await clerk.signIn(page, alice);
    await clerk.waitForUser(page, alice);
    const answer = await page.context().request.get(me);
    assert.deepEqual([answer.status(), (await answer.json()).email], [200, alice]);
  });
});
