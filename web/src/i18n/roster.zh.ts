/** 排班页面所在。 */
export const rosterNav = { roster: "排班" };

export const rosterAct = {
  roster_planned: "编排班次", roster_changed: "更改班次", roster_cancelled: "取消班次", roster_published: "发布排班",
  roster_pattern_added: "新增班制", roster_pattern_changed: "更改班制", roster_pattern_retired: "停用班制", roster_late_told: "报告将迟到",
  leave_asked: "提出请假", leave_entered: "录入电话请假", leave_signed: "请假补签", leave_approved: "批准请假", leave_refused: "不批准请假", leave_withdrawn: "撤回请假",
  swap_asked: "提出换班", swap_agreed: "同意与人换班", swap_declined: "谢绝换班", swap_made: "批准换班", swap_refused: "不批准换班", swap_withdrawn: "撤回换班",
};

export const rosterProblem = {
  pattern_unknown: "没有该班制。", pattern_name_taken: "该监控室已有同名班制。", pattern_shifts: "一个班制有 1 至 12 个班次，每个班次须写明起止时刻（如 08:00 至 16:00）和 1 至 50 人。",
  pattern_shift_twice: "有两个班次都叫“{{shift}}”。", pattern_days: "请选择星期几。", pattern_cycle: "轮换周期最长 60 天，最多 12 个班组，每组最多 50 人。", pattern_teams: "有人同时在两个班组，请只选一个。", pattern_begin: "请填写轮换从哪一天开始。",
  shift_unknown: "没有该班次。", roster_many: "一次最多编排 400 个班次，请减少天数。", shift_staff: "一个班次为 1 至 50 人。", shift_times: "班次的结束须晚于开始。", shift_past: "时间已过，既成事实不能更改。",
  shift_far: "最多提前 400 天排班。", shift_person_twice: "同一人在该班次中出现两次。", shift_charge: "每个班次只有一名当班负责人。", shift_person_unknown: "没有该人员。", shift_changed: "该班次已被他人更改，请重新查看。",
  shift_cancelled: "该班次已取消。", shift_person_not_in: "该人员已不在此班次中。", roster_interval: "请选择不超过 93 天。",
  roster_overlap: "{{who}}在该时段已有班次：{{shift}}。", roster_two_rooms: "{{who}}在该时段已排在其他监控室：{{shift}}。", roster_rest: "{{who}}与另一班次之间休息不足{{longest}}：{{shift}}。",
  roster_shift_long: "单个班次最长{{longest}}。", roster_week_long: "{{who}}任意七天内值班将超过{{longest}}。", roster_on_leave: "{{who}}在该时段请假：{{at}}。", roster_unfit: "{{who}}不能排入 {{at}} 的班次，缺少：{{lacks}}。",
  roster_faults: "排班有 {{count}} 处问题，请先改正。", roster_propose_days: "自动排班的范围为 1 至 92 天。", roster_propose_people: "请选择 1 至 100 人。",
  leave_unknown: "没有该请假申请。", leave_kind: "请选择请假类别。", leave_times: "请假的结束须晚于开始，最长一年。", leave_late: "请假须事先提出。只有病假可以从三天以内的过去算起。", leave_twice: "该时段已提出过请假。",
  leave_decided: "该申请已审批或已撤回。", leave_own: "不能审批自己的申请，须由他人审批。", leave_replacement: "有 {{count}} 个班次空出，请逐一指定替班人员，或明确留空。",
  leave_not_yours: "只有请假者本人可以签字或撤回。", leave_signed: "已经签字。", leave_person: "没有该人员。", leave_oneself: "本人请假请自行提出。",
  swap_unknown: "没有该换班申请。", swap_shift: "只有本人所在、已发布且尚未开始的班次可以换班。", swap_other: "请选择不在本班次中的其他人，且所换班次须为其所有。", swap_open: "您已就该班次提出换班，请先撤回。",
  swap_decided: "该换班已审批或已撤回。", swap_waits: "对方尚未同意。", swap_not_yours: "此事须由另一人办理。", swap_party: "换班双方不能自行批准，须由监控室负责人或值班审批人批准。",
  late_shift: "您不在该班次中，或该班次已结束。", late_minutes: "请填写将迟到多少分钟（1 至 480）。",
};

export const rosterName = { duty_rest: "两个班次之间的休息", duty_longest_shift: "单个班次最长时间", duty_longest_week: "七天内最长值班时间", duty_papers: "排班人员须在档的材料" };
export const rosterAbout = {
  duty_rest: "无论在哪个监控室，与前后班次之间休息不足的人员不得排入。", duty_longest_shift: "不得编排更长的班次。", duty_longest_week: "任意七天内超过该时间的人员不得排入。",
  duty_papers: "除本来就会中止权限的材料之外，另须具备。保安员证办理中的，在载明日期之前视同具备。",
};
export const rosterWord = { licence: "保安员证", qualification: "资格", vetting: "背景审查", pledge: "保密承诺" };

export const roster = {
  roster: {
    title: "排班", lead: "谁在何时值班。草稿只有排班人可见，发布后对所有人生效。", view: "视图", week: "周", month: "月", mine: "我的班次", requests: "请假与换班", today: "今天", before: "往前", after: "往后",
    add: "添加班次", propose: "自动排班", patterns: "班制", publish: "发布", publishCount_other: "发布 {{count}} 个草稿", history: "变更记录", noRoom: "还没有监控室。", noRoomText: "排班以监控室为单位，请先由有权设置的人员设立监控室。",
    none: "这些天还没有排班。", noneText: "请先建立班制，再自动排班，也可逐个添加班次。", noneGuard: "这些天还没有发布排班。",
    people: "人员", peopleHint: "把人员拖到班次上，也可先选人员，再点选班次。", picked: "已选{{name}}，请点选班次排入；再点一次姓名可取消。", pick: "选择{{name}}", hours: "{{n}} 小时", lacks: "缺少：{{what}}", pending: "保安员证办理中，至 {{day}} 有效",
    lack: { account: "可用账户", position: "可在此值班的岗位角色", licence: "保安员证", qualification: "资格", vetting: "背景审查", pledge: "保密承诺", briefing: "岗前告知" },
    draft: "草稿", charge: "当班负责人", chargeOf: "{{name}}（当班负责人）", empty: "无人", ofStaff: "{{n}}／{{of}} 人", short_other: "缺 {{count}} 人", nobody: "无人", shiftOf: "{{name}}，{{day}}，{{time}}：{{people}}",
    gaps: "空班与人手不足", gapsNone: "这些天每一分钟都有足够人员。", gapNobody: "{{time}}：无人值班", gapShort: "{{time}}：{{have}}／{{need}} 人", drawn: "按含草稿的排班计算，草稿发布之前实际空班更多。",
    late: "{{name}}将迟到 {{minutes}} 分钟（{{shift}}）：{{reason}}", lateTold: "{{time}} 报告",
    edit: "班次", name: "名称", day: "日期", begin: "开始", end: "结束", endNext: "次日", staff: "最少人数", inIt: "本班人员", put: "添加人员", putHint: "没有标注的人员可以排入，其余人员注明了原因。", take: "移出{{name}}", makeCharge: "由{{name}}任当班负责人",
    why: "更改原因", whyHint: "该班次已发布，更改原因记入变更记录。", save: "保存", cancelShift: "取消班次", cancelDraft: "删除草稿", cancelTitle: "取消该班次？", cancelText: "该班次将从排班中移除，原有内容保留在记录中。", saved: "已保存。", cancelled: "班次已取消。", timeFormat: "时刻，如 08:00。", readOnly: "班次已结束，或您无权排班，不能更改。",
    publishTitle: "发布排班", publishText_other: "将发布 {{from}} 至 {{to}} 的 {{count}} 个草稿，发布后所有人可见。", faults: "问题：改正之前不能发布", noFaults: "没有问题。", gapsLeft: "仍有以下空班，不影响发布。", published_other: "已发布 {{count}} 个班次。", nothing: "这些天没有草稿。",
    historyTitle: "排班变更记录", historyNone: "该排班还没有任何变更。", kind: { planned: "编排", changed: "更改", published: "发布", cancelled: "取消", leave: "因请假更改", swap: "因换班更改" }, was: "原为", became: "现为", more: "显示更早",
    pattern: "班制", patternAdd: "新增班制", patternNone: "还没有班制。", patternSaved: "班制已保存。", patternRetired: "班制已停用。", patternRetire: "停用", patternName: "班制名称", patternShifts: "每日班次", patternAddShift: "添加班次", remove: "移除", preset: "套用", presets: { three: "三班，每班 8 小时", two: "两班，每班 12 小时", office: "工作时间" },
    shiftNames: { early: "早班", late: "中班", night: "夜班", day: "白班" }, weekdays: "星期", everyDay: "每天", weekday: { d0: "星期日", d1: "星期一", d2: "星期二", d3: "星期三", d4: "星期四", d5: "星期五", d6: "星期六" },
    rotation: "轮换", rotationNone: "不轮换：班次公平分配", rotations: { two: "两班组轮换", three: "三班组轮换", four: "四班组轮换", own: "自定周期" }, cycle: "周期，逐日", free: "休", cycleMore: "加一天", cycleLess: "减一天", begins: "周期起始日", teams: "班组", team: "{{n}} 组", offset: "提前天数", teamPeople: "{{name}}人员",
    proposeTitle: "自动排班", proposeFrom: "首日", proposeTo: "末日", proposePeople: "人员", proposeIt: "生成", proposed_other: "已生成 {{count}} 个班次的方案，尚未保存。", proposedNone: "这些天的班次均已编排，或已开始。", takeOver: "采用为草稿", tookOver_other: "已添加 {{count}} 个草稿。",
    share: { person: "人员", shifts: "班次", nights: "夜班", weekends: "周末", hours: "小时" }, unfilled_other: "{{count}} 个班次人手不足", lacksPeople_other: "{{shift}}，{{time}}：缺 {{count}} 人", leftOut: "未排入", left: "{{name}}：{{why}}", leftAt: "{{name}}，{{time}}：{{why}}",
    leftWhy: { overlap: "该时段已有班次", rest: "休息不足", long: "班次过长", week: "七天内时间过长", leave: "请假", unfit: "不具备值班条件", enough: "人手已足" }, needPattern: "自动排班须先有班制。",
    next: "下一班", now: "正在值班", mineNone: "您没有已发布的班次。", mineNoneText: "排班发布后，您的班次列在这里。", inCharge: "您是当班负责人", tellLate: "我将迟到", askSwap: "换班", askLeave: "请假", enterLeave: "录入电话请假",
    lateTitle: "迟到报告：{{shift}}", lateText: "在岗人员和值班长会立即看到。", minutes: "迟到分钟数", reason: "原因", tell: "报告", told: "已报告，值班长现在可以看到。",
    leaveTitle: "请假", enterTitle: "电话请假", enterText: "事后由本人补签，补签之前显示为未签字。", leaveKind: "类别", kinds: { sick: "病假", personal: "事假", other: "其他" }, room: "监控室", person: "人员", from: "自", to: "至", dateTimeFormat: "日期和时刻，如 2026-12-01 08:00。", ask: "提出", asked: "已提出，等待审批。", entered: "已录入，可现在审批或由他人审批。",
    states: { asked: "待审批", approved: "已批准", refused: "未批准", withdrawn: "已撤回", agreed: "双方同意，待批准", made: "已换班", declined: "对方谢绝" }, waitsFor: "等待{{name}}", unsigned: "电话告知{{name}}，本人尚未签字", signedOff: "电话告知{{name}}，本人已签字", sign: "签字", signed: "已签字。", withdraw: "撤回", withdrew: "已撤回。", decide: "审批", decidedBy: "{{name}}，{{time}}",
    sickBefore_other: "此前一年内病假 {{count}} 次", leaves: "请假", swaps: "换班", leavesNone: "没有请假。", swapsNone: "没有换班。",
    decideTitle: "{{name}}的请假", freed: "空出的班次", freedNone: "没有班次因此空出。", replace: "替班", leaveOpen: "无人替班，明确留空", approve: "批准", refuse: "不批准", note: "意见", noteNeeded: "不批准须说明理由。", approved: "已批准，排班已更改。", refused: "未批准。", draftFree: "草稿，已移出",
    swapTitle: "换班：{{shift}}", swapWith: "与谁换", swapFor: "换得", swapForNothing: "不要求换得班次", swapAsked: "已提出。先由对方同意，再由监控室负责人批准。", agree: "同意", decline: "谢绝", agreed: "您已同意，等待批准。", declined: "已谢绝。", consent: "批准", consented: "已换班，排班已更改。", gives: "{{person}}的{{shift}}由{{other}}接替", returns: "换得{{shift}}", swapNobody: "该监控室没有其他可值班人员。",
  },
};
