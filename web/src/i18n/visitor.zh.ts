/** 页面名称。 */
export const visitorNav = { visitors: "外来人员" };

/** 外来人员出入登记。 */
export const visitors = {
  visitors: {
    title: "外来人员出入登记", noRoom: "尚无监控室。", noRoomText: "请有权设置监控室的人员新增第一间，外来人员按监控室登记。",
    now: "现在室内", nowNone: "室内没有外来人员。", minutes_other: "{{count}} 分钟", outside: "室外会见中", with: "陪同人：{{name}}", out: "离开", outOf: "{{name}}离开",
    waitingMine: "等待您处理", askTo: "{{name}}申请进入“{{room}}”", signFor: "登记为您准许{{name}}进入", approve: "准许进入", refuse: "不准进入", sign: "是我准许的", deny: "不是我准许的", refuseTitle: "不准{{name}}进入？", denyTitle: "不是您准许{{name}}进入的？", denyText: "此事将记录在案。来访人员尚未进入的，不得进入。", why: "理由",
    expected: "门口等候", expectedNone: "门口没有人等候。", enter: "进入", enterOf: "{{name}}进入", meet: "室外会见", told: "电话批准", withdraw: "已离去", register: "登记来访", registerKey: "登记来访（N）",
    state_registered: "待批准", state_approved: "已批准，未进入", state_refused: "未获批准", state_inside: "在室内", state_met: "室外会见中", state_out: "已离开", state_withdrawn: "未进入即离去",
    kind: "来访类别", kind_guest: "访客", kind_police: "公安人员", kind_technician: "维修人员（持单）", kind_leader_check: "领导检查", kind_own_guest: "值班人员的访客", kind_other: "其他",
    ownGuest: "值班人员的访客不得进入监控室，须经批准并有人替班后在室外会见。",
    free: "无须等候批准即可进入。", needs: "须经有权人员批准后方可进入。",
    name: "姓名", unit: "单位", identityKind: "所持证件", identityNumber: "证件号码", id_id_card: "居民身份证", id_police: "人民警察证", id_work: "工作证", id_passport: "护照", id_other: "其他证件", ends: "…{{ends}}", reason: "事由", papers: "维修单编号", papersShort: "文书编号", host: "陪同人", hostHint: "选择带其来访的领导，或直接填写姓名。", items: "携带物品", badge: "胸牌号", phone: "手机已存放", secrecy: "已签保密承诺", optional: "{{label}}（选填）",
    consentBy: "批准方式", consent_wait: "在系统内申请", consent_told: "电话批准", person: "批准人", number: "批准人电话", countersigned: "批准人须在一日内补签。", save: "登记", saveIn: "登记并进入", cameLate: "实际来访时间", cameHint: "现在来访则不填。例如 09:05，将标为补录。",
    leaveTitle: "{{name}}离开", saw: "查看了什么？", saw_nothing: "未查看", saw_live: "实时画面", saw_recorded: "录像", caseNo: "案（事）件编号", note: "备注", enterTitle: "{{name}}进入",
    book: "登记表", search: "姓名或单位", day: "日期", none: "没有符合条件的来访。", noneText: "请清除查找内容或日期。", before: "显示更早的记录", late: "补录于 {{time}}", corrected_other: "更正 {{count}} 次", inOut: "{{from}} 至 {{to}}", still: "仍在室内",
    by_preapproved: "按规定免批", by_hosted: "接待领导{{name}}准许", by_approved: "{{name}}准许", by_told: "{{name}}电话准许（{{number}}）", signs: "待{{name}}于 {{time}} 前补签", signsOverdue: "{{name}}逾期未补签（{{time}} 前）", denied: "登记的批准人否认曾经准许",
    print: "PDF", sheet: "XLSX", printDay: "打印当日", printMonth: "打印当月", details: "全部记录", detailOf: "{{name}}的全部记录", correct: "更正", correctTitle: "更正{{name}}的登记", correctText: "原登记内容保留。尚未进入的人员更正姓名、单位或证件后，须重新批准。", correctWhy: "更正理由",
    step_preapproved: "按规定免批", step_hosted: "接待领导准许", step_approved: "准许进入", step_told: "电话批准", step_countersigned: "补签", step_denied: "否认", step_refused: "不准进入", step_stopped: "未经批准欲进入，被拦下", step_entered: "进入", step_left: "离开", step_withdrawn: "离去", step_registered: "登记", step_corrected: "更正",
    done_registered: "已登记{{name}}。", done_in: "{{name}}已进入。", done_met: "{{name}}在室外会见。", done_out: "{{name}}已离开。", done_approved: "已准许{{name}}进入。", done_refused: "不准{{name}}进入。", done_signed: "已签字。", done_denied: "您的否认已记录在案。", done_told: "已记录，{{name}}可以进入。", done_withdrawn: "{{name}}已离去。", done_corrected: "已更正。",
    sensitive: "完整号码", timeWrong: "请填写已过去的时间，例如 09:05。",
  },
};

/** 来访操作。 */
export const visitorAct = {
  visitor_registered: "登记来访", visitor_approved: "准许来访人员进入", visitor_refused: "不准来访人员进入", visitor_told: "记录电话批准来访", visitor_countersigned: "补签准许来访", visitor_denied: "否认曾准许来访",
  visitor_stopped: "拦下未经批准的来访人员", visitor_entered: "登记来访人员进入", visitor_left: "登记来访人员离开", visitor_withdrawn: "登记来访人员离去", visitor_corrected: "更正来访登记", visitor_exported: "导出外来人员登记",
};

/** 来访方面的拒绝说明。 */
export const visitorProblem = {
  visit_unknown: "没有这次来访。", visit_kind: "请选择来访类别。", visit_identity: "请填写所持证件及号码。", visit_papers: "维修人员须持维修单，请填写编号。", visit_host: "请填写陪同人。",
  visit_future: "该时间尚未到来。", visit_before: "该时间早于此次来访的前一步。", visit_old: "已超过一周，不能补录。", visit_own_guest: "值班人员的访客须经批准并有人替班后在室外会见，不得进入监控室。", visit_met: "请选择室内或室外。",
  visit_not_approved: "此人未获批准，不得进入。请申请批准，或记录电话批准人。此次欲进入已记录在案。", visit_state: "此次来访的状态已变化，请重新查看。", visit_own: "此人由您登记，须由他人批准。", visit_approver: "请选择有权准许进入该监控室的人员，且不是您本人。",
  visit_not_asked: "应由登记的批准人补签。", visit_saw: "请选择查看内容。室外会见的，应为未查看。", visit_case: "查看录像须填写案（事）件编号。", visit_same: "与现有登记相同。", visit_page: "没有这一页。", visit_export_too_large: "超过 {{most}} 人次，请缩短期间。", visit_export_interval: "期间须为 1 至 400 天。",
};
