// How a score came about, step by step: where each step begins and ends, and what age held back. In parts per million.

import { grouped } from './grouped.js';

const MILLION = 1e6;
/** Rounding, at each step of a calculation. */
const ROUNDING = 20;
/** How certain a category can be at most. */
const MOST_CERTAIN = 0.99;

/**
 * The steps of an answer of `/v1/explain`: one a category, then one a floor or a ruling.
 * `{kind: 'category', category, from, to, effect, weight, certainty, open, byAge, claims}` or
 * `{kind: 'floor' | 'override', name, from, to, effect}`.
 */
export function stepsOf({ explanation, claims, feeds }) {
  const said = matcher(claims);
  let at = 0;
  const move = (effect) => {
    const from = at;
    at += effect;
    return { from, to: at, effect };
  };
  const categories = explanation.effects.map((effect) => ({
    kind: 'category', category: effect.category, ...move(effect.effect_ppm),
    weight: effect.weight_ppm, certainty: effect.confidence_ppm,
    ...heldBack(effect, at - effect.effect_ppm, feeds),
    claims: effect.claims.map((claim) => ({ ...claim, ...said(effect.category, claim) })),
  }));
  const moved = explanation.adjustments.map(({ floor, override, effect_ppm }) => ({
    kind: floor ? 'floor' : 'override', name: floor ?? override, ...move(effect_ppm),
  }));
  return [...categories, ...moved];
}

/** The claims that are not scored, with network and provider. */
export function plainOf({ explanation, claims }) {
  const said = matcher(claims);
  return explanation.plain.map((claim) => ({ ...claim, ...said(claim.category, claim) }));
}

/** Finds the network and provider of a claim: the two lists have the same claims, in other orders. */
function matcher(claims) {
  const name = (category, { feed, via, age_days }) => `${category} ${feed} ${via} ${age_days}`;
  const waiting = grouped(claims, (claim) => name(claim.category, claim));
  return (category, claim) => {
    const { network, provider, service } = waiting.get(name(category, claim))?.shift() ?? {};
    return { network, provider, service };
  };
}

/**
 * What a category would have added besides, were its claims of today; only where its own numbers are those of reasons
 * that each take their share of the points that are `open`, and of independent feeds that agree.
 */
function heldBack({ weight_ppm, confidence_ppm, probability_ppm, effect_ppm, claims }, from, feeds) {
  const open = MILLION - from;
  if (Math.abs((probability_ppm * open) / MILLION - effect_ppm) > ROUNDING) return { open: null, byAge: 0 };
  const aged = certainty(claims, feeds, ({ strength_ppm }) => strength_ppm);
  const fresh = certainty(claims, feeds, ({ strength_ppm, decay_ppm }) => (strength_ppm / decay_ppm) * MILLION);
  if (Math.abs(aged - confidence_ppm) > ROUNDING * claims.length) return { open, byAge: 0 };
  const byAge = (weight_ppm * (fresh - aged) * open) / MILLION ** 2;
  // Less than half a tenth of a point is rounding.
  return { open, byAge: byAge < 500 ? 0 : byAge };
}

/** How certain claims of such strengths are together: of the feeds of one group the strongest speaks. */
function certainty(claims, feeds, strengthOf) {
  const groups = new Map();
  for (const claim of claims) {
    if (claim.decay_ppm === 0 || claim.standing?.suppressed_by) continue;
    const group = feeds[claim.feed]?.group ?? claim.feed;
    groups.set(group, Math.max(groups.get(group) ?? 0, strengthOf(claim) / MILLION));
  }
  const doubt = [...groups.values()].reduce((left, strength) => left * (1 - strength), 1);
  return Math.min(MOST_CERTAIN, 1 - doubt) * MILLION;
}
