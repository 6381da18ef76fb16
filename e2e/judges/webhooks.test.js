// Other people's verifiers on real deliveries: svix 1 and 2, standardwebhooks, verifyWebhook of both backend majors.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as Svix1 } from 'svix1';
import { Webhook as Svix2 } from 'svix2';
import { startEmulator } from '../lib/emulator.js';
import { current, majors } from '../lib/majors.js';
import { startReceiver } from '../lib/receiver.js';

// "Did not throw" is the judgement: version 2 of svix returns nothing even when all is well.
const verifiers = [
  { name: 'svix 1', verify: (secret, { body, headers }) => new Svix1(secret).verify(body, headers) },
  { name: 'svix 2', verify: (secret, { body, headers }) => new Svix2(secret).verify(body, headers) },
  { name: 'standardwebhooks', verify: (secret, { body, headers }) => new StandardWebhook(secret).verify(body, headers) },
  ...majors.map(({ name, verifyWebhook }) => ({
    name: `verifyWebhook of ${name}`,
    verify: (secret, { body, headers }) =>
      verifyWebhook(new Request('http://localhost/', { method: 'POST', body, headers }), { signingSecret: secret }),
  })),
];
const refuses = (verifier, secret, delivery) =>
  assert.rejects(async () => verifier.verify(secret, delivery), `${verifier.name} accepted it`);

describe('webhooks', () => {
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  let receiver, emulator, clerk;
  before(async () => {
    receiver = await startReceiver();
    emulator = await startEmulator({
      config: `
webhook_endpoints:
  - url: ${receiver.url}/both
    secret: ${secret}
    headers: both
  - url: ${receiver.url}/svix
`,
    });
    clerk = current.createClerkClient({
      secretKey: emulator.env.secret_key,
      apiUrl: emulator.env.backend_api_url,
      telemetry: { disabled: true },
    });
  });
  after(async () => {
    await emulator?.stop();
    await receiver?.close();
  });

  // Everything that re-serialising a body is known to change.
  const awkward = {
    html: '<b>&amp;</b>',
    separators: '\u2028\u2029',
    controls: '\b\f\u0001\u007f\\/"',
    emoji: '👩‍🚀 é ✓',
    numbers: [0, -1, 1.5, 1e21, 1e-7, 123456789012, 1.0],
    keys: { b: 1, 2: 2, 10: 3, a: 4, 1: 5 },
    empty: [{}, [], '', null, false],
  };
  let made = 0;
  const newUser = (more) => clerk.users.createUser({ emailAddress: [`hook${++made}@example.org`], ...more });

  for (const verifier of verifiers) {
    it(`${verifier.name} accepts a delivery and refuses another secret, body or time`, async () => {
      const user = await newUser({ publicMetadata: awkward });
      const delivery = await receiver.event('user.created', user.id, '/both');
      const event = await verifier.verify(secret, delivery);
      if (event !== undefined) assert.equal(event.data.id, user.id);
      const other = `whsec_${randomBytes(24).toString('base64')}`;
      await refuses(verifier, other, delivery);
      await refuses(verifier, secret, { ...delivery, body: delivery.body.replace(user.id, 'user_mallory') });
      const stale = String(Number(delivery.headers['svix-timestamp']) - 301);
      const headers = { ...delivery.headers, 'svix-timestamp': stale, 'webhook-timestamp': stale };
      await refuses(verifier, secret, { ...delivery, headers });
    });
  }

  it('sends svix-* alone unless an endpoint asks for both, under the secret that env prints', async () => {
    const user = await newUser();
    const delivery = await receiver.event('user.created', user.id, '/svix');
    new Svix1(emulator.env.webhook_secret).verify(delivery.body, delivery.headers);
    assert.deepEqual(Object.keys(delivery.headers).filter((name) => name.startsWith('webhook-')), []);
    assert.equal(delivery.headers['content-type'], 'application/json');
    assert.match(delivery.headers['user-agent'], /^Svix-Webhooks\//);
    assert.match(delivery.headers['svix-id'], /^msg_[0-9A-Za-z]{27}$/);
  });

  it('sends bytes that survive JSON.parse and JSON.stringify, so that a parsed body verifies too', async () => {
    const user = await newUser({ publicMetadata: awkward, privateMetadata: awkward, unsafeMetadata: awkward });
    const delivery = await receiver.event('user.created', user.id, '/both');
    assert.deepEqual(delivery.event.data.public_metadata, awkward);
    assert.equal(JSON.stringify(delivery.event), delivery.body);
    for (const verifier of verifiers) await verifier.verify(secret, { ...delivery, body: JSON.stringify(delivery.event) });
  });

  it('wraps the Backend API user in Clerk\'s envelope', async () => {
    const user = await newUser({ firstName: 'En', lastName: 'Velope' });
    const { event } = await receiver.event('user.created', user.id, '/svix');
    assert.deepEqual(Object.keys(event).sort(), ['data', 'event_attributes', 'instance_id', 'object', 'timestamp', 'type']);
    assert.equal(event.object, 'event');
    assert.match(event.instance_id, /^ins_[0-9A-Za-z]{27}$/);
    assert.ok(Math.abs(event.timestamp - Date.now()) < 60_000, 'timestamp is in milliseconds');
    assert.match(event.event_attributes.http_request.user_agent, /clerk\/backend/);
    assert.equal(typeof event.event_attributes.http_request.client_ip, 'string');
    for (const key of ['id', 'first_name', 'last_name', 'email_addresses', 'image_url', 'created_at']) {
      assert.deepEqual(event.data[key], user.raw[key], key);
    }
  });

  it('tells of each change once to each endpoint, with the time at which it happened', async () => {
    const user = await newUser();
    await clerk.users.updateUser(user.id, { firstName: 'Changed' });
    await clerk.users.deleteUser(user.id);
    for (const path of ['/svix', '/both']) {
      const fits = (d) => d.path === path && d.event.data.id === user.id && d.event.type.startsWith('user.');
      const came = await receiver.take(3, fits, `events of ${user.id} at ${path}`);
      const told = Object.fromEntries(came.map(({ event }) => [event.type, event.timestamp]));
      assert.deepEqual(Object.keys(told).sort(), ['user.created', 'user.deleted', 'user.updated']);
      assert.ok(told['user.created'] <= told['user.updated'] && told['user.updated'] <= told['user.deleted']);
      const gone = came.find(({ event }) => event.type === 'user.deleted').event.data;
      assert.deepEqual([gone.id, gone.object, gone.deleted], [user.id, 'user', true]);
    }
    const ids = receiver.deliveries.filter((d) => d.event.data.id === user.id).map((d) => d.headers['svix-id']);
    assert.equal(ids.length, 6);
    assert.equal(new Set(ids).size, 3, 'one message has one id at every endpoint');
  });

  it('delivers the seeded users too, because the app\'s own table must learn of them', async () => {
    const { data } = await clerk.users.getUserList({ emailAddress: ['alice@example.com', 'bob@example.com'] });
    assert.equal(data.length, 2);
    for (const { id, firstName, lastName } of data) {
      const { event } = await receiver.event('user.created', id, '/svix');
      assert.deepEqual([event.data.first_name, event.data.last_name], [firstName, lastName]);
    }
  });
});
