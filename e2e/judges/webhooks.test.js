// What the emulator delivers: Clerk's envelope, in bytes that every real verifier takes however its framework read them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Webhook as Svix1 } from 'svix1';
import { startEmulator } from '../lib/emulator.js';
import { current } from '../lib/majors.js';
import { startReceiver } from '../lib/receiver.js';
import { startVerifiers } from '../lib/verifiers.js';

describe('webhooks', () => {
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  let receiver, emulator, clerk, verifiers;
  before(async () => {
    receiver = await startReceiver();
    verifiers = await startVerifiers(secret);
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
    for (const verifier of verifiers ?? []) await verifier.close();
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
    for (const verifier of verifiers) assert.ok(await verifier.verify(delivery), verifier.name);
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
