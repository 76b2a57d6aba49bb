/** 监控室、外来人员和指示各页面的导航。 */
export const roomsNav = { rooms: "监控室" };

/** 监控室登记。 */
export const rooms = {
  rooms: {
    title: "监控室", count_other: "在用 {{count}} 间",
    lead: "每一分钟由谁负责、排班、值班记录和外来人员登记，都以监控室为单位。无人值班期间，由该室负责人负责。",
    add: "新增监控室", edit: "更改", retire: "停用", retireOf: "停用“{{name}}”", editOf: "更改“{{name}}”", none: "尚无监控室。", noneText: "请新增第一间。有人签到之前，由该室负责人负责。",
    name: "监控室名称", nameFor: "例如“一号楼监控室”", areas: "值守区域", areasAll: "全部区域", areasHint: "不选即为全部区域。选中一个区域，也包括其下各区域。",
    head: "监控室负责人", headHint: "审批换班，并在无人值班期间负责。仅列出有权审批上述全部区域值班事项的人员。", headNone: "没有人有权审批上述全部区域的值班事项。", headAnswers: "负责人：{{name}}",
    staff: "每班最少人数", staffOf_other: "每班至少 {{count}} 人", staffWrong: "每班人数为 1 至 50 人。",
    hours: "值守时间", hours_around_the_clock: "全天 24 小时", hours_business: "营业时间", hoursHint: "全天值守的监控室不得关闭。",
    networks: "室内计算机地址", networksHint: "每行一个，例如 10.1.2.30 或 10.1.2.0/24。仅可在这些计算机上签到；不填则不限。", networksOf: "签到地址：{{list}}", networksAny: "可在任一计算机签到",
    phone: "监控室电话", retireTitle: "停用“{{name}}”？", retireText: "该室以往情况保留在案。停用后不能再签到，且不可恢复。",
    added: "已新增“{{name}}”。", changed: "已更改“{{name}}”。", retired: "已停用“{{name}}”。", isRetired: "{{day}} 起停用", showRetired_other: "显示已停用的 {{count}} 间", hideRetired: "隐藏已停用的监控室",
  },
};
