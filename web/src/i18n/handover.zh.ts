/** 交接班操作。 */
export const handoverAct = {
  handover_opened: "发起交接班", handover_outgoing_signed: "交班人签字", handover_incoming_signed: "接班人签字，接管值班",
  handover_reviewed: "审阅交接班", handover_remarked: "补充交接班说明", handover_printed: "打印交接班记录表",
};

/** 交接班方面的拒绝说明。 */
export const handoverProblem = {
  handover_unknown: "没有这次交接班。", handover_unwatched: "该监控室无人值班，签到者即为当班负责人。", handover_overtaken: "该班已以其他方式转移，请重新发起交接班。",
  handover_outgoing: "须由当班负责人先签字，您不是当班负责人。", handover_signed: "已经签字。", handover_first: "须由交班人先签字，再由接班人签字。",
  handover_absent: "接班人须先在该监控室签到。", handover_self: "不能交接给自己。", handover_other: "交接班表指定的接班人是他人，须由交班人重新签字指定您。",
  handover_unfit: "不得将值班交接给不适合上岗的人员。请联系值班长，在此之前由您负责该室。", handover_barred: "须先处理：{{why}}",
  handover_unread: "尚有 {{count}} 项未尽事项没有确认。", handover_record: "本班值班记录不完整。", handover_counts: "请逐项清点，缺失或损坏的须说明。",
  handover_remarks_over: "已超过补充说明的时限。", handover_not_yours: "仅交接班双方和有权审批值班事项的人员可以补充说明。", handover_reviewer: "交接班签字人不能审阅本次交接班。",
  handover_undone: "该次交接班未完成。", handover_remark_kind: "请选择备注、异议或接班后发现的问题。",
};

/** 交接班参数。 */
export const handoverGroup = { handover: "交接班" };
export const handoverName = { handover_counts: "交接班清点物品", handover_remarks: "交接班补充说明时限", handover_found_within: "接班后多久内报告的问题视为接班时发现" };
export const handoverAbout = {
  handover_counts: "交班人清点数量并说明是否齐全完好。", handover_remarks: "超过时限后不再接受补充说明。", handover_found_within: "超过该时间的视为值班期间发现。",
};
export const handoverWord = {
  keys: "钥匙", access_cards: "门禁卡", radios: "对讲机", torch: "手电筒", first_aid: "急救包", shield: "盾牌", helmet: "头盔", steel_fork: "钢叉", baton: "警棍",
  media: "存储介质", documents: "文件和登记簿", cash: "现金", lost_property: "失物",
};
export const handoverClause = { C066: "按规定交接班", C067: "交接未尽事项" };
