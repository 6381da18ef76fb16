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

it('the tests of webhook-faults.md are those that run', async () => {
  const guide = await read('../docs/guides/webhook-faults.md');
  const blocks = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)];
  assert.equal(blocks.length, 1);
  assert.ok((await read('convex-app/race.test.ts')).includes(blocks[0][1]), 'the guide shows other tests than those that run');
});
