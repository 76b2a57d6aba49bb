/** 摄像机画面的遮挡，以及获取画面的其他途径。 */
export const device = {
  masks: {
    title: "隐私遮挡", none: "该摄像机的画面没有遮挡。", covered: "已遮挡：{{names}}", onDevice: "设备自身已遮挡：{{what}}", setBy: "{{name}} 于 {{time}} 设置", setHere: "{{time}} 在服务器上设置", waits: "一项减少遮挡的变更等待另一人确认",
    edit: "编辑遮挡", editOf: "“{{name}}”的隐私遮挡", rectangle: "矩形", outline: "多边形", byNumbers: "按数值添加", nth: "遮挡 {{n}}", canvas: "“{{name}}”的画面及遮挡区域",
    hint: "拖动遮挡区域或其顶点；方向键每次移动顶点 0.5%，同时按 Shift 为 5%。", hint_rectangle: "从一角拖到对角，按 Esc 取消。", hint_outline: "依次点击各顶点；按 Enter、双击或点击第一个顶点即闭合，按 Esc 取消。",
    noPicture: "该摄像机目前没有画面，可按数值设置遮挡。", noRight: "您的岗位角色不能查看画面，可按数值设置遮挡。",
    name: "名称", reason: "原因", reasonFor: "遮挡什么，为谁遮挡", points: "顶点（占画面宽、高的百分比）", x: "顶点 {{n}}，距左侧", y: "顶点 {{n}}，距上侧", point: "顶点 {{n}}：距左侧 {{x}}%，距上侧 {{y}}%", addPoint: "添加顶点", removePoint: "删除顶点 {{n}}", remove: "删除“{{name}}”",
    device: "设备自身的遮挡", deviceFor: "设备上的设置，例如“设备菜单中遮挡两扇窗户”", why: "变更理由", whyHint: "增加遮挡立即生效；减少遮挡须说明理由，并由另一人确认。",
    saved: "“{{name}}”的遮挡已设置。", savedWaits: "此变更将使“{{name}}”显示更多画面，须由另一人确认；确认前保持不变。", waiting: "等待确认的减少遮挡", fromTo: "现有 {{from}} 处遮挡，变更后 {{to}} 处", stays: "保留", differs: "缩小或移动", goes: "取消",
  },
  doors: {
    title: "获取画面的其他途径", lead: "不经本系统获取画面的途径及其负责人。不明的列为疑点。", filter: "其他途径",
    kind_recorder_client: "录像机及其客户端", kind_web_page: "设备网页", kind_cloud_app: "云端或手机应用", kind_shared_account: "设备上的共用账号", kind_other: "其他途径",
    state: "核查结果", state_closed: "已关闭", state_owned: "有负责人", state_unknown: "不明", ownedBy: "由 {{name}} 负责", since: "自 {{day}} 起；{{name}} 于 {{time}} 核查", onServer: "服务器命令行", nobody: "尚无人核查",
    check: "核查", checkOf: "核查：{{what}}", add: "添加其他途径", label: "是什么途径", labelFor: "例如“门卫室监视器”", owner: "负责人", byPerson: "登记人员", byName: "其他人", sinceDay: "起始日期（不填为今天）", noteFor: "如何核查", saved: "摄像机档案已保存。",
    password_other: "设备口令于 {{day}} 更换，已使用 {{count}} 天，最长 {{most}} 天", passwordOld_other: "设备口令自 {{day}} 起已使用 {{count}} 天，超过 {{most}} 天。请在设备上更换，再到“编辑”中填写新口令。", noPassword: "未保存该设备的口令",
    unknown_other: "{{count}} 种途径不明", old_other: "口令已使用 {{count}} 天",
  },
};
