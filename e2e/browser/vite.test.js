// React apps made with Vite: @clerk/react 6 and @clerk/clerk-react 5 in every configuration of docs/frameworks/vite.md.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { viteApp } from './lib/apps.js';
import * as clerk from './lib/clerk.js';
import { keyOf, properties } from './lib/env.js';
import { alice, passwordFlows, smoke } from './lib/flows.js';
import { Stage } from './lib/stage.js';

const sdks = [
  { sdk: '@clerk/react', name: '@clerk/react 6' },
  { sdk: '@clerk/clerk-react', name: '@clerk/clerk-react 5' },
];
const docs = await readFile(new URL('../../docs/frameworks/vite.md', import.meta.url), 'utf8');
const [direct, forwarded] = docs.split(/^## /m).filter((part) => part.startsWith('Without TLS'));

// What flows.test.js has of @clerk/react.
describe('Vite and @clerk/clerk-react, told nothing but the key: Clerk’s screens', () => {
  const stage = new Stage();
  let data;
  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'nightclerk-data-'));
    await stage.start(viteApp({ sdk: '@clerk/clerk-react' }), { data });
  });
  after(async () => {
    await stage.stop();
    await rm(data, { recursive: true, force: true });
  });
  passwordFlows(stage);
});

const kept = `
instances:
  kept:
    publishable_keys: [${keyOf('kept-late-01.clerk.accounts.dev')}]
    users:
      - {email_addresses: [${alice}], password: ${clerk.password}}
`;

describe('Vite without TLS', () => {
  const stage = new Stage();
  before(() => stage.startParts({ config: kept, silent: true }));
  after(() => stage.stop());

  for (const { sdk, name } of sdks) {
    const ways = {
      directly: async (its) => properties(await its.block('vite'), name),
      'through the app’s own server': () => properties(forwarded, name),
    };
    for (const [way, told] of Object.entries(ways)) {
      const props = async (its) => ({ ...(await told(its)), telemetry: false });
      it(`${sdk}, ${way}`, async () => smoke(await stage.addSite(viteApp({ sdk, props }))));
      it(`${sdk}, ${way}, with the key of an instance at Clerk`, async () => smoke(await stage.addSite(viteApp({ sdk, props }), 'kept')));
    }
  }

  // The emulator offers no provider yet; whose icon Clerk's form would fetch from Clerk.
  it('leaves a form that can be used where a provider’s icon cannot be fetched', async () => {
    const props = async (its) => ({ ...properties(await its.block('vite'), '@clerk/react 6'), telemetry: false });
    const site = await stage.addSite(viteApp({ props }));
    const page = await stage.browser.newPage();
    await page.route('**/v1/environment?*', withProvider);
    const icon = page.waitForEvent('requestfailed', (request) => new URL(request.url()).hostname === 'img.clerk.com');
    await page.goto(site.app.url);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await icon;
    await page.getByRole('button', { name: /Google/ }).waitFor();
    await clerk.identify(page, alice);
    await clerk.enterPassword(page, clerk.password);
    await clerk.waitForUser(page, alice);
  });

  it('is documented as the block of Vite says it', async () => {
    const block = (await stage.emulator.cli('env', '--framework', 'vite')).replaceAll(stage.emulator.url, 'http://localhost:4545');
    for (const { name } of sdks) assert.deepEqual(properties(direct, name), properties(block, name));
  });
});

/** Answers with the emulator's environment and one provider in it, as an instance at Clerk describes it. */
async function withProvider(route) {
  const answer = await route.fetch();
  const environment = await answer.json();
  environment.user_settings.social.oauth_google = {
    enabled: true, required: false, authenticatable: true, block_email_subaddresses: false, strategy: 'oauth_google',
    not_selectable: false, deprecated: false, name: 'Google', logo_url: 'https://img.clerk.com/static/google.png',
  };
  await route.fulfill({ response: answer, json: environment });
}
