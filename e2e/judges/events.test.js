// Every event of Clerk's catalogue, delivered by the emulator to real handlers with real verifiers; and what each of
// them must refuse.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Webhook } from 'svix1';
import { startEmulator } from '../lib/emulator.js';
import { startReceiver } from '../lib/receiver.js';
import { startVerifiers, verifiers as rows } from '../lib/verifiers.js';

const newSecret = () => `whsec_${randomBytes(24).toString('base64')}`;

/** The requests of a delivery with other headers, under both of their names. */
const withHeaders = ({ headers, body }, changed) => {
  const names = Object.entries(changed).flatMap(([name, value]) => [[`svix-${name}`, value], [`webhook-${name}`, value]]);
  const all = Object.entries({ ...headers, ...Object.fromEntries(names) });
  return { headers: Object.fromEntries(all.filter(([, value]) => value !== undefined)), body };
};
const shifted = (delivery, seconds) => withHeaders(delivery, { timestamp: String(Number(delivery.headers['svix-timestamp']) + seconds) });

/** Signs as the emulator does, but another body or for another time. */
const signed = (secret, delivery, { body = delivery.body, seconds = 0 }) => {
  const { headers } = shifted(delivery, seconds);
  const at = new Date(Number(headers['svix-timestamp']) * 1000);
  return withHeaders({ headers, body }, { signature: new Webhook(secret).sign(headers['svix-id'], at, body) });
};

/** Has the emulator itself deliver a fault. */
const byRule = (rule) => (secret, delivery, deliver) => deliver(rule);

/**
 * What is done to a delivery, and who accepts it all the same. A fault that the emulator itself makes on the way is a
 * row too: `make` then has the emulator deliver it and returns what a receiver was sent.
 */
const faults = [
  { name: 'nothing', make: (secret, delivery) => delivery, accepted: () => true },
  { name: 'tampered body', make: (_, d) => ({ ...d, body: d.body.replace('"object":"event"', '"object":"tampered"') }) },
  { name: 'wrong secret', make: (_, d) => signed(newSecret(), d, {}) },
  { name: 'stale timestamp', make: (secret, d) => signed(secret, d, { seconds: -360 }) },
  { name: 'future timestamp', make: (secret, d) => signed(secret, d, { seconds: 360 }) },
  { name: 'timestamp that was not signed', make: (_, d) => shifted(d, 1) },
  { name: 'id that was not signed', make: (_, d) => withHeaders(d, { id: 'msg_other' }) },
  { name: 'missing id', make: (_, d) => withHeaders(d, { id: undefined }) },
  { name: 'missing timestamp', make: (_, d) => withHeaders(d, { timestamp: undefined }) },
  { name: 'missing signature', make: (_, d) => withHeaders(d, { signature: undefined }) },
  { name: 'signature of an unknown version', make: (_, d) => withHeaders(d, { signature: d.headers['svix-signature'].replace('v1,', 'v1a,') }) },
  {
    name: 'wrong signature before the right one',
    make: (_, d) => withHeaders(d, { signature: `v1,${randomBytes(32).toString('base64')} ${d.headers['svix-signature']}` }),
    accepted: () => true,
  },
  {
    // The reason why the emulator's own bodies are written as JavaScript writes them.
    name: 'body that JSON.stringify would write differently',
    make: (secret, d) => signed(secret, d, { body: JSON.stringify(d.event, null, 1) }),
    accepted: (verifier) => !verifier.parses,
  },
  { name: 'bad_signature_first', make: byRule({ action: 'bad_signature_first' }), accepted: () => true },
  { name: 'future_timestamp', make: byRule({ action: 'future_timestamp' }) },
  { name: 'future_timestamp within the tolerance', make: byRule({ action: 'future_timestamp', by: '4m' }), accepted: () => true },
  { name: 'stale_timestamp', make: byRule({ action: 'stale_timestamp' }) },
  { name: 'stale_timestamp within the tolerance', make: byRule({ action: 'stale_timestamp', by: '4m' }), accepted: () => true },
  { name: 'missing_header svix-id', make: byRule({ action: 'missing_header', header: 'svix-id' }) },
  { name: 'missing_header svix-timestamp', make: byRule({ action: 'missing_header', header: 'svix-timestamp' }) },
  { name: 'missing_header svix-signature', make: byRule({ action: 'missing_header', header: 'svix-signature' }) },
  { name: 'non_canonical_body', make: byRule({ action: 'non_canonical_body' }), accepted: (verifier) => !verifier.parses },
  { name: 'tamper', make: byRule({ action: 'tamper' }) },
  { name: 'unknown_version', make: byRule({ action: 'unknown_version' }) },
  { name: 'wrong_secret', make: byRule({ action: 'wrong_secret' }) },
  { name: 'huge_body of 64 KiB', make: byRule({ action: 'huge_body', size: 65536 }), accepted: () => true },
  { name: 'huge_body of 2 MiB', make: byRule({ action: 'huge_body', size: 2 << 20 }), accepted: (verifier) => !verifier.limited },
];

const judgement = (accepted) => {
  if (accepted({ parses: true, limited: true })) return 'accepted by every verifier';
  if (accepted({ parses: true })) return 'accepted where the framework takes so much';
  return accepted({ parses: false }) ? 'accepted by those that read the body as it came' : 'refused by every verifier';
};

describe('all events', () => {
  const secret = newSecret();
  let capture, emulator, verifiers, types;
  before(async () => {
    capture = await startReceiver();
    verifiers = await startVerifiers(secret);
    const endpoints = [{ url: `${capture.url}/capture`, headers: 'both' }, ...verifiers];
    const lines = endpoints.map(({ url, headers }, i) => `  - id: ep_${i}\n    url: ${url}\n    secret: ${secret}\n    headers: ${headers}\n`);
    emulator = await startEmulator({ config: `webhook_endpoints:\n${lines.join('')}` });
    types = JSON.parse(await emulator.cli('trigger', '--list', '--json')).data;
  });
  after(async () => {
    await emulator?.stop();
    for (const verifier of verifiers ?? []) await verifier.close();
    await capture?.close();
  });

  const trigger = async (type) => {
    const response = await fetch(`${emulator.url}/_emulator/trigger`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ type }),
    });
    assert.equal(response.status, 200, `trigger ${type}`);
    return response.json();
  };

  /** What comes to the capturing endpoint when this rule is in force: its next delivery. */
  const deliver = async (rule) => {
    const made = await fetch(`${emulator.url}/_emulator/webhooks/faults`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ...rule, endpoint: 'ep_0', count: 1 }),
    });
    assert.equal(made.status, 200, `the rule ${JSON.stringify(rule)}`);
    const { id } = await made.json();
    const before = capture.deliveries.length;
    await trigger('organizationMembership.created');
    const [delivery] = await capture.take(1, (d) => capture.deliveries.indexOf(d) >= before, JSON.stringify(rule));
    const { data } = await fetch(`${emulator.url}/_emulator/webhooks/faults`).then((response) => response.json());
    assert.equal(data.find((one) => one.id === id).applied, 1, 'the rule was used');
    return delivery;
  };

  it('there are 45, and those whose change is made are told from samples', async () => {
    assert.equal(types.length, 45);
    for (const { type, sample } of types) {
      const answer = await trigger(type);
      assert.equal(answer.sample, sample, type);
      assert.ok(answer.messages.some((message) => message.type === type), `${type} was emitted`);
    }
  });

  it('every verifier accepts each of them', async () => {
    const came = new Set();
    for (const { type } of types) {
      const { messages } = await trigger(type);
      for (const verifier of verifiers) {
        for (const { id } of messages) assert.equal(await verifier.verdict(id), '', `${verifier.name}: ${type}`);
      }
      for (const message of messages) came.add(message.type);
    }
    assert.equal(came.size, 45);
    assert.equal(verifiers.length, rows.length);
  });

  for (const { name, make, accepted = () => false } of faults) {
    it(`${name}: ${judgement(accepted)}`, async () => {
      const { messages: [message] } = await trigger('organizationMembership.created');
      const [delivery] = await capture.take(1, (d) => d.headers['svix-id'] === message.id, message.id);
      const request = await make(secret, delivery, deliver);
      for (const verifier of verifiers) {
        assert.equal(await verifier.verify(request), accepted(verifier), `${verifier.name}, ${name}`);
      }
    });
  }
});
