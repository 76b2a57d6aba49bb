/** 值班看板。 */
export const watchNav = { watchBoard: "值班看板" };

export const watch = {
  watch: {
    title: "值班看板", tab: "看板或历史", now: "当前", past: "历史责任人", rooms_other: "{{count}} 间监控室", vacant_other: "{{count}} 间无人值班",
    lead: "每间监控室在每一分钟都有且只有一名责任人：当班负责人；关闭期间为待命人员；无人值班期间为该室负责人。",
    none: "尚无监控室。", noneText: "设立监控室后，在此显示其值班情况。", noneYours: "没有监控室值守您的区域。",
    state_kept: "有人值班", state_vacant: "无人值班", state_closed: "已关闭",
    as_kept: "当班负责人", as_vacant: "无人值班，由监控室负责人负责", as_closed: "监控室已关闭，由待命人员负责", vacant: "由监控室负责人{{name}}负责", closed: "由待命人员{{name}}负责", reach: "电话 {{phone}}",
    since: "自 {{time}} 起", how_room_added: "监控室设立时", how_head_changed: "监控室负责人变更时", how_signed_on: "无人值班时签到上岗", how_handed_over: "双方签字交接班", how_taken_over: "未经签字接管", how_closed: "监控室关闭时",
    orderedBy: "经办人：{{name}}", because: "原因：{{reason}}",
    on: "在岗人员", onNone: "无人签到。", staff: "在岗 {{n}} 人，每班至少 {{of}} 人", few: "人数不足", inCharge: "负责人", late: "迟到 {{time}}", early: "早退 {{time}}", unplanned: "不在排班表上", planned: "排班 {{from}} 至 {{to}}",
    phone: "监控室电话", head: "监控室负责人",
    mine: "您正在此值班", mineCharge: "您是此处当班负责人", mineUntil: "至 {{time}}，还有 {{left}}", mineOver: "应至 {{time}}，已超过 {{over}}", mineFor: "已值班 {{time}}", mineForUnplanned: "已值班 {{time}}，不在排班表上",
    signOn: "签到上岗", another: "他人在此签到", handOver: "交接班", signOff: "签退", takeOver: "接管", close: "关闭监控室", when: "历史责任人", actsOf: "“{{name}}”的操作",
    signOnTitle: "签到上岗：{{name}}", anotherTitle: "他人签到上岗：{{name}}", startCharge: "此室无人值班。签到人即成为当班负责人，对本室负责。", startJoin: "当班负责人仍为{{name}}。",
    looks: "逐项检查后签到。", allOk: "全部正常", ok: "正常", bad: "不正常", note: "情况说明", noteFor: "说明情况：{{item}}", lacks_other: "还有 {{count}} 项未检查。", noted: "请说明情况。", seen: "已检查 {{n}} 项，共 {{of}} 项",
    keysHint: "方向键移动，回车键或空格键选择。", next: "下一步：签字", backToList: "返回检查表", signHere: "签到上岗", signsHere: "由签到人本人验证身份。不影响任何人的登录，也不产生新的登录。",
    reason: "不在排班表上仍签到的原因", reasonOther: "该人员不在排班表上仍签到的原因",
    signedOn: "{{name}}已在“{{room}}”签到上岗。", youSignedOn: "您已在“{{room}}”签到上岗。", signedOff: "您在“{{room}}”的值班已结束。",
    offTitle: "从“{{name}}”签退？", offText: "您的值班随即结束，仅限值班期间的权限同时终止。", offCharge: "您是当班负责人，须办理交接班。未交接即离岗将被拒绝，并记录在案。", offNote: "备注（可不填）",
    wayOn: "可行的办法", wayHand: "与接班人办理交接班。", wayCall: "无人接班时，以下人员可以接管：{{names}}。", wayCallNone: "无人接班时，请联系监控室负责人{{name}}。", wayPhone: "监控室电话：{{phone}}。",
    takeTitle: "接管“{{name}}”？", takeOk: "接管", takeKept: "自此刻起由您任当班负责人，对本室负责，不经{{name}}签字。其值班立即结束，仅限值班期间的权限同时终止。仅用于其无法签字或拒绝签字的情形。接管原因永久记录在案。",
    takeVacant: "自此刻起由您接替{{name}}，任当班负责人，对本室负责，并同时签到上岗。接管原因永久记录在案。", taken: "您已接管“{{room}}”。",
    closeTitle: "关闭“{{name}}”", closeText: "所有在岗人员的值班随即结束。再次有人签到之前，由待命人员对本室负责。", standBy: "待命人员", standByHint: "关闭期间对本室负责的人员。", standByPhone: "待命人员电话", closeOk: "关闭监控室", closedDone: "“{{room}}”已关闭，由{{name}}待命负责。", phoneShort: "至少 3 个字符。",
    notHere: "本机不是“{{name}}”的电脑。须在该室的电脑上签到。",
    day: "日期", minute: "时刻", dayBefore: "前一天", dayAfter: "后一天", today: "今天", minuteWrong: "请按 14:05 的格式填写当天的时刻。", dayWrong: "请填写过去一年内至今天的日期。",
    ahead: "该时刻尚未到来。", before: "该时刻尚未设立此监控室。", atMinute: "{{time}} 的责任人", passed: "这一分钟内责任人发生变更。", presentThen: "在岗：{{names}}", presentNone: "无人在岗。",
    ofDay: "{{day}} 的责任人", onOfDay: "当日在岗人员", onOfDayNone: "当日无人签到。", from: "起", untilNow: "至今", stillOn: "在岗", off_signed_off: "签退", off_handed_over: "交接班", off_taken_over: "被接管", off_closed: "监控室关闭",
    foundBad: "不正常：{{items}}", badItem: "{{item}}（{{note}}）", more: "还有未显示的内容。", bar: "{{name}}：全天时间轴，当前 {{time}}。方向键移动一分钟，翻页键移动一小时。", barText: "{{from}} 至 {{to}}：{{name}}，{{state}}", legend: "图例", hoursOf: "当天时钟调整，共 {{count}} 小时。",
    strip: "值班人员", stripVacant: "无人值班", stripSince: "{{name}}，{{time}} 起",
  },
};
