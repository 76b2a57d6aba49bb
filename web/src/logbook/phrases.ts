/** The set phrases, with the category that each is of (P6). */
export const phrases = [
  { key: "patrol1", category: "patrol" }, { key: "patrol2", category: "patrol" }, { key: "patrol3", category: "patrol" }, { key: "light1", category: "lighting" },
  { key: "visitor1", category: "visitor" }, { key: "fault1", category: "fault" }, { key: "phone1", category: "request" }, { key: "discipline1", category: "labour_discipline" },
] as const;

// The first that is met decides: what is grave stands before what is common.
const signs: [category: string, RegExp][] = [
  ["alarm", /报警|警报|火警|烟感|\balarm|smoke|\bfire\b/i],
  ["public_order", /打架|斗殴|盗窃|偷|翻墙|翻越|攀爬|围墙|闯入|持刀|可疑|闹事|治安|fight|theft|stolen|intru|suspicious|climb/i],
  ["instruction", /领导指示|领导要求|指示|instruct/i],
  ["labour_discipline", /脱岗|睡岗|瞌睡|迟到|早退|在岗|纪律|抽烟|吸烟|asleep|late for|at their posts|smoking/i],
  ["handover", /交班|接班|交接|hand(ed)? ?over|relief/i],
  ["visitor", /来访|访客|外来|登记进入|visitor/i],
  ["lighting", /照明|路灯|灯|\blights?\b|lamp/i],
  ["network", /网络|断网|交换机|掉线|离线|network|offline|switch/i],
  ["fault", /故障|损坏|无画面|模糊|黑屏|报修|坏|fault|broken|no picture|repair/i],
  ["access", /门禁|调看|回看|查看录像|钥匙|access|footage|playback|\bkeys?\b/i],
  ["request", /来电|电话|申请|请求|\bcall|request|asked/i],
  ["patrol", /巡查|巡逻|巡视|正常|门窗|画面清晰|patrol|round|in order|quiet|clear picture|closed/i],
];

/** What a sentence is about, as far as its words tell; of the categories that are offered. */
export function guess(text: string, offered: readonly string[]): string {
  for (const [category, sign] of signs) if (sign.test(text) && offered.includes(category)) return category;
  return offered.includes("other") ? "other" : (offered[0] ?? "other");
}

/** The category after or before one, around the end. */
export const beside = (category: string, offered: readonly string[], by: 1 | -1): string => offered[(offered.indexOf(category) + by + offered.length) % offered.length] ?? category;

/** A span of time as people read it beside an entry: 9:05, or 3 h and minutes as 3:07:00. */
export function span(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number): string => String(n).padStart(2, "0");
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}
