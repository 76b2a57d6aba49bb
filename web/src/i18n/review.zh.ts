/** 权限复核，以及来自操作日志的报表。 */
export const review = {
  title: "权限复核", lead: "定期由他人逐项确认或收回每个人持有的岗位角色。", tab_review: "复核", tab_held: "权限清单", tab_report: "报表",
  next: "下次应在 {{date}} 前完成", overdue: "自 {{date}} 起逾期", isOverdue: "已逾期", never: "尚未完成过复核", last: "上次完成于 {{date}}", overdueText: "请开始复核，或处理剩余各项。",
  begin: "开始复核", beginText: "每个有效账号的每个岗位角色、每个令牌、每条本单位规则和每个授予岗位角色的目录组各列为一项，须在本单位规定的期限内完成。", begun: "复核已开始。", noneOpen: "目前没有进行中的复核", openSince: "{{name}}于 {{date}} 发起", dueBy: "应在 {{date}} 前完成", leftCount_other: "剩余 {{count}} 项", closedAt: "{{date}} 完成",
  choose: "选择项目并填写理由。本人的项目由他人决定。", chosen_other: "已选 {{count}} 项", all: "选择全部剩余项", confirm: "确认", withdraw: "收回", withdrawTitle_other: "收回 {{count}} 项？", withdrawText: "从下一次请求起，岗位角色不再有相应权限，令牌失效；规则的删除只是提出，由另一人决定。", decided: "决定已记录。", own: "本人",
  confirmed: "已确认", withdrawn: "已收回", gone: "已不再持有", decidedBy: "{{name}}，{{date}}：{{reason}}", earlier: "历次复核",
  everywhere: "全部区域", since: "自 {{date}} 起", used: "最近使用 {{date}}", unused: "13 个月内未使用", unusedSince: "此后未使用", until: "至 {{date}}", alone: "由一人单独授予", kind_token: "令牌", kind_rule: "本单位规则", kind_group: "目录组", tokenOf: "{{name}}，属于{{person}}", allows: "允许{{position}}：{{actions}}", forbids: "禁止{{position}}：{{actions}}", gives: "授予{{position}}（{{directory}}）", usedUnknown: "使用情况不详", changed: "现任情况已变", renew: "更新此项", closedAccount: "账号已停用",
  days_other: "最近 {{count}} 天", span: "时间", reportLead: "数据来自操作日志，不能证明什么，只提示应查看何处。", partial: "操作多于此处读取的数量，数据为最近部分。",
  refused: "被拒绝的操作", refusedNone: "没有被拒绝的操作。", times_other: "{{count}} 次", ofCameras_other: "涉及 {{count}} 台摄像机", various: "多种事项", lastAt: "最近 {{time}}", open: "查看操作",
  lookups: "查看录像及后续处理", lookupsLead: "回放后 {{time}} 内，同一人对该摄像机做标记、截图、锁定保存或提出申请的，为有后续；时限未到的，暂不计为没有后续。", lookupsNone: "没有人回放过录像。", followed: "{{times}} 次：{{followed}} 次有后续，{{open}} 次时限未到，{{without}} 次没有后续", allFollowed: "{{times}} 次均有后续",
  patterns: "疑似个人目的的查看", patternsLead: "同一摄像机被查看 {{count}} 次以上，或理由中提到同事。", patternsNone: "没有此类情况。",
  same_hour: "{{times}} 天的同一时段（{{hour}}:00）", same_camera: "{{times}} 次查看同一摄像机", colleague: "{{times}} 次查看的理由中提到{{other}}", between: "{{from}} 至 {{to}}",
};
