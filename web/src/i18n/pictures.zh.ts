// 截图作为单独一类记录的保存规则用语。
export const pictures = {
  footage: "录像", snapshots: "截图", kind: "记录类别",
  lead: "录像删除时，其截图一并删除，不受此处设置影响。设置最长期限可使截图先于录像删除。",
  acts: "操作记录一律不删除，网络日志和操作日志的留存因此超过六个月。",
  asFootage: "与对应录像相同", asFootageText: "尚未设置：截图的最短期限与对应录像相同，并随录像删除。",
  noMaximum: "不单独设置，随录像删除", withFootage: "之后随录像删除",
  cell: "截图：{{rule}}", there_other: "截图 {{count}} 幅，{{size}}", none: "没有截图", lastPass_other: "删除截图 {{count}} 幅",
  promised_other: "较早的截图承诺保存 {{count}} 天",
  older: "较早截图保存",
  limit: "设置最长期限：到期的截图予以删除，录像仍在也不例外", limitHint: "不设置时，截图与录像保存同样长的时间。",
  late_other: "对应录像满 {{count}} 天删除，截图届时一并删除。", uncapped_other: "对应录像的最短期限为 {{count}} 天，录像删除时截图一并删除。",
  lowers_other: "最短期限由 {{from}} 天改为 {{count}} 天，适用于此后画面的截图", existing: "同时适用于承诺期限更长的较早截图", approveText: "承诺期限更长的截图此后可能提前删除，删除后无法恢复。",
  alsoExisting: "同时适用于较早截图", effect: "此变更对现有截图的影响", effectNothing: "现有截图不会提前删除。",
  effectRemoved_other: "{{count}} 幅截图将在几分钟内删除，{{size}}",
  ownFromNow: "该摄像机的截图目前适用通用规则。在此设置后，将单独适用自己的规则。",
  removed: "已删除的截图", removedNone: "尚未删除任何截图", of: "{{time}} 的画面", by_main_maximum: "随录像删除：超过最长期限", by_main_space: "随录像删除：需要空间", by_main_order: "随录像删除：依法删除", by_snapshot_maximum: "超过截图的最长期限",
  gone: "{{time}} 删除", going: "正在删除",
};
