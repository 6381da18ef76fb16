// Asks an image that brings Clerk's browser scripts for every one of them, and compares each with the package it came from;
// what SDKs load first by the major as well, since that is how they ask.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { unpacked } from './tarballs.js';

const [base, folder] = process.argv.slice(2);
const seen = [];

for (const { folder: dir, manifest: { name, version } } of unpacked(folder)) {
  const check = async (asked, script) => {
    const answer = await fetch(`${base}/npm/${name}@${asked}/dist/${script}`);
    assert.equal(answer.status, 200, `${name}@${asked}/dist/${script}`);
    const published = readFileSync(join(dir, 'dist', script));
    assert.ok(published.equals(Buffer.from(await answer.arrayBuffer())), `${name}@${asked}/dist/${script} is not what was published`);
  };
  const scripts = readdirSync(join(dir, 'dist')).filter((file) => file.endsWith('.js'));
  for (const script of scripts) await check(version, script);
  await check(version.split('.')[0], name === '@clerk/ui' ? 'ui.browser.js' : 'clerk.browser.js');
  seen.push(`${name}@${version} (${scripts.length})`);
}

assert.equal(seen.length, 3, `packages: ${seen}`);
console.log(`docker-check: the scripts of ${seen.join(', ')} are those of the packages, byte for byte`);
