// Every text of the page is in a table of words, English and Chinese side by side; views bring tables of their own.

import { inBrowser } from './kept.js';

const KEPT = 'ipmint.language';
const LANGUAGES = ['en', 'zh'];

let spoken = chosen();

function isKnown(name) {
  return LANGUAGES.includes(name);
}

function chosen() {
  const kept = inBrowser.get(KEPT);
  if (isKnown(kept)) return kept;
  return navigator.languages.map((name) => name.split('-')[0].toLowerCase()).find(isKnown) ?? 'en';
}

/** `en` or `zh`. */
export const language = () => spoken;

/** Speaks another; views are made anew at `ipmint:language`. */
export function speak(name) {
  spoken = name;
  inBrowser.set(KEPT, name);
  document.documentElement.lang = tag();
  dispatchEvent(new Event('ipmint:language'));
}

/** The language as HTML names it (BCP 47). */
export const tag = () => (spoken === 'zh' ? 'zh-Hans' : 'en');

/**
 * `t(key, values)` for a table `{key: [english, chinese]}`: `{name}` in a text is replaced by the value of that name.
 * What a table lacks is looked for among the words of all views. A text may be `{one, other}`, by the plural of the
 * value `n` in English. `t.or(key, otherwise)` is for keys of the interface, which may have more than are known here.
 */
export function words(table) {
  const say = (key, values = {}) => {
    const entry = table[key] ?? COMMON[key];
    if (entry === undefined) throw new Error(`no word for ${key}`);
    const text = entry[LANGUAGES.indexOf(spoken)];
    const form = typeof text === 'string' ? text : text[values.n === 1 ? 'one' : 'other'];
    return form.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  };
  say.or = (key, otherwise, values) => ([table, COMMON].some((one) => Object.hasOwn(one, key))
    ? say(key, values) : otherwise);
  return say;
}

/** The words of the frame, and those that several views need. */
const COMMON = {
  'nav.lookup': ['Look up', '查询'],
  'nav.net': ['Networks', '网络'],
  'nav.releases': ['Releases', '版本'],
  'nav.feeds': ['Feeds', '数据源'],
  'nav.api': ['API', '接口'],
  'nav.label': ['Main', '主导航'],
  'skip': ['Skip to content', '跳到正文'],
  'search.label': ['Address, CIDR, range or ASN', '地址、CIDR、范围或 ASN'],
  'search.hint': ['8.8.8.8, 146.70.50.0/24, AS13335', '8.8.8.8、146.70.50.0/24、AS13335'],
  'search.go': ['Search', '搜索'],
  'search.wrong': [
    '“{text}” is not a valid address, CIDR, range or ASN. Try 8.8.8.8, 2001:4860::/32, 1.0.0.0-1.0.0.255 or AS13335.',
    '“{text}”不是有效的地址、CIDR、范围或 ASN。可以试试 8.8.8.8、2001:4860::/32、1.0.0.0-1.0.0.255 或 AS13335。',
  ],
  'theme.label': ['Colours', '配色'],
  'theme.auto': ['auto', '自动'],
  'theme.light': ['light', '浅色'],
  'theme.dark': ['dark', '深色'],
  'language.label': ['Language', '语言'],
  'none': ['none', '无'],
  'score': ['Score', '评分'],
  'signals': ['Signals', '信号'],
  'range': ['Range', '范围'],
  'addresses': ['Addresses', '地址数'],
  'release': ['Release', '版本'],
  'edition': ['Edition', '数据库'],
  'feed': ['Feed', '数据源'],
  'size': ['Size', '大小'],
  'organization': ['Organization', '组织'],
  'domain': ['Domain', '域名'],
  'country': ['Country', '国家/地区'],
  'licence': ['Licence', '许可'],
  'licence.none': ['not stated', '未说明'],
  'licence.yes': ['may be passed on', '可再分发'],
  'licence.no': ['not to be passed on', '不可再分发'],
  'state': ['State', '状态'],
  'state.fresh': ['fresh', '有更新'],
  'state.unchanged': ['unchanged', '无变化'],
  'state.stale': ['stale', '陈旧'],
  'state.rejected': ['rejected', '被拒'],
  'state.missing': ['missing', '缺失'],
  'state.disabled': ['disabled', '停用'],
  'link.copy': ['Copy link', '复制链接'],
  'loading': ['Loading …', '加载中……'],
  'copy': ['Copy', '复制'],
  'copied': ['Copied', '已复制'],
  'copied.not': ['Not copied', '未能复制'],
  'again': ['Try again', '重试'],
  'key.label': ['API key', 'API 密钥'],
  'key.why': ['This server asks for a key. It is kept in this tab only.', '此服务器需要密钥。密钥只保存在当前标签页。'],
  'key.use': ['Use it', '使用'],
  'key.wrong': [
    'That is no key: a key has only letters, digits and signs of ASCII, and no spaces.',
    '这不是密钥：密钥只含 ASCII 字母、数字和符号，且没有空格。',
  ],
  'saving': ['Fetching {name} …', '正在获取 {name}……'],
  'saved': ['{name} was fetched.', '{name} 已获取。'],
  'empty.title': ['Nothing was published here yet', '这里还没有发布任何数据'],
  'empty.how': [
    'Build the embedded sample into the folder that this server serves, then try again:',
    '把内置示例构建到此服务器所用的目录，然后重试：',
  ],
  'error.title': ['That did not work', '操作未成功'],
  'error.offline': ['The server cannot be reached. See that it runs, and try again.', '无法连接服务器。请确认它正在运行，然后重试。'],
  'error.unreadable': ['The answer from {path} is not valid JSON.', '{path} 的响应不是 JSON。'],
  'error.status': ['The server answered {status}.', '服务器返回 {status}。'],
  // What the server's codes come to; in English its own words say it.
  'said.invalid_ip': ['', '这不是可以查询的地址。'],
  'said.invalid_cidr': ['', '这不是可以查询的网段或范围。'],
  'said.not_found': ['', '没有找到。'],
  'said.rate_limited': ['', '请求过于频繁，请稍后再试。'],
  'said.limit_exceeded': ['', '请求配额已用完。'],
  'said.invalid_api_key': ['', 'API 密钥无效。'],
  'said.missing_api_key': ['', '此服务器需要 API 密钥。'],
  'said.plan_required': ['', '当前套餐不包含此功能。'],
  'said.no_snapshot': ['', '没有保留这一天的数据。'],
  'said.date_out_of_range': ['', '日期超出可查询的范围。'],
  'said.invalid_parameter': ['', '参数无效。'],
  'said.invalid_request': ['', '请求无效。'],
  'said.invalid_date': ['', '日期无效。'],
  'said.precondition_failed': ['', '前提条件不成立。'],
  'said.batch_too_large': ['', '批量请求过大。'],
  'said.internal_error': ['', '服务器内部出错。'],
  'missing.title': ['There is no such page', '没有这个页面'],
  'version': ['Release {version}', '版本 {version}'],
  'version.of': ['Release {version} of {day}', '版本 {version}，{day}'],
  'browser.old': [
    'This browser is too old for the colours of this page (light-dark). Please use a newer one.',
    '此浏览器版本过旧，无法显示本页配色（light-dark）。请使用较新的浏览器。',
  ],
  'foot.offline': ['Everything on this page comes from this server.', '本页所有内容都来自此服务器。'],
};
export const t = words(COMMON);
