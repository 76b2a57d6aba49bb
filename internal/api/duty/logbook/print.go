package logbook

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/duty/logbook"
	"watchroom/internal/form/paper"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/sheet"
)

const (
	mostPrinted  = 5_000 // entries of one print, some 600 pages
	longestPrint = 32 * 24 * time.Hour
	kindPrinted  = "duty.printed"
)

var errNoPress = problem.New(problem.Unavailable, "face_missing", "The typeface for printing is not part of this build.")

// printed is the words of a printed record that no screen has.
type printed struct {
	title, page, running, program, typed, unread, read, late, unsigned, corrects, corrected, closes, open, done, unreported, sign, seal, none, more string

	site, room, date, shift, persons, leader, cameras, state, hourly, weekdays, between string

	columns []string
	words   map[string]string
}

var prints = map[bool]printed{
	true: {
		title: "值班记录", page: "第 {page} 页，共 {pages} 页", running: "%s · 打印人：%s · %s", program: "系统", typed: "补记于 %s", unread: "未确认收到", read: "%s 确认收到",
		late: "补录，纸质编号：%s，第二签字人：%s", unsigned: "（未签字）", corrects: "更正第 %d 号", corrected: "已更正", closes: "了结第 %d 号", open: "未尽事项，负责人：%s", done: "（已了结）", unreported: "未上报",
		sign: "签字", seal: "值班员签字：\n\n\n带班领导签字：\n\n\n审核人签字：\n\n\n（盖章）\n\n\n年　　月　　日", none: "该时段无记录。", more: "该时段记录超过 %d 条，本件只含最早的 %d 条，请缩短时段分次打印。",
		site: "场所", room: "监控室", date: "起止时间", shift: "班次", persons: "值班人员", leader: "带班领导", cameras: "在线摄像机", state: "设备状态", hourly: "逐时情况", weekdays: "日一二三四五六", between: "、",
		columns: []string{"编号", "发生时间", "登记时间", "类别", "内容、部位、摄像机", "处置情况", "上报（对象、方式、时间、确认）", "登记人"},
		words: map[string]string{"patrol": "巡查", "alarm": "报警", "visitor": "来访", "fault": "故障", "lighting": "照明", "network": "网络", "access": "门禁与调看", "request": "申请", "instruction": "领导指示", "handover": "交接班",
			"labour_discipline": "劳动纪律", "public_order": "治安", "other": "其他", "ordinary": "一般", "important": "重要", "severe": "重大", "phone": "电话", "radio": "对讲机", "in_person": "当面", "message": "消息"},
	},
	false: {
		title: "Duty record", page: "Page {page} of {pages}", running: "%s · printed by %s · %s", program: "the program", typed: "typed at %s", unread: "receipt not confirmed", read: "receipt confirmed at %s",
		late: "late entry, paper no. %s, second signer: %s", unsigned: " (not signed)", corrects: "corrects no. %d", corrected: "corrected", closes: "closes no. %d", open: "follow-up, owner: %s", done: " (closed)", unreported: "not reported",
		sign: "Signatures", seal: "On watch:\n\n\nLeader on duty:\n\n\nReviewed by:\n\n\n(seal)\n\n\nDate:", none: "No entries in this time.", more: "There are more than %d entries in this time; this print has the first %d. Print a shorter time.",
		site: "Site", room: "Control room", date: "From, to", shift: "Shift", persons: "On watch", leader: "Leader on duty", cameras: "Cameras online", state: "Equipment", hourly: "By the hour", weekdays: "", between: ", ",
		columns: []string{"No.", "Happened", "Entered", "Category", "What, where, cameras", "Action taken", "Reported (to, how, when, receipt)", "Author"},
		words: map[string]string{"patrol": "Patrol", "alarm": "Alarm", "visitor": "Visitor", "fault": "Fault", "lighting": "Lighting", "network": "Network", "access": "Access", "request": "Request", "instruction": "Leader’s instruction", "handover": "Handover",
			"labour_discipline": "Labour discipline", "public_order": "Public order", "other": "Other", "ordinary": "ordinary", "important": "important", "severe": "severe", "phone": "phone", "radio": "radio", "in_person": "in person", "message": "message"},
	},
}

var parts = []float64{12, 20, 20, 20, 80, 50, 52, 20}

// sheetOf is what is printed.
type sheetOf struct {
	*printed
	chinese  bool
	zone     *time.Location
	entries  []logbook.Entry // the oldest first
	numbers  map[string]int64
	names    map[string]string
	heads    []logbook.Sheet
	cut      bool
	from, to time.Time
}

func (x *Routes) print(w http.ResponseWriter, r *http.Request) error {
	q := route.FormOf(r)
	format, language := q.Word("format", "pdf", "xlsx"), q.Word("language", "zh", "en")
	room, from, to := q.Text("room", true), q.Instant("from", true), q.Instant("to", true)
	if q.Err() != nil {
		return q.Err()
	}
	if err := route.Interval(from, to, longestPrint); err != nil {
		return err
	}
	ctx, actor := r.Context(), route.Actor(r.Context())
	place, err := x.Book.Rooms.Look(ctx, x.Book.DB.Read(), actor, room)
	if err != nil {
		return err
	}
	s := &sheetOf{chinese: language == "zh", zone: x.zone(), from: from, to: to}
	p := prints[s.chinese]
	s.printed = &p
	x.words(language, &p)
	gather := func(ctx context.Context) error { return x.gather(ctx, actor, room, s) }
	var data []byte
	if format == "xlsx" {
		if err := gather(ctx); err != nil {
			return err
		}
		var b bytes.Buffer
		if err := sheet.WriteXLSX(&b, s.title, s.columns, s.rows()); err != nil {
			return problem.Wrap(err, "print the duty record")
		}
		data = b.Bytes()
	} else {
		if x.Press == nil {
			return errNoPress
		}
		data, err = x.Press.PDF(ctx, func(ctx context.Context) (*paper.Document, error) {
			if err := gather(ctx); err != nil {
				return nil, err
			}
			return x.document(s, place.Name, actor.Person), nil
		})
		if err != nil {
			return err
		}
	}
	detail := map[string]any{"from": from.UnixMicro(), "to": to.UnixMicro(), "format": format, "entries": len(s.entries)}
	err = x.Book.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return ledger.Record(ctx, tx, actor.For(access.DutyRead, "").Act(x.Book.Clock.Micro(), kindPrinted, room, "", detail))
	})
	if err != nil {
		return err
	}
	kind := map[string]string{"pdf": "application/pdf", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}[format]
	give(w, r, kind, s.title+" "+from.In(s.zone).Format("2006-01-02")+"."+format, data)
	return nil
}

// words puts the words of the screens over those that are built in: one thing has one word.
func (x *Routes) words(language string, p *printed) {
	if x.Web == nil {
		return
	}
	var all map[string]map[string]map[string]any
	if data, err := fs.ReadFile(x.Web, "print/words.json"); err != nil || json.Unmarshal(data, &all) != nil {
		return
	}
	said := map[string]string{}
	for code, word := range p.words {
		said[code] = word
		if w, ok := all[language]["dutyCategory"][code].(string); ok {
			said[code] = w
		}
	}
	p.words = said
}

// gather reads what is printed, the oldest first.
func (x *Routes) gather(ctx context.Context, actor access.Actor, room string, s *sheetOf) (err error) {
	q := logbook.Query{Room: room, From: s.from.UnixMicro(), To: s.to.UnixMicro(), Forward: true, Limit: 200}
	for more := true; more && len(s.entries) <= mostPrinted; {
		var page []logbook.Entry
		if page, more, err = x.Book.Find(ctx, actor, q); err != nil {
			return err
		}
		s.entries = append(s.entries, page...)
		if len(page) > 0 {
			q.Before = page[len(page)-1].Seq
		}
	}
	if len(s.entries) > mostPrinted {
		s.entries, s.cut = s.entries[:mostPrinted], true
	}
	if s.names, err = x.names(ctx, s.entries); err != nil {
		return err
	}
	s.numbers = map[string]int64{}
	for i := range s.entries {
		s.numbers[s.entries[i].ID] = s.entries[i].Number
	}
	if s.heads, err = x.Book.Heads(ctx, actor, room, q.From, q.To); err != nil {
		return err
	}
	ids := []string{actor.Person}
	for i := range s.heads {
		ids = append(append(ids, s.heads[i].Persons...), s.heads[i].WrittenBy)
	}
	if x.Book.Names == nil {
		return nil
	}
	more, err := x.Book.Names(ctx, x.Book.DB.Read(), ids)
	for id, name := range more {
		s.names[id] = name
	}
	return err
}

func (s *sheetOf) named(id string) string {
	if name := s.names[id]; name != "" {
		return name
	}
	return id
}

func (s *sheetOf) time(at int64) string {
	return route.Time(at).In(s.zone).Format("2006-01-02\n15:04:05")
}

func (s *sheetOf) minute(at int64) string {
	return route.Time(at).In(s.zone).Format("2006-01-02 15:04")
}

func lines(all ...string) string {
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), "\n")
}

func (s *sheetOf) rows() [][]string {
	rows := make([][]string, len(s.entries))
	for i := range s.entries {
		rows[i] = s.row(&s.entries[i])
	}
	if s.cut {
		note := make([]string, len(s.columns))
		note[4] = fmt.Sprintf(s.more, mostPrinted, mostPrinted)
		rows = append(rows, note)
	}
	return rows
}

func (s *sheetOf) row(e *logbook.Entry) []string {
	var what, cameras, told []string
	for _, c := range e.Cameras {
		cameras = append(cameras, s.named(c))
	}
	what = append(what, e.Say(s.chinese, s.zone), e.Place)
	if e.Code == "" {
		what = append(what, strings.Join(cameras, s.between))
	}
	if e.Footage != nil {
		what = append(what, s.named(e.Footage.Camera)+" "+s.minute(e.Footage.From)+" – "+s.minute(e.Footage.To))
	}
	if e.Late != nil {
		signed := s.unsigned
		if e.SignedAt != 0 {
			signed = ""
		}
		what = append(what, fmt.Sprintf(s.late, e.Late.Paper, s.named(e.Late.Second))+signed)
	}
	if e.Corrects != "" {
		what = append(what, fmt.Sprintf(s.corrects, s.numbers[e.Corrects]))
	}
	if e.CorrectedBy != "" {
		what = append(what, s.corrected)
	}
	if e.Closes != "" {
		what = append(what, fmt.Sprintf(s.closes, s.numbers[e.Closes]))
	}
	if e.Open != nil {
		open := fmt.Sprintf(s.open, s.named(e.Open.Owner))
		if e.Open.ClosedBy != "" {
			open += s.done
		}
		what = append(what, open)
	}
	for _, r := range e.Reports {
		to, received := r.Name, s.unread
		if r.Person != "" {
			to = s.named(r.Person)
		}
		if r.ReceivedAt != 0 {
			received = fmt.Sprintf(s.read, s.minute(r.ReceivedAt))
		}
		line := strings.Join(slices.DeleteFunc([]string{to, s.words[string(r.Channel)], s.minute(r.At), r.Receipt}, func(s string) bool { return s == "" }), " ")
		if r.Typed {
			line += " " + fmt.Sprintf(s.typed, s.minute(r.EnteredAt))
		}
		if r.Person == "" {
			received = ""
		}
		told = append(told, line, received)
	}
	if e.ReportBy != 0 {
		told = append(told, s.unreported)
	}
	author := s.named(e.Author)
	if e.Code != "" {
		author = s.program
	}
	return []string{fmt.Sprintf("%d-%d", e.Year, e.Number), s.time(e.At), s.time(e.EnteredAt), lines(s.words[e.Category], s.words[string(e.Severity)]), lines(what...), e.Action, lines(told...), author}
}

// document is the record on paper.
func (x *Routes) document(s *sheetOf, room, by string) *paper.Document {
	now := route.Time(x.Book.Clock.Micro())
	d := &paper.Document{Language: map[bool]string{true: "zh-CN", false: "en"}[s.chinese], Title: s.title, Page: s.page, Made: now,
		Running: fmt.Sprintf(s.running, x.SiteName, s.named(by), now.In(s.zone).Format("2006-01-02 15:04:05"))}
	for i, head := range s.columns {
		d.Columns = append(d.Columns, paper.Column{Head: head, Part: parts[i]})
	}
	d.Facts = []paper.Fact{{Name: s.site, Value: x.SiteName}, {Name: s.room, Value: room},
		{Name: s.date, Value: s.minute(s.from.UnixMicro()) + " – " + s.minute(s.to.UnixMicro()) + " " + s.weekday(s.from)}}
	for i := range s.heads {
		d.Facts = append(d.Facts, s.head(&s.heads[i])...)
	}
	d.Rows = s.rows()
	if len(d.Rows) == 0 {
		d.Facts = append(d.Facts, paper.Fact{Name: s.title, Value: s.none})
	}
	d.Notes = []paper.Note{{Head: s.sign, Text: s.seal}}
	return d
}

func (s *sheetOf) weekday(t time.Time) string {
	day := t.In(s.zone).Weekday()
	if s.weekdays == "" {
		return day.String()
	}
	return "星期" + string([]rune(s.weekdays)[day])
}

func (s *sheetOf) head(h *logbook.Sheet) []paper.Fact {
	var persons, hourly []string
	for _, p := range h.Persons {
		persons = append(persons, s.named(p))
	}
	for _, one := range h.Hourly {
		hourly = append(hourly, route.Time(one.At).In(s.zone).Format("15:04")+" "+one.Text)
	}
	facts := []paper.Fact{
		{Name: s.shift, Value: strings.Join(slices.DeleteFunc([]string{h.Name, s.minute(h.From) + " – " + s.minute(h.To), h.Weather}, func(s string) bool { return s == "" }), "  ")},
		{Name: s.persons, Value: strings.Join(persons, s.between)}, {Name: s.leader, Value: h.Leader},
		{Name: s.cameras, Value: lines(fmt.Sprintf("%d / %d", h.Online, h.Total), h.Faulty)},
		{Name: s.state, Value: strings.Join(slices.DeleteFunc([]string{h.Recording, h.Clock, h.Power, h.Fire}, func(s string) bool { return s == "" }), s.between)},
	}
	if len(hourly) > 0 {
		facts = append(facts, paper.Fact{Name: s.hourly, Value: strings.Join(hourly, "\n")})
	}
	return facts
}
