// 登录相关用语，另由 zh.ts 并入其他各节。
export const lock = {
  title: "操作台已锁定", text: "一段时间无人操作，或已手动锁定。实时画面和报警不受影响，其余内容解锁后从原处继续。", onWall: "操作台已锁定，实时画面和报警不受影响。",
  unlock: "解锁", now: "锁定操作台", since: "{{time}} 起锁定", toWall: "前往实时画面", with_password: "使用密码", with_totp: "使用验证器动态码", with_passkey: "使用通行密钥", with_card: "使用员工卡",
  again: "您的账户在此没有可用于解锁的方式，请退出后重新登录。",
};
export const sharedLogins = {
  title: "共用账户", tabCount: "共用账户 {{count}}", lead: "账户在两处之间往返使用，快于一人所能。这只是疑点，不是证明：请询问本人，并将结论记录在案。",
  none: "没有账户在两处同时使用。", seen_other: "{{count}} 次，{{from}} 至 {{to}}", judge: "记录结论", judgeOf: "{{name}} 的账户是怎么回事？", open: "尚无人核查",
  what: "是谁在使用？", note: "依据", judged: "结论已记录在案。", answered: "{{name}}，{{time}}", choose_own: "本人先后在两处", choose_shared: "他人，密码由本人告知", choose_taken: "他人，且本不应知道密码（其全部会话随即结束）",
  answer_own: "同一人", answer_shared: "密码外借", answer_taken: "账户被盗用",
};
export const newPlace = "您的账户于 {{time}} 在新的地点登录：{{address}}，{{name}}。如非本人操作，请结束该会话并修改密码，并立即告知当班负责人。";
export const endsSoon = "您的令牌“{{name}}”将于 {{date}} 到期，请为使用它的程序另建一个。";
export const asRuled = "按规定";
export const sessions = {
  title: "登录位置", titleOf: "{{name}} 的登录位置", lead: "您的账户在以下浏览器中登录。如有不认识的，请结束该会话，然后修改密码。", none: "未在任何位置登录。",
  here: "当前浏览器", new: "新的地点", unknown: "未知浏览器", from: "来自 {{address}}", times: "{{since}} 登录，最近使用 {{seen}}", over: "来自新地点的会话已结束。",
  end: "结束", endOf: "结束来自 {{address}} 的 {{device}} 会话", endTitle: "结束来自 {{address}} 的 {{device}} 会话？", endText: "该处随即退出登录，正在查看的画面停止。此操作记录在案。",
  endOthers: "结束其他全部会话", endOthersTitle: "结束除当前以外的全部会话？", endAll: "结束全部会话", endAllTitle: "结束 {{name}} 的全部会话？", endOfText: "{{name}} 在该处查看的画面随即停止。此操作连同您的理由记录在案，本人下次登录时将得知。",
  ended_other: "已结束 {{count}} 个会话。",
};
export const endedNotice = {
  toSessions: "查看登录位置", session_ended: "{{by}} 于 {{time}} 结束了您来自 {{address}} 的 {{name}} 会话。", sessions_ended: "{{by}} 于 {{time}} 结束了您的会话。",
};
