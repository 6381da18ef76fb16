// Clerk's own backend SDK on e-mail addresses and phone numbers.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { onBothMajors } from '../lib/backend.js';

onBothMajors('identifiers', (sdk) => {
  describe('email addresses', () => {
    it('create, get, update to primary, delete', async () => {
      const user = await sdk.newUser();
      const address = `second${sdk.unique()}@example.org`;
      const created = await sdk.clerk.emailAddresses.createEmailAddress({ userId: user.id, emailAddress: address });
      assert.match(created.id, /^idn_[0-9A-Za-z]{27}$/);
      assert.equal(created.emailAddress, address);
      assert.notEqual(created.verification?.status, 'verified');
      assert.deepEqual(await sdk.clerk.emailAddresses.getEmailAddress(created.id), created);

      const updated = await sdk.clerk.emailAddresses.updateEmailAddress(created.id, { verified: true, primary: true });
      assert.equal(updated.verification.status, 'verified');
      assert.equal((await sdk.clerk.users.getUser(user.id)).primaryEmailAddressId, created.id);

      const [first] = user.emailAddresses;
      const deleted = await sdk.clerk.emailAddresses.deleteEmailAddress(first.id);
      assert.deepEqual([deleted.object, deleted.id, deleted.deleted], ['email_address', first.id, true]);
      const left = (await sdk.clerk.users.getUser(user.id)).emailAddresses.map(({ emailAddress }) => emailAddress);
      assert.deepEqual(left, [address]);
    });

    it('refuses a taken and a malformed one, and one that does not exist', async () => {
      const { id: userId } = await sdk.newUser();
      const create = (emailAddress) => sdk.clerk.emailAddresses.createEmailAddress({ userId, emailAddress });
      await sdk.refused(create('bob@example.com'), 422, 'form_identifier_exists', 'email_address');
      await sdk.refused(create('not an address'), 422, 'form_param_format_invalid', 'email_address');
      await sdk.refused(sdk.clerk.emailAddresses.getEmailAddress(`idn_${'0'.repeat(27)}`), 404, 'resource_not_found');
    });
  });

  describe('phone numbers', () => {
    it('create, get, update, delete', async () => {
      const user = await sdk.newUser();
      const number = '+12015550177';
      const created = await sdk.clerk.phoneNumbers.createPhoneNumber({
        userId: user.id,
        phoneNumber: number,
        verified: true,
      });
      assert.match(created.id, /^idn_[0-9A-Za-z]{27}$/);
      assert.equal(created.phoneNumber, number);
      assert.equal(created.verification.status, 'verified');
      assert.equal(created.reservedForSecondFactor, false);
      assert.deepEqual(await sdk.clerk.phoneNumbers.getPhoneNumber(created.id), created);

      const updated = await sdk.clerk.phoneNumbers.updatePhoneNumber(created.id, { primary: true });
      assert.equal(updated.id, created.id);
      assert.equal((await sdk.clerk.users.getUser(user.id)).primaryPhoneNumber.phoneNumber, number);

      const deleted = await sdk.clerk.phoneNumbers.deletePhoneNumber(created.id);
      assert.deepEqual([deleted.object, deleted.id, deleted.deleted], ['phone_number', created.id, true]);
      assert.deepEqual((await sdk.clerk.users.getUser(user.id)).phoneNumbers, []);
      await sdk.refused(sdk.clerk.phoneNumbers.getPhoneNumber(created.id), 404, 'resource_not_found');
    });

    it('refuses a number that is none', async () => {
      const { id: userId } = await sdk.newUser();
      const create = sdk.clerk.phoneNumbers.createPhoneNumber({ userId, phoneNumber: 'call me' });
      await sdk.refused(create, 422, 'form_param_format_invalid', 'phone_number');
    });
  });
});
