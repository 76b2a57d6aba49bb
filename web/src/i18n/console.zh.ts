/** 供查看监控使用的计算机。 */
export const consoles = {
  title: "操作台", script: "脚本为源代码中的 deploy/console/setup；设置步骤见同处的指南“专用操作台”（docs/guide/zh/consoles.md）。", lead: "每台操作台设定为只运行浏览器、不能使用 USB 存储，并每五分钟报告一次自身状态。报告的内容由操作台自身给出。设定方法、“与设定不符”的含义以及不能防范的情形，见使用指南。",
  count_other: "在用 {{count}} 台",
  none: "尚无操作台", noneText: "先登记操作台，再用其编号和令牌在该计算机上运行设定脚本。",
  add: "登记操作台", name: "名称", place: "所在位置", lasts: "令牌有效期", days_other: "{{count}} 天",
  id: "编号 {{id}}", reported: "最近报告 {{time}}", never: "尚无报告", tokenEnds: "令牌有效至 {{time}}", tokenEnded: "令牌已失效，请更换",
  state_waiting: "尚未设定", state_ok: "与设定一致", state_drift: "与设定不符", state_silent: "失联", state_retired: "已停用",
  driftSince: "{{time}} 起与设定不符", silentSince: "{{time}} 起无报告",
  found_file_missing: "缺少设定文件", found_file_changed: "设定文件被改动", found_policy_added: "增加了其他浏览器策略",
  found_usb_allowed: "USB 存储驱动可以加载", found_usb_loaded: "USB 存储驱动已加载", found_media_mounted: "挂载了移动存储介质",
  found_program: "运行了未经允许的程序", found_unread: "检查程序无法读取", found_profile: "设定与首次报告时不同", found_unreadable: "其报告在本机无法读取",
  renew: "更换令牌", renewOf: "为 {{name}} 更换令牌", renewTitle: "为 {{name}} 更换令牌？", renewText: "原令牌随即失效。请用新令牌在该计算机上重新运行设定脚本，此后以其首次报告的设定为准。",
  retire: "停用", retireOf: "停用 {{name}}", retireTitle: "停用 {{name}}", retireText: "其令牌随即失效，不再等待其报告。", retired: "{{name}} 已停用。",
  made: "{{name}} 的令牌", once: "令牌只显示这一次。请存入该计算机上只有 root 可读的文件，并在其上以 root 身份运行：", done: "已保存",
};

/** 临时顶岗人员阅读并签署的内容。 */
export const briefing = {
  title: "上岗之前", script: "脚本为源代码中的 deploy/console/setup；设置步骤见同处的指南“专用操作台”（docs/guide/zh/consoles.md）。", lead: "您临时顶岗一个班次。请认真阅读，并由本人签署。签署之前不显示任何画面。",
  begin: "打开岗前交底", pledge: "保密承诺", wait: "{{left}}后可以签署。", password: "以 {{name}} 的密码签署", sign: "已阅读并签署", signed: "已签署，可以查看实时画面。",
};
