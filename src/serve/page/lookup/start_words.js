// The words of the start: it needs no others.

import { words } from '../kit/words.js';

export const t = words({
  'start.title': ['What is behind an address?', '一个地址背后是什么？'],
  'start.lead': [
    'Type an address, a network, a range or an ASN above. Every score is explained down to feed, range and day.',
    '在上方输入地址、网段、范围或 ASN。每个评分都可追溯到数据源、网段和日期。',
  ],
  'start.examples': ['For example', '例如'],
  'start.own': ['Your address', '您的地址'],
  'example.tor': ['a Tor exit', 'Tor 出口'],
  'example.vpn': ['a VPN server', 'VPN 服务器'],
  'example.trusted': ['a public resolver that some lists include by mistake', '被部分名单误列的公共解析器'],
  'example.anycast': ['an anycast resolver', '任播解析器'],
  'example.bot': ['a verified AI crawler', '已验证的 AI 爬虫'],
  'example.cidr': ['a network', '一个网段'],
  'example.as': ['an autonomous system', '一个自治系统'],
  'example.map': ['all of IPv4 as a map', '整个 IPv4 的地图'],
  'cover.title': ['What the release says of IPv4', '此版本对 IPv4 的描述'],
  'cover.signals': ['Addresses by signal', '按信号统计的地址数'],
  'cover.scores': ['Addresses by score', '按评分统计的地址数'],
  'cover.known': ['known', '已知'],
  'cover.listed': ['listed', '命中名单'],
  'cover.anonymous': ['anonymous', '匿名'],
  'cover.abuse': ['abuse', '滥用'],
  'cover.scale': [
    'Each mark of the scales is a thousand times the one before. A signal leads to its map.',
    '刻度每一格为前一格的一千倍。点击信号可查看其地图。',
  ],
});
