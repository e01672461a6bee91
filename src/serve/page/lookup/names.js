// Categories as this view names them.

import { signalGroup, signalName, signalOf } from '../kit/signals.js';

/** A category in words. */
export const nameOf = (category) => signalName(signalOf(category));

/** The group whose colour a category has. */
export const groupOf = (category) => signalGroup(signalOf(category));
