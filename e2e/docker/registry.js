// The npm registry of a machine without a network: the packages in a folder, as `npm pack` made them, served on loopback.
// It prints its address and runs until it is ended.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename } from 'node:path';
import { unpacked } from './tarballs.js';

const answers = new Map();

const server = createServer((request, answer) => {
  const found = answers.get(decodeURIComponent(request.url.slice(1)));
  if (!found) answer.writeHead(404).end();
  else answer.end(Buffer.isBuffer(found) ? found : JSON.stringify(found));
});

server.listen(0, '127.0.0.1', () => {
  const address = `http://127.0.0.1:${server.address().port}/`;
  for (const { path, manifest: { name, version } } of unpacked(process.argv[2])) {
    const tarball = readFileSync(path);
    answers.set(basename(path), tarball);
    const about = answers.get(name) ?? { name, 'dist-tags': { latest: version }, versions: {} };
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
    about.versions[version] = { name, version, dist: { tarball: address + basename(path), integrity } };
    answers.set(name, about);
  }
  console.log(address);
});
