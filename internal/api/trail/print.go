package trail

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"watchroom/internal/access/position"
	"watchroom/internal/api/route"
	"watchroom/internal/disclosure/purpose"
	"watchroom/internal/form/paper"
	"watchroom/internal/ledger/trail"
)

// mostPrinted bounds a print: some 800 pages, which are laid out in memory.
const mostPrinted = 5_000

// mostNote is how much of a checkpoint (bytes) is printed with its signatures; one with very
// many has its first three lines on paper, which is what proofs are held against.
const mostNote = 4096

// printed is the words of a printed trail that no screen has.
type printed struct {
	title, page, running, none, system, commandLine, waiting string

	site, by, at, zone, reason, conditions, number string

	grade, ungraded string

	columns []string
	second  string // person, before their name

	now, basis, due, missing, given, emergency string // with what they speak of in place of %s

	origin, size, root, key, checkpoint, proof, how, earlier string
}

var prints = map[string]printed{
	"zh-CN": {
		title: "操作日志", page: "第 {page} 页，共 {pages} 页", running: "%s · 导出人：%s · %s", none: "全部操作", system: "系统", commandLine: "命令行", waiting: "正在写入",
		site: "场所", by: "导出人", at: "导出时间", zone: "时区", reason: "导出事由", conditions: "筛选条件", number: "操作条数",
		grade: "安全等级：%s", ungraded: "安全等级：未涉及摄像机",
		columns: []string{"时间、编号", "人员、岗位角色、单位", "地址、会话或令牌", "操作、对象、摄像机", "录像时段", "用途、事由、在场人员、第二人", "结论、权限、规则", "条目"}, second: "第二人：",
		now: "%s（现称：%s）", basis: "法律依据：%s", due: "事由应于 %s 前补填", missing: "事由逾期未填，应于 %s 前补填", given: "补填的事由（%s）：%s", emergency: "凭紧急授权（%s，至 %s）",
		origin: "存证日志", size: "条目数", root: "根哈希", key: "日志公钥", checkpoint: "存证校验点",
		proof: "如何核验", how: "“条目”一栏是该操作在上述存证日志中的序号，从 0 起计。任何一条均可在操作日志中取出证明，由持有日志公钥的任何人用 watchroom ledger act 文件 --policy 策略 核验，无需本服务器。日志公钥应从另一途径取得，例如备案或交接单。该操作的原始内容见其证明和 CSV 导出文件。本文件的 SHA-256 记载于“导出操作日志”这一操作。",
		earlier: "条目前注明日志名称的，属于本录像机此前的存证日志。序号不小于上述条目数的，由其后的存证校验点证明。",
	},
	"en": {
		title: "Audit trail", page: "Page {page} of {pages}", running: "%s · taken out by %s · %s", none: "all acts", system: "system", commandLine: "command line", waiting: "on its way",
		site: "Site", by: "Taken out by", at: "Taken out at", zone: "Time zone", reason: "Reason", conditions: "Conditions", number: "Acts",
		grade: "Security grade: %s", ungraded: "Security grade: names no camera",
		columns: []string{"Time, id", "Person, positions, unit", "Address, session or token", "Act, subject, camera", "Footage", "Purpose, reason, present, second person", "Decision, right, rule", "Entry"}, second: "Second person: ",
		now: "%s (now: %s)", basis: "Legal basis: %s", due: "Reason due by %s", missing: "Reason missing, it was due by %s", given: "Reason given afterwards (%s): %s", emergency: "By an emergency right (%s, until %s)",
		origin: "Transparency log", size: "Entries", root: "Root hash", key: "Key of the log", checkpoint: "Checkpoint",
		proof: "How to check it", how: "An entry is the place of the act in the log above, counted from 0. The audit trail gives out the proof of each; whoever has the key of the log checks it with watchroom ledger act FILE --policy POLICY, without this server. The key should come by another way, such as the filing or a handover sheet. The raw detail of an act stands in its proof and in the CSV file. The SHA-256 of this file stands in the act of taking it out.",
		earlier: "An entry with the name of a log before it stands in an earlier log of this recorder. One that is not below the number of entries above is proved by a later checkpoint.",
	},
}

// parts are the widths of the columns against each other.
var parts = []float64{26, 34, 30, 44, 28, 58, 44, 14}

// words are those of the screens, by section and code.
type words map[string]map[string]any

// of is the word for a code, or the code where there is none.
func (w words) of(section, code string) string {
	if s, ok := w[section][strings.ReplaceAll(code, ".", "_")].(string); ok {
		return s
	}
	return code
}

// words gives those of a language, with what the house calls its positions and purposes. A
// build without the browser application has no others, and paper then has the codes.
func (x *Routes) words(ctx context.Context, language string) (words, error) {
	var all map[string]words
	if x.Web != nil {
		if data, err := fs.ReadFile(x.Web, "print/words.json"); err == nil {
			_ = json.Unmarshal(data, &all) // as good as none
		}
	}
	w := all[strings.TrimSuffix(language, "-CN")]
	if w == nil {
		w = words{}
	}
	put := func(section, code string, name purpose.Words) {
		if w[section] == nil {
			w[section] = map[string]any{}
		}
		w[section][code] = name.In(language == "zh-CN")
	}
	positions, err := position.Read(ctx, x.DB.Read())
	if err != nil {
		return nil, err
	}
	for _, p := range positions {
		put("position", string(p.Code), purpose.Words(p.Name))
	}
	purposes, err := x.Purposes.List(ctx)
	if err != nil {
		return nil, err
	}
	for i := range purposes {
		put("purpose", purposes[i].Code, purposes[i].Name)
	}
	return w, nil
}

// pdf is the acts on paper, and how many there are.
func (x *Routes) pdf(ctx context.Context, q trail.Query, a *wanted) ([]byte, int, error) {
	n, language := a.naming, a.naming.language
	p, ok := prints[language]
	if !ok {
		language = "zh-CN"
		p = prints[language]
	}
	w, err := x.words(ctx, language)
	if err != nil {
		return nil, 0, err
	}
	actor := route.Actor(ctx)
	who := n.people[actor.Person]
	at := a.at.In(n.zone).Format("2006-01-02 15:04:05")
	d := &paper.Document{
		Language: language, Title: p.title, Page: p.page, Made: a.at, Running: fmt.Sprintf(p.running, x.SiteName, who, at),
	}
	for i, head := range p.columns {
		d.Columns = append(d.Columns, paper.Column{Head: head, Part: parts[i]})
	}
	data, err := x.Press.PDF(ctx, func(ctx context.Context) (*paper.Document, error) {
		origin := x.Log.Status().Origin
		grade := 0
		for _, id := range a.Camera {
			grade = max(grade, n.grades[id])
		}
		err := x.each(ctx, q, mostPrinted, func(e *trail.Entry, s *aside) {
			d.Rows, grade = append(d.Rows, cells(e, s, &p, w, n, origin)), max(grade, n.grades.named(e, false))
		})
		if err != nil {
			return nil, err
		}
		if d.Grade = p.ungraded; grade != 0 {
			d.Grade = fmt.Sprintf(p.grade, w.of("grade", fmt.Sprint("grade_", grade)))
		}
		var positions []string
		for _, held := range actor.Positions() {
			positions = append(positions, w.of("position", string(held)))
		}
		d.Facts = []paper.Fact{{Name: p.site, Value: x.SiteName}, {Name: p.by, Value: lines("  ", who, strings.Join(positions, " "))}, {Name: p.at, Value: at}, {Name: p.zone, Value: n.zone.String()},
			{Name: p.reason, Value: a.reason}, {Name: p.conditions, Value: a.told(&p, w)}, {Name: p.number, Value: fmt.Sprint(len(d.Rows))}}
		d.Notes = x.closing(&p)
		return d, nil
	})
	return data, len(d.Rows), err
}

// closing says against what the entries are proved. The checkpoint is read after the acts: at
// most the entries of the last seconds are beyond it.
func (x *Routes) closing(p *printed) []paper.Note {
	s, c := x.Log.Status(), x.Log.Checkpoint()
	notes := []paper.Note{{Head: p.origin, Text: s.Origin}}
	if len(c.Note) > 0 {
		note := string(c.Note)
		if len(note) > mostNote {
			note, _, _ = strings.Cut(note, "\n\n")
		}
		notes = append(notes, paper.Note{Head: p.size, Text: fmt.Sprint(c.Size)}, paper.Note{Head: p.root, Text: fmt.Sprintf("%x", c.Root[:])}, paper.Note{Head: p.checkpoint, Text: strings.TrimSpace(note)})
	}
	return append(notes, paper.Note{Head: p.key, Text: s.Key}, paper.Note{Head: p.proof, Text: p.how + "\n" + p.earlier})
}

// named is the name for an id, or the id where there is none.
func named(names map[string]string, id string) string {
	if name := names[id]; name != "" {
		return name
	}
	return id
}

// lines puts together what there is.
func lines(between string, all ...string) string {
	var said []string
	for _, s := range all {
		if s != "" {
			said = append(said, s)
		}
	}
	return strings.Join(said, between)
}

// cells are one act in the columns.
func cells(e *trail.Entry, s *aside, p *printed, w words, n *naming, origin string) []string {
	day := func(at int64) string { return route.Time(at).In(n.zone).Format("2006-01-02\n15:04:05.000") }
	who := named(n.people, e.Act.Person)
	switch {
	case who == "" && e.Local:
		who = p.commandLine
	case who == "":
		who = p.system
	}
	chinese, renamed := n.language != "en", s.renamed(e)
	held := func(code string) string { // what it was called then
		if i := slices.IndexFunc(renamed, func(r ActPosition) bool { return r.Position == code }); i >= 0 {
			return fmt.Sprintf(p.now, renamed[i].Name.in(chinese), renamed[i].NameNow.in(chinese))
		}
		return w.of("position", code)
	}
	var positions []string
	for _, code := range e.Positions {
		positions = append(positions, held(code))
	}
	by := e.Session
	if e.Token != "" {
		by = e.Token
	}
	subject := e.Act.Subject
	if subject == e.Act.Camera {
		subject = ""
	}
	footage := ""
	if e.To != 0 {
		footage = day(e.From) + "\n– " + day(e.To)
	}
	with := ""
	if s := partner(e, n.people); s != nil {
		with = p.second + lines("  ", named(n.people, s.Person), held(s.Position))
	}
	entry := p.waiting
	if e.Logged.Log != "" {
		entry = fmt.Sprint(e.Leaf)
		if e.Logged.Log != origin {
			entry = e.Logged.Log + " " + entry
		}
	}
	return []string{
		lines("\n", day(e.Act.At), e.Act.ID),
		lines("\n", who, strings.Join(positions, " "), named(n.units, e.Unit)),
		lines("\n", e.Address, by),
		lines("\n", w.of("act", e.Act.Kind), e.Act.Kind, named(n.cameras, e.Act.Camera), subject),
		footage,
		lines("\n", purposed(e, s, p, w, chinese), e.Reason, later(s.reason(e), p, n), beside(e.Present, n.people), with),
		lines("\n", w.of("verdict", e.Verdict), w.of("action", e.Facets.Action), held(e.Position), hurried(s.emergency(e), p, w, n), e.Rule),
		entry,
	}
}

// minute is an instant in the time of the site.
func (n *naming) minute(at time.Time) string { return at.In(n.zone).Format("2006-01-02 15:04") }

// second is minute with its seconds, where acts follow one another closely.
func (n *naming) second(at time.Time) string { return at.In(n.zone).Format("2006-01-02 15:04:05") }

// purposed is the purpose of an act in the words of its time, with its legal basis.
func purposed(e *trail.Entry, s *aside, p *printed, w words, chinese bool) string {
	then := s.purpose(e)
	if then == nil {
		return w.of("purpose", e.Purpose)
	}
	name := then.Name.in(chinese)
	if then.NameNow != nil && then.NameNow.in(chinese) != name {
		name = fmt.Sprintf(p.now, name, then.NameNow.in(chinese))
	}
	return name + "\n" + fmt.Sprintf(p.basis, then.Basis.in(chinese))
}

// later is what became of a reason that was due afterwards; empty: none was.
func later(r *ActReason, p *printed, n *naming) string {
	switch {
	case r == nil:
		return ""
	case r.GivenAt != nil:
		return fmt.Sprintf(p.given, n.minute(*r.GivenAt), r.Reason)
	case r.MissingSince != nil:
		return fmt.Sprintf(p.missing, n.minute(r.DueAt))
	}
	return fmt.Sprintf(p.due, n.minute(r.DueAt))
}

// hurried names the emergency right by which an act was allowed; empty: none was needed.
func hurried(e *ActEmergency, p *printed, w words, n *naming) string {
	if e == nil {
		return ""
	}
	return fmt.Sprintf(p.emergency, w.of("cause", e.Cause), n.second(e.Until))
}

// told is the conditions in words, one a line.
func (a *wanted) told(p *printed, w words) string {
	c, n := &a.Conditions, a.naming
	english := n.language == "en"
	label := func(zh, en string) string {
		if english {
			return en + ": "
		}
		return zh + "："
	}
	between := "、"
	if english {
		between = ", "
	}
	var said []string
	list := func(zh, en string, values []string, name func(string) string) {
		if len(values) == 0 {
			return
		}
		names := make([]string, len(values))
		for i, v := range values {
			names[i] = v
			if name != nil {
				names[i] = name(v)
			}
		}
		said = append(said, label(zh, en)+strings.Join(names, between))
	}
	by := func(names map[string]string) func(string) string {
		return func(id string) string {
			if id == system {
				return p.system
			}
			return named(names, id)
		}
	}
	word := func(section string) func(string) string {
		return func(code string) string { return w.of(section, code) }
	}
	list("操作", "Act", c.Kind, func(kind string) string {
		if chapter, whole := strings.CutSuffix(kind, "."); whole {
			return w.of("chapter", chapter)
		}
		return w.of("act", kind)
	})
	list("人员", "Person", c.Person, by(n.people))
	list("岗位角色", "Position", c.Position, word("position"))
	list("单位", "Unit", c.Unit, by(n.units))
	list("地址", "Address", c.Address, nil)
	list("摄像机", "Camera", c.Camera, by(n.cameras))
	list("用途", "Purpose", c.Purpose, word("purpose"))
	list("在场", "Present", c.Present, by(n.people))
	list("结论", "Decision", c.Verdict, word("verdict"))
	list("规则", "Rule", c.Rule, nil)
	list("追溯码", "Trace id", c.Mark, nil)
	if c.Text != "" {
		said = append(said, label("文字", "Text")+c.Text)
	}
	for _, t := range []struct {
		zh, en string
		at     time.Time
	}{{"操作时间起", "Acts from", c.From}, {"操作时间止", "Acts to", c.To}, {"录像时段起", "Footage from", c.FootageFrom}, {"录像时段止", "Footage to", c.FootageTo}, {"该时段内操作或查看该时段录像，起", "Done then, or footage of then, from", c.NightFrom}, {"该时段内操作或查看该时段录像，止", "Done then, or footage of then, to", c.NightTo}} {
		if !t.at.IsZero() {
			said = append(said, label(t.zh, t.en)+t.at.In(n.zone).Format("2006-01-02 15:04:05"))
		}
	}
	if len(said) == 0 {
		return p.none
	}
	return strings.Join(said, "\n")
}
