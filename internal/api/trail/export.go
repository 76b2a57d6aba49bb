package trail

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/unit"
	"watchroom/internal/api/route"
	"watchroom/internal/form/sheet"
	"watchroom/internal/ledger/trail"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// mostRows bounds an export. A spreadsheet of more nobody reads.
const mostRows = 20_000

var errTooLarge = problem.New(problem.Invalid, "act_export_too_large", "These are more acts than one file takes. Narrow the conditions.").On("query.from") // most

// columns are the heads, in the languages that there are.
var columns = map[string][]string{
	"en": {"Time", "Person", "Person id", "Positions", "Unit", "Address", "Session or token", "Act", "Subject", "Camera", "Camera id", "Security grade", "Footage from", "Footage to",
		"Purpose", "Purpose's name then", "Purpose's name now", "Legal basis then", "Reason", "Reason due", "Reason missing since", "Reason given afterwards", "Present", "Second person", "Second person id", "Second person's position", "Decision", "Right", "By position", "Rule", "Emergency, cause", "Emergency, until", "Log", "Entry", "Act id", "Detail"},
	"zh-CN": {"时间", "人员", "人员编号", "岗位角色", "单位", "地址", "会话或令牌", "操作", "对象", "摄像机", "摄像机编号", "安全等级", "录像起", "录像止",
		"用途", "用途当时名称", "用途现名称", "当时法律依据", "事由", "事由补填期限", "事由逾期未填起", "补填的事由", "在场人员", "第二人", "第二人编号", "第二人岗位角色", "结论", "权限", "依据的岗位角色", "规则", "紧急授权情形", "紧急授权止", "存证日志", "条目", "操作编号", "详情"},
}

func (x *Routes) export(ctx context.Context, in *exportInput) (*file, error) {
	reason, err := text.Block("reason", in.Body.Reason, 4, 1000)
	if err != nil {
		return nil, err
	}
	q, err := x.query(ctx, access.ActExport, &in.Conditions)
	if err != nil {
		return nil, err
	}
	made, kind := x.csv, "text/csv; charset=utf-8"
	if in.Body.Format == "pdf" {
		made, kind = x.pdf, "application/pdf"
	}
	n, err := x.naming(ctx, in.Body.Language)
	if err != nil {
		return nil, err
	}
	now := x.Clock.Now().UTC()
	data, rows, err := made(ctx, q, &wanted{in.Conditions, reason, now, n})
	if err != nil {
		return nil, err
	}
	conditions, err := json.Marshal(in.Conditions)
	if err != nil {
		return nil, err
	}
	err = x.record(ctx, "trail.exported", "", "", map[string]any{"format": in.Body.Format, "reason": reason, "rows": rows,
		"conditions": json.RawMessage(conditions), "sha256": fmt.Sprintf("%x", sha256.Sum256(data))})
	if err != nil {
		return nil, err
	}
	return attach(kind, "watchroom-acts-"+now.Format("20060102T150405Z")+"."+in.Body.Format, data), nil
}

// wanted is what somebody wants to take out.
type wanted struct {
	Conditions
	reason string
	at     time.Time
	naming *naming
}

// naming gives names to ids, and instants in the time of the site.
type naming struct {
	language        string
	people, cameras map[string]string
	units           map[string]string
	grades          grades
	zone            *time.Location
}

func (x *Routes) naming(ctx context.Context, language string) (*naming, error) {
	people, err := x.People(ctx)
	if err != nil {
		return nil, err
	}
	cameras, err := x.Cameras(ctx)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(x.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	levels, err := x.grades(ctx)
	if err != nil {
		return nil, err
	}
	units, _, err := unit.Paths(ctx, x.DB.Read())
	if err != nil {
		return nil, err
	}
	return &naming{language: language, people: people, cameras: cameras, units: units, zone: zone, grades: levels}, nil
}

// each gives the acts, the newest first; more than most are refused.
func (x *Routes) each(ctx context.Context, q trail.Query, most int, give func(*trail.Entry, *aside)) error {
	q.Limit = trail.MaxLimit
	for n := 0; ; {
		page, err := trail.Read(ctx, x.DB, q)
		if err != nil {
			return err
		}
		if n += len(page.Entries); n > most {
			return errTooLarge.With("most", most)
		}
		beside, err := x.aside(ctx, page.Entries)
		if err != nil {
			return err
		}
		for i := range page.Entries {
			conceal(route.Actor(ctx), &page.Entries[i])
			give(&page.Entries[i], beside)
		}
		if page.Older == "" {
			return nil
		}
		q.Before = page.Older
	}
}

// csv is the acts as a table for spreadsheets, and how many there are.
func (x *Routes) csv(ctx context.Context, q trail.Query, a *wanted) ([]byte, int, error) {
	n := a.naming
	stamp := func(at int64) string {
		if at == 0 {
			return ""
		}
		return route.Time(at).In(n.zone).Format("2006-01-02T15:04:05.000-07:00")
	}
	day := func(at *time.Time) string {
		if at == nil {
			return ""
		}
		return stamp(at.UnixMicro())
	}
	head, ok := columns[n.language]
	if !ok {
		head = columns["zh-CN"]
	}
	t := &sheet.Table{Columns: head}
	err := x.each(ctx, q, mostRows, func(e *trail.Entry, s *aside) {
		entry := ""
		if e.Logged.Log != "" {
			entry = fmt.Sprint(e.Leaf)
		}
		by := e.Session
		if e.Token != "" {
			by = e.Token
		}
		with := partner(e, n.people)
		if with == nil {
			with = &Pair{}
		}
		chinese := n.language != "en"
		p, due, glass := s.purpose(e), s.reason(e), s.emergency(e)
		then := []string{"", "", ""}
		if p != nil {
			then = []string{p.Name.in(chinese), cmp.Or(p.NameNow, &p.Name).in(chinese), p.Basis.in(chinese)}
		}
		later := []string{"", "", ""}
		if due != nil {
			later = []string{day(&due.DueAt), day(due.MissingSince), due.Reason}
		}
		right := []string{"", ""}
		if glass != nil {
			right = []string{glass.Cause, day(&glass.Until)}
		}
		t.Rows = append(t.Rows, slices.Concat([]string{stamp(e.Act.At), n.people[e.Act.Person], e.Act.Person, strings.Join(e.Positions, " "), cmp.Or(n.units[e.Unit], e.Unit), e.Address, by,
			e.Act.Kind, e.Act.Subject, n.cameras[e.Act.Camera], e.Act.Camera, n.grades.label(e), stamp(e.From), stamp(e.To), e.Purpose}, then, []string{e.Reason}, later,
			[]string{beside(e.Present, n.people), with.Name, with.Person, with.Position, e.Verdict, e.Facets.Action, e.Position, e.Rule}, right,
			[]string{e.Logged.Log, entry, e.Act.ID, e.Content.Detail}))
	})
	if err != nil {
		return nil, 0, err
	}
	data, err := t.CSV()
	return data, len(t.Rows), err
}

// beside names who was present.
func beside(all []trail.Present, people map[string]string) string {
	names := make([]string, len(all))
	for i, p := range all {
		switch {
		case p.Person == "":
			names[i] = p.Name + " (" + p.Unit + ")"
		case people[p.Person] != "":
			names[i] = people[p.Person]
		default:
			names[i] = p.Person
		}
	}
	return strings.Join(names, "; ")
}
