// The head: name, one box for everything, the views, language and colours.

import { recognise } from '../kit/address.js';
import { fill, h } from '../kit/dom.js';
import { go, link } from '../kit/route.js';
import { language, speak, t } from '../kit/words.js';
import { THEMES, setTheme, theme } from './theme.js';

const LINKS = [
  ['lookup', link('')], ['net', link('net', '0.0.0.0/0')], ['releases', link('releases')], ['feeds', link('feeds')],
  ['api', link('api')],
];
/** Which link is current in which view. */
const CURRENT = { lookup: 'lookup', networks: 'net', releases: 'releases', feeds: 'feeds', api: 'api' };

let made;

/** Draws the head, or only brings it up to date: what is typed and where the focus is stay. */
export function head(element, { name, view, subject }) {
  if (made?.language !== language()) {
    made = { language: language(), ...parts() };
    fill(element, made.home, made.search, made.nav, made.settings);
  }
  for (const [key, anchor] of made.links) {
    if (key === CURRENT[name]) anchor.setAttribute('aria-current', 'page');
    else anchor.removeAttribute('aria-current');
  }
  const shown = { ip: subject, net: subject, as: `AS${subject}` }[view];
  if (subject && shown && document.activeElement !== made.box) made.box.value = shown;
  made.wrong('');
}

function parts() {
  const box = h('input', {
    id: 'search', name: 'q', type: 'text', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false',
    placeholder: t('search.hint'), 'aria-label': t('search.label'), 'aria-describedby': 'search-wrong',
    enterkeyhint: 'search',
  });
  const says = h('p', { id: 'search-wrong', class: 'wrong', role: 'alert' });
  const wrong = (text) => {
    says.textContent = text;
    box.setAttribute('aria-invalid', String(text !== ''));
  };
  const search = h('form', { class: 'search', role: 'search', onsubmit: (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (text === '') return box.focus();
    const found = recognise(text);
    if (!found) return wrong(t('search.wrong', { text }));
    wrong('');
    box.blur();
    go(link(found.kind, found.text));
  } }, box, h('button', { type: 'submit', class: 'primary' }, t('search.go')), says);
  const links = LINKS.map(([key, href]) => [key, h('a', { href }, t(`nav.${key}`))]);
  const nav = h('nav', { 'aria-label': t('nav.label') }, links.map(([, anchor]) => anchor));
  const icon = h('img', { src: '/page/icon.svg', alt: '', width: 28, height: 28 });
  const home = h('a', { class: 'home', href: link('') }, icon, 'ipmint');
  return { home, search, box, wrong, links, nav, settings: settings() };
}

function settings() {
  const languages = h('select', { 'aria-label': t('language.label'), onchange: ({ target }) => speak(target.value) },
    h('option', { value: 'en', lang: 'en', selected: language() === 'en' }, 'English'),
    h('option', { value: 'zh', lang: 'zh-Hans', selected: language() === 'zh' }, '中文'));
  const colours = h('select', { 'aria-label': t('theme.label'), onchange: ({ target }) => setTheme(target.value) },
    THEMES.map((name) => h('option', { value: name, selected: name === theme() }, t(`theme.${name}`))));
  return h('div', { class: 'settings' }, languages, colours);
}
