// Debian's Chromium, which can reach nothing but this machine and keeps a record of all it asked for.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/**
 * Starts a browser.
 * @param {{ anyLocalCertificate?: boolean, names?: string[] }} [options] anyLocalCertificate: false when https needs a
 *   certificate that the person's stores trust; names: further ones of this machine
 */
export async function startBrowser({ anyLocalCertificate = true, names = [] } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'nightclerk-browser-'));
  const netLog = join(folder, 'net-log.json');
  const here = ['localhost', '*.localhost', '127.0.0.1'].map((host) => `EXCLUDE ${host}`);
  const rules = [...names.map((name) => `MAP ${name} 127.0.0.1`), 'MAP * ~NOTFOUND', ...here].join(', ');
  const browser = await chromium.launch({
    executablePath,
    // Playwright lets Chromium say that it is driven, and Clerk then holds its telemetry back: a user's browser does not.
    args: [
      '--no-sandbox', '--disable-blink-features=AutomationControlled', ...(anyLocalCertificate ? ['--allow-insecure-localhost'] : []),
      `--host-resolver-rules=${rules}`, `--log-net-log=${netLog}`,
    ],
  });
  return new Browser(browser, folder, names);
}

class Browser {
  #browser;
  #folder;
  #names;

  constructor(browser, folder, names) {
    this.#browser = browser;
    this.#folder = folder;
    this.#names = names;
  }

  /**
   * A page in a browser profile of its own, as another person has it.
   * @param {import('playwright-core').BrowserContextOptions} [options]
   */
  async newPage(options) {
    const context = await this.#browser.newContext({ locale: 'en-US', ...options });
    context.setDefaultTimeout(60_000);
    context.setDefaultNavigationTimeout(120_000); // a dev server compiles a page when it is first asked for
    return context.newPage();
  }

  /** Ends the browser and says which hosts beyond this machine it asked for. */
  async stop() {
    await this.#browser.close();
    const { constants, events } = JSON.parse(await readFile(join(this.#folder, 'net-log.json'), 'utf8'));
    await rm(this.#folder, { recursive: true, force: true });
    const start = constants.logEventTypes.URL_REQUEST_START_JOB;
    const urls = events.filter(({ type, params }) => type === start && params?.url).map(({ params }) => params.url);
    if (!urls.length) throw new Error('the browser kept no record of its requests');
    const hosts = urls.filter((url) => /^(https?|wss?):/.test(url)).map((url) => new URL(url).hostname);
    const isHere = (host) => isLoopback(host) || this.#names.includes(host);
    return { by: 'browser', hosts: [...new Set(hosts)].filter((host) => !isHere(host)).sort() };
  }
}

const isLoopback = (host) => ['localhost', '127.0.0.1', '[::1]'].includes(host) || host.endsWith('.localhost');
