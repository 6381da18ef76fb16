// What somebody with bad intentions writes into every field that they may write, and how a page shows that it stayed text.
import assert from 'node:assert/strict';

const attack = (n) => `pwned(${n})`;

/** Each calls `pwned`, or leaves an element with the attribute data-xss, where it becomes more than text. */
export const texts = [
  `<script data-xss>${attack(1)}</script>`,
  `"><img data-xss src=x onerror=${attack(2)}>`,
  `' autofocus onfocus='${attack(3)}' data-xss='`,
  `javascript:${attack(4)}`,
  `<svg data-xss onload=${attack(5)}><animate onbegin=${attack(5)} attributeName=x></svg>`,
  '${' + attack(6) + '} {{.}} {{constructor.constructor("' + attack(6) + '")()}} <%= 1 %>',
  `</title></textarea></pre></script></style><iframe data-xss srcdoc="<script>parent.${attack(7)}</script>">`,
  `<a data-xss href="javascript:${attack(8)}">click</a><base href=//evil.example>`,
  `\u202Egnp.exe\u2066\u200F`,
  `<!--<p data-xss>--><style data-xss>*{display:none}</style>]]>&lt;b&gt;&#60;b data-xss&#62;`,
];

const long = 'm'.repeat(10_000);

/** Puts the texts wherever an API lets them in. Returns the pages that show them, each with what has to be read there. */
export async function attackEverything(its) {
  const shown = [];
  const { receiver } = its;
  const people = [];
  for (const [n, text] of texts.entries()) {
    const metadata = { [text]: { deep: [text] }, long: n ? undefined : long.slice(0, 6000) };
    const user = await its.api('POST', '/users', {
      first_name: text, last_name: text, external_id: text, email_address: [`hostile${n}@example.com`],
      public_metadata: metadata, private_metadata: metadata, unsafe_metadata: metadata,
    });
    people.push(user);
    const event = `attack/${n}`;
    receiver.answers.set(`/${event}`, { status: 500, text: text + long });
    const endpoint = await its.svix('POST', `/${its.app}/endpoint`, { url: `${receiver.url}/${event}`, description: text, metadata: { text } });
    await its.svix('PATCH', `/${its.app}/endpoint/${endpoint.id}/headers`, { headers: { 'X-Attack': text.replace(/[^\x20-\x7e]/g, '') } });
    const message = await its.svix('POST', `/${its.app}/msg`, { eventType: 'user.created', payload: { type: 'user.created', data: { id: text, [text]: text, long } } });
    await receiver.take(`/${event}`, 'long');
    shown.push([`/users/${user.id}`, text], [`/users/${user.id}/edit`, text], [`/users?q=hostile${n}`, text], [`/users?q=${encodeURIComponent(text)}`, text],
      [`/webhooks/endpoints/${endpoint.id}`, text], [`/webhooks/messages/${message.id}`, text]);
  }
  shown.push(['/webhooks', texts[0]], ['/webhooks/faults/new', ''], ['/', ''], ['/tokens', ''], [`/tokens?user=${encodeURIComponent(texts[1])}`, texts[1]]);
  for (const text of texts) shown.push([`/webhooks?type=${encodeURIComponent(text)}&status=${encodeURIComponent(text)}&done=${encodeURIComponent(text)}`, '']);
  const claims = Object.fromEntries(texts.map((text, n) => [`claim${n}`, `${text} {{user.first_name}}`]));
  await its.api('POST', '/jwt_templates', { name: 'hostile', claims });
  return { shown, people };
}

/** What a form may be sent with and answers on the page again, because something else in it is wrong. */
export const forms = [
  { path: '/users/new', button: 'Create user', wrong: { username: '<' } },
  { path: '/webhooks/endpoints/new', button: 'Add endpoint', wrong: {} },
  { path: '/webhooks/faults/new', button: 'Add rule', wrong: { attempt: '' } },
  { path: '/tokens', button: 'Mint', wrong: {} },
  { path: '/tokens/explain', button: 'Explain', wrong: {} },
];

/** Nothing on the page came out of a text but text, and `text` can be read there. */
export async function assertInert(page, text) {
  const found = await page.evaluate((text) => {
    const html = (e) => `${location.pathname}: ${e.outerHTML.slice(0, 200)}`;
    const out = [...document.querySelectorAll('[data-xss], body script, body style, iframe, img, object, embed, base')].map(html);
    for (const e of document.querySelectorAll('*')) {
      for (const { name, value } of e.attributes) {
        const isAddress = ['href', 'src', 'action', 'formaction', 'xlink:href'].includes(name);
        if (name.startsWith('on') || name === 'style' || (isAddress && !/^(https?:|[/?#])/i.test(value))) out.push(`${name}: ${html(e)}`);
      }
    }
    const values = [...document.querySelectorAll('input, textarea')].map((e) => e.value);
    const all = [document.documentElement.textContent, ...values].join('\n').replace(/\s+/g, ' ');
    const inJSON = JSON.stringify(text).slice(1, -1); // as a body or claims show it
    const says = [text, inJSON].some((t) => all.includes(t.replace(/\s+/g, ' ')));
    return { out, says, turned: turned() };

    /** Elements with a mark that turns the direction of writing, which are not told apart from what stands beside them. */
    function turned() {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const bad = [];
      while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        if (!/[\u202A-\u202E\u2066-\u2069]/.test(walker.currentNode.textContent) || !parent.checkVisibility()) continue;
        const { display, unicodeBidi } = getComputedStyle(parent);
        const alone = display !== 'inline' && [...parent.childNodes].every((n) => n === walker.currentNode || !n.textContent.trim());
        const item = ['flex', 'grid'].includes(display);
        if (!alone && !item && !/isolate|plaintext/.test(unicodeBidi)) bad.push(html(parent));
      }
      return bad;
    }
  }, text);
  assert.deepEqual(found, { out: [], says: true, turned: [] }, `${page.url()} with ${text}`);
}
