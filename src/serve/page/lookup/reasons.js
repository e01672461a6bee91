// The rules of scoring in words: overrides, what became of floors, how claims stand, how they came.

import { words } from '../kit/words.js';

const t = words({
  'rule.relay_replaces_vpn': ['A private relay, no VPN', '隐私中继，不是 VPN'],
  'rule.tor_replaces_vpn': ['A Tor exit, no VPN', 'Tor 出口，不是 VPN'],
  'rule.trusted_infrastructure': ['Trusted infrastructure', '可信基础设施'],
  'rule.shared_address': ['Shared address', '共享地址'],
  'rule.operator_deny': ['Denied by the operator', '运营者已拒绝'],
  'rule.operator_allow': ['Allowed by the operator', '运营者已放行'],
  'rule.drop_or_c2': ['On a DROP or command-and-control list', '在 DROP 或命令控制名单上'],
  'rule.verified_bot': ['Verified bot', '已验证的爬虫'],
  'rule.private_relay': ['Private relay', '隐私中继'],

  'does.relay_replaces_vpn': [
    'Its exits look like a VPN’s to some lists; what they say of a VPN is set aside.',
    '部分名单把其出口当作 VPN；这些 VPN 声明不予采用。',
  ],
  'does.tor_replaces_vpn': [
    'That its AS hosts VPNs says nothing of a Tor exit; those claims are set aside.',
    '其 AS 托管 VPN 并不能说明这个 Tor 出口；这些声明不予采用。',
  ],
  'does.trusted_infrastructure': [
    'Public resolvers, CDNs and root servers end up on lists by mistake: abuse and hosting weigh a tenth and raise '
      + 'no floor, and abuse needs two sources that agree.',
    '公共解析器、CDN 和根服务器常被误列：滥用和机房按十分之一计，不触发下限，滥用信号须有两个来源一致。',
  ],
  'does.shared_address': [
    'Many people share it: abuse weighs half, and one source alone raises no floor.',
    '多人共用此地址：滥用减半计，单一来源不触发下限。',
  ],
  'does.operator_deny': ['The operator of this server turns it away: 100.', '此服务器的运营者拒绝该地址：100。'],
  'does.operator_allow': ['The operator of this server lets it through: 0.', '此服务器的运营者放行该地址：0。'],
  'does.drop_or_c2': ['No cap for bots or relays holds on such a list.', '在此类名单上，爬虫和中继的上限都不适用。'],
  'does.verified_bot': [
    'At most 10, and no floor for hosting: bots live in data centres.',
    '最高 10 分，且机房下限不适用：爬虫本就运行在机房。',
  ],
  'does.private_relay': ['At most 20: its operator checks who uses it.', '最高 20 分：其运营者会核验使用者。'],

  'moves.operator_deny': ['The operator’s word sets it to the top.', '运营者的规定将其定为最高。'],
  'moves.operator_allow': ['The operator’s word sets it to nothing.', '运营者的规定将其归零。'],
  'moves.verified_bot': ['A verified bot is capped at 10.', '已验证的爬虫以 10 分为上限。'],
  'moves.private_relay': ['A private relay is capped at 20.', '隐私中继以 20 分为上限。'],

  'outcome.applied': ['Raised the score to it', '已将分数提高到此下限'],
  'outcome.exceeded': ['Holds; the score is as high without it', '成立，但分数已不低于它'],
  'outcome.unsure': ['Does not hold: confidence below 50%', '不成立：置信度不足 50%'],
  'outcome.not_by_prefix': [
    'Does not hold: said of the AS or the country, too little of the address itself',
    '不成立：多针对 AS 或国家，缺少针对该地址本身的声明',
  ],
  'outcome.withheld_by': ['Turned off by a rule: {rule}', '被规则关闭：{rule}'],

  'standing.counted': ['Counts', '计入'],
  'standing.repeats': ['Counts once with {feed}, which has the same origin', '与 {feed} 同源，只计一次'],
  'standing.suppressed_by.tor': [
    'Set aside: a Tor exit is no VPN for the AS it is in', '不采用：不能因所在 AS 就把 Tor 出口当作 VPN',
  ],
  'standing.suppressed_by.private_relay': ['Set aside: a private relay is no VPN', '不采用：隐私中继不是 VPN'],
  'standing.expired': ['Too old to count', '过旧，不再计入'],
  'standing.weightless': ['Carries no weight in the scoring policy', '在评分策略中没有权重'],

  'via.prefix': ['by address', '按地址'],
  'via.asn': ['by its AS', '按所属 AS'],
  'via.country': ['by its country', '按所属国家'],
});

/** A key of the interface in words; one that is not known yet, at least without underscores. */
export const reason = (kind, key, values) => t.or(`${kind}.${key}`, key.replaceAll('_', ' '), values);

/** How a claim stands. */
export function standing(value) {
  if (typeof value === 'string') return reason('standing', value);
  if (value.repeats) return reason('standing', 'repeats', { feed: value.repeats });
  return reason('standing', `suppressed_by.${value.suppressed_by}`);
}

/** What became of a floor. */
export function outcome(value) {
  if (typeof value === 'string') return reason('outcome', value);
  return reason('outcome', 'withheld_by', { rule: reason('rule', value.withheld_by) });
}
