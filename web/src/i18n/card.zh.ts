/** 员工卡与卡密码。 */
export const card = {
  name: "员工卡", number: "员工卡", hold: "点击此处，然后将卡贴近读卡器。", needed: "请将卡贴近读卡器。", pin: "卡密码", pad: "卡密码数字键", clear: "清空", back: "退格",
  choose: "设定卡密码", change: "更改卡密码", chooseShort: "设定卡密码", changeShort: "更改卡密码", old: "原卡密码", new: "新卡密码", again: "再次输入新卡密码", differ: "两次输入的卡密码不一致。",
  rules: "6 至 12 位数字；不得为连续或重复的数字、日期，或卡号中的数字。", chooseText: "卡密码只有您本人知道，发卡人也不知道。此后登录时，输入密码后须刷卡并输入卡密码。", changeText: "忘记的卡密码无法找回，届时须由发卡人重新发卡。",
  noPIN: "尚未设定卡密码，不起作用", locked: "卡密码多次错误，已锁定", ending: "卡号尾号 {{tail}}", lockedOwn: "您的员工卡因卡密码多次错误已锁定。请联系发卡人解锁或重新发卡。",
  issue: "发卡", issueShort: "发放员工卡", reissueShort: "重新发卡", issueTo: "向{{name}}发放员工卡", reissueTo: "向{{name}}重新发卡", nameWhy: "用于区分各卡，例如卡面上的编号。",
  issueText: "请将卡贴近读卡器。卡号不以明文保存。卡密码由持卡人输入密码后，在“我的账户”中自行设定。", reissueText: "原卡立即失效，此人的所有会话随即结束。忘记卡密码的，可将同一张卡重新发放。持卡人须重新设定卡密码。", takenBy: "这是{{name}}的卡，须先收回。", issued: "已发卡。请{{name}}在“我的账户”中设定卡密码。",
  unlock: "解锁", unlockOf: "解锁{{name}}的员工卡", unlockText: "解锁后仍使用原卡密码。请确认是谁输错后再操作；忘记卡密码的，请重新发卡。", unlocked: "员工卡已解锁。",
  forShift: "本班员工卡（可不填）", forShiftHold: "点击此处，然后将卡贴近读卡器。顶岗人员登录后自行设定卡密码。",
};

/** 与其他第二要素并列的文字。 */
export const cardSecond = { text_card: "密码正确。请将员工卡贴近读卡器，并输入卡密码。", choose_card: "改用员工卡" };
export const cardNotice = {
  card_issued: "{{by}} 于 {{time}} 向您发放了员工卡“{{name}}”。请在“我的账户”中设定卡密码。", card_locked: "您的员工卡“{{name}}”于 {{time}} 被锁定：有人从 {{address}} 多次输错卡密码。如非本人操作，请立即告知当班负责人。", card_unlocked: "{{by}} 于 {{time}} 解锁了您的员工卡“{{name}}”。", pin_changed: "{{time}} 从 {{address}} 更改了您的员工卡“{{name}}”的卡密码。",
};
