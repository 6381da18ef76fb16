// The console with 20,000 users behind it: its pages, what people do there, and a watch over every page that is opened.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { startEmulator } from '../../lib/emulator.js';
import { startBrowser } from './browser.js';
import { judgeHosts } from './outbound.js';

export const sizes = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};

/**
 * The pages. A new one is a line: what it is called, where it is, and what people come for (a function that leaves things as
 * it found them, or adds to them, and that needs no script).
 * @type {{ name: string, at: (its: Its) => string, task: (page: import('playwright-core').Page, its: Its) => Promise<void> }[]}
 */
export const pages = [
  { name: 'Home', at: () => '/', task: followCounter },
  { name: 'Users', at: () => '/users', task: findUser },
  { name: 'New user', at: () => '/users/new', task: createUser },
  { name: 'User', at: ({ user }) => `/users/${user}`, task: banAndUnban },
  { name: 'Edit user', at: ({ user }) => `/users/${user}/edit`, task: renameUser },
  { name: 'Edit metadata', at: ({ user }) => `/users/${user}/metadata`, task: editMetadata },
  { name: 'Inbox', at: () => '/inbox', task: openMail },
  { name: 'Requests', at: () => '/requests', task: openRequest },
  { name: 'Request', at: ({ trace }) => `/requests/${trace}`, task: copyCurl },
  { name: 'Supported', at: () => '/supported', task: findOperation },
  { name: 'Clock', at: () => '/clock', task: freezeAndFollow },
  { name: 'Instances', at: () => '/instances', task: seeInstances },
  { name: 'Settings', at: () => '/settings', task: saveSettings },
  { name: 'Tokens', at: () => '/tokens', task: mintToken },
  { name: 'Explain a token', at: () => '/tokens/explain', task: explainToken },
  { name: 'Webhooks', at: () => '/webhooks', task: filterMessages },
  { name: 'New endpoint', at: () => '/webhooks/endpoints/new', task: addEndpoint },
  { name: 'Endpoint', at: ({ endpoint }) => `/webhooks/endpoints/${endpoint}`, task: disableAndEnable },
  { name: 'Message', at: ({ message }) => `/webhooks/messages/${message}`, task: resend },
  { name: 'New fault rule', at: () => '/webhooks/faults/new', task: addFault },
  { name: 'A page that is not there', at: () => '/nowhere', task: goHome, status: 404 },
];

const press = (page, name) => page.getByRole('button', { name, exact: true }).click();
const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();
const isSaid = (page, text) => page.getByRole('status').filter({ hasText: text }).waitFor();

async function followCounter(page) {
  await page.getByRole('link', { name: 'Webhook messages' }).click();
  await heading(page, 'Webhooks');
}

async function findUser(page, { email, name }) {
  await page.getByLabel('Search users').fill(email);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name }).click();
  await heading(page, name);
}

async function createUser(page) {
  await page.getByLabel('First name').fill('Grace');
  await page.getByLabel('E-mail address').fill(`grace.${Date.now()}@example.com`);
  await press(page, 'Create user');
  await isSaid(page, 'The user was created');
}

async function banAndUnban(page) {
  await page.locator('summary').filter({ hasText: 'Ban…' }).click();
  await press(page, 'Ban user');
  await isSaid(page, 'The user was banned');
  await press(page, 'Unban');
  await isSaid(page, 'The ban was taken back');
}

async function renameUser(page) {
  await page.getByLabel('Last name').fill('Lovelace');
  await press(page, 'Save');
  await isSaid(page, 'The user was saved');
}

async function editMetadata(page) {
  await page.getByLabel('Public metadata').fill('{"plan": "pro"}');
  await press(page, 'Save metadata');
  await isSaid(page, 'saved');
}

async function openMail(page) {
  await page.getByLabel('Sent to').fill('mail.');
  await page.keyboard.press('Enter');
  await page.getByText('No message matches.').waitFor({ state: 'detached' });
  await page.locator('.row-link').first().click();
  await page.waitForURL(/\/inbox\/ema_/);
}

async function openRequest(page) {
  await page.locator('.row-link').first().click();
  await page.waitForURL(/\/requests\/[^?]/);
}

async function copyCurl(page) {
  await page.getByText('curl').first().waitFor();
  await page.getByRole('link', { name: 'Requests' }).first().click();
  await heading(page, 'Requests');
}

async function findOperation(page) {
  await page.getByRole('searchbox').fill('CreateUser');
  await page.keyboard.press('Enter');
  await page.getByText('CreateUser', { exact: true }).first().waitFor();
}

async function freezeAndFollow(page) {
  await press(page, 'Freeze');
  await page.getByText('Frozen', { exact: true }).first().waitFor();
  await page.getByRole('button', { name: 'Follow wall time' }).first().click();
  await page.getByText('Wall time', { exact: true }).first().waitFor();
}

async function seeInstances(page) {
  await page.getByText('default', { exact: true }).first().waitFor();
}

async function saveSettings(page) {
  await page.getByRole('button', { name: /^Save/ }).first().click();
  await isSaid(page, 'ettings');
}

async function mintToken(page, { email }) {
  await page.getByLabel('User', { exact: true }).fill(email);
  await press(page, 'Mint');
  await page.getByRole('heading', { name: 'Convex accepts this token' }).waitFor();
}

async function explainToken(page, { token }) {
  await page.getByLabel('Token', { exact: true }).fill(token);
  await press(page, 'Explain');
  await page.getByRole('heading', { name: 'Convex accepts this token' }).waitFor();
}

async function filterMessages(page) {
  await page.getByLabel('Event type').selectOption('user.deleted');
  const button = page.getByRole('button', { name: 'Filter' });
  if (await button.isVisible()) await button.click(); // a script does it by itself
  await page.getByText('No message matches.').waitFor();
}

async function addEndpoint(page, { receiver }) {
  await page.getByLabel('URL').fill(`${receiver.url}/added`);
  await press(page, 'Add endpoint');
  await heading(page, '/added');
  await page.getByText('Delete…').click();
  await press(page, 'Delete endpoint');
  await heading(page, 'Webhooks');
}

async function disableAndEnable(page) {
  await press(page, 'Disable');
  await page.getByText('Disabled', { exact: true }).first().waitFor();
  await press(page, 'Enable');
  await page.getByText('Enabled', { exact: true }).first().waitFor();
}

async function resend(page) {
  await page.getByRole('button', { name: 'Resend' }).first().click();
  await isSaid(page, 'One more attempt is on its way');
}

async function addFault(page) {
  await page.getByLabel('Event types').fill('user.deleted');
  await press(page, 'Add rule');
  await heading(page, 'Webhooks');
  await press(page, 'Delete');
  await page.getByText('No fault rules').waitFor();
}

async function goHome(page) {
  await page.getByRole('link', { name: 'Back to Home' }).click();
  await page.getByRole('heading', { name: 'Connect your app' }).waitFor();
}

/** The console and what is in it. */
export class Console {
  name = 'Ada Lovelace';
  email = 'ada.lovelace@example.com';
  #watched = [];

  /** Starts all; `person` is somebody else than Ada, the other options are those of startEmulator. */
  async start({ users = 20_000, person, ...options } = {}) {
    this.receiver = await startAnswering();
    this.emulator = await startEmulator({ flags: ['--webhook-schedule', 'manual'], ...options });
    this.browser = await startBrowser();
    if (users) await this.emulator.cli('seed', '--count', String(users));
    [{ id: this.app }] = (await this.svix('GET', '')).data;
    ({ id: this.endpoint } = await this.svix('POST', `/${this.app}/endpoint`, { url: `${this.receiver.url}/hook`, description: 'The app' }));
    const [first_name, last_name] = this.name.split(' ');
    const somebody = person ?? { first_name, last_name, email_address: [this.email], password: 'correct-horse-battery' };
    this.user = (await this.api('POST', '/users', somebody)).id;
    this.message = (await this.receiver.take('/hook', this.user))['svix-id'];
    this.token = await this.emulator.cli('token', '--user', this.user, '--template', 'convex', '--ttl', '1h');
    await this.api('POST', '/invitations', { email_address: `mail.${Date.now()}@example.com` });
    this.trace = await this.refusedTrace();
  }

  get url() {
    return this.emulator.url;
  }

  /** Calls the Backend API; `status` is what it has to answer. */
  api(method, path, body, status = 200) {
    return this.#ask(method, `/v1${path}`, body, [status]);
  }

  /** The trace id of a request that was refused, which its answer names. */
  async refusedTrace() {
    const { clerk_trace_id: id } = await this.api('GET', '/users/user_nobody', undefined, 404);
    return id;
  }

  /** Calls Svix's API below its applications. */
  svix(method, path, body) {
    return this.#ask(method, `/api/v1/app${path}`, body, [200, 201, 202, 204]);
  }

  /** Calls the control API. */
  control(method, path, body, status = 200) {
    return this.#ask(method, `/_emulator${path}`, body, [status]);
  }

  async #ask(method, path, body, statuses) {
    const headers = { authorization: `Bearer ${this.emulator.env.secret_key}`, 'content-type': 'application/json' };
    const answer = await fetch(this.url + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    assert.ok(statuses.includes(answer.status), `${method} ${path}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  }

  /** A tab, whose every error is kept and fails the run at its end. */
  async tab(options = sizes.desktop) {
    const page = await this.browser.newPage(options);
    page.setDefaultTimeout(15_000);
    this.#watched.push(await watch(page, this.url));
    return page;
  }

  /** Opens one of the pages. */
  async open(page, { at, status = 200 }) {
    const answer = await page.goto(this.url + at(this), { waitUntil: 'domcontentloaded' });
    assert.equal(answer.status(), status, answer.url());
  }

  /** Fails when a tab has had an error since the last time. */
  assertQuiet() {
    assert.deepEqual(this.#watched.flatMap((errors) => errors.splice(0)), []);
  }

  async stop() {
    const asked = await this.browser?.stop();
    await this.emulator?.stop();
    this.receiver?.close();
    if (asked) await judgeHosts(asked);
    this.assertQuiet();
  }
}

/** Keeps what goes wrong on a page: errors, what its policy refuses, what it asks of anybody but the console. */
async function watch(page, url) {
  const errors = [];
  page.on('pageerror', (error) => errors.push(`${page.url()}: ${error.stack}`));
  page.on('dialog', (dialog) => { errors.push(`${page.url()}: ${dialog.type()} ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => { if (new URL(request.url()).origin !== new URL(url).origin) errors.push(`${page.url()} asked for ${request.url()}`); });
  page.on('console', (message) => {
    const expected = /the server responded with a status of (404|422)/.test(message.text()) && !message.location().url.includes('/assets/');
    if (['error', 'warning'].includes(message.type()) && !expected) errors.push(`${page.url()}: ${message.text()}`);
  });
  await page.addInitScript(() => {
    globalThis.pwned = (what) => console.error(`script ran: ${what}`);
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => console.error(`policy: ${violatedDirective} ${blockedURI}`));
  });
  return errors;
}

/** An app that answers its webhooks with `answers.get(path)`, else 200 and nothing. */
async function startAnswering() {
  const answers = new Map();
  const seen = [];
  let wake = () => {};
  const server = createServer(async (request, response) => {
    const body = (await request.toArray()).join('');
    const { status = 200, text = '' } = answers.get(request.url) ?? {};
    response.writeHead(status, { 'content-type': 'text/html' }).end(text);
    seen.push({ path: request.url, headers: request.headers, body });
    wake();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const find = (path, about) => seen.find((one) => one.path === path && one.body.includes(about))?.headers;
  return {
    url: `http://127.0.0.1:${server.address().port}`, answers,
    /** The headers of the delivery at a path whose body has this text. */
    async take(path, about) {
      for (;;) {
        const headers = find(path, about);
        if (headers) return headers;
        await new Promise((resolve) => { wake = resolve; });
      }
    },
    close: () => { server.close(); server.closeAllConnections(); },
  };
}
