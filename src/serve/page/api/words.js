// The words of the interface's view. What the document says of itself is English.

import { words } from '../kit/words.js';

/** The words of this view. */
export const t = words({
  'title': ['API', '接口'],
  'missing': ['There is no operation “{id}”', '没有名为“{id}”的操作'],
  'missing.first': ['To the first one', '前往第一个操作'],
  'operations': ['Operations', '操作'],
  'all': ['All {n} operations', '全部 {n} 个操作'],
  'filter': ['Filter operations', '筛选操作'],
  'filter.none': ['No operation has these words.', '没有符合的操作。'],
  'key': ['API key', 'API 密钥'],
  'key.none': ['none', '未设置'],
  'key.kept': [
    'Kept in this tab only and sent with each request. A copied command has it too.',
    '只保存在当前标签页，随每个请求发送；复制的命令也包含它。',
  ],
  'key.never': ['No key is needed.', '不需要密钥。'],
  'key.maybe': [
    'Open, unless this server asks for keys; then by one of: {ways}.',
    '默认开放；如果此服务器要求密钥，可任选其一：{ways}。',
  ],
  'key.always': ['A key is needed, by one of: {ways}.', '需要密钥，可任选其一：{ways}。'],
  'way.header': ['{name} header', '请求头 {name}'],
  'way.query': ['{name} in the query', '查询参数 {name}'],
  'way.bearer': ['bearer token', 'Bearer 令牌'],
  'way.basic': ['HTTP Basic', 'HTTP Basic'],
  'comma': [', ', '、'],
  'try': ['Try it', '试一试'],
  'parameters.none': ['It takes no parameters.', '没有参数。'],
  'request.body': ['Request body', '请求体'],
  'required': ['required', '必填'],
  'unset': ['not set', '未设置'],
  'in.path': ['in the path', '路径参数'],
  'in.query': ['in the query', '查询参数'],
  'accept.about': ['One JSON document, or one line for each answer.', '一个 JSON 文档，或每条结果一行。'],
  'command': ['The same with curl', '等效的 curl 命令'],
  'send': ['Send', '发送'],
  'stop': ['Stop', '停止'],
  'stopped': ['Stopped before there was an answer.', '在收到响应之前已停止。'],
  'answer.none': ['The answer will be here.', '响应将显示在这里。'],
  'answered': ['The server answered {status}.', '服务器返回 {status}。'],
  'ms': ['{n} ms', '{n} 毫秒'],
  'seconds': ['{n} s', '{n} 秒'],
  'body': ['Body of the answer', '响应正文'],
  'ask.again': ['Ask again with its ETag', '用 ETag 再次请求'],
  'ask.why': ['Sends If-None-Match: 304 if nothing has changed since', '发送 If-None-Match：若无变化则返回 304'],
  'unchanged': ['Nothing has changed since; what was sent before still holds.', '内容没有变化，之前的响应仍然有效。'],
  'nothing': ['The answer has no body.', '响应没有正文。'],
  'cut': ['Too long to show whole: the first {size}.', '内容过长，仅显示前 {size}。'],
  'picture': ['The picture at {url}', '{url} 的图片'],
  'file': ['A file, {type}. It was not loaded here.', '文件（{type}），未在此加载。'],
  'file.size': ['A file, {type}, {size}. It was not loaded here.', '文件（{type}，{size}），未在此加载。'],
  'file.get': ['Download it', '下载'],
  'responses': ['Responses', '响应'],
  'values': ['One of', '可选值'],
  'example': ['Such as', '例如'],
  'list': ['list of {of}', '{of} 列表'],
  'map': ['{of} by name', '按名称的 {of}'],
  'object': ['object', '对象'],
  'any': ['any JSON value', '任意 JSON 值'],
  'length': ['at most {n} characters', '最多 {n} 个字符'],
  'length.least': ['at least {n} characters', '至少 {n} 个字符'],
  'above': ['As {name} above.', '同上面的 {name}。'],
});

const statuses = words({
  200: ['OK', '成功'],
  206: ['Partial Content', '部分内容'],
  304: ['Not Modified', '未修改'],
  400: ['Bad Request', '请求有误'],
  401: ['Unauthorized', '需要密钥'],
  403: ['Forbidden', '不允许'],
  404: ['Not Found', '未找到'],
  405: ['Method Not Allowed', '方法不允许'],
  406: ['Not Acceptable', '无此类型'],
  412: ['Precondition Failed', '前提条件不成立'],
  413: ['Content Too Large', '内容过大'],
  415: ['Unsupported Media Type', '不支持的类型'],
  422: ['Unprocessable Content', '无法处理'],
  429: ['Too Many Requests', '请求过多'],
  500: ['Internal Server Error', '服务器出错'],
  503: ['Service Unavailable', '尚未就绪'],
  '2XX': ['OK', '成功'],
  '3XX': ['redirection', '重定向'],
  '4XX': ['client error', '请求被拒绝'],
  '5XX': ['server error', '服务器出错'],
});

/** A status, or a class of them such as `4XX`, in a word or two. */
export const statusName = (status) => statuses.or(status, statuses.or(`${String(status)[0]}XX`, ''));

const tags = words({
  addresses: ['Addresses', '地址'],
  networks: ['Networks', '网络'],
  changes: ['Changes', '变更'],
  databases: ['Databases', '数据库'],
  clients: ['Other programs', '其他程序'],
  account: ['Account', '账户'],
  server: ['Server', '服务器'],
});

/** The name of a group of operations. */
export const tagName = (tag) => tags.or(tag, tag);
