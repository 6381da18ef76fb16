// Clerk's own backend SDK on lists of users: filters, order, pages, counts.
import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { onBothMajors } from '../lib/backend.js';

onBothMajors('user lists', (sdk) => {
  let ada, ben, cyd;
  before(async () => {
    ada = await sdk.newUser({ firstName: 'Ada', lastName: 'Zebedee', externalId: 'list-a' });
    ben = await sdk.newUser({ firstName: 'Ben', lastName: 'Zebedee', externalId: 'list-b' });
    cyd = await sdk.newUser({ firstName: 'Cyd', lastName: 'Zebedee', externalId: 'list-c' });
  });
  const ids = ({ data }) => data.map(({ id }) => id);
  const list = (params) => sdk.clerk.users.getUserList(params);

  it('has an array and a total, newest first', async () => {
    const { data, totalCount } = await list();
    assert.ok(Array.isArray(data));
    assert.equal(data.length, totalCount);
    assert.equal(totalCount, await sdk.clerk.users.getCount());
    assert.deepEqual(data.slice(0, 3).map(({ id }) => id), [cyd.id, ben.id, ada.id]);
    assert.equal(data[0].constructor, cyd.constructor);
  });

  it('pages by limit and offset; the total counts all that fit', async () => {
    const page = await list({ query: 'zebedee', orderBy: '+first_name', limit: 1, offset: 1 });
    assert.deepEqual(ids(page), [ben.id]);
    assert.equal(page.totalCount, 3);
  });

  it('orders both ways', async () => {
    assert.deepEqual(ids(await list({ query: 'Zebedee', orderBy: '+first_name' })), [ada.id, ben.id, cyd.id]);
    assert.deepEqual(ids(await list({ query: 'Zebedee', orderBy: '-first_name' })), [cyd.id, ben.id, ada.id]);
    assert.deepEqual(ids(await list({ query: 'Zebedee', orderBy: '+created_at' })), [ada.id, ben.id, cyd.id]);
  });

  it('filters by query over names and addresses, whatever the case', async () => {
    assert.deepEqual(ids(await list({ query: 'cYd' })), [cyd.id]);
    const address = ben.primaryEmailAddress.emailAddress;
    assert.deepEqual(ids(await list({ query: address })), [ben.id]);
    assert.deepEqual(await list({ query: 'nobody-at-all' }), { data: [], totalCount: 0 });
  });

  it('filters by several addresses, ids and external ids', async () => {
    const emailAddress = [ada, cyd].map((user) => user.primaryEmailAddress.emailAddress);
    const byAddress = await list({ emailAddress, orderBy: '+created_at' });
    assert.deepEqual([ids(byAddress), byAddress.totalCount], [[ada.id, cyd.id], 2]);
    const byId = await list({ userId: [ada.id, ben.id], orderBy: '+created_at' });
    assert.deepEqual([ids(byId), byId.totalCount], [[ada.id, ben.id], 2]);
    const byExternal = await list({ externalId: ['list-b', 'list-c'], orderBy: '+created_at' });
    assert.deepEqual([ids(byExternal), byExternal.totalCount], [[ben.id, cyd.id], 2]);
  });

  it('counts with the same filters', async () => {
    assert.equal(await sdk.clerk.users.getCount({ query: 'zebedee' }), 3);
    assert.equal(await sdk.clerk.users.getCount({ userId: [ada.id] }), 1);
  });
});
