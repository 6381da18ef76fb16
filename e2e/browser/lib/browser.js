// Debian's Chromium, which can reach nothing but this machine and keeps a record of all it asked for.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/**
 * Starts a browser.
 * @param {{ anyLocalCertificate?: boolean }} [options] false: https needs a certificate that the person's stores trust
 */
export async function startBrowser({ anyLocalCertificate = true } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'nightclerk-browser-'));
  const netLog = join(folder, 'net-log.json');
  const browser = await chromium.launch({
    executablePath,
    // Playwright lets Chromium say that it is driven, and Clerk then holds its telemetry back: a user's browser does not.
    args: [
      '--no-sandbox', '--disable-blink-features=AutomationControlled', ...(anyLocalCertificate ? ['--allow-insecure-localhost'] : []),
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1', `--log-net-log=${netLog}`,
    ],
  });
  return new Browser(browser, folder, netLog);
}

class Browser {
  #browser;
  #folder;
  #netLog;

  constructor(browser, folder, netLog) {
    this.#browser = browser;
    this.#folder = folder;
    this.#netLog = netLog;
  }

  /** A page in a browser profile of its own, as another person has it. */
  async newPage() {
    const context = await this.#browser.newContext({ locale: 'en-US' });
    context.setDefaultTimeout(60_000);
    context.setDefaultNavigationTimeout(120_000); // a dev server compiles a page when it is first asked for
    return context.newPage();
  }

  /** Ends the browser and returns the host names that it asked for, this machine's own left out. */
  async stop() {
    await this.#browser.close();
    const { constants, events } = JSON.parse(await readFile(this.#netLog, 'utf8'));
    await rm(this.#folder, { recursive: true, force: true });
    const start = constants.logEventTypes.URL_REQUEST_START_JOB;
    const urls = events.filter(({ type, params }) => type === start && params?.url).map(({ params }) => params.url);
    const hosts = urls.filter((url) => /^(https?|wss?):/.test(url)).map((url) => new URL(url).hostname);
    return { requests: urls.length, hosts: [...new Set(hosts)].filter((host) => !isLoopback(host)).sort() };
  }
}

const isLoopback = (host) => ['localhost', '127.0.0.1', '[::1]'].includes(host) || host.endsWith('.localhost');
