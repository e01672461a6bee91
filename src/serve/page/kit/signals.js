// Signals and risk: their names, and the colours they have everywhere.

import { h } from './dom.js';
import { words } from './words.js';

const names = words({
  is_tor: ['Tor exit', 'Tor 出口'], is_tor_relay: ['Tor relay', 'Tor 中继'], is_vpn: ['VPN', 'VPN'],
  is_proxy: ['Public proxy', '公共代理'], is_residential_proxy: ['Residential proxy', '住宅代理'],
  is_mobile_proxy: ['Mobile proxy', '移动代理'], is_relay: ['Privacy relay', '隐私中继'],
  is_hosting: ['Hosting', '机房'], is_attacker: ['Attacker', '攻击者'], is_botnet: ['Botnet', '僵尸网络'],
  is_c2: ['Command and control', '命令控制'], is_malware: ['Malware', '恶意软件'], is_spam: ['Spam', '垃圾信息'],
  is_drop: ['DROP list', 'DROP 名单'], is_sanctioned: ['Sanctioned', '受制裁'], is_bot: ['Good bot', '正规爬虫'],
  is_trusted: ['Trusted', '可信'], is_anycast: ['Anycast', '任播'], is_cgnat: ['Shared (CGNAT)', '共享 (CGNAT)'],
  is_mobile: ['Mobile', '移动网络'], is_business: ['Business', '企业'], is_education: ['Education', '教育'],
  is_government: ['Government', '政府'], is_denied: ['Denied', '已拒绝'], is_allowed: ['Allowed', '已放行'],
  is_bogon: ['Bogon', '保留地址'],
});
const risks = words({
  low: ['low', '低'], medium: ['medium', '中'], high: ['high', '高'], critical: ['critical', '严重'],
});
const GROUPS = {
  tor: ['is_tor', 'is_tor_relay'],
  anonymous: ['is_vpn', 'is_proxy', 'is_residential_proxy', 'is_mobile_proxy', 'is_relay'],
  abuse: ['is_attacker', 'is_botnet', 'is_c2', 'is_malware', 'is_spam', 'is_drop', 'is_sanctioned'],
  hosting: ['is_hosting'],
  good: ['is_bot', 'is_trusted'],
};

const OTHERS = ['is_anycast', 'is_cgnat', 'is_mobile', 'is_business', 'is_education', 'is_government'];

/** All signals, the gravest first. */
export const SIGNALS = [...Object.values(GROUPS).flat(), ...OTHERS];

/** The signal of a category: `tor_exit` has `is_tor`. */
export function signalOf(category) {
  return { tor_exit: 'is_tor', deny: 'is_denied', allow: 'is_allowed' }[category] ?? `is_${category}`;
}

/** A signal in words. */
export function signalName(signal) {
  return names.or(signal, signal.replace(/^is_/, '').replaceAll('_', ' '));
}

/** The group whose colour a signal has: tor, anonymous, abuse, hosting, good or plain. */
export function signalGroup(signal) {
  return Object.keys(GROUPS).find((group) => GROUPS[group].includes(signal)) ?? 'plain';
}

/** A signal as a chip. */
export function chip(signal) {
  return h('span', { class: 'chip', dataset: { group: signalGroup(signal) } }, signalName(signal));
}

/** Signals as a row of chips. */
export function chips(signals) {
  return h('ul', { class: 'chips' }, signals.map((signal) => h('li', {}, chip(signal))));
}

/** `[[name, {count, ratio}]]` of those that any address has, the most first, and of equals the gravest. */
export function strongest(signals, n = Infinity) {
  const all = [...new Set([...SIGNALS, ...Object.keys(signals)])];
  return all.map((name) => [name, signals[name]]).filter(([, part]) => part?.ratio > 0)
    .sort(([, one], [, other]) => other.ratio - one.ratio).slice(0, n);
}

const LEVELS = ['low', 'medium', 'high', 'critical'];

/** The last score of each risk level but the highest. */
export const BOUNDS = [30, 60, 85];

/** The risk level of a score of 0 to 100, whose colour it has. */
export const band = (score) => LEVELS[BOUNDS.filter((bound) => score > bound).length];

/** A risk level in words. */
export const riskName = (level) => risks.or(level, level);

/** A score as a coloured number. */
export function scorePill(score) {
  return h('span', { class: 'score', dataset: { band: band(score) } }, score);
}
