package trail

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"time"

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
	"en": {"Time", "Person", "Person id", "Positions", "Unit", "Address", "Session or token", "Act", "Subject", "Camera", "Camera id", "Footage from", "Footage to",
		"Purpose", "Reason", "Decision", "Right", "By position", "Rule", "Log", "Entry", "Act id", "Detail"},
	"zh-CN": {"时间", "人员", "人员编号", "岗位角色", "单位", "地址", "会话或令牌", "操作", "对象", "摄像机", "摄像机编号", "录像起", "录像止",
		"用途", "事由", "结论", "权限", "依据的岗位角色", "规则", "存证日志", "条目", "操作编号", "详情"},
}

func (x *Routes) export(ctx context.Context, in *exportInput) (*file, error) {
	reason, err := text.Block("reason", in.Body.Reason, 4, 1000)
	if err != nil {
		return nil, err
	}
	q, err := x.query(ctx, &in.Conditions)
	if err != nil {
		return nil, err
	}
	table, err := x.table(ctx, q, in.Body.Language)
	if err != nil {
		return nil, err
	}
	data, err := table.CSV()
	if err != nil {
		return nil, err
	}
	asked, err := json.Marshal(in.Conditions)
	if err != nil {
		return nil, err
	}
	err = x.record(ctx, "trail.exported", "", "", map[string]any{"format": in.Body.Format, "reason": reason, "rows": len(table.Rows),
		"conditions": json.RawMessage(asked), "sha256": fmt.Sprintf("%x", sha256.Sum256(data))})
	if err != nil {
		return nil, err
	}
	return attach("text/csv; charset=utf-8", "watchroom-acts-"+x.Clock.Now().UTC().Format("20060102T150405Z")+".csv", data), nil
}

// table is the acts, the newest first, as people read them.
func (x *Routes) table(ctx context.Context, q trail.Query, language string) (*sheet.Table, error) {
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
	stamp := func(at int64) string {
		if at == 0 {
			return ""
		}
		return route.Time(at).In(zone).Format("2006-01-02T15:04:05.000-07:00")
	}
	head, ok := columns[language]
	if !ok {
		head = columns["zh-CN"]
	}
	t := &sheet.Table{Columns: head}
	q.Limit = trail.MaxLimit
	for {
		page, err := trail.Read(ctx, x.DB, q)
		if err != nil {
			return nil, err
		}
		for i := range page.Entries {
			e := &page.Entries[i]
			entry := ""
			if e.Logged.Log != "" {
				entry = fmt.Sprint(e.Leaf)
			}
			by := e.Session
			if e.Token != "" {
				by = e.Token
			}
			t.Rows = append(t.Rows, []string{stamp(e.Act.At), people[e.Act.Person], e.Act.Person, strings.Join(e.Positions, " "), e.Unit, e.Address, by,
				e.Act.Kind, e.Act.Subject, cameras[e.Act.Camera], e.Act.Camera, stamp(e.From), stamp(e.To), e.Purpose, e.Reason,
				e.Verdict, e.Facets.Action, e.Position, e.Rule, e.Logged.Log, entry, e.Act.ID, e.Content.Detail})
		}
		if len(t.Rows) > mostRows {
			return nil, errTooLarge.With("most", mostRows)
		}
		if page.Older == "" {
			return t, nil
		}
		q.Before = page.Older
	}
}
