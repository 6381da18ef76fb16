// Stands in for a Convex deployment on loopback: the sync protocol of `convex` 1.48.0 as far as authentication and one
// query go. A token is judged as Convex judges it: discovery and keys of its issuer, and `aud` must be "convex".
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { WebSocketServer } from 'ws';

/**
 * Starts a deployment whose auth.config.ts names this issuer.
 * @param {{ issuer: string }} options
 */
export async function startConvex({ issuer }) {
  const deployment = new Convex(issuer);
  await deployment.start();
  return deployment;
}

class Convex {
  /** @type {{ token: string, identity?: object, error?: string }[]} every Authenticate with a user's token, in order */
  authentications = [];
  #server = createServer((request, response) => response.writeHead(404).end());
  #sockets = new WebSocketServer({ server: this.#server });
  #issuer;
  #verify;

  constructor(issuer) {
    this.#issuer = issuer;
  }

  async start() {
    this.#verify = await verifier(this.#issuer);
    this.#sockets.on('connection', (socket) => new Sync(socket, (token) => this.#authenticate(token)));
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
  }

  async #authenticate(token) {
    const seen = { token };
    try {
      seen.identity = await this.#verify(token);
    } catch (err) {
      seen.error = err.message;
    }
    this.authentications.push(seen);
    return seen;
  }

  async stop() {
    this.#server.close();
    this.#server.closeAllConnections();
    for (const socket of this.#sockets.clients) socket.terminate();
    await once(this.#server, 'close');
  }
}

/** Reads the issuer's documents as a deployment does, and returns what turns a token into an identity. */
async function verifier(issuer) {
  const answer = await fetch(`${issuer}/.well-known/openid-configuration`);
  const discovery = await answer.json();
  if (discovery.issuer !== issuer) {
    throw new Error(`${issuer} calls itself ${discovery.issuer}`);
  }
  const keys = createRemoteJWKSet(new URL(discovery.jwks_uri));
  return async (token) => {
    const { payload } = await jwtVerify(token, keys, { issuer, audience: 'convex', algorithms: ['RS256'] });
    const { sub, iss, name = null, email = null } = payload;
    return { subject: sub, issuer: iss, tokenIdentifier: `${iss}|${sub}`, name, email };
  };
}

/** One connection: its version counts query sets, identities and transitions, and the client refuses a gap. */
class Sync {
  #socket;
  #authenticate;
  #version = { querySet: 0, identity: 0, ts: 0 };
  #queries = new Map();
  #identity = null;
  #turn = Promise.resolve();

  constructor(socket, authenticate) {
    this.#socket = socket;
    this.#authenticate = authenticate;
    socket.on('message', (raw) => {
      const message = JSON.parse(raw);
      this.#turn = this.#turn.then(() => this[message.type]?.(message));
    });
  }

  ModifyQuerySet({ newVersion, modifications }) {
    for (const { type, queryId, udfPath } of modifications) {
      if (type === 'Add') this.#queries.set(queryId, udfPath);
      else this.#queries.delete(queryId);
    }
    this.#advance({ querySet: newVersion });
  }

  async Authenticate({ tokenType, value, baseVersion }) {
    this.#identity = null;
    if (tokenType === 'User') {
      const { identity, error } = await this.#authenticate(value);
      if (error) {
        this.#send({ type: 'AuthError', error, baseVersion, authUpdateAttempted: true });
        return this.#socket.close();
      }
      this.#identity = identity;
    }
    this.#advance({ identity: baseVersion + 1 });
  }

  /** Moves to the next version and answers every query anew: `users:current` is who asks. */
  #advance(change) {
    const startVersion = this.#version;
    const endVersion = { ...startVersion, ...change, ts: startVersion.ts + 1 };
    this.#version = endVersion;
    const modifications = [...this.#queries.keys()].map((queryId) => ({
      type: 'QueryUpdated', queryId, value: this.#identity, logLines: [], journal: null,
    }));
    this.#send({ type: 'Transition', startVersion: onWire(startVersion), endVersion: onWire(endVersion), modifications });
  }

  #send(message) {
    this.#socket.send(JSON.stringify(message));
  }
}

/** Timestamps travel as the base64 of eight little-endian bytes. */
function onWire(version) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(version.ts));
  return { ...version, ts: bytes.toString('base64') };
}
