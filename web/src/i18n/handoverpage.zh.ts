import { handoverWord } from "./handover.zh.ts";

/** 交接班页面的位置。 */
export const handoverNav = { handover: "交接班" };

/** 值班的交接和历次交接班。 */
export const handoverPage = {
  handover: {
    thing: handoverWord,
    title: "交接班", pair: "{{name}}：{{value}}", titleOf: "交接班：{{room}}", pastTab: "历次交接班", toCurrent: "返回本次交接班", past: "{{room}}历次交接班", pastNone: "该室尚无交接班记录。",
    noRoom: "尚未设置监控室。", noRoomText: "设置监控室并有人值班后，方可交接班。",
    inCharge: "{{name}} 为当班负责人", since: "自 {{time}} 起", begin: "开始交接班", goOn: "继续交接班", beginText: "双方在本屏幕上一起完成。交班人先签字，接班人后签字，各自使用本人的密码、工作卡等。双方签字之前，由 {{name}} 负责本室。",
    notMine: "交接班由已在本室签到的人员或有权审批值班事项的人员发起。", unwatched: "{{room}}无人值班。", unwatchedText: "没有可交接的值班：签到的人即为当班负责人。",
    notHere: "本机不是{{room}}的计算机。在此只能查看交接班表，签字须在该室的计算机上进行。", signOn: "在此签到",
    offline: "未连接服务器。责任没有转移，仍由 {{name}} 负责本室。已填写和勾选的内容保存在本机，恢复连接后可继续。",
    step_sheet: "交接班表", step_count: "清点检查", step_out: "交班人签字", step_in: "接班人确认并签字", stepOf: "第 {{n}} 步，共 {{of}} 步", next: "下一步", back: "上一步", nextCount: "下一步：清点检查", nextSign: "下一步：{{name}} 签字",
    keys: "Tab 键移动，空格键勾选，回车键继续。",
    outgoing: "交班人", incoming: "接班人", from: "当班起始", on: "值班人员", onAt: "{{name}}，{{time}} 签到", late_other: "迟到 {{count}} 分钟", shift: "排班时间", unplanned: "未排班",
    system: "录像机状态", cameras: "摄像机", camerasText: "在线 {{online}}，共 {{total}}", recording: "录像", recordingText: "正在录像 {{n}}，共 {{of}}", disks: "录像存储", diskFree: "剩余 {{free}}", diskFull: "预计 {{day}} 存满", clock: "时钟", clockOff: "偏差 {{ms}} 毫秒", log: "存证日志", gaps: "本班非计划缺失时段", gapsNone: "无", gapsSome_other: "{{count}} 段",
    disks_ok: "空间充足", disks_low: "空间不足", disks_full: "已满", disks_fault: "故障", clock_ok: "准确", clock_warn: "与基准有偏差", clock_alarm: "错误", clock_unknown: "未比对", log_ok: "正常写入并签名", log_behind: "滞后", log_stopped: "已停止",
    matters: "未尽事项", mattersNone: "无未尽事项。", matterCount_other: "{{count}} 项", urgent: "须立即处理", matterSince: "自 {{time}} 起", owner: "负责人：{{name}}", ownerNone: "未指定负责人", due: "期限：{{time}}", dueOver: "已于 {{time}} 到期", isNew: "新增",
    kind_alarm: "未解除的报警", kind_storage_fault: "存储故障", kind_loss: "尚未说明的录像缺失", kind_visitor: "仍在室内的外来人员", kind_follow_up: "待跟进事项", kind_unreported: "尚未上报", kind_instruction: "领导指示", kind_notice: "通知", kind_more: "其余事项",
    more: "另有 {{count}} 项未列入本表，请在各自的列表中查看。", number: "第 {{n}} 号", visitor: "{{name}}，{{unit}}", host: "接待人：{{name}}", acknowledgedFault: "已确认", unacknowledgedFault: "未确认", toFault: "查看存储故障", toLoss: "查看情况说明", toLog: "查看记录项", toVisitors: "查看外来人员登记", toInstruction: "查看领导指示", deal: "前往处理",
    bars: "须先处理以下事项，方可签字", bars_record_head: "本班值班记录表头尚未填写。", kind_record_head: "值班记录", toHead: "去填写", bars_fault_unacknowledged: "该存储故障无人确认。", bars_alarm_unacknowledged: "该报警无人确认。", bars_instruction_unowned: "该项指示未指定负责人或期限。",
    acknowledge: "确认", acknowledged: "已确认该故障，修复之前仍为未关闭状态。", mayNot: "您的岗位角色不能确认该事项，请由有权人员登录处理。",
    count: "清点交接物品", countText: "清点数量，并说明是否齐全完好。缺失或损坏的须注明。", number_of: "数量：{{item}}", complete: "齐全完好", incomplete: "缺失或损坏", missing: "缺失或损坏情况", missingOf: "缺失或损坏情况：{{item}}", allComplete: "全部齐全完好", lastTime: "数量沿用上次交接班，如有不同请修改。", counted: "已清点", noteNeeded: "请注明缺失或损坏情况。",
    round: "交班前巡查监控室和设备", roundYes: "已巡查", roundNo: "未巡查", who: "接班人", whoNone: "没有其他人在本室签到，接班人须先签到。", whoSignOn: "接班人签到", whoSince: "{{time}} 签到",
    fit: "接班人是否适合上岗（未饮酒、无不适）？", fitYes: "适合", fitNo: "不适合", unfit: "不得将值班交接给不适合上岗的人员，仍由 {{name}} 负责。请联系值班长，或另选接班人。",
    remarks: "备注（可不填）", lacksCount: "请先清点：{{items}}", lacksRound: "请说明交班前是否巡查。", lacksWho: "请选择接班人。", lacksFit: "请说明接班人是否适合上岗。", lacks: "尚有内容未填写。",
    outText: "{{name}} 按本表将{{room}}交接给 {{incoming}}：未尽事项 {{matters}}，清点物品 {{things}}。签字后本表不再变动。{{incoming}} 签字之前，仍由 {{name}} 负责本室。", things_other: "{{count}} 类", outSign: "签字交班", outTitle: "{{name}} 签字", signHint: "先输入用户名和密码，再使用工作卡、通行密钥或身份验证器应用。不影响已登录的会话。",
    outSigned: "{{name}} 已于 {{time}} 签字。", stillAnswers: "{{incoming}} 签字之前，仍由 {{name}} 负责本室。", anew: "{{name}} 重新签字", anewText: "更换接班人，或表中内容有误时使用。",
    read: "{{incoming}}：请逐项阅读并勾选未尽事项", readText: "方向键移动，空格键勾选。展开一类后可全部勾选。", readOf: "已确认 {{n}} 项，共 {{of}} 项", tickAll: "本类全部确认", tick: "确认：{{what}}", note: "备注", noteOf: "备注：{{what}}", open: "展开", close: "收起", addedText: "交班人签字后新增", unread_other: "尚有 {{count}} 项未确认。", toUnread: "前往第一项", inRemarks: "接班人备注（可不填）", inSign: "签字并接班", inTitle: "{{name}} 签字接班", inText: "签字后值班责任和仅限值班期间的权限即转移给 {{name}}。", sheetOf: "{{name}} 签字的内容",
    doneTitle: "自 {{time}} 起由 {{name}} 负责", doneText: "双方已签字，{{outgoing}} 的值班结束。", checkpoint: "存证校验点", checkpointText: "接班人签字时存证日志的进度，由接班人会签。请抄录或扫描保存，日后可据此核对日志未被改写。", checkpointNone: "当时存证日志尚无校验点。", print: "打印交接班记录表", toWall: "前往实时画面", toRecord: "查看本次记录",
    wayOn: "有人不能或不愿签字？", wayText: "双方签字之前由 {{name}} 负责本室，不会无人负责。有权审批值班事项的人员可以注明理由，未经签字接管；此后一日内可补充说明。", wayCall: "请联系：{{names}}。", wayHead: "请联系监控室负责人 {{name}}。", wayPhone: "本室电话：{{phone}}。", wayTake: "未经签字接管",
    overtaken: "该班已以其他方式转移。", overtakenBy_taken_over: "{{time}} 由 {{name}} 未经签字接管：{{reason}}", overtakenBy_closed: "{{time}} 监控室关闭，由 {{name}} 负责。", overtakenBy_handed_over: "{{time}} 交接给 {{name}}。", overtakenBy_signed_on: "{{time}} {{name}} 签到。", overtakenBy_head_changed: "自 {{time}} 起由 {{name}} 负责。", unsigned: "无人签字。", again: "重新发起",
    state_open: "未签字", state_signed: "仅交班人签字", state_done: "已交接", state_overtaken: "未经双方签字转移", reviewed: "已审阅", notReviewed: "未审阅", to: "{{outgoing}} → {{incoming}}",
    signatures: "签字", role_outgoing: "交班人", role_incoming: "接班人", role_review: "审阅人", superseded: "已由其后的签字取代", grade: "等级：服务器证明；{{factors}}", gradeReview: "等级：服务器证明；已登录会话", hash: "签字内容的 SHA-256", factor_none: "仅密码", factor_with: "密码和{{factor}}", factor_totp: "身份验证器应用", factor_passkey: "通行密钥", factor_card: "工作卡", factor_recovery: "恢复码",
    readBy: "已确认", readNote: "已确认：{{note}}", roundMade: "已巡查", roundNotMade: "未巡查", fitSaid: "适合上岗", countsTitle: "物品清点", remarksOut: "交班人备注", remarksIn: "接班人备注",
    afterwards: "接班后补充说明", afterwardsNone: "无补充说明。", remark_remark: "备注", remark_dispute: "异议", remark_defect: "发现的问题", found: "接班时发现", add: "提交", addText_other: "交接班后 {{count}} 小时内可补充说明，截至 {{time}}。", addKind: "类别", addWords: "说明内容", added: "已记录。",
    review: "审阅", reviewText: "表示您已审阅本次交接班。签字双方不能审阅。", reviewNote: "审阅意见（可不填）", reviewDo: "提交审阅", reviewedNow: "审阅已记录。",
  },
};
