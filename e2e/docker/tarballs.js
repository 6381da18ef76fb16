// Packages as `npm pack` makes them.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Unpacks the tarballs of a folder beside themselves: each one's path, its own folder and its manifest. */
export function unpacked(folder) {
  return readdirSync(folder).filter((name) => name.endsWith('.tgz')).map((name) => {
    const path = join(folder, name);
    const target = path.replace(/\.tgz$/, '');
    mkdirSync(target, { recursive: true });
    execFileSync('tar', ['-xzf', path, '-C', target, '--strip-components=1']);
    return { path, folder: target, manifest: JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')) };
  });
}
