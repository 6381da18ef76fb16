// The judges of what leaves this machine, judged: a program that asks for other hosts is told on, and reaches none of them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startBrowser } from './lib/browser.js';
import { judgeHosts, unasked } from './lib/outbound.js';
import { startProgram } from './lib/process.js';

const cwd = fileURLToPath(new URL('.', import.meta.url));

/** Runs code in a program of its own and returns what it printed last, and what it asked for. */
async function run(code, env = {}) {
  const command = [process.execPath, '--input-type=module', '--eval', code];
  const { match, stop } = await startProgram(command, { cwd, env, ready: /^got (.*)/ });
  return { got: match[1], ...(await stop()) };
}

describe('What a program asks for beyond this machine', () => {
  const ways = {
    'fetch': [`fetch('https://a.example/').catch((err) => err.cause.code)`, 'a.example', 'ENOTFOUND'],
    'a look-up': [`dns.promises.lookup('b.example').catch((err) => err.code)`, 'b.example', 'ENOTFOUND'],
    'an address': [`new Promise((done) => net.connect(80, '192.0.2.1').on('error', (err) => done(err.code)))`, '192.0.2.1', 'ENOTFOUND'],
    'an address of version 6': [`new Promise((done) => net.connect({ port: 80, host: '2001:db8::1' }).on('error', (err) => done(err.code)))`, '2001:db8::1', 'ENOTFOUND'],
  };
  for (const [way, [code, host, answer]] of Object.entries(ways)) {
    it(`is refused and recorded: ${way}`, async () => {
      const { got, hosts } = await run(`import dns from 'node:dns'; import net from 'node:net'; console.log('got', await ${code})`);
      assert.deepEqual([got, hosts], [answer, [host]]);
      await assert.rejects(judgeHosts({ by: 'servers', hosts }), /outbound\.json does not explain/);
    });
  }

  it('is recorded of the programs that it starts', async () => {
    const { hosts } = await run(`
      import { execFileSync } from 'node:child_process';
      execFileSync(process.execPath, ['--eval', "fetch('https://c.example/').catch(() => {})"]);
      console.log('got it')`);
    assert.deepEqual(hosts, ['c.example']);
  });

  it('is not a name that was given to this machine', async () => {
    const code = `import dns from 'node:dns'; console.log('got', (await dns.promises.lookup('d.example')).address)`;
    const { got, hosts } = await run(code, { LOCAL_NAMES: 'd.example' });
    assert.match(got, /^(127\.0\.0\.1|::1)$/);
    assert.deepEqual(hosts, []);
  });
});

describe('What a browser asks for beyond this machine', () => {
  it('is recorded', async () => {
    const browser = await startBrowser();
    const page = await browser.newPage();
    await assert.rejects(page.goto('https://e.example/'), /ERR_NAME_NOT_RESOLVED/);
    const { by, hosts } = await browser.stop();
    assert.ok(hosts.includes('e.example'));
    await assert.rejects(judgeHosts({ by, hosts: ['e.example'] }), /outbound\.json does not explain/);
  });
});

describe('outbound.json', () => {
  it('knows what is below a name, for who asks for it alone', async () => {
    await judgeHosts({ by: 'browser', hosts: ['clerk-telemetry.com'] });
    await assert.rejects(judgeHosts({ by: 'servers', hosts: ['clerk-telemetry.com'] }));
    await assert.rejects(judgeHosts({ by: 'servers', hosts: ['npmjs.org.example'] }));
  });

  it('says what nothing asked for', () => {
    const all = unasked('');
    assert.ok(all.includes('browser clerk-telemetry.com'));
    assert.deepEqual(unasked(all.slice(1).join('\n')), all.slice(0, 1));
  });
});
