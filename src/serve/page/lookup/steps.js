// How a score came about, step by step: where each step begins and ends, and what held it back. In parts per million.

const MILLION = 1e6;

/** How often less trusted infrastructure and a shared address count what they act on. */
const DIVISORS = { trusted_infrastructure: 10, shared_address: 2 };
const ABUSE = new Set(['spam', 'attacker', 'drop', 'c2', 'botnet', 'malware']);

/**
 * The steps of an answer of `/v1/explain`: one a category, then one a floor or a ruling.
 * `{kind: 'category', category, from, to, effect, weight, certainty, open, byAge, byRule, rule, claims}` or
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
    ...heldBack(effect, at - effect.effect_ppm, explanation.overrides, feeds),
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
  const waiting = Map.groupBy(claims, (claim) => name(claim.category, claim));
  return (category, claim) => {
    const { network, provider, service } = waiting.get(name(category, claim))?.shift() ?? {};
    return { network, provider, service };
  };
}

/**
 * What a category would have added besides, were its claims of today and no rule on it.
 * Only where reasons add up as `noisy_or` has it: there each takes its share of the points that are `open`.
 */
function heldBack(effect, from, overrides, feeds) {
  const { category, weight_ppm, confidence_ppm, probability_ppm, effect_ppm, claims } = effect;
  const open = MILLION - from;
  if (Math.abs((probability_ppm * open) / MILLION - effect_ppm) > 20) return { open: null, byAge: 0, byRule: 0 };
  const rule = ruleOn(category, overrides);
  const fresh = Math.max(confidence_ppm, freshCertainty(claims, feeds));
  const part = (weight, certainty) => (weight * certainty * open) / MILLION ** 2;
  const byAge = part(weight_ppm, fresh - confidence_ppm);
  const byRule = rule ? part(weight_ppm * (DIVISORS[rule] - 1), fresh) : 0;
  return { open, byAge: notable(byAge), byRule: notable(byRule), rule };
}

/** Less than half a tenth of a point is rounding. */
const notable = (ppm) => (ppm < 500 ? 0 : ppm);

/** The certainty of claims of which none has aged (SCORING, step 2). */
function freshCertainty(claims, feeds) {
  const groups = new Map();
  for (const { feed, standing, strength_ppm, decay_ppm } of claims) {
    if (decay_ppm === 0 || standing?.suppressed_by) continue;
    const group = feeds[feed]?.group ?? feed;
    groups.set(group, Math.max(groups.get(group) ?? 0, strength_ppm / decay_ppm));
  }
  const doubt = [...groups.values()].reduce((left, strength) => left * (1 - strength), 1);
  return Math.min(0.99, 1 - doubt) * MILLION;
}

function ruleOn(category, overrides) {
  return Object.keys(DIVISORS).find((rule) => overrides.includes(rule)
    && (ABUSE.has(category) || (rule === 'trusted_infrastructure' && category === 'hosting')));
}
