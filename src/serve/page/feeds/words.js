// Words of the feeds.

import { words } from '../kit/words.js';

export const t = words({
  'title': ['Feeds', '数据源'],
  'lead': ['How each source fared when release {version} was built.', '构建版本 {version} 时各数据源的状况。'],
  'empty': ['This release was made of no feeds.', '此版本没有数据源。'],

  'all': ['All', '全部'],
  'means.fresh': ['new content that passed all checks', '有新内容，已通过检查'],
  'means.unchanged': ['the same content as before', '与源站现有内容一致，没有变化'],
  'means.stale': ['could not be fetched; the last good copy is used', '未能获取，沿用上次的有效内容'],
  'means.rejected': ['fetched, but failed checks; the last good copy is used', '已获取但未通过检查，沿用上次的有效内容'],
  'means.missing': ['there is no good copy, so it claims nothing', '没有有效内容，因此不提供任何记录'],
  'means.disabled': ['switched off by its definition', '在定义中停用'],
  'states.label': ['Filter by state', '按状态筛选'],
  'sum.rows': ['Rows', '行数'],
  'sum.claims': ['Claims', '声明'],
  'sum.faults': ['Faults', '错误行'],
  'sum.faults_share': ['{share} of the rows', '占行数的 {share}'],
  'sum.claims_of': ['ranges and keys that feeds assert', '数据源声明的范围与键'],
  'sum.rows_of': ['in the files of all feeds', '全部数据源文件中'],

  'filter': ['Filter', '筛选'],
  'filter.hint': ['id, group, licence or reason', '标识、分组、许可或原因'],
  'filter.shown': [{ one: '{shown} of one feed', other: '{shown} of {all} feeds' }, '{all} 个数据源中的 {shown} 个'],
  'filter.clear': ['Show all', '显示全部'],
  'filter.nothing': ['No feed matches.', '没有符合条件的数据源。'],

  'table': ['Feeds and how they fare', '数据源及其状况'],
  'col.id': ['Feed', '数据源'],
  'col.age': ['Age', '时效'],
  'col.rows': ['Rows', '行数'],
  'col.faults': ['Faults', '错误行'],
  'col.claims': ['Claims', '声明'],
  'col.reliability': ['Reliability', '可靠性'],

  'age.unknown': ['unknown', '未知'],
  'age.days': [{ one: '{count} day', other: '{count} days' }, '{count} 天'],
  'group': ['group {group}', '分组 {group}'],
  'rejected.last': ['Rejected in {version}: ', '在 {version} 中被拒：'],
  'rejected.silent': ['no reason was kept', '没有记录原因'],

  'more': ['Details of {feed}', '{feed} 的详情'],
  'detail.history': ['In the kept releases', '在保留的版本中'],
  'detail.reason': ['Why', '原因'],
  'detail.group': ['Group', '分组'],
  'detail.alone': ['none: counts independently', '无：单独计为一个独立来源'],
  'detail.group_of': ['{group}: feeds of one group count as one source', '{group}：同组数据源只算一个独立来源'],
  'detail.snapshot': ['Snapshot', '快照'],
  'detail.state': ['This state means', '此状态表示'],
  'detail.as_of': ['Content of', '内容日期'],
});
