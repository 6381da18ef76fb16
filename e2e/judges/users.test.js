// Clerk's own backend SDK on users: every call, its result and its refusals.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { assertDate, onBothMajors, password } from '../lib/backend.js';

onBothMajors('users', (sdk) => {
  it('createUser answers a whole user, getUser the same one', async () => {
    const user = await sdk.clerk.users.createUser({
      emailAddress: ['grace.hopper@example.org'],
      phoneNumber: ['+12015550142'],
      username: 'grace',
      password,
      firstName: 'Grace',
      lastName: 'Hopper',
      externalId: 'ext-grace',
      publicMetadata: { camelCase: true, nested: { list: [1, 2.5, null] } },
      privateMetadata: { note: '<&> \u2028 ✓' },
      unsafeMetadata: { theme: 'dark' },
    });
    assert.equal(user.constructor.name.replace('_', ''), 'User');
    assert.match(user.id, /^user_[0-9A-Za-z]{27}$/);
    assert.equal(user.fullName, 'Grace Hopper');
    assert.equal(user.username, 'grace');
    assert.equal(user.externalId, 'ext-grace');
    assert.equal(user.passwordEnabled, true);
    for (const flag of ['totpEnabled', 'backupCodeEnabled', 'twoFactorEnabled', 'banned', 'locked', 'hasImage']) {
      assert.equal(user[flag], false, flag);
    }
    assert.equal(user.primaryEmailAddress.emailAddress, 'grace.hopper@example.org');
    assert.equal(user.primaryEmailAddress.verification.status, 'verified');
    assert.equal(user.primaryPhoneNumber.phoneNumber, '+12015550142');
    assert.deepEqual(user.publicMetadata, { camelCase: true, nested: { list: [1, 2.5, null] } });
    assert.deepEqual(user.privateMetadata, { note: '<&> \u2028 ✓' });
    assert.deepEqual(user.unsafeMetadata, { theme: 'dark' });
    assertDate(user.createdAt, 'createdAt');
    assertDate(user.updatedAt, 'updatedAt');
    assert.equal(user.lastSignInAt, null);
    assert.ok(new URL(user.imageUrl));
    assert.deepEqual((await sdk.clerk.users.getUser(user.id)).raw, user.raw);
  });

  it('createUser without names says null, not undefined', async () => {
    const user = await sdk.newUser();
    const { first_name, last_name, username, external_id, primary_phone_number_id } = user.raw;
    assert.deepEqual([first_name, last_name, username, external_id, primary_phone_number_id], Array(5).fill(null));
    assert.deepEqual([user.phoneNumbers, user.web3Wallets, user.externalAccounts], [[], [], []]);
  });

  it('updateUser changes what is named and nothing else', async () => {
    const user = await sdk.newUser({ firstName: 'Ada', lastName: 'Lovelace', username: `ada${sdk.unique()}` });
    const updated = await sdk.clerk.users.updateUser(user.id, { firstName: 'Augusta' });
    assert.equal(updated.firstName, 'Augusta');
    assert.equal(updated.lastName, 'Lovelace');
    assert.equal(updated.username, user.username);
    assert.ok(updated.updatedAt >= user.updatedAt);
    assert.equal(updated.createdAt, user.createdAt);
    assert.deepEqual((await sdk.clerk.users.getUser(user.id)).raw, updated.raw);
  });

  it('updateUserMetadata merges deeply and removes by null', async () => {
    const user = await sdk.newUser({ publicMetadata: { keep: 1, drop: 2, deep: { keep: 3, drop: 4 } } });
    const updated = await sdk.clerk.users.updateUserMetadata(user.id, {
      publicMetadata: { drop: null, deep: { drop: null, more: 5 } },
      privateMetadata: { plan: 'pro' },
    });
    assert.deepEqual(updated.publicMetadata, { keep: 1, deep: { keep: 3, more: 5 } });
    assert.deepEqual(updated.privateMetadata, { plan: 'pro' });
    assert.deepEqual(updated.unsafeMetadata, {});
  });

  it('deleteUser says so, and the user is gone', async () => {
    const user = await sdk.newUser();
    const deleted = await sdk.clerk.users.deleteUser(user.id);
    assert.deepEqual([deleted.object, deleted.id, deleted.deleted], ['user', user.id, true]);
    await sdk.refused(sdk.clerk.users.getUser(user.id), 404, 'resource_not_found');
    await sdk.refused(sdk.clerk.users.deleteUser(user.id), 404, 'resource_not_found');
  });

  it('verifyPassword knows the right one from a wrong one', async () => {
    const user = await sdk.newUser();
    assert.deepEqual(await sdk.clerk.users.verifyPassword({ userId: user.id, password }), { verified: true });
    const wrong = sdk.clerk.users.verifyPassword({ userId: user.id, password: 'another-horse' });
    await sdk.refused(wrong, 422, 'incorrect_password');
  });

  it('banUser ends the sessions, unbanUser lets the user back', async () => {
    const user = await sdk.newUser();
    const session = await sdk.clerk.sessions.createSession({ userId: user.id });
    assert.equal((await sdk.clerk.users.banUser(user.id)).banned, true);
    assert.equal((await sdk.clerk.sessions.getSession(session.id)).status, 'revoked');
    assert.equal((await sdk.clerk.users.unbanUser(user.id)).banned, false);
    assert.equal((await sdk.clerk.users.getUser(user.id)).banned, false);
  });

  it('lockUser and unlockUser', async () => {
    const user = await sdk.newUser();
    assert.equal((await sdk.clerk.users.lockUser(user.id)).locked, true);
    assert.equal((await sdk.clerk.users.getUser(user.id)).locked, true);
    assert.equal((await sdk.clerk.users.unlockUser(user.id)).locked, false);
  });

  it('refuses a taken address, naming the parameter', async () => {
    const taken = sdk.newUser({ emailAddress: ['ALICE@example.com'] });
    await sdk.refused(taken, 422, 'form_identifier_exists', 'email_address');
  });

  it('refuses a password that is too short', async () => {
    await sdk.refused(sdk.newUser({ password: 'short' }), 422, 'form_password_length_too_short', 'password');
  });

  it('refuses a wrong secret key', async () => {
    const stranger = sdk.client({ secretKey: `sk_test_${'A'.repeat(40)}` });
    await sdk.refused(stranger.users.getUserList(), 401, 'clerk_key_invalid');
  });

  it('answers 501 to what it does not do yet, naming the operation', async () => {
    const call = sdk.clerk.organizations.getOrganizationList();
    await assert.rejects(call, (err) => {
      assert.ok(sdk.isClerkAPIResponseError(err));
      assert.deepEqual([err.status, err.errors[0].code], [501, 'emulator_not_implemented']);
      assert.match(`${err.errors[0].message} ${err.errors[0].longMessage}`, /ListOrganizations/);
      return true;
    });
  });
});
