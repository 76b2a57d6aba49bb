package handover

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
)

// words are those of the screens, by section and code.
type words map[string]map[string]any

// words gives those of a language. A build without the browser application has none, and paper
// then has the codes.
func (p *Paper) words(language string) words {
	if p.Web == nil {
		return nil
	}
	var all map[string]words
	if data, err := fs.ReadFile(p.Web, "print/words.json"); err != nil || json.Unmarshal(data, &all) != nil {
		return nil
	}
	return all[strings.TrimSuffix(language, "-CN")]
}

// of is the word for a code, or the code where there is none.
func (w words) of(section, code string) string {
	if s, ok := w[section][code].(string); ok {
		return s
	}
	return code
}

// said is the sentence for a code with what it names.
func (w words) said(section, code string, params map[string]any) string {
	s := w.of(section, code)
	if other, ok := w[section][code+"_other"].(string); ok {
		s = other
	}
	for name, v := range params {
		s = strings.ReplaceAll(s, "{{"+name+"}}", fmt.Sprint(v))
	}
	return s
}

// printed is the words of a printed sheet that no screen has.
type printed struct {
	language, title, page, running, none, came, read, urgent, due, more, number, between, and string

	site, place, date, shift, span, persons, outgoing, incoming, how, unplanned, on, late string

	passed, overtaken string
	states            map[string]string
	weekdays          []string

	system, counts, disks, free, full, clock, log, gaps string

	columns []string

	counting, count, complete, missing, stated, fit, remarksOut, remarksIn, signatures, attested, session, afterwards, found string

	round map[bool]string
	roles map[string]string

	byHand, wet, checkpoint, hold string
}

var prints = map[string]*printed{
	"zh-CN": {
		language: "zh-CN", title: "监控室交接班记录表", page: "第 {page} 页，共 {pages} 页", running: "%s · 打印人：%s · %s", none: "无未尽事项", came: "交班人签字后新增", read: "接班人已确认", urgent: "紧急", due: "期限：%s",
		more: "另有 %s 项未列入本表", number: "第 %s 号", between: "、", and: "＋",
		site: "单位", place: "监控室", date: "日期", shift: "排班时间", span: "当班起止", persons: "值班人员", outgoing: "交班人", incoming: "接班人", how: "交接结果", unplanned: "未排班", on: "%s（%s 签到）", late: "迟到 %d 分钟",
		passed: "%s 起由 %s 负责（双方签字）", overtaken: "未经签字，%s 起由 %s 负责：%s", states: map[string]string{"open": "尚未签字，责任未转移", "signed": "交班人已签字，接班人尚未签字，责任未转移"},
		weekdays: []string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"},
		system:   "摄像机", counts: "在线 %d / 共 %d，正在录像 %d", disks: "录像存储", free: "剩余 %.1f GB", full: "预计 %s 存满", clock: "时钟", log: "存证日志", gaps: "本班非计划缺失时段",
		columns:  []string{"序号", "类别", "未尽事项", "起始时间", "负责人、期限", "接班人确认"},
		counting: "物品清点", count: "%s：%d", complete: "齐全完好", missing: "缺失或损坏", stated: "交班人声明", fit: "接班人状态良好，适合上岗。", remarksOut: "交班人备注", remarksIn: "接班人备注",
		signatures: "电子签字", attested: "服务器证明（%s）", session: "已登录会话", afterwards: "接班后补充说明", found: "接班时发现",
		round:  map[bool]string{true: "交班前已巡查监控室和设备。", false: "交班前未巡查监控室和设备。"},
		roles:  map[string]string{"outgoing": "交班人", "incoming": "接班人", "review": "审阅人"},
		byHand: "手签和盖章", wet: "交班人（签字）：____________________　　日期：______年____月____日\n\n接班人（签字）：____________________　　日期：______年____月____日\n\n审阅领导（签字、盖章）：____________________　　日期：______年____月____日",
		checkpoint: "存证校验点（接班人会签）", hold: "以上为接班人签字时存证日志的条目数和根哈希。请妥善保存本表：日后可据此核对存证日志未被改写。",
	},
	"en": {
		language: "en", title: "Handover record of the control room", page: "Page {page} of {pages}", running: "%s · printed by %s · %s", none: "Nothing is open", came: "came up after the outgoing had signed", read: "acknowledged by the incoming", urgent: "urgent", due: "due %s",
		more: "%s more matters have no room here", number: "No. %s", between: ", ", and: " + ",
		site: "Site", place: "Control room", date: "Date", shift: "Shift by the roster", span: "In charge", persons: "On watch", outgoing: "Outgoing", incoming: "Incoming", how: "Outcome", unplanned: "not on the roster", on: "%s (signed on %s)", late: "%d min late",
		passed: "Since %s %s is in charge (both signed)", overtaken: "Without a signature; since %s %s is in charge: %s", states: map[string]string{"open": "Not signed; nothing has passed", "signed": "Signed by the outgoing alone; nothing has passed"},
		weekdays: []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		system:   "Cameras", counts: "%d of %d online, %d recorded", disks: "Storage", free: "%.1f GB free", full: "full on %s", clock: "Clock", log: "Transparency log", gaps: "Unplanned gaps in this watch",
		columns:  []string{"No.", "Kind", "Open matter", "Since", "Owner, due", "Acknowledged"},
		counting: "Counted", count: "%s: %d", complete: "complete and intact", missing: "missing or broken", stated: "The outgoing states", fit: "Who takes over is fit for duty.", remarksOut: "Remarks of the outgoing", remarksIn: "Remarks of the incoming",
		signatures: "Electronic signatures", attested: "attested by the server (%s)", session: "signed in", afterwards: "Said afterwards", found: "found after takeover",
		round:  map[bool]string{true: "The round of room and equipment before the handover was made.", false: "The round of room and equipment before the handover was not made."},
		roles:  map[string]string{"outgoing": "Outgoing", "incoming": "Incoming", "review": "Reviewed by"},
		byHand: "Signatures by hand, and seal", wet: "Outgoing (signature): ____________________   Date: ________________\n\nIncoming (signature): ____________________   Date: ________________\n\nReviewing leader (signature, seal): ____________________   Date: ________________",
		checkpoint: "Checkpoint of the transparency log, cosigned by the incoming", hold: "This is how many entries the log had, and its root hash, when the incoming signed. Keep this sheet: against it anybody can check later that the log was not rewritten.",
	},
}
