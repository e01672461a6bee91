// The head: name, one box for everything, the views, language and colours.

import { recognise } from '../kit/address.js';
import { fill, h } from '../kit/dom.js';
import { inBrowser } from '../kit/kept.js';
import { go, link } from '../kit/route.js';
import { language, speak, t } from '../kit/words.js';

const LINKS = [
  ['lookup', link('')], ['net', link('net', '0.0.0.0/0')], ['releases', link('releases')], ['feeds', link('feeds')],
  ['api', link('api')],
];
/** The colours: light, dark, or as the system has them. */
const THEMES = ['auto', 'light', 'dark'];
const THEME = 'ipmint.theme';

/** Which link is current in which view. */
const CURRENT = { lookup: 'lookup', networks: 'net', releases: 'releases', feeds: 'feeds', api: 'api' };

let made;

/** Draws the head, or only brings it up to date: what is typed and where the focus is stay. */
export function head(element, { name, view, subject }) {
  if (made?.language !== language()) {
    const { box, shown } = made ?? {};
    const { id } = document.activeElement;
    made = { language: language(), shown, ...parts() };
    if (box) made.box.value = box.value;
    fill(element, made.home, made.search, made.nav, made.settings);
    if (id) element.querySelector(`#${CSS.escape(id)}`)?.focus();
  }
  for (const [key, anchor] of made.links) {
    if (key === CURRENT[name]) anchor.setAttribute('aria-current', 'page');
    else anchor.removeAttribute('aria-current');
  }
  const shown = subject && { ip: subject, net: subject, as: asText(subject) }[view];
  if (shown && shown !== made.shown && document.activeElement !== made.box) made.box.value = shown;
  made.shown = shown;
  made.wrong('');
}

const asText = (text) => `AS${text.replace(/^as/i, '')}`;

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
    box.value = found.kind === 'as' ? asText(found.text) : found.text;
    go(link(found.kind, found.text));
  } }, box, h('button', { type: 'submit', class: 'primary' }, t('search.go')), says);
  const links = LINKS.map(([key, href]) => [key, h('a', { href }, t(`nav.${key}`))]);
  const nav = h('nav', { 'aria-label': t('nav.label') }, links.map(([, anchor]) => anchor));
  const icon = h('img', { src: '/page/icon.svg', alt: '', width: 28, height: 28 });
  const home = h('a', { class: 'home', href: link('') }, icon, 'ipmint');
  return { home, search, box, wrong, links, nav, settings: settings() };
}

function settings() {
  const languages = h('select', {
    id: 'language', 'aria-label': t('language.label'), onchange: ({ target }) => speak(target.value),
  },
    h('option', { value: 'en', lang: 'en', selected: language() === 'en' }, 'English'),
    h('option', { value: 'zh', lang: 'zh-Hans', selected: language() === 'zh' }, '中文'));
  const colours = h('select', {
    id: 'colours', 'aria-label': t('theme.label'), onchange: ({ target }) => {
      inBrowser.set(THEME, target.value);
      applyTheme();
    },
  },
    THEMES.map((name) => h('option', { value: name, selected: name === theme() }, t(`theme.${name}`))));
  return h('div', { class: 'settings' }, languages, colours);
}

function theme() {
  const kept = inBrowser.get(THEME);
  return THEMES.includes(kept) ? kept : 'auto';
}

/** `base.css` has both colours of everything; `data-theme` chooses. */
export function applyTheme() {
  document.documentElement.dataset.theme = theme();
}
