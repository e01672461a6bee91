// What stands in the document as it is: English sentences, and methods.

import { h } from '../kit/dom.js';
import { prose } from '../kit/parts.js';

/** A paragraph of it; none if there is no text. */
export function paragraph(text, props = {}) {
  return text ? h('p', { lang: 'en', ...props }, prose(text)) : null;
}

/** The method of an operation. */
export function methodName({ method }) {
  return h('span', { class: 'method', translate: 'no', dataset: { method } }, method);
}
