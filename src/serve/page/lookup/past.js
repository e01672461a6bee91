// What `/v1/lookup` says of an address, now or on another day, as signals.

const FLAGS = ['is_tor', 'is_vpn', 'is_proxy', 'is_relay', 'is_hosting'];

/** What stands in `threat_categories` for a signal. */
const CATEGORIES = {
  tor_exit_node: 'is_tor', tor_relay: 'is_tor_relay', public_proxy: 'is_proxy',
  residential_proxy: 'is_residential_proxy', mobile_proxy: 'is_mobile_proxy',
  vpn: 'is_vpn', spam_source: 'is_spam', known_abuser: 'is_attacker',
  hijacked_network: 'is_drop', command_and_control: 'is_c2', botnet_node: 'is_botnet', malware_host: 'is_malware',
};

/** The signals of the `threat` of a lookup. */
export function signalsOf(threat) {
  const named = threat.threat_categories.map((category) => CATEGORIES[category]).filter(Boolean);
  // `is_proxy` is true of every kind of proxy: the kind says more.
  const byKind = named.some((signal) => signal.endsWith('_proxy'));
  const flags = FLAGS.filter((flag) => threat[flag] && !(flag === 'is_proxy' && byKind));
  return [...new Set([...flags, ...named])];
}
