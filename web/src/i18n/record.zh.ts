/** 值班记录。 */
export const recordNav = "值班记录";

export const record = {
  title: "值班记录", lead: "写下的内容不作改动。更正为另一条记录项，原记录保留并注明。", room: "监控室", noRoom: "您的区域内没有监控室", noRoomText: "每间监控室各有一份值班记录。可由有权设置监控室的人员添加。",
  none: "暂无记录", noneText: "按 N 键写下第一条。", noneFound: "未找到", noneFoundText: "没有符合全部条件的记录项。", clear: "清除条件", more: "显示更早的记录项", today: "今天", number: "第 {{number}} 号", program: "系统", page_other: "{{count}} 条", pagePlus: "{{count}} 条以上",
  quick: "新记录项", quickHint: "用一句话写明发生了什么", store: "登记", storeFull: "完整表单", keysHint: "回车登记 · ↑ ↓ 更换类别 · Ctrl+回车打开完整表单", mayNot: "您不在此值班，只能查看记录。",
  phrases: "常用语", recent: "您最近写过的", storing: "正在登记", failed: "未能登记", again: "重试", back: "放回输入框", discard: "放弃", discardText: "放弃后这句话将丢失。", waitingText: "登记成功前保存在本浏览器中。",
  category: { label: "类别", patrol: "巡查", alarm: "报警", visitor: "来访", fault: "故障", lighting: "照明", network: "网络", access: "门禁与调看", request: "申请", instruction: "领导指示", handover: "交接班", labour_discipline: "劳动纪律", public_order: "治安", other: "其他" },
  severity: { label: "严重程度", ordinary: "一般", important: "重要", severe: "重大" },
  channel: { label: "方式", phone: "电话", radio: "对讲机", in_person: "当面", message: "消息" },
  searchHint: "查找值班记录", filters: "条件", author: "登记人", camera: "摄像机", from: "起始日期", to: "截止日期", written: "来源", byHand: "人工登记", byProgram: "系统登记", openOnly: "未尽事项", unreportedOnly: "重大且未上报",
  mark: { corrected: "已更正", correction: "更正", late: "补录", unsigned: "缺第二人签字", open: "未尽事项", overdue: "未尽事项已逾期", closed: "未尽事项已了结", files_other: "{{count}} 个附件", unreported: "未上报，剩余 {{time}}", unreportedLate: "超时 {{time}} 未上报", unreceived: "未确认收到", apart: "时间为事后补填" },
  entry: "记录项", at: "发生时间", enteredAt: "登记时间", authorName: "登记人", what: "内容", place: "部位", cameras: "摄像机", action: "处置情况", footage: "录像时段", snapshot: "截图", snapshotId: "截图编号", followUp: "未尽事项", owner: "负责人", due: "期限", dueDay: "完成日期", noDue: "未定期限", files: "附件", lateEntry: "补录", paper: "纸质记录编号", second: "第二签字人", signedAt: "已于 {{time}} 签字", notSigned: "尚未签字", sign: "作为第二人签字", signed: "已签字",
  corrects: "更正", correctedBy: "已被更正为", closes: "了结", closedBy: "由此了结", openEntry: "打开该记录项", correct: "更正", closeFollowUp: "了结未尽事项", stored: "已登记为第 {{number}} 号",
  reports: "上报", reportNow: "上报", reportTitle: "上报", reportedTo: "上报对象", toPerson: "本单位人员", toOther: "其他，如 110", nowStamp: "现在已上报", nowHint: "时间由按钮记录。", typedTime: "此前已上报", typedHint: "填写的时间旁会显示补填时间，相差数分钟以上的会注明。", receiptNo: "接警单号", receiptHint: "110 或 119 给出的编号。", typedAt: "补填于 {{time}}", apart: "相差超过规定", received: "{{time}} 确认收到", notReceived: "未确认收到", confirm: "确认收到", confirmed: "已确认收到", reportedDone: "上报已登记",
  attach: "添加附件", attachHint: "JPEG、PNG 或 PDF，每个不超过 10 MB，每条最多五个", attached: "附件已添加",
  form: "新记录项", formCorrect: "更正第 {{number}} 号", formClose: "了结第 {{number}} 号", closeHint: "请写明如何处理。", happened: "发生时间", happenedHint: "不填即为现在。{{zone}}", isLate: "纸质记录补录", isLateHint: "用于停电、断网时写在编号空白表上的记录，须第二人签字。", hasFollowUp: "留有未尽事项", hasReport: "已上报", hasFootage: "涉及录像", save: "登记", timeFormat: "格式如 2026-12-01 08:30", personHint: "输入姓名的一部分",
  head: "班次表头", headNone: "本班值班记录的表头尚未填写。", headFill: "填写表头", headChange: "修改表头", headDone: "表头已保存，第 {{version}} 版", headNeeded: "未填写表头，不能交班。", shiftName: "班次", shiftFrom: "起", shiftTo: "止", weather: "天气", weathers: "晴、多云、阴、雨、雪、雾、大风", persons: "值班人员", leader: "带班领导", online: "在线摄像机", total: "总数", faulty: "故障摄像机", recording: "录像", clock: "校时", power: "UPS 电源", fire: "消防主机", hourly: "逐时情况", hourlyHint: "每行一条，如 08:00 一切正常", hourlyFault: "每行以本班次内的时间开头，如 08:00。", normal: "正常", headLine: "{{name}} · {{weather}} · 摄像机 {{online}}/{{total}} · {{persons}}",
  print: "打印", printTitle: "打印值班记录", printDay: "一天", printMonth: "本月", pdf: "PDF", xlsx: "XLSX", printHint: "最多 32 天。打印件留有签字和盖章处。", overdue_other: "{{count}} 件重大事项未按时上报", show: "查看",
  set: { patrol1: "巡查完毕，一切正常。", patrol2: "各摄像机画面清晰。", patrol3: "门窗关闭完好。", light1: "照明检查正常。", visitor1: "来访人员已登记进入。", fault1: "摄像机无画面，已报修。", phone1: "来电已接听并处理。", discipline1: "人员在岗，纪律良好。" },
};

export const recordAct = { duty_written: "登记值班记录", duty_reported: "登记上报情况", duty_received: "确认收到上报", duty_countersigned: "补录第二人签字", duty_head_written: "填写值班记录表头", duty_attached: "添加值班记录附件", duty_printed: "打印值班记录" };

export const recordProblem = {
  record_entry_unknown: "没有这条值班记录。", record_off_watch: "您不在该监控室值班，请先签到。", record_nobody: "记录项须由本人登记，令牌不能登记。", record_category: "请选择一个类别。", record_severity: "严重程度为一般、重要或重大。", record_future: "该时间尚未到来。", record_too_far_back: "时间过久，请作为补录登记。", record_before_room: "当时尚无该监控室。", record_camera: "没有这台摄像机。", record_cameras: "一条记录项最多涉及 {{most}} 台摄像机。", record_person: "请选择已有的人员。", record_channel: "请选择上报方式。", record_reported_to: "请写明上报对象：选择人员，或填写其他对象的名称。", record_report_early: "上报时间早于发生时间，请核对。", record_due: "完成日期已过。", record_footage: "录像时段须有摄像机、开始和较晚的结束，最长 24 小时。", record_snapshot: "没有这张截图。", record_second: "补录须由另一人签字，请选择。", record_corrected: "该记录项已被更正，请更正其更正项。", record_by_program: "该行由系统登记，请另写一条说明。", record_entry_elsewhere: "该记录项属于另一间监控室。", record_not_open: "该记录项没有未了结的事项。", record_report_unknown: "没有这次上报。", record_receipt_other: "只有上报对象本人可以确认收到。", record_received: "已确认收到。", record_second_other: "只有记录项中指定的第二签字人可以签字。", record_signed: "该记录项已签字。", record_no_record: "本班值班记录的表头尚未填写。", record_head_times: "班次须有开始和较晚的结束，最长 36 小时。", record_question: "这些条件无法一起查找。请减少词语，并使截止晚于起始。", record_file_type: "只能添加完整的 JPEG、PNG 图片和 PDF 文件。", record_file_size: "单个附件不超过 {{most}} MB。", record_file_count: "每条记录项最多 {{most}} 个附件。", record_file_unknown: "没有这个附件。", record_file_lost: "附件在数据目录中缺失，或已不是原件。",
};

export const recordName = { duty_categories: "值班记录的类别", duty_back: "可登记多久以内发生的事", duty_apart: "补填的上报时间相差多少予以注明", duty_report_within: "重大事项上报时限" };
export const recordAbout = { duty_categories: "已按停用类别登记的记录项保持原样。", duty_back: "更早的事作为补录登记，须第二人签字。", duty_apart: "与补填的时刻相比。", duty_report_within: "时限内记录项旁显示倒计时，超时后变红并置顶。" };
export const recordWord = { patrol: "巡查", alarm: "报警", visitor: "来访", fault: "故障", lighting: "照明", network: "网络", access: "门禁与调看", request: "申请", instruction: "领导指示", handover: "交接班", labour_discipline: "劳动纪律", public_order: "治安", other: "其他" };
export const recordClause = { C063: "记录真实、不漏登", C065: "记录范围", C072: "发现问题及时上报" };
