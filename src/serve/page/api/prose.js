// Sentences of the document, which are English: `code` in them looks like code.

import { h } from '../kit/dom.js';

/** The parts of a text, to be put into an element. */
export function prose(text) {
  return text.split('`').map((part, place) => (place % 2 ? h('code', {}, part) : part));
}

/** A paragraph of it; none if there is no text. */
export function paragraph(text, props = {}) {
  return text ? h('p', { lang: 'en', ...props }, prose(text)) : null;
}

/** A path that may break after a slash. */
export function breakable(path) {
  return path.split(/(?<=\/)/).flatMap((part, place) => (place ? [h('wbr'), part] : [part]));
}
