// The guides show code that is tested: what stands in them is what the tests run.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';

const read = (path) => readFile(new URL(`../${path}`, import.meta.url), 'utf8');

it('the code of syncing-users.md is that of the convergent app', async () => {
  const guide = await read('../docs/guides/syncing-users.md');
  const blocks = [...guide.matchAll(/```ts\n\/\/ convex\/(\S+)\n([^`]*)```/g)];
  assert.equal(blocks.length, 2);
  for (const [, file, code] of blocks) {
    assert.ok((await read(`convex-app/convergent/${file}`)).includes(code), `${file} of the guide is not the one that is tested`);
  }
});
