// Takes docs/console-*.png: the console with the same people each time, light, dark and on a phone.
// `npm run console-screenshots`
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Console, sizes } from './lib/console.js';

const limit = 180_000;
const ago = (hours) => new Date(Date.now() - hours * 3_600_000 - 60_000).toISOString();
// Keys, ids and ages that stay the same, so that pictures change only where the console does.
const config = 'server: {seed: console}';
const people = [
  { first_name: 'Katherine', last_name: 'Johnson', email_address: ['katherine@example.com'], created_at: ago(72) },
  { first_name: 'Alan', last_name: 'Turing', email_address: ['alan@example.com'], phone_number: ['+12015550100'], created_at: ago(49) },
  { first_name: 'Grace', last_name: 'Hopper', email_address: ['grace@example.com'], username: 'grace', created_at: ago(5) },
  { first_name: 'Ada', last_name: 'Lovelace', email_address: ['ada@example.com'], public_metadata: { plan: 'pro', seats: 4 }, created_at: ago(2) },
];

const pictures = [
  { file: 'home', at: () => '/' },
  { file: 'users', at: () => '/users' },
  { file: 'user', at: ({ ada }) => `/users/${ada}` },
  { file: 'tokens', at: () => '/tokens', act: mint },
  { file: 'webhooks', at: () => '/webhooks', look: { colorScheme: 'dark', viewport: { width: 1280, height: 1240 } } },
  { file: 'message', at: ({ failed }) => `/webhooks/messages/${failed}` },
  { file: 'faults', at: () => '/webhooks/faults/new', look: { colorScheme: 'dark' } },
  { file: 'keyboard', at: () => '/users', look: { colorScheme: 'dark' }, act: (page) => page.keyboard.press('?') },
  { file: 'phone', at: () => '/', look: sizes.phone },
  { file: 'phone-dark', at: () => '/webhooks', look: { ...sizes.phone, colorScheme: 'dark' } },
];

const its = new Console();
try {
  await its.start({ users: 0, config, listen: 'localhost:4545', person: { first_name: 'Margaret', last_name: 'Hamilton', email_address: ['margaret@example.com'] } });
  for (const person of people) its.ada = (await its.api('POST', '/users', person)).id;
  await its.receiver.take('/hook', its.ada);
  its.receiver.answers.set('/hook', { status: 500, text: 'ReferenceError: db is not defined\n    at POST (app/webhooks/route.ts:14:3)' });
  await its.api('PATCH', `/users/${its.ada}`, { last_name: 'King' });
  its.failed = (await its.receiver.take('/hook', 'King'))['svix-id'];
  its.receiver.answers.clear();
  for (const picture of pictures) await take(picture);
} finally {
  await its.stop();
}

async function mint(page, { ada }) {
  await page.getByLabel('User', { exact: true }).fill(ada);
  await page.getByRole('button', { name: 'Mint', exact: true }).click();
  await page.getByRole('heading', { name: 'Convex accepts this token' }).waitFor();
  await page.evaluate(() => scrollTo(0, 0));
}

async function take({ file, at, look = {}, act }) {
  const page = await its.tab({ ...sizes.desktop, ...look });
  await its.open(page, { at });
  await page.locator('[data-stream-state=live]').waitFor({ state: 'attached', timeout: 2000 }).catch(() => {}); // a page without anything live has none
  await act?.(page, its);
  await page.evaluate(() => { document.querySelector('.version').textContent = ''; });
  const picture = fileURLToPath(new URL(`../../docs/console-${file}.png`, import.meta.url));
  await page.screenshot({ path: picture });
  await page.context().close();
  const { size } = await stat(picture);
  if (size > limit) throw new Error(`${picture} has ${size} bytes, more than ${limit}`);
  console.log(`${picture} ${size}`);
}
