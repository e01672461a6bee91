// Commands to copy, as text: nothing here draws.

import { quoted } from '../kit/curl.js';

/** What is worth reading of an edition: a name for the value, and its path in a record. */
const VALUES = {
  asn: [['ip_asn', 'autonomous_system_number'], ['ip_as_name', 'autonomous_system_organization']],
  country: [['ip_country', 'country iso_code'], ['ip_sanctioned', 'is_sanctioned']],
  city: [['ip_country', 'country iso_code'], ['ip_city', 'city names en']],
  anonymous: [['ip_vpn', 'is_anonymous_vpn'], ['ip_tor', 'is_tor_exit_node']],
  'anonymous-plus': [['ip_anonymous', 'is_anonymous'], ['ip_confidence', 'anonymizer_confidence']],
  risk: [['ip_risk', 'ip_risk']],
  privacy: [['ip_vpn', 'vpn'], ['ip_tor', 'tor']],
  flat: [['ip_score', 'score'], ['ip_vpn', 'is_vpn'], ['ip_country', 'country']],
  full: [['ip_score', 'threat score'], ['ip_vpn', 'signals is_vpn'], ['ip_asn', 'network asn']],
};

/** The method of Python's geoip2 that reads an edition, by edition. */
const METHODS = {
  anonymous: 'anonymous_ip', 'anonymous-plus': 'anonymous_plus', asn: 'asn', city: 'city', country: 'country',
};

const lines = (...all) => all.join('\n');
const header = (keyed) => (keyed ? ` -H ${quoted('X-API-Key: YOUR_KEY')}` : '');
const fileOf = (edition) => quoted(`${edition}.mmdb`);
const check = (digest, file) => `echo ${quoted(`${digest}  ${file}`)} | sha256sum -c`;

/** Whether it is known what the records of an edition hold. */
export const isKnown = (edition) => Object.hasOwn(VALUES, edition);

/** The newest, if it changed. */
export function curlNewest(origin, edition, keyed) {
  const etag = quoted(`${edition}.etag`);
  return lines(
    `curl -fsS${header(keyed)} --etag-save ${etag} --etag-compare ${etag} \\`,
    `  -o ${fileOf(edition)} ${quoted(`${origin}/v1/database/download/${edition}`)}`);
}

/** One version, and its digest. */
export function curlVersion(origin, { source, version, sha256 }, keyed) {
  return lines(
    `curl -fsS${header(keyed)} -o ${fileOf(source)} ${quoted(`${origin}/v1/database/download/${source}/${version}`)}`,
    check(sha256, `${source}.mmdb`));
}

/**
 * What geoipupdate is told as its host: `{host, older}`; `older` is what versions before 7.1 take, where it differs.
 * A name alone means https to every version; an address or a port needs its scheme from 7.1 on.
 */
export function updateHost({ protocol, hostname, host, origin }) {
  const address = /^[\d.]+$/.test(hostname) || hostname.startsWith('[');
  if (protocol === 'https:' && host === hostname && !address) return { host, older: null };
  return { host: origin, older: host };
}

export function geoipConf(place, edition) {
  return lines('AccountID 1', 'LicenseKey YOUR_KEY', `EditionIDs ${edition}`, `Host ${updateHost(place).host}`);
}

export const geoipRun = () => 'geoipupdate -v -f GeoIP.conf -d .';

export function pull(origin, edition, { keyed, more = '' }) {
  const store = keyed ? origin.replace('://', '://1:YOUR_KEY@') : origin;
  return `ipmint pull ${quoted(store)} ${quoted(edition)} --out ${fileOf(edition)}${more}`;
}

export function python(edition) {
  return lines(
    'import maxminddb  # pip install maxminddb', '',
    `with maxminddb.open_database("${edition}.mmdb") as database:`,
    '    print(database.get("8.8.8.8"))');
}

/** The same by geoip2; null for an edition that none of its models fits. */
export function pythonModels(edition) {
  const method = Object.hasOwn(METHODS, edition) && METHODS[edition];
  return method ? lines(
    'import geoip2.database  # pip install geoip2', '',
    `with geoip2.database.Reader("${edition}.mmdb") as reader:`,
    `    print(reader.${method}("8.8.8.8"))`) : null;
}

export function nginx(edition) {
  const values = isKnown(edition) ? VALUES[edition] : [['ip_value', 'key']];
  return lines(
    'load_module modules/ngx_http_geoip2_module.so;', '',
    'http {', `    geoip2 /var/lib/ipmint/${edition}.mmdb {`, '        auto_reload 1h;',
    ...values.map(([name, path]) => `        $${name} ${path};`), '    }',
    `    log_format ${values[0][0]} '$remote_addr $${values[0][0]} "$request" $status';`,
    `    access_log /var/log/nginx/access.log ${values[0][0]};`, '}');
}

export function signatureCommands(origin, keyed) {
  const curl = (path) => `curl -fsSO${header(keyed)} ${quoted(origin + path)}`;
  return lines(
    curl('/index.json'), curl('/index.json.minisig'),
    'minisign -V -p ipmint.pub -m index.json');
}

export function digestCommands(origin, { version, manifest_sha256: digest }, keyed) {
  return lines(
    `curl -fsSO${header(keyed)} ${quoted(`${origin}/releases/${version}/manifest.json`)}`,
    check(digest, 'manifest.json'));
}
