package handover

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"watchroom/internal/api/route"
	"watchroom/internal/duty"
	"watchroom/internal/duty/handover"
	"watchroom/internal/form/paper"
)

// Paper is what printing takes.
type Paper struct {
	SiteName string
	TimeZone string // of the house, IANA
	Press    *paper.Press
	Web      fs.FS                                                // package web's files, with the words for paper; may be nil
	Cameras  func(ctx context.Context) (map[string]string, error) // names by id
}

type file struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

type printInput struct {
	ID       string `path:"id" maxLength:"40"`
	Language string `query:"language" enum:"zh-CN,en" default:"zh-CN" doc:"Of the words on it."`
}

var parts = []float64{8, 30, 110, 28, 42, 60}

func (x *Routes) print(ctx context.Context, in *printInput) (*file, error) {
	actor := route.Actor(ctx)
	h, room, err := x.Handovers.Get(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	added := []handover.Item{}
	if h.Taken != nil {
		added = h.Taken.Added
	} else if h.State == handover.Signed {
		if added, err = x.Handovers.Added(ctx, &h, &room); err != nil {
			return nil, err
		}
	}
	s := &sheetOf{printed: prints[in.Language], words: x.Paper.words(in.Language), h: &h, room: &room, added: added, now: x.Handovers.Clock.Now()}
	if s.zone, err = time.LoadLocation(x.Paper.TimeZone); err != nil {
		s.zone = time.UTC
	}
	data, err := x.Paper.Press.PDF(ctx, func(ctx context.Context) (*paper.Document, error) {
		if s.people, err = x.Names(ctx); err != nil {
			return nil, err
		}
		if s.cameras, err = x.Paper.Cameras(ctx); err != nil {
			return nil, err
		}
		return s.document(x.Paper.SiteName, actor.Person), nil
	})
	if err != nil {
		return nil, err
	}
	if err := x.Handovers.Printed(ctx, actor, &h, in.Language, fmt.Sprintf("%x", sha256.Sum256(data))); err != nil {
		return nil, err
	}
	name := "handover-" + route.Time(h.OpenedAt).In(s.zone).Format("20060102-1504") + ".pdf"
	return &file{Type: "application/pdf", Disposition: `attachment; filename="` + name + `"`, Body: data}, nil
}

// sheetOf is a handover on its way to paper.
type sheetOf struct {
	*printed
	words           words
	h               *handover.Handover
	room            *duty.Room
	added           []handover.Item
	people, cameras map[string]string
	zone            *time.Location
	now             time.Time
}

func (s *sheetOf) person(id string) string {
	if name := s.people[id]; name != "" {
		return name
	}
	return id
}

func (s *sheetOf) time(at int64) string {
	return route.Time(at).In(s.zone).Format("2006-01-02 15:04:05")
}
func (s *sheetOf) minute(at int64) string {
	return route.Time(at).In(s.zone).Format("2006-01-02 15:04")
}

// joined puts together what there is.
func joined(between string, all ...string) string {
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), between)
}

func (s *sheetOf) document(site, by string) *paper.Document {
	now := s.now.In(s.zone).Format("2006-01-02 15:04:05")
	d := &paper.Document{Language: s.language, Title: s.title, Page: s.page, Made: s.now, Running: fmt.Sprintf(s.running, site, s.person(by), now)}
	for i, head := range s.columns {
		d.Columns = append(d.Columns, paper.Column{Head: head, Part: parts[i]})
	}
	d.Facts = s.head(site)
	for i := range s.h.Sheet.Items {
		d.Rows = append(d.Rows, s.row(len(d.Rows)+1, &s.h.Sheet.Items[i], ""))
	}
	for i := range s.added {
		d.Rows = append(d.Rows, s.row(len(d.Rows)+1, &s.added[i], s.came))
	}
	if len(d.Rows) == 0 {
		d.Rows = [][]string{{"", s.none, "", "", "", ""}}
	}
	d.Notes = s.notes()
	return d
}

// head is what stands above the open matters.
func (s *sheetOf) head(site string) []paper.Fact {
	sheet := &s.h.Sheet
	until, to := sheet.At, sheet.Incoming
	state := s.states[string(s.h.State)]
	if g := s.h.Signature(handover.Incoming); g != nil {
		until, to, state = g.At, g.Person, fmt.Sprintf(s.passed, s.time(g.At), s.person(g.Person))
	}
	if p := s.h.Passed; p != nil {
		until, to, state = p.Since, p.Person, fmt.Sprintf(s.overtaken, s.time(p.Since), s.person(p.Person), p.Reason)
	}
	from := route.Time(sheet.From).In(s.zone)
	shift := s.unplanned
	on := make([]string, len(sheet.On))
	for i, o := range sheet.On {
		if o.Person == sheet.Outgoing && o.From != 0 {
			shift = s.minute(o.From) + " – " + s.minute(o.To)
		}
		late := ""
		if o.Late > 0 {
			late = fmt.Sprintf(s.late, o.Late/time.Minute.Microseconds())
		}
		on[i] = joined(" ", fmt.Sprintf(s.on, s.person(o.Person), s.minute(o.OnAt)), late)
	}
	facts := []paper.Fact{{Name: s.site, Value: site}, {Name: s.place, Value: s.room.Name}, {Name: s.date, Value: from.Format("2006-01-02") + "  " + s.weekdays[from.Weekday()]},
		{Name: s.shift, Value: shift}, {Name: s.span, Value: s.minute(sheet.From) + " – " + s.minute(until)}, {Name: s.persons, Value: strings.Join(on, s.between)},
		{Name: s.outgoing, Value: s.person(s.h.Outgoing)}, {Name: s.incoming, Value: s.person(to)}, {Name: s.how, Value: state}}
	if sheet.Handover == "" {
		return facts // nobody signed a sheet
	}
	y := &sheet.System
	full := ""
	if y.FullOn != 0 {
		full = fmt.Sprintf(s.full, route.Time(y.FullOn).In(s.zone).Format("2006-01-02"))
	}
	offset := ""
	if y.Clock != "unknown" && y.Clock != "" {
		offset = fmt.Sprintf("%+d ms", y.OffsetMS)
	}
	return append(facts,
		paper.Fact{Name: s.system, Value: fmt.Sprintf(s.counts, y.Online, y.Cameras, y.Recording)},
		paper.Fact{Name: s.disks, Value: joined("  ", s.words.of("handover", "disks_"+y.Disks), fmt.Sprintf(s.free, float64(y.FreeBytes)/1e9), full)},
		paper.Fact{Name: s.clock, Value: joined("  ", s.words.of("handover", "clock_"+y.Clock), offset)},
		paper.Fact{Name: s.log, Value: s.words.of("handover", "log_"+y.Log)},
		paper.Fact{Name: s.gaps, Value: fmt.Sprint(y.Gaps)})
}

// row is an open matter with what the incoming said of it.
func (s *sheetOf) row(n int, i *handover.Item, came string) []string {
	read := ""
	if s.h.Taken != nil {
		k := slices.IndexFunc(s.h.Taken.Acknowledged, func(a handover.Acknowledged) bool { return a.Kind == i.Kind && a.ID == i.ID })
		if k >= 0 {
			read = joined("\n", s.read, s.h.Taken.Acknowledged[k].Note)
		}
	}
	due := ""
	if i.Due != 0 {
		due = fmt.Sprintf(s.due, s.minute(i.Due))
	}
	urgent := ""
	if i.Urgent {
		urgent = s.urgent
	}
	return []string{fmt.Sprint(n), joined("\n", s.words.of("handover", "kind_"+i.Kind), urgent, came), s.matter(i), s.minute(i.Since), joined("\n", s.person(i.Owner), due), read}
}

// matter is what an item is about, in words.
func (s *sheetOf) matter(i *handover.Item) string {
	param := func(name string) string {
		if v, ok := i.Params[name]; ok && v != nil {
			return fmt.Sprint(v)
		}
		return ""
	}
	camera := func(id string) string {
		if name := s.cameras[id]; name != "" {
			return name
		}
		return id
	}
	switch i.Kind {
	case "alarm":
		params, _ := i.Params["params"].(map[string]any)
		return joined("\n", s.words.said("alarm", param("code"), params), camera(param("camera")))
	case "storage_fault":
		place := camera(param("subject"))
		if place == "storage" || place == "main" { // of all of it
			place = ""
		}
		return joined("\n", s.words.of("storageFault", param("kind")), place)
	case "loss":
		list, _ := i.Params["cameras"].([]any)
		names := make([]string, len(list))
		for k := range list {
			names[k] = camera(fmt.Sprint(list[k]))
		}
		return joined("\n", fmt.Sprintf(s.number, param("number")), strings.Join(names, s.between))
	case "visitor":
		return joined("\n", joined(" ", param("name"), param("unit")), param("host"))
	case "more":
		return fmt.Sprintf(s.more, param("count"))
	}
	number := param("number")
	if number != "" {
		number = fmt.Sprintf(s.number, number)
	}
	return joined("\n", number, i.Text)
}

// notes is what stands below: counts, remarks, signatures, and places for what is signed by hand.
func (s *sheetOf) notes() []paper.Note {
	var notes []paper.Note
	note := func(head, text string) {
		if text != "" {
			notes = append(notes, paper.Note{Head: head, Text: text})
		}
	}
	sheet := &s.h.Sheet
	var counted []string
	for _, c := range sheet.Counts {
		whole := s.missing
		if c.Complete {
			whole = s.complete
		}
		counted = append(counted, joined("  ", fmt.Sprintf(s.count, s.words.of("handoverThing", c.Item), c.Count), whole, c.Note))
	}
	note(s.counting, strings.Join(counted, "      "))
	if s.h.Signature(handover.Outgoing) != nil {
		said := []string{s.round[sheet.Round]}
		if sheet.Fit {
			said = append(said, s.fit)
		}
		note(s.stated, strings.Join(said, "\n"))
	}
	note(s.remarksOut, sheet.Remarks)
	if s.h.Taken != nil {
		note(s.remarksIn, s.h.Taken.Remarks)
	}
	var signed []string
	for i := range s.h.Signatures {
		g := &s.h.Signatures[i]
		signed = append(signed, joined("  ", s.roles[g.Role], s.person(g.Person), s.time(g.At), s.grade(g), "SHA-256 "+g.Hash))
	}
	note(s.signatures, strings.Join(signed, "\n"))
	var said []string
	for _, r := range s.h.Remarks {
		found := ""
		if r.Found {
			found = s.found
		}
		said = append(said, joined("  ", s.words.of("handover", "remark_"+r.Kind), s.person(r.Person), s.time(r.At), found)+"\n"+r.Words)
	}
	note(s.afterwards, strings.Join(said, "\n"))
	note(s.byHand, s.wet)
	if s.h.Taken != nil && s.h.Taken.Checkpoint != nil {
		c := s.h.Taken.Checkpoint
		notes = append(notes, paper.Note{Head: s.checkpoint, Text: joined("\n", short(c), written(c), s.hold), QR: written(c)})
	}
	return notes
}

// grade says what somebody showed who signed.
func (s *sheetOf) grade(g *handover.Signature) string {
	if g.Role == handover.Review {
		return s.session
	}
	shown := []string{s.words.of("handover", "factor_none")}
	for _, f := range g.Factors {
		shown = append(shown, s.words.of("handover", "factor_"+f))
	}
	return fmt.Sprintf(s.attested, strings.Join(shown, s.and))
}
