// What no flow may cause: errors, broken rules of the page's own policy, questions to anybody else, layout shift.

/** More than this moves what somebody reads or is about to press. */
const MOST_SHIFT = 0.02;

/** In the page, before anything of it runs. */
function listen() {
  globalThis.watched = { violations: [], shifts: [] };
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
    watched.violations.push(`${violatedDirective} forbids ${blockedURI} at ${sourceFile}:${lineNumber}`);
  });
  const name = ({ node }) => (node?.nodeType === Node.ELEMENT_NODE
    ? [node.localName, node.id && `#${node.id}`, ...[...node.classList].map((one) => `.${one}`)].join('')
    : node?.nodeName ?? '?');
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!entry.hadRecentInput) watched.shifts.push({ value: entry.value, of: entry.sources.map(name) });
    }
  }).observe({ type: 'layout-shift', buffered: true });
}

/**
 * Watches a page; `expected` has the statuses of answers that may fail. `{faults, inFlight, shift()}`: `faults` grows
 * by a line for each; `shift(where)` adds one if too much moved since it was called last.
 */
export async function watch(page, origin, expected) {
  const faults = [];
  const flying = new Set();
  await page.addInitScript(listen);
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    const text = message.text();
    const status = Number(/^Failed to load resource: .* status of (\d+)/.exec(text)?.[1]);
    const isOffline = text.startsWith('Failed to load resource: net::') && expected.includes(0);
    if (!expected.includes(status) && !isOffline) faults.push(`console: ${text} (${message.location().url})`);
  });
  page.on('pageerror', (error) => faults.push(`error: ${error.stack ?? error.message}`));
  page.on('request', (request) => {
    flying.add(request);
    const { protocol, origin: asked } = new URL(request.url());
    if (protocol.startsWith('http') && asked !== origin) faults.push(`asks another origin: ${request.url()}`);
  });
  page.on('requestfinished', (request) => flying.delete(request));
  page.on('requestfailed', (request) => flying.delete(request));
  const shift = async (where) => {
    const { violations, shifts } = await page.evaluate(() => {
      const seen = { ...watched };
      watched.violations = [];
      watched.shifts = [];
      return seen;
    });
    for (const text of violations) faults.push(`${where}: policy: ${text}`);
    const sum = shifts.reduce((all, { value }) => all + value, 0);
    if (sum <= MOST_SHIFT) return sum;
    const who = shifts.map(({ value, of }) => `${value.toFixed(3)} ${of.join(' ')}`).join('; ');
    faults.push(`${where}: layout shift of ${sum.toFixed(3)}: ${who}`);
    return sum;
  };
  return { faults, flying, shift };
}
