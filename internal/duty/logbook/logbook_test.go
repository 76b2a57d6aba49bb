package logbook_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/duty/logbook"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/clocktest"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

// house has a control room, two on watch, their lead, and two cameras.
type house struct {
	*logbook.Book
	t               *testing.T
	clock           *clocktest.Hand
	zhang, li, lead access.Actor
	room            duty.Room
	gate, yard      string
	leaf            int64
}

var begin = time.Date(2026, 11, 30, 20, 0, 0, 0, time.UTC) // 04:00 of the next day at the site

func each(t *testing.T, fn func(h *house)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(build(t, d)) })
}

func build(t testing.TB, d *db.DB) *house {
	h := &house{clock: clocktest.At(begin)}
	h.t, _ = t.(*testing.T)
	now := h.clock.Now
	h.zhang, h.li, h.lead = people.Add(t, d, "张三", access.Operator), people.Add(t, d, "li", access.Operator), people.Add(t, d, "lead", access.Supervisor)
	h.gate, h.yard = people.Camera(t, d, "东门"), people.Camera(t, d, "yard")
	rooms := &duty.Rooms{DB: d, Clock: now}
	h.Book = &logbook.Book{DB: d, Clock: now, Rooms: rooms, Zone: time.FixedZone("site", 8*3600), Dir: t.TempDir() + "/files", Names: called}
	h.room = h.add(t, "一号监控室")
	h.clock.Add(48 * time.Hour)
	return h
}

func (h *house) add(t testing.TB, name string) duty.Room {
	t.Helper()
	r, err := h.Rooms.Add(t.Context(), h.lead, duty.Content{Name: name, Head: h.lead.Person, Staff: 1, Hours: duty.RoundTheClock})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func called(ctx context.Context, tx bun.IDB, ids []string) (map[string]string, error) {
	var rows []struct{ ID, Name string }
	names := map[string]string{}
	err := tx.NewRaw("SELECT id, display_name AS name FROM people WHERE id IN (?) UNION ALL SELECT id, name FROM cameras WHERE id IN (?)", bun.List(append(ids, "")), bun.List(append(ids, ""))).Scan(ctx, &rows)
	for _, r := range rows {
		names[r.ID] = r.Name
	}
	return names, err
}

func (h *house) input(text string) logbook.Input {
	return logbook.Input{Room: h.room.ID, Category: "patrol", Text: text}
}

func (h *house) writes(in logbook.Input) logbook.Entry {
	h.t.Helper()
	e, err := h.Write(h.t.Context(), h.zhang, in)
	if err != nil {
		h.t.Fatalf("%+v: %v", in, err)
	}
	return e
}

func (h *house) refuses(want error, actor access.Actor, change func(in *logbook.Input)) {
	h.t.Helper()
	in := h.input("巡查正常")
	change(&in)
	if _, err := h.Write(h.t.Context(), actor, in); !errors.Is(err, want) {
		h.t.Errorf("%+v: %v, want %v", in, err, want)
	}
}

func (h *house) finds(q logbook.Query) (texts []string) {
	h.t.Helper()
	page, _, err := h.Find(h.t.Context(), h.lead, q)
	if err != nil {
		h.t.Fatalf("%+v: %v", q, err)
	}
	for i := range page {
		texts = append(texts, page[i].Say(true, h.Zone))
	}
	return texts
}

func (h *house) notes(l duty.Line) {
	h.t.Helper()
	err := h.DB.Tx(h.t.Context(), func(ctx context.Context, tx bun.Tx) error { return h.Note(ctx, tx, l) })
	if err != nil {
		h.t.Fatal(err)
	}
}

// TestAnEntryStays: what is written is numbered without holes, is on record as an act, and never
// changes; a correction is an entry of its own that points at it.
func TestAnEntryStays(t *testing.T) {
	clause.Covers(t, "C062")
	clause.Covers(t, "C063")
	clause.Covers(t, "C064")
	each(t, func(h *house) {
		first := h.writes(logbook.Input{Room: h.room.ID, Category: "fault", Severity: logbook.Important, Text: "东门摄像机画面模糊 😀𠮷", Place: "东门", Cameras: []string{h.yard, h.gate, h.gate}, Action: "已报修",
			Footage: &logbook.Footage{Camera: h.gate, From: h.clock.Micro() - 60e6, To: h.clock.Micro()}})
		if first.Number != 1 || first.Year != 2026 || first.Author != h.zhang.Person || first.At != first.EnteredAt || len(first.Cameras) != 2 || first.Names[h.gate] != "东门" || first.Names[h.zhang.Person] != "张三" {
			h.t.Errorf("%+v", first)
		}
		h.refuses(logbook.ErrCamera, h.zhang, func(in *logbook.Input) { in.Cameras = []string{"nowhere"} }) // and takes no number
		in := h.input("东门摄像机被树枝遮挡")
		in.Corrects = first.ID
		second := h.writes(in)
		if second.Number != 2 || second.Root != first.ID {
			h.t.Errorf("%+v", second)
		}
		before, err := h.Get(h.t.Context(), h.zhang, first.ID)
		if err != nil || before.CorrectedBy != second.ID || before.Text != first.Text {
			h.t.Errorf("%+v, %v", before, err)
		}
		h.refuses(logbook.ErrCorrected, h.zhang, func(in *logbook.Input) { in.Corrects = first.ID })
		in.Corrects = second.ID
		if third := h.writes(in); third.Root != first.ID || third.Number != 3 {
			h.t.Errorf("%+v", third)
		}
		acts, _, err := ledger.List(h.t.Context(), h.DB.Read(), ledger.Filter{Kind: "duty.written", Limit: 10})
		if err != nil || len(acts) != 3 {
			h.t.Errorf("%d acts, %v", len(acts), err)
		}
		for _, statement := range []string{"UPDATE duty_entries SET content = '{}'", "DELETE FROM duty_entries", "UPDATE duty_entries SET at = 1 WHERE number = 1"} {
			err := h.DB.Tx(h.t.Context(), func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, statement); return err })
			if !db.IsRefused(err) {
				h.t.Errorf("%s: %v", statement, err)
			}
		}
	})
}

func TestWhatIsNoEntry(t *testing.T) {
	clause.Covers(t, "C063")
	each(t, func(h *house) {
		other := h.add(h.t, "二号监控室")
		elsewhere := h.input("别处")
		elsewhere.Room = other.ID
		there := h.writes(elsewhere)
		h.notes(duty.Line{Room: h.room.ID, Code: "vacant", Person: h.lead.Person})
		program, _, err := h.Find(h.t.Context(), h.lead, logbook.Query{Room: h.room.ID})
		if err != nil || len(program) != 1 {
			h.t.Fatal(program, err)
		}
		now := h.clock.Micro()
		hour := int64(3600e6)
		for _, c := range []struct {
			want   error
			change func(in *logbook.Input)
		}{
			{nil, func(in *logbook.Input) { in.At = now + 119e6 }},
			{logbook.ErrFuture, func(in *logbook.Input) { in.At = now + 121e6 }},
			{nil, func(in *logbook.Input) { in.At = now - 24*hour }},
			{logbook.ErrTooFar, func(in *logbook.Input) { in.At = now - 24*hour - 1 }},
			{logbook.ErrBeforeRoom, func(in *logbook.Input) {
				in.At, in.Late = now-49*hour, &logbook.Late{Paper: "B-7", Second: h.li.Person}
			}},
			{logbook.ErrSecond, func(in *logbook.Input) { in.Late = &logbook.Late{Paper: "B-7", Second: h.zhang.Person} }},
			{logbook.ErrPerson, func(in *logbook.Input) { in.Late = &logbook.Late{Paper: "B-7", Second: "nobody"} }},
			{logbook.ErrCategory, func(in *logbook.Input) { in.Category = "gossip" }},
			{logbook.ErrSeverity, func(in *logbook.Input) { in.Severity = "grave" }},
			{logbook.ErrCameras, func(in *logbook.Input) {
				for i := range 101 {
					in.Cameras = append(in.Cameras, strings.Repeat("c", i+1))
				}
			}},
			{logbook.ErrFootage, func(in *logbook.Input) { in.Footage = &logbook.Footage{Camera: h.gate, From: now, To: now} }},
			{logbook.ErrCamera, func(in *logbook.Input) {
				in.Footage = &logbook.Footage{Camera: "none", From: now - 1, To: now}
			}},
			{logbook.ErrDue, func(in *logbook.Input) { in.FollowUp = &logbook.FollowUp{Owner: h.li.Person, Due: now - 1} }},
			{logbook.ErrPerson, func(in *logbook.Input) { in.FollowUp = &logbook.FollowUp{} }},
			{logbook.ErrElsewhere, func(in *logbook.Input) { in.Corrects = there.ID }},
			{logbook.ErrElsewhere, func(in *logbook.Input) { in.Closes = there.ID }},
			{logbook.ErrProgram, func(in *logbook.Input) { in.Corrects = program[0].ID }},
			{logbook.ErrNotOpen, func(in *logbook.Input) { in.Closes = program[0].ID }},
			{logbook.ErrUnknown, func(in *logbook.Input) { in.Corrects = "none" }},
			{duty.ErrRoomUnknown, func(in *logbook.Input) { in.Room = "none" }},
			{logbook.ErrReportedTo, func(in *logbook.Input) { in.Told = &logbook.Told{Channel: logbook.Phone} }},
			{logbook.ErrChannel, func(in *logbook.Input) { in.Told = &logbook.Told{Name: "110", Channel: "pigeon"} }},
			{logbook.ErrReportEarly, func(in *logbook.Input) {
				in.Told = &logbook.Told{Name: "110", Channel: logbook.Phone, At: now - hour}
			}},
		} {
			h.refuses(c.want, h.zhang, c.change)
		}
		h.refuses(access.ErrRightMissing, people.Add(h.t, h.DB, "auditor", access.Auditor), func(*logbook.Input) {})
		h.OnWatch = func(_ context.Context, _ bun.IDB, _, person string) (bool, error) { return person == h.li.Person, nil }
		h.refuses(logbook.ErrOffWatch, h.zhang, func(*logbook.Input) {})
		h.refuses(nil, h.li, func(*logbook.Input) {})
		h.refuses(nil, h.lead, func(*logbook.Input) {})
	})
}

// TestLateEntry: what was on paper while there was no power comes in later, and two sign it (P9).
func TestLateEntry(t *testing.T) {
	each(t, func(h *house) {
		in := h.input("停电期间巡查正常")
		in.At, in.Late = h.clock.Micro()-30*3600e6, &logbook.Late{Paper: "B-0007", Second: h.li.Person}
		e := h.writes(in)
		if _, err := h.Sign(h.t.Context(), h.zhang, e.ID); !errors.Is(err, logbook.ErrNotSecond) {
			h.t.Error(err)
		}
		h.clock.Add(time.Minute)
		if _, err := h.Sign(h.t.Context(), h.li, e.ID); err != nil {
			h.t.Error(err)
		}
		if _, err := h.Sign(h.t.Context(), h.li, e.ID); !errors.Is(err, logbook.ErrSigned) {
			h.t.Error(err)
		}
		if e, err := h.Get(h.t.Context(), h.lead, e.ID); err != nil || e.SignedAt != h.clock.Micro() || e.At == e.EnteredAt {
			h.t.Errorf("%+v, %v", e, err)
		}
		if got := h.finds(logbook.Query{Text: "b 0007"}); len(got) != 1 {
			h.t.Error(got)
		}
	})
}

// TestReports: the button stamps the time; a typed one is shown with that of typing and marked when
// they are apart; whoever it was reported to confirms receipt (P26), and the clock of what is
// severe runs until it is reported (C072).
func TestReports(t *testing.T) {
	clause.Covers(t, "C072")
	each(t, func(h *house) {
		in := h.input("西门有人翻墙")
		in.Category, in.Severity = "public_order", logbook.Severe
		e := h.writes(in)
		late := func() int {
			all, err := h.Overdue(h.t.Context(), h.DB.Read(), h.clock.Micro(), h.room.ID)
			if err != nil {
				h.t.Fatal(err)
			}
			return len(all)
		}
		if e.ReportBy != h.clock.Micro()+600e6 || late() != 0 {
			h.t.Errorf("by %d, %d overdue", e.ReportBy, late())
		}
		h.clock.Add(10 * time.Minute)
		if late() != 1 {
			h.t.Error("nothing is overdue")
		}
		matters, err := h.Matters(h.t.Context(), h.DB.Read(), &h.room, h.clock.Micro())
		if err != nil || len(matters) != 1 || matters[0].Kind != "unreported" || !matters[0].Urgent {
			h.t.Errorf("%+v, %v", matters, err)
		}
		e, err = h.Report(h.t.Context(), h.zhang, e.ID, logbook.Told{Person: h.lead.Person, Channel: logbook.Phone})
		if err != nil || late() != 0 || e.ReportBy != 0 || len(e.Reports) != 1 || e.Reports[0].Typed || e.Reports[0].At != h.clock.Micro() {
			h.t.Fatalf("%+v, %v", e, err)
		}
		h.clock.Add(4 * time.Minute)
		e, err = h.Report(h.t.Context(), h.zhang, e.ID, logbook.Told{Name: "110", Channel: logbook.Phone, Receipt: "JJ20261203001", At: h.clock.Micro() - 330e6})
		if err != nil || !e.Reports[1].Apart || !e.Reports[1].Typed {
			h.t.Errorf("%+v, %v", e, err)
		}
		report := e.Reports[0].ID
		for _, c := range []struct {
			who  access.Actor
			id   string
			want error
		}{{h.zhang, report, logbook.ErrNotYours}, {h.lead, e.Reports[1].ID, logbook.ErrNotYours}, {h.lead, "none", logbook.ErrReport}, {h.lead, report, nil}, {h.lead, report, logbook.ErrReceived}} {
			if _, err := h.Receive(h.t.Context(), c.who, c.id); !errors.Is(err, c.want) {
				h.t.Errorf("%v, want %v", err, c.want)
			}
		}
		fix := h.input("北门有人翻墙")
		fix.Severity, fix.Corrects = logbook.Severe, e.ID
		if fixed := h.writes(fix); fixed.ReportBy != 0 || len(fixed.Reports) != 2 || fixed.Reports[0].ReceivedAt == 0 {
			h.t.Errorf("the correction was not reported: %+v", fixed)
		}
	})
}

// TestFollowUpsStayOpen: over any number of shifts, until an entry closes them.
func TestFollowUpsStayOpen(t *testing.T) {
	clause.Covers(t, "C067")
	each(t, func(h *house) {
		in := h.input("三楼照明损坏")
		in.FollowUp = &logbook.FollowUp{Owner: h.li.Person, Due: h.clock.Micro() + 3600e6}
		e := h.writes(in)
		h.clock.Add(72 * time.Hour)
		matters, err := h.Matters(h.t.Context(), h.DB.Read(), &h.room, h.clock.Micro())
		if err != nil || len(matters) != 1 || matters[0].ID != e.ID || matters[0].Owner != h.li.Person || !matters[0].Urgent {
			h.t.Errorf("%+v, %v", matters, err)
		}
		if got := h.finds(logbook.Query{Open: true, Room: h.room.ID, Text: "照明"}); !slices.Equal(got, []string{"三楼照明损坏"}) {
			h.t.Error(got)
		}
		done := h.input("三楼灯已更换")
		done.Closes = e.ID
		closing := h.writes(done)
		if e, err = h.Get(h.t.Context(), h.lead, e.ID); err != nil || e.Open.ClosedBy != closing.ID {
			h.t.Errorf("%+v, %v", e.Open, err)
		}
		h.refuses(logbook.ErrNotOpen, h.zhang, func(in *logbook.Input) { in.Closes = e.ID })
		if matters, err = h.Matters(h.t.Context(), h.DB.Read(), &h.room, h.clock.Micro()); err != nil || len(matters) != 0 {
			h.t.Errorf("%+v, %v", matters, err)
		}
		if got := h.finds(logbook.Query{Open: true}); len(got) != 0 {
			h.t.Error(got)
		}
	})
}

// TestSearch: the same answers on both databases.
func TestSearch(t *testing.T) {
	clause.Covers(t, "C064")
	clause.Covers(t, "C065")
	each(t, func(h *house) {
		other := h.add(h.t, "二号监控室")
		for i, said := range []string{"消防通道堆放纸箱", "门口Camera 12 offline", "员工打瞌睡", "火警误报", "全部正常"} {
			in := h.input(said)
			in.Category, in.Severity = []string{"patrol", "network", "labour_discipline", "alarm", "patrol"}[i], logbook.Severity([]string{"ordinary", "ordinary", "important", "severe", "ordinary"}[i])
			if i == 1 {
				in.Cameras = []string{h.gate}
			}
			if i == 4 {
				in.Room = other.ID
			}
			h.writes(in)
			h.clock.Add(12 * time.Hour)
		}
		h.notes(duty.Line{Room: h.room.ID, At: h.clock.Micro(), Code: "camera_lost", Cameras: []string{h.gate}, Params: map[string]any{"camera": h.gate, "count": 2}})
		lost := "摄像机东门无信号，2次。"
		day := int64(24 * 3600e6)
		from := begin.Add(48 * time.Hour).UnixMicro()
		for i, c := range []struct {
			q    logbook.Query
			want []string
		}{
			{logbook.Query{Text: "消防"}, []string{"消防通道堆放纸箱"}},
			{logbook.Query{Text: "火"}, []string{"火警误报"}},
			{logbook.Query{Text: "防"}, []string{"消防通道堆放纸箱"}},
			{logbook.Query{Text: "东门"}, []string{lost, "门口Camera 12 offline"}}, // by the names of cameras
			{logbook.Query{Text: "CAMERA 12"}, []string{"门口Camera 12 offline"}},
			{logbook.Query{Text: "no signal"}, []string{lost}}, // a line of the program in either language
			{logbook.Query{Text: "无信号"}, []string{lost}},
			{logbook.Query{Text: "通消"}, nil},
			{logbook.Query{Room: other.ID}, []string{"全部正常"}},
			{logbook.Query{Room: h.room.ID, Text: "正常"}, nil},
			{logbook.Query{Categories: []string{"alarm", "labour_discipline"}}, []string{"火警误报", "员工打瞌睡"}},
			{logbook.Query{Severities: []logbook.Severity{logbook.Severe, logbook.Important}, Written: "hand"}, []string{"火警误报", "员工打瞌睡"}},
			{logbook.Query{Written: "program"}, []string{lost}},
			{logbook.Query{Camera: h.gate}, []string{lost, "门口Camera 12 offline"}},
			{logbook.Query{Author: h.zhang.Person, Room: other.ID}, []string{"全部正常"}},
			{logbook.Query{Unreported: true}, []string{"火警误报"}},
			{logbook.Query{From: from, To: from + day}, []string{"门口Camera 12 offline", "消防通道堆放纸箱"}},
			{logbook.Query{From: from + day/2, To: from + 90*day, Categories: []string{"network"}}, []string{"门口Camera 12 offline"}},
			{logbook.Query{From: from, To: from + 9000*day, Text: "火警"}, []string{"火警误报"}},
		} {
			if got := h.finds(c.q); !slices.Equal(got, c.want) {
				h.t.Errorf("%d: %q, want %q", i, got, c.want)
			}
		}
		var all []string
		q := logbook.Query{Limit: 4}
		for more := true; more; {
			var page []logbook.Entry
			var err error
			if page, more, err = h.Find(h.t.Context(), h.lead, q); err != nil {
				h.t.Fatal(err)
			}
			for i := range page {
				all = append(all, page[i].ID)
				q.Before = page[i].Seq
			}
		}
		if len(all) != 6 || len(slices.Compact(all)) != 6 {
			h.t.Errorf("by pages: %q", all)
		}
		for _, bad := range []string{"。。。", strings.Repeat("门 ", 21), "\x00"} {
			if _, _, err := h.Find(h.t.Context(), h.lead, logbook.Query{Text: bad}); !errors.Is(err, logbook.ErrQuestion) {
				h.t.Errorf("%q: %v", bad, err)
			}
		}
		said, err := h.Recent(h.t.Context(), h.zhang)
		if err != nil || len(said) != 5 || said[0].Text != "全部正常" {
			h.t.Errorf("%+v, %v", said, err)
		}
	})
}

// TestHead: no watch ends whose record has no head that somebody wrote.
func TestHead(t *testing.T) {
	clause.Covers(t, "C062")
	each(t, func(h *house) {
		now := h.clock.Micro()
		from, to := now-8*3600e6, now
		ready := func() error { return h.Ready(h.t.Context(), h.DB.Read(), h.room.ID, from, to) }
		if err := ready(); !errors.Is(err, logbook.ErrNoRecord) {
			h.t.Error(err)
		}
		s := logbook.Sheet{Room: h.room.ID, From: from, To: to, Name: "早班", Weather: "晴", Persons: []string{h.zhang.Person}, Leader: "王主任", Online: 3, Total: 2, Faulty: "12", Recording: "正常", Clock: "正常", Power: "正常",
			Hourly: []logbook.Status{{At: to - 1, Text: "正常"}, {At: from, Text: "正常"}}}
		first, err := h.WriteHead(h.t.Context(), h.zhang, s)
		if err != nil || first.Version != 1 || first.Shift == "" || first.Online != 2 || first.Hourly[0].At != from {
			h.t.Fatalf("%+v, %v", first, err)
		}
		s.Weather = "小雨"
		if second, err := h.WriteHead(h.t.Context(), h.li, s); err != nil || second.Version != 2 {
			h.t.Errorf("%+v, %v", second, err)
		}
		if err := ready(); err != nil {
			h.t.Error(err)
		}
		all, err := h.Heads(h.t.Context(), h.lead, h.room.ID, from, to)
		if err != nil || len(all) != 1 || all[0].Weather != "小雨" || all[0].WrittenBy != h.li.Person {
			h.t.Errorf("%+v, %v", all, err)
		}
		if one, err := h.Head(h.t.Context(), h.DB.Read(), h.room.ID, first.Shift); err != nil || one == nil || one.Version != 2 {
			h.t.Errorf("%+v, %v", one, err)
		}
		if err := h.Ready(h.t.Context(), h.DB.Read(), h.room.ID, to, to+3600e6); !errors.Is(err, logbook.ErrNoRecord) {
			h.t.Errorf("the head of the shift before is enough: %v", err)
		}
		for _, c := range []struct {
			want   error
			change func(s *logbook.Sheet)
		}{{logbook.ErrHeadTimes, func(s *logbook.Sheet) { s.To = s.From }}, {logbook.ErrHeadTimes, func(s *logbook.Sheet) { s.To = s.From + 37*3600e6 }},
			{logbook.ErrFuture, func(s *logbook.Sheet) { s.From, s.To = now+600e6, now+900e6 }}, {logbook.ErrPerson, func(s *logbook.Sheet) { s.Persons = []string{"nobody"} }}} {
			bad := s
			c.change(&bad)
			if _, err := h.WriteHead(h.t.Context(), h.zhang, bad); !errors.Is(err, c.want) {
				h.t.Errorf("%v, want %v", err, c.want)
			}
		}
	})
}

// TestNumbersOfAYear: they begin anew with the year of the site, and two rooms have their own.
func TestNumbersOfAYear(t *testing.T) {
	each(t, func(h *house) {
		h.clock.Set(time.Date(2026, 12, 31, 15, 59, 0, 0, time.UTC))
		if e := h.writes(h.input("年末")); e.Year != 2026 || e.Number != 1 {
			h.t.Errorf("%+v", e)
		}
		h.clock.Add(time.Minute)
		if e := h.writes(h.input("元旦")); e.Year != 2027 || e.Number != 1 {
			h.t.Errorf("%+v", e)
		}
	})
}

// BenchmarkWrite is from an entry to stored.
func BenchmarkWrite(b *testing.B) {
	h := build(b, dbtest.Open(b, db.SQLite))
	in := h.input("巡查正常，门窗完好，未见异常")
	in.Cameras = []string{h.gate}
	for b.Loop() {
		if _, err := h.Write(b.Context(), h.zhang, in); err != nil {
			b.Fatal(err)
		}
	}
}
