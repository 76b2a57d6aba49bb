/** 外来人员和指示的参数。 */
export const visitorRuleWord = { leader_check: "检查工作的领导", police: "公安人员", technician: "持单维修人员" };
export const visitorRuleGroup = { visitor: "外来人员", instruction: "指示通知" };
export const visitorRuleName = {
  visitor_preapproved: "免批进入的人员", visitor_countersign_within: "电话批准来访的补签时限",
  instruction_countersign_within: "口头指示的补签时限", instruction_unread_red: "未读指示标红时长",
};
export const visitorRuleAbout = {
  visitor_preapproved: "这些人员登记后无须等候即可进入监控室。其他人员须由登记人以外的有权人员准许后方可进入。", visitor_countersign_within: "登记的批准人须在此时限内补签，逾期记在批准人名下。",
  instruction_countersign_within: "值班人员代为记录的指示，由该领导在此时限内补签，此前标为未补签。", instruction_unread_red: "一般为两个班次。此后仍列为未读。",
};
export const visitorRuleClause = { C057: "禁止无关人员进入", C067: "未尽事项" };
