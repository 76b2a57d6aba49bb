package organisation

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"watchroom/internal/access"
	"watchroom/internal/access/area"
	"watchroom/internal/access/exchange"
	"watchroom/internal/access/unit"
	"watchroom/internal/api/route"
	"watchroom/internal/camera"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/sheet"
)

type importInput struct {
	DryRun bool `query:"dryRun" doc:"Says what would happen and writes nothing."`
	Body   ImportFile
}

// register is one table that comes in and goes out.
type register struct {
	name, path string
	kind       string        // of the act of an export
	action     access.Action // to take one in
	out        access.Action // to take it out
	columns    []sheet.Column
	export     func(ctx context.Context, actor access.Actor) ([][]string, error)
	take       func(ctx context.Context, actor access.Actor, records []sheet.Record, digest string, dry bool) (sheet.Outcome, error)
}

// whole is an export that is the same for everybody who may take it out.
func whole(all func(ctx context.Context) ([][]string, error)) func(context.Context, access.Actor) ([][]string, error) {
	return func(ctx context.Context, _ access.Actor) ([][]string, error) { return all(ctx) }
}

func (x *Routes) tables(r *route.Router) {
	people := &exchange.People{Files: x.Files}
	for _, t := range []register{
		{"People", "people", "person.exported", access.PeopleManage, access.PeopleManage, exchange.Columns(), whole(people.Export), people.Import},
		{"Units", "units", "unit.exported", access.PeopleManage, access.PeopleManage, unit.Columns(), whole(x.Units.Export), x.Units.Import},
		{"Areas", "areas", "area.exported", access.AreaConfigure, access.CameraExport, area.Columns(), x.Areas.Export, x.Areas.Import},
		{"CameraAreas", "cameras", "camera.exported", access.CameraConfigure, access.CameraExport, camera.Columns(), x.Cameras.Export, x.Cameras.Import},
	} {
		route.Do(r, route.Operation{
			ID: "import" + t.name, Method: http.MethodPost, Path: "/api/v1/" + t.path + "/import", Tag: tag, Demand: route.Needs(t.action),
			Summary: "Take in a table, all of it or nothing", Body: sheet.MaxBytes*4/3 + 1024,
			About: "XLSX, or CSV in UTF-8 or GB18030, with the columns of the export. A dry run, and a table with faults, names every bad line and column and writes nothing.",
		}, func(ctx context.Context, in *importInput) (*route.Answer[ImportOutcome], error) {
			return x.take(ctx, &t, in)
		})
		r.Plain(route.Operation{
			ID: "export" + t.name, Method: http.MethodGet, Path: "/api/v1/" + t.path + "/export", Tag: tag, Demand: route.Needs(t.out),
			Summary: "Fetch the table that an import takes in", About: "The act of it is on record before the first byte. That of cameras says how many and the highest security grade; from 2 on the file bears it in its name.",
			Parameters: []*huma.Param{route.Query("format", "Of the file.", route.Word("xlsx", "csv")), route.Query("language", "Of the heads.", route.Word("zh", "en"))},
			Responses:  route.Answers("200", "The table.", "application/octet-stream"),
		}, func(w http.ResponseWriter, req *http.Request) error { return x.export(w, req, &t) })
	}
}

func (x *Routes) take(ctx context.Context, t *register, in *importInput) (*route.Answer[ImportOutcome], error) {
	records, faults, err := sheet.Read(bytes.NewReader(in.Body.File), t.columns)
	if err != nil {
		return nil, problem.Of(err).On("file")
	}
	sum := sha256.Sum256(in.Body.File)
	out := sheet.Outcome{}
	if len(records) > 0 { // the others are looked at, too, where some cannot be read
		if out, err = t.take(ctx, route.Actor(ctx), records, hex.EncodeToString(sum[:]), in.DryRun || len(faults) > 0); err != nil {
			return nil, err
		}
	}
	out.Faults = faults.And(out.Faults)
	slices.SortStableFunc(out.Faults, func(a, b sheet.Fault) int { return a.Line - b.Line }) // trees are taken in from the top
	face := ImportOutcome{Kept: !in.DryRun && len(out.Faults) == 0, Created: out.Created, Changed: out.Changed, Same: out.Same, Faults: make([]ImportFault, len(out.Faults))}
	for i, f := range out.Faults {
		face.Faults[i] = ImportFault{f.Line, f.Column, f.Err.Code, f.Err.Params, f.Err.Detail}
	}
	return route.Reply(face), nil
}

func (x *Routes) export(w http.ResponseWriter, r *http.Request, t *register) error {
	q := route.FormOf(r)
	format, language := q.Word("format", "xlsx", "csv"), q.Word("language", "zh", "en")
	if q.Err() != nil {
		return q.Err()
	}
	lines, err := t.export(r.Context(), route.Actor(r.Context()))
	if err != nil {
		return err
	}
	heads := sheet.Heads(t.columns, language == "zh")
	var body bytes.Buffer
	if format == "csv" {
		err = sheet.WriteCSV(&body, heads, lines)
	} else {
		err = sheet.WriteXLSX(&body, t.path, heads, lines)
	}
	if err != nil {
		return err
	}
	actor := route.Actor(r.Context())
	name, detail := t.path, map[string]any{"lines": len(lines), "format": format}
	if t.name == "CameraAreas" {
		grade := highest(lines)
		detail = map[string]any{"cameras": len(lines), "grade": grade, "format": format}
		if grade > int(access.LowestGrade) {
			name += "-grade-" + strconv.Itoa(grade)
		}
	}
	if err := x.Journal.Record(actor.For(t.out, "").Act(x.Clock.Micro(), t.kind, "", "", detail)); err != nil {
		return ledger.ErrNotRecorded.Because(err)
	}
	h := w.Header()
	h.Set("Content-Type", map[string]string{"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}[format])
	h.Set("Content-Disposition", `attachment; filename="`+name+"."+format+`"`)
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	h.Set("Cache-Control", "no-store")
	if r.Method != http.MethodHead {
		_, _ = w.Write(body.Bytes()) // the client has gone; nobody to tell
	}
	return nil
}

// highest is the highest security grade in a table of cameras, which labels it (C111).
func highest(lines [][]string) (grade int) {
	for _, l := range lines {
		if n, err := strconv.Atoi(l[2]); err == nil {
			grade = max(grade, n)
		}
	}
	return grade
}

// instant is what a member of a change names; nil for null.
func instant(n route.Nullable[time.Time]) (*int64, error) {
	if n.Null {
		return nil, nil
	}
	if err := route.Instants(n.Value); err != nil {
		return nil, err
	}
	us := n.Value.UnixMicro()
	return &us, nil
}
