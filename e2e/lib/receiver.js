// A webhook endpoint on loopback that keeps every delivery exactly as it came in.
import { once } from 'node:events';
import { createServer } from 'node:http';

const waitLimitMs = 20_000;

/**
 * Starts a receiver that answers 204 to everything, or what `answer(delivery)` returns. A delivery counts as
 * taken once it is answered.
 * @param {{ answer?: (delivery: Delivery) => number | Promise<number> }} [options]
 */
export async function startReceiver({ answer = () => 204 } = {}) {
  const receiver = new Receiver(answer);
  await receiver.listen();
  return receiver;
}

/** @typedef {{ path: string, headers: Record<string, string>, body: string, event: any }} Delivery */

class Receiver {
  /** @type {Delivery[]} in the order of arrival */
  deliveries = [];
  #waiting = new Set();
  #server;

  constructor(answer) {
    this.#server = createServer(async (request, response) => {
      const chunks = await request.toArray();
      const body = Buffer.concat(chunks).toString('utf8');
      const delivery = { path: request.url, headers: { ...request.headers }, body, event: JSON.parse(body) };
      response.writeHead(await answer(delivery)).end();
      this.deliveries.push(delivery);
      for (const look of [...this.#waiting]) look();
    });
  }

  async listen() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** The first `count` deliveries that `fits`, waiting for those that have not come yet. */
  take(count, fits, what) {
    return new Promise((resolve, reject) => {
      const seen = () => this.deliveries.filter(fits).slice(0, count);
      const done = (settle, value) => {
        clearTimeout(limit);
        this.#waiting.delete(look);
        settle(value);
      };
      const look = () => {
        if (seen().length === count) done(resolve, seen());
      };
      const limit = setTimeout(() => {
        const came = this.deliveries.map((d) => `${d.path} ${d.event.type} ${d.event.data.id}`);
        done(reject, new Error(`only ${seen().length} of ${count} × ${what} came; all that came:\n${came.join('\n')}`));
      }, waitLimitMs);
      this.#waiting.add(look);
      look();
    });
  }

  /** The first delivery of this type about this id. */
  async event(type, id, path) {
    const fits = (d) => d.event.type === type && d.event.data.id === id && (!path || d.path === path);
    const [delivery] = await this.take(1, fits, `${type} ${id} at ${path ?? 'any path'}`);
    return delivery;
  }

  async close() {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
