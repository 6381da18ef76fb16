// A browser reduced to what a handshake needs of it: cookies of an app, and requests to the Frontend API.
const origin = 'http://localhost:3000';

/** Asks the Frontend API as clerk-js does: GET and POST only, forms, itself named in the query. */
export class Visitor {
  cookies = new Map();

  constructor(emulator) {
    this.base = emulator.backend_api_url;
  }

  async open() {
    this.token = (await this.call('POST', '/v1/dev_browser')).id;
  }

  async signIn(identifier, password) {
    const { client } = await this.call('POST', '/v1/client/sign_ins', { identifier, password, strategy: 'password' });
    return (this.session = client.sessions[0]);
  }

  /** Puts a token of the session that ran out a minute ago in the place of the app's, and returns it. */
  async expire() {
    const exp = Math.floor(Date.now() / 1000) - 60;
    const answer = await fetch(`${this.base}/_emulator/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ session_id: this.session.id, origin, claims: { exp } }),
    });
    const { jwt } = await answer.json();
    for (const name of [...this.cookies.keys()].filter((n) => n.startsWith('__session'))) this.cookies.set(name, jwt);
    return jwt;
  }

  signOut() {
    return this.call('DELETE', '/v1/client/sessions');
  }

  async call(method, path, form) {
    const url = new URL(this.base + path);
    if (this.token) url.searchParams.set('__clerk_db_jwt', this.token);
    if (method === 'DELETE') url.searchParams.set('_method', method);
    const init = { method: method === 'GET' ? 'GET' : 'POST', headers: { origin }, body: form && new URLSearchParams(form) };
    const answer = await fetch(url, init);
    const body = await answer.json();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(body)}`);
    return body;
  }

  /** The request for one of the app's pages. */
  page(path, method = 'GET') {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    return new Request(origin + path, { method, headers: { cookie, accept: 'text/html', 'sec-fetch-dest': 'document', host: 'localhost:3000' } });
  }

  /** Takes over what an answer of the app sets. */
  take(headers) {
    for (const line of headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(';');
      const cut = pair.indexOf('=');
      const gone = attributes.some((a) => /^\s*max-age=0$/i.test(a));
      if (gone) this.cookies.delete(pair.slice(0, cut));
      else this.cookies.set(pair.slice(0, cut), pair.slice(cut + 1));
    }
  }

  /**
   * Visits a page of an app that authenticates with the SDK, and follows its redirects.
   * @param {(request: Request) => Promise<object>} authenticate
   * @param {{ path?: string, method?: string, format?: 'nonce' | 'token' }} [options]
   * @returns the final state, why the SDK sent the browser away, and the URL it ended on
   */
  async visit(authenticate, { path = '/', method = 'GET', format = 'nonce' } = {}) {
    const reasons = [];
    for (let state = await authenticate(this.page(path, method)); ; state = await authenticate(this.page(path))) {
      this.take(state.headers);
      const location = state.headers.get('location');
      if (!location) return { state, reasons, path };
      if (reasons.length > 3) throw new Error(`the redirects do not end: ${reasons}`);
      path = local(location);
      if (state.status === 'handshake') {
        if (!location.startsWith(origin)) reasons.push(state.reason);
        path = location.startsWith(origin) ? path : await this.shake(location, method, format);
      }
    }
  }

  /** Follows the redirect to the Frontend API, over plain HTTP at the same port, and returns where it leads back to. */
  async shake(location, method, format) {
    const url = new URL(location);
    const target = new URL(this.base + url.pathname + url.search);
    if (this.token && !target.searchParams.has('__clerk_db_jwt')) target.searchParams.set('__clerk_db_jwt', this.token);
    if (format === 'token') target.searchParams.delete('format');
    const answer = await fetch(target, { method, redirect: 'manual' });
    if (answer.status !== (method === 'POST' ? 303 : 307)) throw new Error(`${answer.status} ${await answer.text()}`);
    return local(answer.headers.get('location'));
  }
}

function local(location) {
  const url = new URL(location);
  return url.pathname + url.search;
}
