// Svix's own SDK, pointed at the emulator, manages endpoints, lists what was sent and sends it again.
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
      receiver = await startReceiver({ answer: ({ path }) => Number(/^\/([0-9]{3})$/.exec(path)?.[1] ?? 204) });
      const config = `webhook_endpoints:\n  - url: ${receiver.url}/hook\n`;
      emulator = await startEmulator({ config, flags: ['--webhook-schedule', 'manual'] });
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

    /** A background task, once it has ended. */
    async function ended({ id }) {
      for (;;) {
        const task = await svix.backgroundTask.get(id);
        if (task.status !== 'running') return task;
      }
    }

    const anHourAgo = () => new Date(Date.now() - 3_600_000);

    /** An endpoint of its own that answers as its path says: /204, /500 …. Svix 1 knows the filter by its old name only. */
    const endpointAt = (path, { types = ['user.updated'], ...more } = {}) =>
      svix.endpoint.create(app, { url: `${receiver.url}${path}`, eventTypes: types, filterTypes: types, ...more });

    it('creates, changes and deletes an endpoint', async () => {
      const made = await endpointAt('/204', { uid: 'own', description: 'd', metadata: { k: 'v' }, channels: ['c'] });
      assert.deepEqual([made.uid, made.description, made.channels, made.metadata], ['own', 'd', ['c'], { k: 'v' }]);
      assert.ok(made.createdAt instanceof Date);
      const patched = await svix.endpoint.patch(app, 'own', { disabled: true, channels: null });
      assert.deepEqual([patched.disabled, patched.channels ?? null, patched.id], [true, null, made.id]);
      const update = (svix.endpoint.upsert ?? svix.endpoint.update).bind(svix.endpoint);
      assert.equal((await update(app, made.id, { url: `${receiver.url}/204`, description: 'e' })).description, 'e');
      const setHeaders = (svix.endpoint.setHeaders ?? svix.endpoint.updateHeaders).bind(svix.endpoint);
      await setHeaders(app, made.id, { headers: { 'X-A': '1', Authorization: 'hidden' } });
      await svix.endpoint.patchHeaders(app, made.id, { headers: { 'X-B': '2' } });
      const { headers, sensitive } = await svix.endpoint.getHeaders(app, made.id);
      assert.deepEqual([headers, [...sensitive]], [{ 'X-A': '1', 'X-B': '2' }, ['Authorization']]);
      await svix.endpoint.delete(app, made.id);
      await assert.rejects(svix.endpoint.get(app, made.id), { code: 404 });
      await assert.rejects(endpointAt('/204', { types: ['user.exploded'] }), { code: 422 });
    });

    it('rotates a secret', async () => {
      const { id } = await endpointAt('/204');
      const { key } = await svix.endpoint.getSecret(app, id);
      await svix.endpoint.rotateSecret(app, id, {});
      const drawn = await svix.endpoint.getSecret(app, id);
      assert.match(drawn.key, /^whsec_[A-Za-z0-9+/]{32}$/);
      assert.notEqual(drawn.key, key);
      await svix.endpoint.rotateSecret(app, id, { key, gracePeriodSeconds: 0 });
      assert.equal((await svix.endpoint.getSecret(app, id)).key, key);
      await svix.endpoint.delete(app, id);
    });

    it('recovers what failed, once it can be delivered', async () => {
      const { id } = await endpointAt('/500');
      const { user } = await delivered();
      await clerk.users.updateUser(user.id, { firstName: 'Failing' });
      await receiver.event('user.updated', user.id, '/500');
      const failed = async () => (await svix.messageAttempt.listByEndpoint(app, id, { status: 2 })).data;
      while ((await failed()).length === 0);
      await svix.endpoint.patch(app, id, { url: `${receiver.url}/recovered` });
      const begun = await svix.endpoint.recover(app, id, { since: anHourAgo() });
      assert.equal(begun.task, 'endpoint.recover');
      assert.ok(begun.updatedAt instanceof Date);
      const task = await ended(begun);
      assert.deepEqual([task.status, task.data.messagesSent], ['finished', 1]);
      await receiver.event('user.updated', user.id, '/recovered');
      await assert.rejects(svix.endpoint.recover(app, id, { since: new Date(0) }), { code: 422 });
      await svix.endpoint.delete(app, id);
    });

    it('replays what an endpoint has missed, and what it has had', async () => {
      const { user } = await delivered();
      const { id } = await endpointAt('/missing', { types: ['user.created'] });
      const missing = await ended(await svix.endpoint.replayMissing(app, id, { since: anHourAgo() }));
      assert.equal(missing.task, 'endpoint.replay');
      assert.ok(missing.data.messagesSent >= 1);
      const first = await receiver.event('user.created', user.id, '/missing');
      const all = async () => (await svix.messageAttempt.listByEndpoint(app, id, { limit: 250 })).data;
      while ((await all()).length < missing.data.messagesSent);
      const again = await ended(await svix.endpoint.bulkReplay(app, id, { since: anHourAgo(), status: 0 }));
      assert.deepEqual([again.task, again.data.messagesSent], ['endpoint.bulk-replay', missing.data.messagesSent]);
      const same = (d) => d.path === '/missing' && d.headers['svix-id'] === first.headers['svix-id'];
      await receiver.take(2, same, 'deliveries of the same message');
      const { data } = await svix.backgroundTask.list({ task: 'endpoint.replay' });
      assert.ok(data.some((task) => task.id === missing.id));
      const stats = await svix.endpoint.getStats(app, id, { since: anHourAgo() });
      assert.ok(stats.success >= missing.data.messagesSent);
      assert.equal(stats.fail, 0);
      await svix.endpoint.delete(app, id);
    });

    it('sends an example', async () => {
      const { id } = await endpointAt('/example');
      const message = await svix.endpoint.sendExample(app, id, { eventType: 'user.created' });
      assert.equal(message.payload.type, 'user.created');
      const [delivery] = await receiver.take(1, (d) => d.headers['svix-id'] === message.id, 'examples');
      assert.equal(delivery.path, '/example');
      assert.deepEqual(delivery.event, message.payload);
      await assert.rejects(svix.endpoint.sendExample(app, id, { eventType: 'user.exploded' }), { code: 404 });
      await svix.endpoint.delete(app, id);
    });

    it('creates messages with channels and tags, and only once for a key', async () => {
      const { id } = await endpointAt('/channel', { types: null, channels: ['team-1'] });
      const payload = { type: 'own', data: { id: 'x' } };
      const create = (channels, idempotencyKey) =>
        svix.message.create(app, { eventType: 'own.type', payload, channels, tags: ['t'] }, { idempotencyKey });
      const message = await create(['team-1'], 'once');
      assert.equal((await create(['team-1'], 'once')).id, message.id);
      await receiver.take(1, (d) => d.path === '/channel' && d.headers['svix-id'] === message.id, 'the channel');
      assert.deepEqual((await svix.message.list(app, { tag: 't' })).data.map((m) => m.id), [message.id]);
      assert.deepEqual((await svix.message.list(app, { channel: 'team-2' })).data, []);
      assert.deepEqual(await svix.message.precheck(app, { eventType: 'own.type', channels: ['team-1'] }), { active: true });
      const twice = { eventType: 'own.type', payload, eventId: 'evt-1' };
      await svix.message.create(app, twice);
      await assert.rejects(svix.message.create(app, twice), { code: 409 });
      await svix.endpoint.delete(app, id);
    });

    it('forgets contents', async () => {
      const { id, endpoint } = await delivered();
      const [attempt] = await attempts(id, 1);
      await svix.messageAttempt.expungeContent(app, id, attempt.id);
      assert.equal((await svix.messageAttempt.get(app, id, attempt.id)).response, 'EXPUNGED');
      await svix.message.expungeContent(app, id);
      assert.deepEqual((await svix.message.get(app, id, { withContent: true })).payload, { expired: true });
      await assert.rejects(svix.messageAttempt.resend(app, id, endpoint.id), { code: 400 });
    });

    it('lists where a message went, and what an endpoint was sent', async () => {
      const { id, endpoint } = await delivered();
      await attempts(id, 1);
      const destinations = (await svix.messageAttempt.listAttemptedDestinations(app, id)).data;
      assert.ok(destinations.some((d) => d.id === endpoint.id && d.status === 0));
      const messages = (await svix.messageAttempt.listAttemptedMessages(app, endpoint.id, { eventTypes: ['user.created'] })).data;
      assert.ok(messages.some((m) => m.id === id && m.statusText === 'success'));
      const [withMessage] = (await svix.messageAttempt.listByEndpoint(app, endpoint.id, { withMsg: true, limit: 1 })).data;
      assert.equal(withMessage.msg.id, withMessage.msgId);
    });

    it('knows the catalogue, page by page', async () => {
      const names = [];
      for (let page = {}; !page.done; ) {
        page = await svix.eventType.list({ limit: 20, iterator: page.iterator });
        names.push(...page.data.map((type) => type.name));
      }
      assert.equal(names.length, 45);
      assert.deepEqual(names, [...names].sort());
      const type = await svix.eventType.get('user.created');
      assert.deepEqual([type.name, type.archived ?? false, type.deprecated], ['user.created', false, false]);
      assert.ok(type.createdAt instanceof Date);
    });

    it('finds its application and its portal, and no other', async () => {
      const { uid, name } = await svix.application.get(app);
      assert.equal((await svix.application.getOrCreate({ uid, name })).id, app);
      await assert.rejects(svix.application.create({ uid: 'another', name: 'another' }), { code: 400 });
      const { url } = await svix.authentication.appPortalAccess(app, {});
      const page = await fetch(url);
      assert.equal(page.status, 200);
      assert.match(await page.text(), /Webhooks/);
      await svix.authentication.logout();
    });

    it('answers 401 to another token and 404 to an application that is not there', async () => {
      const stranger = new Svix(`sk_test_${'A'.repeat(40)}`, { serverUrl: emulator.env.backend_api_url });
      await assert.rejects(stranger.endpoint.list(app), { code: 401 });
      await assert.rejects(svix.endpoint.list('app_that_is_not_there'), { code: 404 });
    });
  });
}
