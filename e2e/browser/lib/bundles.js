// Clerk's browser code as it is published, unpacked where the emulator is told to look for it. It is fetched with npm
// once, and kept: the packages' dependencies, which only their builds need, would be thirty times as large.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = fileURLToPath(new URL('../.bundles/', import.meta.url));

// As the registry publishes them, sha512.
const packages = {
  '@clerk/clerk-js@5.128.0': 'aw8USKnrZVPOqJfp1eKpbaQL+jUYkXJn/v3XdBslfT4jXEUIqkyITmlgY8bA9GqVF7xGcr+m/HJTpgvGbtIvXA==',
  '@clerk/clerk-js@6.40.0': '2MnZ/ygvuCmeuqfXQmsxfQaLN/SSJvQbtT2cLXbgr5VKr3KmZFZBVvX977fG3eZ6pprl4J9pO+I2bbe6BvColg==',
  '@clerk/ui@1.36.0': 'uI96zYCh5jISLOt1mdpIPy/Y31P0kwFxjUFOxLUwFfTHFmGUcRjbqN6bbb+75tdI2Bz6ARGws3rhspDer+xIfQ==',
};

/** Returns the folder with all bundles, one folder per package and version, fetching those that are missing. */
export async function bundles() {
  for (const [spec, sha512] of Object.entries(packages)) {
    await readFile(join(cache, spec, 'package.json')).catch(() => fetchPackage(spec, sha512));
  }
  return cache;
}

async function fetchPackage(spec, sha512) {
  const target = join(cache, spec);
  await mkdir(dirname(target), { recursive: true });
  const folder = await mkdtemp(join(cache, 'fetch-'));
  try {
    const { stdout } = await run('npm', ['pack', '--json', '--loglevel=error', '--pack-destination', folder, spec]);
    const archive = join(folder, JSON.parse(stdout)[0].filename);
    const got = createHash('sha512').update(await readFile(archive)).digest('base64');
    if (got !== sha512) throw new Error(`${spec} has the checksum ${got}, expected ${sha512}`);
    await run('tar', ['xzf', archive, '-C', folder]);
    await rename(join(folder, 'package'), target).catch((err) => {
      if (err.code !== 'ENOTEMPTY' && err.code !== 'EEXIST') throw err; // another file of judges was first
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
