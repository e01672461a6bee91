// Whether a page speaks one language: its own words are known by its tables, everything else is what the server says.

/** Names, of endpoints and methods too, and units: the same in any language. */
const NAMES = new Set(
  'ipmint English JSON curl nginx POST explain check history lookup threat SHA MD byte kB MB GB'.split(' '));

const WORD = /[A-Za-z][A-Za-z’']*[A-Za-z]/g;

/** In place of the page's own: every table of words is noted when it is made. */
const HEAD = 'export function words(table) {';
const NOTING = `${HEAD}\n  (globalThis.wordTables ??= []).push(table);`;

/** Notes tables of words and what the server says, before anything is opened: `{strangers()}`. */
export async function listen(view) {
  const { page } = view;
  const said = new Set();
  await page.route('**/page/kit/words.js', async (route) => {
    const response = await route.fetch();
    const text = await response.text();
    if (!text.includes(HEAD)) throw new Error(`no “${HEAD}” in kit/words.js`);
    await route.fulfill({ response, body: text.replace(HEAD, NOTING) });
  });
  page.on('response', async (response) => {
    if (!(response.headers()['content-type'] ?? '').includes('json')) return;
    const text = await response.text().catch(() => '');
    for (const [word] of text.matchAll(WORD)) said.add(word);
  });

  /** What is seen or read out that is in English, and is neither the server's nor a name. */
  async function strangers() {
    const { texts, tables } = await page.evaluate(seen);
    const pairs = tables.flatMap((table) => Object.values(table));
    const chinese = new Set(pairs.flatMap(([, text]) => String(text).match(WORD) ?? []));
    const english = pairs.filter(([one, other]) => one !== other)
      .flatMap(([one]) => (typeof one === 'string' ? [one] : Object.values(one)))
      .filter((text) => /[A-Za-z]{3}/.test(text.replace(/\{\w+\}/g, ''))).map(pattern);
    const isForeign = (text) => english.some((form) => form.test(text))
      || (text.match(WORD) ?? []).some((word) => !chinese.has(word) && !said.has(word) && !NAMES.has(word));
    return texts.filter(isForeign);
  }
  return { strangers };
}

/** In the page: every text that is seen or read out, but for code and what is marked as English. */
function seen() {
  const hidden = 'code, pre, .mono, script, style, [lang="en"], [translate="no"]';
  const texts = new Set();
  const note = (text) => text?.trim() && texts.add(text.trim().replace(/\s+/g, ' '));
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    if (element.closest(hidden) || !(element.checkVisibility() || element.localName === 'option')) continue;
    if (node !== element) note(node.data);
    else for (const name of ['aria-label', 'title', 'placeholder', 'alt']) note(node.getAttribute(name));
  }
  const isOpaque = (value) => typeof value !== 'object' && typeof value !== 'string';
  const tables = globalThis.wordTables.filter((table) => !Object.values(table).some(isOpaque));
  return { texts: [...texts], tables };
}

/** What a text of a table looks like with anything in its places. */
function pattern(text) {
  const parts = text.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.+')}$`);
}
