// Runs in a container beside the emulator's and knows it by its name in that network alone: the way a Convex backend in
// docker-compose sees it. Exits with an error at the first thing that is not right.
import assert from 'node:assert/strict';
import { createClerkClient } from 'clerk-backend3';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const issuer = process.argv[2];

const ready = await fetch(`${issuer}/_emulator/ready`);
assert.equal(ready.status, 200, 'ready, by the name in the network');

const document = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
assert.equal(document.issuer, issuer);
assert.ok(document.jwks_uri.startsWith(`${issuer}/`), `${document.jwks_uri} is not reachable from a container`);

const clerk = createClerkClient({ secretKey: process.env.SECRET_KEY, apiUrl: issuer, telemetry: { disabled: true } });
const { data } = await clerk.users.getUserList({ emailAddress: ['ada@example.com'] });
const session = await clerk.sessions.createSession({ userId: data[0].id });
const { jwt } = await clerk.sessions.getToken(session.id, 'convex');
const { payload } = await jwtVerify(jwt, createRemoteJWKSet(new URL(document.jwks_uri)), { issuer, audience: 'convex' });
assert.equal(payload.sub, data[0].id);

console.log(`docker-check: a token of ${payload.name} with iss ${payload.iss} verified by discovery from another container`);
