/** 值班报警。 */
export const presenceAlarm = {
  room_vacant: "{{room}}无人值班，由{{head}}负责", room_understaffed: "{{room}}在岗人数不足：{{on}} 人，应有 {{staff}} 人", watch_late: "{{person}}应在{{room}}值班，尚未签到",
  relief_absent: "{{room}}无人接班：{{person}}已超时值班 {{minutes}} 分钟", watch_overlong: "{{person}}在{{room}}连续值班超过最长时限",
  presence_missed: "{{room}}的{{person}}未应答在岗确认", presence_missed_lead: "{{room}}的{{person}}仍无应答，请值班长查看", presence_missed_leader: "{{room}}的{{person}}五分钟无应答，请安保主管处置",
  absence_overdue: "{{person}}离开{{room}}已超过短时离岗时限",
};

/** 在岗确认操作。 */
export const presenceAct = {
  presence_missed: "未应答在岗确认", presence_missed_twice: "同一班次两次未应答在岗确认", presence_judged: "认定未应答的在岗确认",
  presence_absence_begun: "短时离岗", presence_absence_ended: "返岗", duty_extended: "无人接班，延长值班", duty_overlong: "值班超过最长时限",
};

/** 拒绝说明。 */
export const presenceProblem = {
  prompt_unknown: "没有该在岗确认。", prompt_over: "应答时间已过。", prompt_tile: "不是标出的画面。", prompt_another: "该在岗确认针对他人。",
  prompt_verdict: "请选择原因：睡岗、离岗、正在工作或故障。", prompt_judged: "已认定，或并非未应答。", prompt_own: "不能认定本人的在岗确认。",
  absence_runs: "您已处于短时离岗。", absence_none: "您未离岗。", absence_many: "每班短时离岗不得超过 {{most}} 次。请向值班长申请离岗并由他人替班。",
  absence_cover: "请指定已在此签到并留守的人员。", absence_elsewhere: "此处仅您一人：请说明离岗期间报警转至何处，如门岗或值班长。",
};

/** 在岗确认参数。 */
export const presenceGroup = { presence: "在岗确认" };
export const presenceName = {
  presence_prompts: "值班期间进行在岗确认", presence_after: "无操作多久后确认", presence_spread: "此后随机确认的时间范围", presence_within: "应答时限",
  presence_absence: "短时离岗时限", presence_absences: "每班短时离岗次数", duty_relief_again: "无人接班时重复报警间隔", duty_longest: "最长连续值班时间",
};
export const presenceAbout = {
  presence_prompts: "班次开始和结束前后各十五分钟内、短时离岗期间和处理报警时不确认。", presence_after: "任何按键和点击均视为有操作。", presence_spread: "确认时刻无法预知。", presence_within: "逾期未应答的记入值班记录，并依次报值班长、安保主管。",
  presence_absence: "离岗期间须有人留守，或报警转至他处。", presence_absences: "超过次数的须办理离岗并由他人替班。", duty_relief_again: "直至有人接管。", duty_longest: "超过的部分记录为用人单位责任。",
};
export const presenceClause = { C046: "不得擅离职守", C048: "班中离岗须有人替班", C049: "认真监视", C069: "提前通知接班情况", C070: "接班人到岗前不得离开", C024: "值班人员足额配备" };

/** 班中离岗。 */
export const departureAct = {
  departure_asked: "申请班中离岗", departure_approved: "批准班中离岗", departure_refused: "不批准班中离岗", departure_withdrawn: "撤回班中离岗申请", departure_left: "替班人到岗后离岗",
};
export const departureProblem = {
  departure_unknown: "没有该离岗申请。", departure_relief: "请指定另一名可在该监控室值班的替班人。", departure_back: "请填写一天以内的返岗时间。", departure_open: "您已申请离岗。",
  departure_over: "该离岗申请已有决定或已结束。", departure_own: "不能批准本人的离岗申请。", departure_another: "该离岗申请属于他人。", departure_waits: "须先由领导批准。",
  departure_absent: "须等替班人签到。", departure_charge: "您是当班负责人，须先与替班人办理交接班。",
};

/** 在岗确认、短时离岗和班中离岗。 */
export const presence = {
  presence: {
    there: "您在岗吗？", anyKey: "请按任意键。", press: "请按 {{n}}。", pressMarked: "请按 {{n}}（已标出的画面）。", here: "我在岗", thanks: "已确认在岗。", over: "应答时间已过，已记录，并已报值班长。", seen: "知道了", marked: "请按 {{n}}",
    stepOut: "短时离岗 {{n}} 分钟", stepOutTitle: "短时离开“{{room}}”，{{n}} 分钟", stepOutText: "离岗期间须有人能听到报警。每班短时离岗不超过 {{most}} 次。", cover: "留守人员", coverHint: "已在本室签到的人员。", elsewhere: "离岗期间报警转至", elsewhereHint: "此处仅您一人。例如门岗或值班长。", reason: "原因（可不填）", stepOutOk: "开始离岗",
    away: "您正在短时离岗", awayFor: "已离岗 {{time}}", awayLeft: "剩余 {{time}}", awayOver: "已超时 {{time}}", stays: "{{name}}留守。", rings: "报警转至：{{place}}", back: "我已返岗", backDone: "您已返回“{{room}}”。",
    leaveEarly: "申请班中离岗", leaveTitle: "申请离开“{{room}}”（班中离岗）", leaveText: "须先由领导批准。替班人签到之前不得离开。", relief: "替班人", reliefHint: "可在本室值班的人员。", reliefNone: "没有其他可在本室值班的人员。", why: "原因", whyShort: "至少 4 个字符。", backAt: "返岗时间", backAtHint: "不填表示本班不再返岗。", backAtWrong: "请按 14:05 的格式填写。", ask: "提交申请", asked: "已提交，待领导批准。",
    departure: "班中离岗", departures: "待批准的班中离岗", by: "{{name}}申请离岗，替班人：{{relief}}", because: "原因：{{reason}}", backBy: "{{time}} 返岗", backNot: "本班不再返岗",
    next_leader: "待领导批准。", next_relief: "已批准。{{relief}}尚未签到，签到之前请勿离开。", next_charge: "已批准，{{relief}}已到岗。您是当班负责人，请先办理交接班。", next_leave: "已批准，{{relief}}已到岗。您可以离岗。", refusedBy: "{{name}}不批准：{{note}}", refusedPlain: "{{name}}不批准。",
    handOver: "交接班", leave: "离岗", left: "您在“{{room}}”的值班已结束。", withdraw: "撤回", agree: "批准", refuse: "不批准", refuseTitle: "不批准{{name}}班中离岗", refuseWhy: "理由",
    missed: "近 7 天未应答的在岗确认", missedOpen_other: "{{count}} 项待认定", shown: "已在其屏幕上显示", notShown: "没有屏幕显示", judgedBy: "{{verdict}}，{{name}}于 {{time}} 认定", judgeOf: "认定原因：{{name}}，{{time}}", judgeNote: "说明（可不填）", own: "本人未应答的，由他人认定。",
    verdict_asleep: "睡岗", verdict_away: "离岗", verdict_working: "正在工作", verdict_fault: "故障",
  },
};
