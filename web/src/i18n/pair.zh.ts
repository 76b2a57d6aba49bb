export const pair = {
  title: "双人确认", lead: "制度要求双人的操作，须由其他岗位角色的人员逐次表示同意，或予以拒绝。",
  needed: "须有第二人同意", why: "须由其他岗位角色的人员同意，仅限本次操作，仅限本操作台。", who: "凡凭您未担任的岗位角色享有此项权限的人员，均可作为第二人。",
  kind: "操作", present: "在场人员", kind_viewing: "回放录像", kind_snapshot: "截图", kind_live: "观看实时画面", interval: "录像时段", now: "当前画面", picture: "画面时间",
  here: "第二人在场", apart: "请求他人", hereText: "由第二人输入本人的用户名和密码确认。此举不会使其登录，您的登录也不受影响。", agreeHere: "同意",
  apartText: "有权同意的人员会立即在各自的屏幕上看到请求。", ask: "发出请求", waiting: "等待他人同意", left: "剩余 {{left}}", withdraw: "撤回",
  refusedBy: "{{name}} 已拒绝：{{note}}", over: "无人在时限内同意。", again: "重新请求", goesOn: "{{name}} 已同意。", wait_other: "尝试次数过多，请在 {{count}} 秒后重试。",
  wants: "{{name}} 请求第二人", look: "查看", none: "目前无人请求第二人", noneText: "新的请求会立即显示在这里，其他有权同意的人员也会同时看到。",
  forYou: "待您答复", last: "最近一天", asks: "请求人", as: "岗位角色：{{positions}}", reason: "原因", note: "说明", purpose: "用途", cameras: "摄像机", agree: "同意", refuse: "拒绝", agreed: "您已作为第二人同意。", refused: "已拒绝。",
  refuseTitle: "拒绝此请求？", refuseText: "理由将告知 {{name}}。", with: "第二人：{{name}}", by: "{{name}}（{{position}}）", way_here: "在请求人的操作台确认", way_apart: "在本人会话中确认", open: "请求第二人",
  state_waiting: "等待中", state_agreed: "已同意，尚未使用", state_refused: "已拒绝", state_withdrawn: "已撤回", state_expired: "已过期", state_used: "已双人完成",
};
