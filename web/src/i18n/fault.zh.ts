/** 存储故障。 */
export const storageFault = {
  volume_full: "磁盘已满",
  volume_failing: "磁盘报错或没有响应",
  volume_away: "磁盘不在：文件夹不存在、属于别的盘，或已不在配置中",
  tier_away: "归档存储无法连接", tier_full: "归档存储已满", tier_failing: "归档存储报错",
  retention_at_risk: "最短保存期限无法保证", footage_damaged: "录像与录制时不符或缺失", damagedFiles_other: "{{count}} 个录像文件，首个：{{file}}",
  what_altered: "其内容与录制时不符。", what_missing: "文件不存在，且没有记录说明原因。", what_short: "录像服务异常终止后，已封存的部分缺失。", what_unproved: "没有任何记录表明它由本摄像机的录像服务在该时间写入；可能是事后放入的。", what_misplaced: "它位于其他摄像机或其他日期的目录中，已留在原处。请手动移回原位或移走。",
  opened: "发现",
  repeated: "再次提示",
  escalated: "已上报领导",
  acknowledged: "已确认",
  over: "原因消除",
  back: "再次出现",
  unproved: "核验未通过",
  closed: "已关闭",
  not_recording: "录像尚未恢复",
  oldest_unproved: "最早录像核验未通过",
  place_absent: "存有录像的磁盘或归档层已不在配置中",
  given_up: "已放弃",
  absent: "{{name}} 上存有录像，但配置中已没有它。请将其恢复到配置中，或者放弃。",
  giveUp: "放弃", giveUpTitle: "放弃 {{name}}",
  giveUpText: "此后，该处的全部录像均按缺失处理：时间轴上显示为缺口，视为违反最短保存期限，并须填写录像缺失说明。该磁盘或归档层恢复到配置中且文件与录制时相符后，即告恢复。您的姓名和原因将记录在案。",
};

/** 配置中已没有的磁盘和归档层的报警。 */
export const absentAlarms = {
  volume_absent: "录像盘 {{place}} 上存有录像，但配置中已没有它。这些录像无法播放；该盘恢复或有人放弃之前，存储故障不会关闭。",
  tier_absent: "归档层 {{place}} 上存有录像，但配置中已没有它。这些录像无法播放；该层恢复或有人放弃之前，存储故障不会关闭。",
};
