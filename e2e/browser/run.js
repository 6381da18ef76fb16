// Runs all judges, two files at a time, and tells which names in outbound.json no run asks for any more. `npm test`
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepareVite } from './lib/apps.js';
import { bundles } from './lib/bundles.js';
import { unasked } from './lib/outbound.js';

const cwd = fileURLToPath(new URL('.', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'nightclerk-run-'));
const RUN_RECORD = join(folder, 'asked');
try {
  await writeFile(RUN_RECORD, '');
  await prepareVite();
  await bundles(); // once, before two files of judges ask for them
  const files = (await readdir(cwd)).filter((name) => name.endsWith('.test.js')).sort();
  const args = ['--test', '--test-reporter=spec', '--test-concurrency=2', ...files];
  const child = spawn(process.execPath, args, { cwd, stdio: 'inherit', env: { ...process.env, RUN_RECORD } });
  process.exitCode = await new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  const idle = unasked(await readFile(RUN_RECORD, 'utf8'));
  for (const name of idle) console.log(`outbound.json: nothing asked for this any more: ${name}`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
