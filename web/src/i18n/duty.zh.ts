/** 值班权限。 */
export const dutyAction = {
  duty_read: "查看监控室、排班和值班记录", duty_stand: "值班", duty_plan: "排班", duty_decide: "审批请假、换班和值班事项",
  duty_instruct: "向监控室下达指示", duty_configure: "设置监控室", visitor_approve: "准许外来人员进入监控室",
};

/** 监控室操作。 */
export const dutyAct = { room_added: "设立监控室", room_changed: "更改监控室", room_retired: "停用监控室",
  duty_signed_on: "签到上岗", duty_signed_off: "值班结束", duty_taken_over: "未经签字接管值班", duty_room_closed: "关闭监控室", duty_answers: "监控室责任人变更",
};

/** 值班方面的拒绝说明。 */
export const dutyProblem = {
  room_name_taken: "已有同名监控室。", room_retired: "该监控室已停用。",
  duty_person: "值班须由已登录的本人进行，令牌不能代替本人。", duty_not_here: "须在“{{room}}”的电脑上签到，本机不是该室电脑。", duty_on_watch: "该人员已在此签到。",
  duty_elsewhere: "该人员正在“{{room}}”值班，须先结束该处值班。", duty_factor: "签到除密码外还须有第二要素。请先在“我的账户”中设置，或申领员工卡。",
  duty_unplanned: "该人员此时不在排班表上，请说明签到原因。", duty_checks: "请逐项检查，不符合要求的须说明情况。", duty_off_watch: "该人员不在此值班，或不是当班负责人。",
  duty_successor: "您是“{{room}}”的当班负责人。须与接班人办理交接班，双方签字前由您负责该室。本次离岗尝试已记录。无人接班时请联系值班长，由其接管。",
  duty_relief: "您离开后在岗人数将少于 {{staff}} 人，请等待接班人到岗。本次离岗尝试已记录。", duty_own_watch: "您已是当班负责人。",
  duty_round_the_clock: "“{{room}}”实行 24 小时值守，只能交接班，不能关闭。", duty_stand_by: "请指定账户有效的待命人员，并填写其在关闭期间的联系电话。", duty_closed: "该监控室已关闭。", duty_meanwhile: "他人同时对该班次进行了操作，请重新查看。",
  room_area: "没有这个区域。", room_head: "请选择账户有效且有权审批该处值班事项的人员。", room_staff: "每班人数为 1 至 50 人。",
  room_hours: "请选择值守时间。", room_watched: "该监控室有人值班，请先结束值班。", room_elsewhere: "您的岗位角色在其他区域有此权限，不包括“{{room}}”的区域。",
};

/** 值班参数。 */
export const dutyGroup = { duty: "值班" };
export const dutyName = {
  duty_early: "可提前签到时间", duty_grace: "迟到、早退不计时间", duty_factor: "签到须有第二要素", duty_start_checks: "上岗检查项目", duty_close_checks: "关闭监控室检查项目",
};
export const dutyAbout = {
  duty_early: "更早签到的视为不在排班表上，须说明原因。", duty_grace: "超过该时间的迟到、早退记入值班记录。", duty_factor: "除密码外，还须使用验证器、通行密钥或员工卡。",
  duty_start_checks: "签到人员逐项检查，不符合要求的须说明情况。", duty_close_checks: "关闭非 24 小时值守监控室的人员逐项检查。",
};
export const dutyWord = {
  dress: "着装整齐，佩戴证件", clean: "室内和设备整洁", dry: "干燥、通风", flammables: "室内无易燃、易爆、有毒物品", smoking: "无吸烟、无明火", cups: "水杯远离设备",
  equipment: "设备运行正常", keys: "钥匙齐全", radios: "对讲机齐全、电量充足", visitors: "室内无无关人员",
  recording: "全部摄像机正常录像", displays: "显示屏已关闭", consoles: "操作台已关闭", windows: "窗户已关闭", doors: "门已锁好", power: "不用的电源已切断", keys_back: "钥匙已归位", alarms_routed: "报警已转至待命人员",
};
export const dutyClause = {
  C044: "监控室 24 小时有人值守", C045: "按时上下班", C053: "室内和设备保持整洁", C054: "室内禁放危险物品", C055: "严禁烟火", C056: "水杯远离电器", C059: "经常检查设备运行情况", C079: "下班后有序关机断电",
};
