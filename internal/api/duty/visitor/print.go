package visitor

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"watchroom/internal/api/route"
	"watchroom/internal/duty"
	"watchroom/internal/duty/visitor"
	"watchroom/internal/form/paper"
	"watchroom/internal/problem"
	"watchroom/internal/sheet"
)

const spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// most bounds a file, longest its days.
const (
	most    = 5_000
	longest = 400 * 24 * time.Hour
)

var (
	errTooLarge = problem.New(problem.Invalid, "visit_export_too_large", "These are more visits than one file takes. Choose fewer days.").On("body.from") // most
	errInterval = problem.New(problem.Invalid, "visit_export_interval", "Choose at least a day and at most 400.").On("body.to")
)

// printed is the words of the register on paper.
type printed struct {
	title, page, running, name               string
	site, room, from, by, at, number, signed string
	signatures                               string
	columns                                  []string
	kinds, states, saw, how, identities      map[string]string
	yes, no, late, outside, awaits, overdue  string
	locker                                   string
}

var prints = map[string]*printed{
	"zh-CN": {
		title: "外来人员出入登记表", page: "第 {page} 页，共 {pages} 页", running: "%s · 打印人：%s · %s", name: "外来人员出入登记",
		site: "单位", room: "监控室", from: "登记期间", by: "打印人", at: "打印时间", number: "登记人次", signed: "签字",
		signatures: "值班人员（签字）：____________________　　日期：______年____月____日\n\n值班长（签字）：____________________　　日期：______年____月____日\n\n监控室负责人审核（签字、盖章）：____________________　　日期：______年____月____日",
		columns:    []string{"序号", "来访时间", "姓名、单位", "证件", "事由、凭据、陪同人", "批准人及方式", "进入—离开", "胸牌、物品、手机", "查看内容", "保密承诺"},
		kinds:      map[string]string{"leader_check": "领导检查", "police": "公安人员", "technician": "维修人员", "guest": "访客", "own_guest": "值班人员的访客", "other": "其他"},
		states:     map[string]string{"registered": "待批准", "approved": "已批准，未进入", "refused": "未获批准", "inside": "仍在室内", "met": "室外会见中", "withdrawn": "未进入即离开"},
		saw:        map[string]string{"nothing": "未查看", "live": "实时画面", "recorded": "录像"},
		how:        map[string]string{"preapproved": "按规定免批", "hosted": "%s（接待领导）", "approved": "%s（系统内批准）", "told": "%s（电话 %s，%s）"},
		identities: map[string]string{"id_card": "居民身份证", "police": "人民警察证", "work": "工作证", "passport": "护照", "other": "其他证件"},
		yes:        "已签", no: "未签", late: "补录于 %s", outside: "室外会见", awaits: "待 %s 补签", overdue: "（已逾期）", locker: "手机已存放",
	},
	"en": {
		title: "Register of visitors to the control room", page: "Page {page} of {pages}", running: "%s · printed by %s · %s", name: "Visitors",
		site: "Site", room: "Control room", from: "Period", by: "Printed by", at: "Printed at", number: "Visits", signed: "Signatures",
		signatures: "On watch (signature): ____________________   Date: ________________\n\nDuty lead (signature): ____________________   Date: ________________\n\nHead of the room (signature, seal): ____________________   Date: ________________",
		columns:    []string{"No.", "Came", "Name, unit", "Identity", "Reason, papers, goes with", "Let in by", "In – out", "Badge, items, telephone", "Saw", "Secrecy"},
		kinds:      map[string]string{"leader_check": "Leader on check", "police": "Police", "technician": "Technician", "guest": "Guest", "own_guest": "Guest of who keeps watch", "other": "Other"},
		states:     map[string]string{"registered": "waits for consent", "approved": "let in, not inside yet", "refused": "not let in", "inside": "still inside", "met": "is met outside", "withdrawn": "went away before"},
		saw:        map[string]string{"nothing": "nothing", "live": "live pictures", "recorded": "recordings"},
		how:        map[string]string{"preapproved": "by rule, without consent", "hosted": "%s, the host", "approved": "%s, in the program", "told": "%s, by telephone %s, %s"},
		identities: map[string]string{"id_card": "identity card", "police": "police credential", "work": "staff pass", "passport": "passport", "other": "other papers"},
		yes:        "pledged", no: "not pledged", late: "entered late, %s", outside: "met outside", awaits: "%s has to sign", overdue: " (overdue)", locker: "telephone in the locker",
	},
}

var parts = []float64{7, 20, 28, 26, 36, 32, 24, 26, 20, 12}

type file struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func fileOf(types ...string) map[string]*huma.Response {
	content := map[string]*huma.MediaType{}
	for _, t := range types {
		content[t] = &huma.MediaType{Schema: &huma.Schema{Type: "string", Format: "binary"}}
	}
	return map[string]*huma.Response{"200": {Description: http.StatusText(http.StatusOK), Content: content}}
}

func (x *Routes) export(ctx context.Context, in *exportInput) (*file, error) {
	b, actor := &in.Body, route.Actor(ctx)
	if !b.To.After(b.From) || b.To.Sub(b.From) > longest {
		return nil, errInterval
	}
	r, err := x.Visitors.Rooms.Look(ctx, x.Visitors.DB.Read(), actor, in.ID)
	if err != nil {
		return nil, err
	}
	faces, err := x.faces(ctx)
	if err != nil {
		return nil, err
	}
	if faces.full, err = x.sees(ctx, actor, &r); err != nil {
		return nil, err
	}
	words := prints[cmp.Or(b.Language, "zh-CN")]
	w := &sheetOf{printed: words, faces: faces, zone: x.Zone, now: x.Visitors.Clock.Now()}
	gather := func(ctx context.Context) ([][]string, error) { return x.rows(ctx, w, in) }
	var data []byte
	kind, n := "application/pdf", 0
	if b.Format == "xlsx" {
		kind = spreadsheet
		rows, err := gather(ctx)
		if err != nil {
			return nil, err
		}
		var out bytes.Buffer
		if err := sheet.WriteXLSX(&out, words.name, words.columns, rows); err != nil {
			return nil, problem.Wrap(err, "write a workbook")
		}
		data, n = out.Bytes(), len(rows)
	} else {
		data, err = x.Press.PDF(ctx, func(ctx context.Context) (*paper.Document, error) {
			rows, err := gather(ctx)
			n = len(rows)
			return x.document(w, &r, rows, in, faces.names[actor.Person]), err
		})
		if err != nil {
			return nil, err
		}
	}
	err = x.Visitors.Exported(ctx, actor, r.ID, map[string]any{"format": b.Format, "from": b.From.UnixMicro(), "to": b.To.UnixMicro(), "rows": n, "sha256": fmt.Sprintf("%x", sha256.Sum256(data))})
	if err != nil {
		return nil, err
	}
	name := "watchroom-visitors-" + b.From.In(x.Zone).Format("20060102") + "." + b.Format
	return &file{Type: kind, Disposition: `attachment; filename="` + name + `"`, Body: data}, nil
}

// rows gives the lines of the register, who came first first.
func (x *Routes) rows(ctx context.Context, w *sheetOf, in *exportInput) ([][]string, error) {
	f := visitor.Filter{Room: in.ID, From: in.Body.From.UnixMicro(), To: in.Body.To.UnixMicro(), Limit: visitor.MaxLimit}
	var all []visitor.Visit
	for {
		page, next, err := x.Visitors.List(ctx, route.Actor(ctx), f)
		if err != nil {
			return nil, err
		}
		if all = append(all, page...); len(all) > most {
			return nil, errTooLarge.With("most", most)
		}
		if next == "" {
			break
		}
		f.Before = next
	}
	slices.Reverse(all)
	rows := make([][]string, len(all))
	for i := range all {
		rows[i] = w.row(i+1, &all[i])
	}
	return rows, nil
}

func (x *Routes) document(w *sheetOf, r *duty.Room, rows [][]string, in *exportInput, who string) *paper.Document {
	day := func(t time.Time) string { return t.In(w.zone).Format("2006-01-02 15:04") }
	d := &paper.Document{Language: cmp.Or(in.Body.Language, "zh-CN"), Title: w.title, Page: w.page, Made: w.now, Running: fmt.Sprintf(w.running, x.SiteName, who, day(w.now)), Rows: rows,
		Facts: []paper.Fact{{Name: w.site, Value: x.SiteName}, {Name: w.room, Value: r.Name}, {Name: w.from, Value: day(in.Body.From) + " – " + day(in.Body.To)},
			{Name: w.number, Value: fmt.Sprint(len(rows))}, {Name: w.by, Value: who}, {Name: w.at, Value: day(w.now)}},
		Notes: []paper.Note{{Head: w.signed, Text: w.signatures}}}
	for i, head := range w.columns {
		d.Columns = append(d.Columns, paper.Column{Head: head, Part: parts[i]})
	}
	return d
}

// sheetOf writes visits in the words of a language.
type sheetOf struct {
	*printed
	faces faces
	zone  *time.Location
	now   time.Time
}

func (w *sheetOf) minute(t time.Time) string { return t.In(w.zone).Format("2006-01-02 15:04") }

func (w *sheetOf) clock(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.In(w.zone).Format("01-02 15:04")
}

// lines puts together what there is, one below the other.
func lines(all ...string) string {
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), "\n")
}

func (w *sheetOf) row(n int, v *visitor.Visit) []string {
	f := w.faces.face(v)
	late, met, signs, phone, secrecy := "", "", "", "", w.no
	if f.Late {
		late = fmt.Sprintf(w.late, w.minute(f.At))
	}
	if f.Met == "outside" {
		met = w.outside
	}
	number := f.IdentityNumber
	if number == "" && f.IdentityEnds != "" {
		number = "…" + f.IdentityEnds
	}
	if f.Awaits != "" {
		signs = fmt.Sprintf(w.awaits, f.AwaitsName)
		if f.Overdue {
			signs += w.overdue
		}
	}
	if f.Phone {
		phone = w.locker
	}
	if f.Secrecy {
		secrecy = w.yes
	}
	passed := w.states[f.State]
	if f.InAt != nil {
		passed = w.clock(f.InAt) + " –\n" + cmp.Or(w.clock(f.OutAt), passed)
	}
	return []string{fmt.Sprint(n), lines(w.minute(f.CameAt), late), lines(f.Name, f.Unit, w.kinds[f.Kind]), lines(cmp.Or(w.identities[f.IdentityKind], f.IdentityKind), number),
		lines(f.Reason, f.Papers, f.HostName), lines(w.consent(f.Approval), signs), lines(passed, met), lines(f.Badge, f.Items, phone), lines(w.saw[f.Saw], f.CaseNo), secrecy}
}

func (w *sheetOf) consent(s *VisitStep) string {
	switch {
	case s == nil:
		return ""
	case s.Kind == "told":
		return fmt.Sprintf(w.how["told"], s.PersonName, s.Number, w.minute(s.DoneAt))
	case s.Kind == "hosted":
		return fmt.Sprintf(w.how["hosted"], s.PersonName)
	case s.Kind == "approved":
		return fmt.Sprintf(w.how["approved"], s.ByName)
	}
	return w.how[s.Kind]
}
