// Categories and signals as this view names them: the operator's own words too.

import { h } from '../kit/dom.js';
import { chip, signalGroup, signalName } from '../kit/signals.js';
import { t } from './words.js';

const OWN = { is_denied: 'name.deny', is_allowed: 'name.allow', is_bogon: 'name.bogon' };

/** The signal of a category: `tor_exit` has `is_tor`. */
export function signalOf(category) {
  return { tor_exit: 'is_tor', deny: 'is_denied', allow: 'is_allowed' }[category] ?? `is_${category}`;
}

/** A signal in words. */
export const nameOfSignal = (signal) => (OWN[signal] ? t(OWN[signal]) : signalName(signal));

/** A category in words. */
export const nameOf = (category) => nameOfSignal(signalOf(category));

/** The group whose colour a category has. */
export const groupOf = (category) => signalGroup(signalOf(category));

/** Signals as a row of chips. */
export function chipRow(signals) {
  const one = (signal) => (OWN[signal] ? h('span', { class: 'chip' }, t(OWN[signal])) : chip(signal));
  return h('ul', { class: 'chips' }, signals.map((signal) => h('li', {}, one(signal))));
}
