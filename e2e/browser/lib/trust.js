// The trust store of somebody who has used a browser before, in a home folder of its own.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** While it is made, this process and what it starts have that home: browsers keep their certificates below it. */
export function withTrustStore() {
  const own = process.env.HOME;
  return {
    async make() {
      process.env.HOME = await mkdtemp(join(tmpdir(), 'nightclerk-home-'));
      const folder = join(process.env.HOME, '.pki/nssdb');
      // Chromium makes the database with its first window; without windows it makes none.
      await mkdir(folder, { recursive: true });
      await promisify(execFile)('certutil', ['-N', '-d', `sql:${folder}`, '--empty-password']);
    },
    async remove() {
      await rm(process.env.HOME, { recursive: true, force: true });
      process.env.HOME = own;
    },
  };
}
