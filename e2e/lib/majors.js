// Both majors of Clerk's backend SDK that apps use, side by side, each with its own helpers.
import { createRequire } from 'node:module';
import * as backend2 from 'clerk-backend2';
import * as webhooks2 from 'clerk-backend2/webhooks';
import * as backend3 from 'clerk-backend3';
import * as errors3 from 'clerk-backend3/errors';
import * as webhooks3 from 'clerk-backend3/webhooks';

// Version 2 leaves the error guard to @clerk/shared, which is there in two majors: take the one that this SDK uses.
const shared2 = createRequire(createRequire(import.meta.url).resolve('clerk-backend2'))('@clerk/shared/error');

export const majors = [
  {
    name: '@clerk/backend 2.33.8',
    createClerkClient: backend2.createClerkClient,
    verifyToken: backend2.verifyToken,
    verifyWebhook: webhooks2.verifyWebhook,
    isClerkAPIResponseError: shared2.isClerkAPIResponseError,
  },
  {
    name: '@clerk/backend 3.25.0',
    createClerkClient: backend3.createClerkClient,
    verifyToken: backend3.verifyToken,
    verifyWebhook: webhooks3.verifyWebhook,
    isClerkAPIResponseError: errors3.isClerkAPIResponseError,
  },
];

/** The current major, for what a test only needs as a means. */
export const current = majors.at(-1);
