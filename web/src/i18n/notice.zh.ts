/** 页面名称。 */
export const noticeNav = { instructions: "指示通知" };

/** 领导对监控室的指示和通知。 */
export const instructions = {
  instructions: {
    title: "指示通知", lead: "领导对监控室的指示和通知，应读人员逐一确认。指示须有负责人和期限，方可交接班。",
    mine: "等待您处理", open: "未结", all: "全部", none: "没有未结的指示或通知。", noneEver: "尚无指示或通知。", give: "下达指示或通知", told: "记录领导口头指示",
    kind_instruction: "指示", kind_notice: "通知", state_open: "未结", state_closed: "已办结", state_withdrawn: "已撤回", expired: "已失效",
    by: "{{name}}，{{time}}", byTold: "{{name}}电话指示，{{time}}；{{by}}记录", unsigned: "未补签：待{{name}}于 {{time}} 前补签", unsignedOver: "未补签：{{name}}逾期（{{time}} 前）",
    unowned: "尚无负责人，落实之前不能交接班。", owner: "{{name}}负责，期限 {{time}}", overdue: "{{name}}逾期未办，期限 {{time}}", until: "有效至 {{time}}",
    readBy: "已读：{{names}}", unread: "未读：{{names}}", readNone: "尚无人阅读", read: "已阅", readAlready: "您已阅",
    take: "指定负责人", result: "办理结果", close: "办结", withdraw: "撤回", sign: "是我的指示", deny: "不是我的指示", rooms: "监控室", roomsAll: "您有权下达的全部监控室", what: "类别", text: "指示或通知内容", validUntil: "有效至（选填）", ownerField: "负责人", ownerMe: "本人", dueField: "办理期限", giver: "哪位领导的指示", giverHint: "该领导须在一日内补签，此前标为未补签。", optional: "{{label}}（选填）",
    timeFormat: "请填写尚未到来的时间，例如 2026-12-01 18:00。", closes: "事项完成，予以办结", resultTitle: "办理结果", denyTitle: "不是您的指示？", denyText: "该指示将撤回，此事记录在案。", withdrawTitle: "撤回？",
    step_assigned: "{{name}}：由{{owner}}负责，期限 {{time}}", step_countersigned: "{{name}}已补签", step_denied: "{{name}}否认作过此指示：{{note}}", step_result: "{{name}}：{{note}}", step_closed: "{{name}}办结：{{note}}", step_withdrawn: "{{name}}撤回：{{note}}",
    done_given: "已下达。", done_told: "已记录，待领导补签。", done_read: "已确认。", done_assigned: "已指定负责人。", done_result: "已记录。", done_closed: "已办结。", done_signed: "已签字。", done_withdrawn: "已撤回。", save: "下达", saveTold: "记录", before: "显示更早的记录",
  },
};

/** 指示操作。 */
export const instructionAct = {
  instruction_given: "向监控室下达指示或通知", instruction_read: "确认已阅指示", instruction_assigned: "指定指示负责人", instruction_countersigned: "补签指示", instruction_denied: "否认作过指示",
  instruction_result: "记录指示办理结果", instruction_closed: "办结指示", instruction_withdrawn: "撤回指示",
};

/** 指示方面的拒绝说明。 */
export const instructionProblem = {
  instruction_unknown: "没有这条指示。", instruction_kind: "请选择指示或通知。", instruction_rooms: "请选择监控室，最多 100 间。", instruction_until: "请填写尚未到来的时间。", instruction_due: "请填写一年内尚未到来的时间。", instruction_owner: "请指定负责人。",
  instruction_is_notice: "通知无须指定负责人。", instruction_giver: "请选择有权向该监控室下达指示的人员，且不是您本人。", instruction_future: "该时间尚未到来，或已超过一周。", instruction_over: "该指示已办结或撤回。", instruction_read_already: "您已确认过。",
  instruction_not_asked: "应由登记的下达人补签。", instruction_not_yours: "应由负责人或下达人填写办理结果。", instruction_not_giver: "只有下达人可以撤回。", instruction_unsigned: "须由下达人先补签，然后办结。", instruction_page: "没有这一页。",
};
