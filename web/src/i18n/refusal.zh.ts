/** 不予许可时，在其下说明依据的规定、由谁决定、现在可以做什么。 */
export const refusal = {
  rule: "依据", decides: "由谁决定", request: "申请",
  byRule: "本单位规定“{{rule}}”", byProgram: "岗位角色“{{position}}”自带的权限范围", byParameter: "本单位参数“{{name}}”",
  noRequests: "调取申请将在以后的版本中提供。在此之前，可请上述人员修改规定，或请有权限的人代为查看。",
  mine: "我在此摄像机的权限", mineAll: "我的权限", pledge: "签署保密承诺", title: "未获许可", byWhom: "可由以下岗位角色的人员决定：{{positions}}。",
};
