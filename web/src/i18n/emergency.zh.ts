/** 紧急授权（先用后报）。 */
export const emergency = {
  button: "紧急情况", title: "紧急授权", take: "启用紧急授权", lead: "来不及请示时，先用几分钟，事后报告。启用后立即告知领导，期间的操作全部记录，事后须提交报告。",
  leadList: "来不及请示时启用的紧急授权，以及每一次的事后报告。",
  what: "需要做什么", cause: "发生了什么", long: "使用多久", minutes_other: "{{count}} 分钟", reason: "文字说明（可不填）", reasonNeeded: "文字说明", takeIt: "立即启用", mine: "我的紧急授权与报告", nothing: "本单位未开放任何紧急授权。",
  name: { playback_recent: "回放录像", live_graded: "实时查看分级摄像机" },
  about: { playback_recent: "最近 {{back}}，限本人区域，安全等级不高于 {{grade}} 级", live_graded: "限本人区域，安全等级不高于 {{grade}} 级" },
  causes: { fire: "火情", intrusion: "闯入", violence: "打架斗殴", theft: "盗窃", injury: "人员受伤", missing_person: "人员走失", damage: "财物损坏", technical: "技术故障", other: "其他" },
  told: "{{name}}启用了紧急授权", toldMissing: "{{name}}逾期未提交紧急授权报告", look: "查看", over: "已于 {{time}} 结束，待提交报告", dueWas: "报告期限为 {{time}}",
  left: "剩余 {{left}}", end: "结束", endTitle: "结束此项紧急授权？", endText: "由{{name}}启用。期间打开的画面将在一秒内关闭。", ended: "紧急授权已结束。", taken: "已生效，并已告知领导。",
  reportDue: "请在 {{time}} 前提交报告：{{right}}", reportMissing: "报告已于 {{time}} 逾期：{{right}}", write: "填写报告", report: "事后报告", reportHint: "发生了什么，查看或做了什么，告知了谁，结果如何。", reportText: "至少五个汉字或十个字母。", send: "提交报告", sent: "报告已提交。",
  none: "没有人启用过紧急授权", noneText: "有权启用的人可在导航栏下端找到按钮。", noneOwn: "您没有启用过紧急授权",
  person: "启用人", right: "权限", time: "时间", state: "状态", causeOf: "事由", words: "文字说明", due: "报告期限", endedBy: "提前结束", endedByWhy: "{{name}}，{{time}}：{{reason}}", endedByAt: "{{name}}，{{time}}", acts: "期间的操作", actsLink: "在操作日志中查看", scope: "范围", late: "逾期提交", reportedAt: "{{time}} 提交",
  state_running: "进行中", state_due: "待报告", state_overdue: "报告逾期", state_reported: "待认定", state_settled: "已认定",
  settle: "认定", settleLead: "请认定是否正当并说明理由。不能认定本人启用的授权。", justified: "正当", unjustified: "不正当", verdict: "认定结果", verdictBy: "{{verdict}}，{{name}}，{{time}}", note: "理由", settled: "已认定。",
};
