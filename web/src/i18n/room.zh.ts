/** 监控室专用摄像机。 */
export const room = {
  controlRoom: {
    title: "监控室", watches: "该摄像机监看监控室“{{name}}”。", watchesNone: "该摄像机未用于监看监控室。", mark: "设为监控室专用", edit: "修改", end: "不再用于监控室",
    about: "监控室应有一台专用摄像机，供抽查使用。值班岗位可以看其实时画面，但不能回放，也不能更改其任何设置，即使另有其他岗位角色。",
    aside: "您所任岗位角色属于监控室值班岗位：可以看该摄像机的实时画面，不能回放。",
    networks: "室内计算机：{{list}}", noNetworks: "尚未登记室内有哪些计算机。追溯外泄画面时，只能将此监控室列为可能的地点。",
    markedBy: "由{{name}}设置，{{time}}", markedHere: "在服务器本机设置，{{time}}", waits: "“不再用于监控室”的申请等待他人确认",
    markTitle: "将“{{name}}”设为监控室专用", markText: "自此时起，值班岗位不能回放该摄像机，不能截图，也不能停用或设置它。撤销须经第二人确认。",
    name: "监控室名称", nameFor: "如“一号楼监控室”", addresses: "室内计算机的地址", addressesFor: "每行一个，如 10.1.2.30 或 10.1.2.0/24。追溯外泄画面时，据此找到该摄像机拍下的室内情况。",
    endTitle: "“{{name}}”不再用于监控室？", endText: "此后值班岗位可按各自权限回放和操作该摄像机。须经他人确认，确认之前一切照旧。", endDo: "提出申请",
    saved: "“{{name}}”已设为监控室“{{room}}”专用。", ended: "“{{name}}”已不再用于监控室。", endedWaits: "“{{name}}”不再用于监控室的申请等待他人确认。",
    badge: "监控室", badgeOf: "监看监控室“{{name}}”", none: "尚无监控室设有专用摄像机。", noneText: "请在摄像机页面将其设为监控室专用。此后值班人员不能回放或更改该摄像机，可供抽查使用。",
    waiting: "等待确认的监控室专用撤销", then: "当时的监控室", held: "该摄像机监看监控室，值班岗位不得：{{right}}", markedLater: "{{time}} 才登记为该监控室专用", possible: "可能是此监控室", bounded: "无结束记录，至多到此时", watchedThen: "{{name}}：{{from}} – {{to}}", playThen: "回放此时段",
  },
};

/** 等待他人确认的撤销。 */
export const roomEnds = {
  overtakenRoom: "已过时：该摄像机已不再用于监控室", roomIs: "现监看监控室“{{name}}”，申请不再用于监控室。",
  approveRoomTitle: "确认“{{name}}”不再用于监控室？", approveRoomText: "确认后，值班岗位可按各自权限回放和操作该摄像机；操作写入存证日志后数秒内生效。",
  rejectRoomTitle: "不同意“{{name}}”不再用于监控室？", rejectRoomText: "该摄像机仍为监控室专用。理由将被记录。", withdrawRoomTitle: "撤回“{{name}}”不再用于监控室的申请？",
  done_approveRoom: "“{{name}}”已不再用于监控室。", done_rejectRoom: "“{{name}}”仍为监控室专用。",
};
