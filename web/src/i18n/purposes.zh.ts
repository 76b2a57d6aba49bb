export const purposes = {
  title: "用途", count_other: "{{count}} 项在用",
  lead: "录像可以为哪些用途查看，各有法律或制度依据。不在此登记表内或已停用的用途，一律不得查看。",
  add: "新增用途", edit: "用途", code: "代码", codeHint: "小写字母 a–z、数字和下划线。操作记录以此为准，永不更改。",
  nameZh: "中文名称", nameEn: "英文名称", basisZh: "依据（中文）", basisEn: "依据（英文）",
  eitherHint: "一种语言未填时，显示另一种。", basis: "依据", clauses: "条款", clausesHint: "条款编号，例如 C006。",
  needsReason: "须填写原因", needsReasonHint: "除用途外，另以文字说明。", reasonAfter: "原因可事后补填", reasonAfterHint: "最近的录像按下用途按钮即可查看，文字事后补填，逾期未填即记录在案。可回看多久、何时补填由制度参数规定。", afterTag: "原因事后补填", needsRequest: "须有获批的申请", needsRequestHint: "目前尚无申请功能：在此之前，不能为此用途查看录像。",
  needsSecond: "须有第二人", needsSecondHint: "每次查看须由其他岗位角色的人员同意。", secondTag: "须双人",
  back: "可回看时长", backNone: "以权限为限", backOf: "回看 {{time}}", backSystem: "回看 {{time}}（由参数规定）",
  reasonTag: "须填写原因", requestTag: "须有申请", bySystem: "由系统填写", onDuty: "仅限当班", builtIn: "程序自带", retiredTag: "已停用", retiredSince: "{{date}} 停用",
  saved: "“{{name}}”已保存。", retire: "停用", retireText: "此后不得再为此用途查看录像。已开始的查看到时结束。", retired: "“{{name}}”已停用。",
  restore: "恢复使用", restoreText: "恢复后可再次选用。", restored: "“{{name}}”已恢复使用。", showRetired: "已停用", inUse: "在用",
  review: "值班复核（由系统填写）", reviewHint: "回看本人所辖区域最近 {{time}}，无须选择用途和填写原因。", choose: "请选择用途", needed: "请选择查看录像的用途。",
  waiting: "等待他人批准的提议", waits: "待批准", overtaken: "已过时：其间用途已变", yes: "是", no: "否",
  propose: "提出", proposeText: "变更会使可查看的范围扩大、要求降低，或改变名称、依据；以往的查看仍按当时的名称和依据显示。经他人批准后生效。", proposed: "已提出，经他人批准后生效。",
  step_add: "新增：{{name}}", step_change: "变更：{{name}}", step_restore: "恢复使用：{{name}}",
  approveText: "您批准后立即生效。", rejectText: "登记表保持不变。您的理由将记录在案。", withdrawText: "提议以“已撤回”保留在案。",
  done_approve: "已批准，已生效。", done_reject: "提议未获批准。", done_withdraw: "提议已撤回。",
};

export const present = {
  label: "在场的其他人员", colleagues: "本单位人员", search: "请输入姓名中的两个字。", nobody: "没有此姓名的有效账户。", guest: "添加外来人员", guestName: "姓名", guestUnit: "单位，例如派出所", remove: "移除",
  none: "无其他人员", beside_other: "另有 {{count}} 人在场", open: "在场人员", title: "此屏幕前的其他人员",
  why: "其姓名载入此处查看实时画面的操作记录，最迟至 {{until}}。", whyNone: "其姓名载入此处查看实时画面的操作记录。",
  save: "记录在案", leave: "已无其他人员", saved: "在场人员已记录在案。", outsider: "{{name}}（{{unit}}）",
};
