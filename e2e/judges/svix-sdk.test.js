// Svix's own SDK, pointed at the emulator, lists what was sent and sends it again.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Svix as Svix1 } from 'svix1';
import { Svix as Svix2 } from 'svix2';
import { startEmulator } from '../lib/emulator.js';
import { current } from '../lib/majors.js';
import { startReceiver } from '../lib/receiver.js';

for (const [name, Svix] of [['svix 1', Svix1], ['svix 2', Svix2]]) {
  describe(`${name} SDK`, () => {
    let receiver, emulator, clerk, svix, app;
    before(async () => {
      receiver = await startReceiver();
      emulator = await startEmulator({ config: `webhook_endpoints:\n  - url: ${receiver.url}/hook\n` });
      const { secret_key: secretKey, backend_api_url: apiUrl } = emulator.env;
      clerk = current.createClerkClient({ secretKey, apiUrl, telemetry: { disabled: true } });
      svix = new Svix(secretKey, { serverUrl: apiUrl });
      [{ id: app }] = (await svix.application.list()).data;
    });
    after(async () => {
      await emulator?.stop();
      await receiver?.close();
    });

    /** A delivered user.created: its endpoint, its message id and how it arrived. */
    async function delivered() {
      const user = await clerk.users.createUser({ emailAddress: [`svix${Math.random().toString(36).slice(2)}@example.org`] });
      const delivery = await receiver.event('user.created', user.id);
      const [endpoint] = (await svix.endpoint.list(app)).data;
      return { user, delivery, endpoint, id: delivery.headers['svix-id'] };
    }

    /** The attempts of a message, once the one that is being answered is recorded. */
    async function attempts(id, count) {
      for (;;) {
        const { data } = await svix.messageAttempt.listByMsg(app, id);
        if (data.length >= count) return data;
      }
    }

    it('lists the endpoint and shows its secret', async () => {
      const { data, done } = await svix.endpoint.list(app);
      assert.deepEqual([data.length, done], [1, true]);
      assert.equal(data[0].url, `${receiver.url}/hook`);
      assert.equal(data[0].disabled ?? false, false);
      assert.ok(data[0].createdAt instanceof Date);
      assert.equal((await svix.endpoint.get(app, data[0].id)).url, data[0].url);
      assert.equal((await svix.endpoint.getSecret(app, data[0].id)).key, emulator.env.webhook_secret);
    });

    it('lists messages with what was sent', async () => {
      const { id, delivery } = await delivered();
      const { data } = await svix.message.list(app, { limit: 50, withContent: true });
      const message = data.find((m) => m.id === id);
      assert.equal(message.eventType, 'user.created');
      assert.deepEqual(message.payload, delivery.event);
      assert.ok(message.timestamp instanceof Date);
      assert.deepEqual((await svix.message.get(app, id, { withContent: true })).payload, delivery.event);
    });

    it('lists the attempts of a message and of an endpoint', async () => {
      const { id, endpoint } = await delivered();
      const [attempt] = await attempts(id, 1);
      assert.deepEqual([attempt.msgId, attempt.endpointId, attempt.status], [id, endpoint.id, 0]);
      assert.equal(attempt.responseStatusCode, 204);
      assert.equal(attempt.url, endpoint.url);
      const ofEndpoint = await svix.messageAttempt.listByEndpoint(app, endpoint.id, { limit: 50 });
      assert.ok(ofEndpoint.data.some((a) => a.id === attempt.id));
    });

    it('resends: the same id and bytes, a fresh signature, a second attempt', async () => {
      const { id, delivery, endpoint } = await delivered();
      await svix.messageAttempt.resend(app, id, endpoint.id);
      const same = (d) => d.headers['svix-id'] === id;
      const [, again] = await receiver.take(2, same, `deliveries of ${id}`);
      assert.equal(again.body, delivery.body);
      assert.ok(Number(again.headers['svix-timestamp']) >= Number(delivery.headers['svix-timestamp']));
      const [latest] = await attempts(id, 2);
      assert.equal(latest.triggerType, 1, 'a manual attempt');
    });

    it('answers 401 to another token and 404 to an application that is not there', async () => {
      const stranger = new Svix(`sk_test_${'A'.repeat(40)}`, { serverUrl: emulator.env.backend_api_url });
      await assert.rejects(stranger.endpoint.list(app), { code: 401 });
      await assert.rejects(svix.endpoint.list('app_that_is_not_there'), { code: 404 });
    });
  });
}
