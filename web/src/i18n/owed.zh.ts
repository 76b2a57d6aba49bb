/** Reasons of viewings that are due afterwards. */
export const owed = {
  due: "查看录像（{{purpose}}，{{camera}}）的原因须在 {{time}} 前补填", missing: "查看录像（{{purpose}}，{{camera}}）的原因逾期未填（应于 {{time}} 前），已记录在案",
  write: "补填原因", title: "为何查看录像？", lead: "{{purpose}}，{{camera}}，录像自 {{time}} 起。所填内容与该次查看一并记录在案，只能填写一次。", send: "记录在案", sent: "原因已记录在案。",
  buttons: "按下即看，原因事后补填", button: "立即查看：{{purpose}}", hint: "最近 {{time}} 的录像；补填原因的期限会随后提示。",
  listTitle: "待补填原因的查看", state_due: "待补填", state_missing: "逾期未填", by: "{{name}} 于 {{time}} 查看 {{camera}}", dueAt: "应于 {{time}} 前补填", none: "没有待补填的原因。", more_other: "另有 {{count}} 项",
};
