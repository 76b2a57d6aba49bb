/** 值班权限。 */
export const dutyAction = {
  duty_read: "查看监控室、排班和值班记录", duty_stand: "值班", duty_plan: "排班", duty_decide: "审批请假、换班和值班事项",
  duty_instruct: "向监控室下达指示", duty_configure: "设置监控室", visitor_approve: "准许外来人员进入监控室",
};

/** 监控室操作。 */
export const dutyAct = { room_added: "设立监控室", room_changed: "更改监控室", room_retired: "停用监控室" };

/** 值班方面的拒绝说明。 */
export const dutyProblem = {
  room_name_taken: "已有同名监控室。", room_retired: "该监控室已停用。",
  room_area: "没有这个区域。", room_head: "请选择账户有效且有权审批该处值班事项的人员。", room_staff: "每班人数为 1 至 50 人。",
  room_hours: "请选择值守时间。", room_watched: "该监控室有人值班，请先结束值班。", room_elsewhere: "您的岗位角色在其他区域有此权限，不包括“{{room}}”的区域。",
};
