/** 由外泄画面追溯查看者。 */
export const trace = {
  title: "外泄画面追溯", open: "外泄画面追溯", back: "操作日志",
  lead: "画面上的水印带有追溯码。在此输入追溯码，可查出何人、何时、从何处查看了哪台摄像机。看不清追溯码的，按摄像机和时刻查询。每次追溯均记录在案。",
  id: "追溯码", idHint: "九位字母和数字，如 7KQ-2MD-4XZ；不分大小写，空格和短横可省略。", or: "看不清追溯码的", camera: "摄像机", minute: "画面所示时刻", minuteHint: "如 2026-11-22 02:13，按场所时间填写。", search: "追溯", minuteInvalid: "请按 2026-11-22 02:13 的格式填写。", needsCamera: "请选择摄像机。",
  found_other: "共 {{count}} 次查看", none: "没有对应的查看记录", noneText: "在您可知悉的范围内，没有带此追溯码的查看记录。请与画面再核对一遍：8 与 B、5 与 S、2 与 Z 容易看错。", noneMinute: "没有人实时观看或事后查看过该摄像机此一时刻的画面。",
  partial: "结果较多，此处未全部列出；全部记录见操作日志。",
  kind_live: "观看实时画面", kind_picture: "查看实时画面", kind_playback: "回放录像", kind_snapshot: "截图或查看截图",
  when: "查看时间", footage: "录像时段", purpose: "用途", address: "地址", console: "终端", signedIn: "登录时间", session: "会话", token: "令牌", noEnd: "自 {{from}} 起，未记录结束时间", latest: "自 {{from}} 起，未记录结束时间；如无后续记录，至迟于 {{latest}} 结束", act: "记录 {{n}}", acts: "佐证", allActs: "此追溯码的全部记录",
  deters: "水印用于震慑和查找，本身不作证明；以操作日志为证。",
  asked: "追溯码 {{id}}", askedMinute: "时刻 {{minute}}", led_other: "查出 {{count}} 次查看",
};
