// Clerk's own backend SDK invites, and a browser that is reduced to its requests accepts.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { assertDate, onBothMajors, password } from '../lib/backend.js';
import { startEmulator } from '../lib/emulator.js';
import { Visitor } from '../lib/visitor.js';

const redirectUrl = 'http://localhost:3000/join?from=mail';

/** Where the link of an invitation leads. */
async function follow(link) {
  const answer = await fetch(link, { redirect: 'manual' });
  assert.equal(answer.status, 303, await answer.text());
  return new URL(answer.headers.get('location'));
}

onBothMajors('invitations', (sdk) => {
  const address = () => `invited${sdk.unique()}@example.org`;
  const browser = async (env = sdk.env) => {
    const v = new Visitor(env);
    await v.open();
    return v;
  };

  it('an invitation becomes a user', async () => {
    const emailAddress = address();
    const made = await sdk.clerk.invitations.createInvitation({ emailAddress, redirectUrl, publicMetadata: { role: 'admin' }, expiresInDays: 7 });
    assert.deepEqual([made.emailAddress, made.status, made.publicMetadata, made.revoked], [emailAddress, 'pending', { role: 'admin' }, undefined]);
    assertDate(made.createdAt, 'createdAt');
    const page = await follow(made.url);
    assert.equal(`${page.origin}${page.pathname}`, 'http://localhost:3000/join');
    assert.deepEqual([page.searchParams.get('from'), page.searchParams.get('__clerk_status')], ['mail', 'sign_up']);

    const ticket = page.searchParams.get('__clerk_ticket');
    const v = await browser();
    const { response } = await v.call('POST', '/v1/client/sign_ups', { strategy: 'ticket', ticket, password });
    assert.equal(response.status, 'complete');
    const user = await sdk.clerk.users.getUser(response.created_user_id);
    assert.deepEqual(user.publicMetadata, { role: 'admin' });
    assert.deepEqual([user.emailAddresses[0].emailAddress, user.emailAddresses[0].verification.strategy], [emailAddress, 'ticket']);

    const { data, totalCount } = await sdk.clerk.invitations.getInvitationList({ status: 'accepted', query: emailAddress });
    assert.deepEqual([data.map((i) => i.id), totalCount], [[made.id], 1]);
    await sdk.refused(() => sdk.clerk.invitations.revokeInvitation(made.id), 400, 'invitation_already_accepted');
    await assert.rejects(follow(made.url), /invitation_already_accepted/);
  });

  it('a revoked invitation is worth nothing', async () => {
    const made = await sdk.clerk.invitations.createInvitation({ emailAddress: address(), notify: false });
    const revoked = await sdk.clerk.invitations.revokeInvitation(made.id);
    assert.deepEqual([revoked.status, revoked.revoked], ['revoked', true]);
    await assert.rejects(follow(made.url), /revoked_invitation/);
  });

  it('who was invited already is not invited again, unless on purpose', async () => {
    const emailAddress = address();
    await sdk.clerk.invitations.createInvitation({ emailAddress });
    await sdk.refused(() => sdk.clerk.invitations.createInvitation({ emailAddress }), 400, 'duplicate_record');
    await sdk.clerk.invitations.createInvitation({ emailAddress, ignoreExisting: true });
    const { totalCount } = await sdk.clerk.invitations.getInvitationList({ query: emailAddress, orderBy: '+created_at', limit: 1 });
    assert.equal(totalCount, 2);
  });

  it('several at once', async () => {
    if (!sdk.clerk.invitations.createInvitationBulk) return; // the older major cannot
    const addresses = [address(), address()];
    const made = await sdk.clerk.invitations.createInvitationBulk(addresses.map((emailAddress) => ({ emailAddress, notify: false })));
    assert.deepEqual(made.map((i) => i.emailAddress), addresses);
  });

  it('the waitlist', async (t) => {
    const emulator = await startEmulator({ config: 'settings: {sign_up: {mode: waitlist}}\n' });
    t.after(() => emulator.stop());
    const { secret_key: secretKey, publishable_key: publishableKey, backend_api_url: apiUrl } = emulator.env;
    const { waitlistEntries } = sdk.createClerkClient({ secretKey, publishableKey, apiUrl, telemetry: { disabled: true } });
    const v = await browser(emulator.env);
    const joined = await v.call('POST', '/v1/waitlist', { email_address: 'grace@example.org' });
    await assert.rejects(v.call('POST', '/v1/client/sign_ups', { email_address: 'grace@example.org', password }), /sign_up_restricted_waitlist/);
    let { data: [entry], totalCount } = await waitlistEntries.list({ status: 'pending', query: 'grace' });
    assert.deepEqual([entry.id, entry.status, entry.isLocked, entry.invitation, totalCount], [joined.id, 'pending', false, null, 1]);

    if (waitlistEntries.invite) {
      entry = await waitlistEntries.invite(entry.id);
      assert.deepEqual([entry.status, entry.invitation.status], ['invited', 'pending']);
      const page = await follow(entry.invitation.url);
      assert.match(page.pathname, /\/sign-up$/);
      await v.call('POST', '/v1/client/sign_ups', { strategy: 'ticket', ticket: page.searchParams.get('__clerk_ticket'), password });
      ({ data: [entry] } = await waitlistEntries.list({ status: 'completed' }));
      assert.deepEqual([entry.id, entry.invitation.status], [joined.id, 'accepted']);
      const other = await waitlistEntries.create({ emailAddress: 'ada@example.org', notify: false });
      assert.equal((await waitlistEntries.reject(other.id)).status, 'rejected');
    }
    const gone = await waitlistEntries.create({ emailAddress: 'eve@example.org' });
    assert.deepEqual([(await waitlistEntries.delete(gone.id)).id], [gone.id]);
  });
});
