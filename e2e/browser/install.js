// Installs the packages of the browser judges and of their apps where the lock file is not what was installed last.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folders = ['.', 'apps/next15', 'apps/next16'].map((name) => fileURLToPath(new URL(name, import.meta.url)));

const read = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

for (const folder of folders) {
  const lock = read(`${folder}/package-lock.json`);
  const mark = `${folder}/node_modules/.installed`;
  if (lock === read(mark)) continue;
  execFileSync('npm', ['ci', '--loglevel=error'], { cwd: folder, stdio: 'inherit' });
  writeFileSync(mark, lock);
}
