// Everything that apps verify Clerk's webhooks with, each behind a handler as its framework has it: `verify` posts a
// request to it and tells whether it was accepted. "Answered 204" is the judgement: version 2 of svix returns nothing
// even when all is well.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { verifyWebhook as verifyExpress } from '@clerk/express/webhooks';
import { verifyWebhook as verifyFastify } from '@clerk/fastify/webhooks';
import express from 'express';
import Fastify from 'fastify';
import { NextRequest } from 'next/server.js';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as Svix1 } from 'svix1';
import { Webhook as Svix2 } from 'svix2';
import { majors } from './majors.js';

const require = createRequire(import.meta.url);
// Their ES modules name files without extensions, which bundlers alone resolve; Next's own server requires these.
const nextjs = { 6: require('clerk-nextjs6/webhooks').verifyWebhook, 7: require('clerk-nextjs7/webhooks').verifyWebhook };
const { parseBody } = require('next/dist/server/api-utils/node/parse-body.js');

const waitLimitMs = 20_000;

/**
 * Accepts or refuses; refusing is throwing.
 * @typedef {(request: any, secret: string) => unknown} Verify
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {(verify: (request: any) => Promise<void>) => import('node:http').RequestListener | Promise<import('node:http').RequestListener>} app
 *   the framework around the handler
 * @property {Verify} check
 * @property {'both'} [headers] what the endpoint has to be configured with, when Clerk's svix-* are not enough
 * @property {boolean} [limited] the framework takes a megabyte at most, or less
 * @property {boolean} [parses] the framework hands over a parsed body, which the verifier writes again
 */

const text = async (request) => Buffer.concat(await request.toArray()).toString('utf8');

/** A handler on node's own server; `read` makes of its request what the verifier takes. */
const plain = (read) => (verify) => async (request, response) => {
  const [status, why] = await read(request).then(
    (taken) => verify(taken).then(() => [204], (err) => [400, err.message]),
    (err) => [err.statusCode ?? 500, err.message],
  );
  response.writeHead(status).end(why);
};
const rawText = plain(async (request) => ({ headers: request.headers, body: await text(request) }));
const webRequest = async (request, Request) =>
  new Request(`http://localhost${request.url}`, { method: request.method, headers: request.headers, body: await text(request) });
const web = plain((request) => webRequest(request, Request));
const appRouter = plain((request) => webRequest(request, NextRequest));
const pagesApi = plain(async (request) => Object.assign(request, { body: await parseBody(request, '1mb') }));

const expressWith = (bodyParser) => (verify) =>
  express().post('/webhook', bodyParser, (request, response) =>
    verify(request).then(() => response.sendStatus(204), (err) => response.status(400).send(err.message)));

const fastify = async (verify) => {
  const app = Fastify();
  app.post('/webhook', (request, reply) =>
    verify(request).then(() => reply.code(204).send(), (err) => reply.code(400).send(err.message)));
  await app.ready();
  return app.routing;
};

/** @type {Row[]} */
export const verifiers = [
  { name: 'svix 1.99.1', app: rawText, check: ({ body, headers }, secret) => new Svix1(secret).verify(body, headers) },
  { name: 'svix 2.5.0', app: rawText, check: ({ body, headers }, secret) => new Svix2(secret).verify(body, headers) },
  {
    name: 'standardwebhooks 1.1.1', app: rawText, headers: 'both',
    check: ({ body, headers }, secret) => new StandardWebhook(secret).verify(body, headers),
  },
  ...majors.map(({ name, verifyWebhook }) => ({
    name, app: web, check: (request, signingSecret) => verifyWebhook(request, { signingSecret }),
  })),
  {
    name: '@clerk/express 2.1.70, express.raw', app: expressWith(express.raw({ type: 'application/json' })), limited: true,
    check: (request, signingSecret) => verifyExpress(request, { signingSecret }),
  },
  {
    name: '@clerk/express 2.1.70, express.json', app: expressWith(express.json()), parses: true, limited: true,
    check: (request, signingSecret) => verifyExpress(request, { signingSecret }),
  },
  {
    name: '@clerk/fastify 3.1.79', app: fastify, parses: true, limited: true,
    check: (request, signingSecret) => verifyFastify(request, { signingSecret }),
  },
  ...Object.entries({ 6: '6.39.8', 7: '7.9.17' }).flatMap(([major, version]) => {
    const check = (request, signingSecret) => nextjs[major](request, { signingSecret });
    return [
      { name: `@clerk/nextjs ${version}, App Router`, app: appRouter, check },
      { name: `@clerk/nextjs ${version}, Pages API`, app: pagesApi, parses: true, limited: true, check },
    ];
  }),
];

/** Starts the handlers of all rows, each knowing this secret. */
export async function startVerifiers(secret) {
  const all = verifiers.map((row) => new Verifier(row, secret));
  await Promise.all(all.map((verifier) => verifier.listen()));
  return all;
}

class Verifier {
  /** What became of each message, by its svix-id: '' when it was accepted, else why not. */
  verdicts = new Map();
  #waiting = new Set();
  #row;
  #secret;
  #server;

  constructor(row, secret) {
    Object.assign(this, { name: row.name, headers: row.headers ?? 'svix', parses: row.parses ?? false, limited: row.limited ?? false });
    this.#row = row;
    this.#secret = secret;
  }

  async listen() {
    this.#server = createServer(await this.#row.app((request) => this.#judge(request))).listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${this.#server.address().port}/webhook`;
  }

  async #judge(request) {
    const id = request.headers.get?.('svix-id') ?? request.headers['svix-id'];
    try {
      await this.#row.check(request, this.#secret);
      this.verdicts.set(id, '');
    } catch (err) {
      this.verdicts.set(id, err.message || String(err));
      throw err;
    } finally {
      for (const look of [...this.#waiting]) look();
    }
  }

  /** The verdict on a message, waiting for its delivery. */
  verdict(id) {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!this.verdicts.has(id)) return;
        clearTimeout(limit);
        this.#waiting.delete(look);
        resolve(this.verdicts.get(id));
      };
      const limit = setTimeout(() => reject(new Error(`${this.name} was not sent ${id}`)), waitLimitMs);
      this.#waiting.add(look);
      look();
    });
  }

  /** Posts a request as it is and tells whether it was accepted. */
  async verify({ headers, body }) {
    const { host, connection, 'content-length': length, 'transfer-encoding': encoding, ...sent } = headers;
    const { status } = await fetch(this.url, { method: 'POST', headers: sent, body });
    if (![204, 400, 413].includes(status)) throw new Error(`the handler of ${this.name} answered ${status}`);
    return status === 204;
  }

  async close() {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
