package exchange

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/appointment"
	"watchroom/internal/access/area"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/position"
	"watchroom/internal/access/proposal"
	"watchroom/internal/access/roll"
	"watchroom/internal/access/staff"
	"watchroom/internal/access/unit"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/sheet"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// house is an installation whose administrator is boss.
type house struct {
	*People
	t     *testing.T
	now   time.Time
	admin access.Actor
	areas *area.Areas
	units *unit.Units
	gives *appointment.Appointments
}

func empty(t *testing.T, d *db.DB) *house {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	clock := func() time.Time { h.now = h.now.Add(time.Microsecond); return h.now }
	accounts := &account.Control{DB: d, Bus: &event.Bus{}, Clock: clock}
	h.areas = &area.Areas{DB: d, Bus: &event.Bus{}, Clock: clock, Unit: unit.InService}
	accounts.Areas = func(ctx context.Context, ids []string) (bool, error) {
		_, in, err := area.Paths(ctx, d.Read())
		known := map[string]bool{}
		for _, id := range in {
			known[id] = true
		}
		return !slices.ContainsFunc(ids, func(id string) bool { return !known[id] }), err
	}
	if err := accounts.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.units = &unit.Units{DB: d, Clock: clock, Accounts: accounts, Zone: zone, Left: staff.Left}
	h.People = &People{Files: &staff.Files{DB: d, Clock: clock, Accounts: accounts, Settings: staff.Settings{Zone: zone}}}
	h.gives = &appointment.Appointments{DB: d, Clock: clock, Areas: accounts.Areas}
	boss, _, err := accounts.CreatePerson(t.Context(), access.CommandLine(), account.NewPerson{Username: "boss", Holdings: access.Everywhere(access.Administrator)})
	if err != nil {
		t.Fatal(err)
	}
	h.admin = access.ActorOf(boss.ID, access.Administrator)
	register := &position.Register{DB: d, Clock: clock, Held: holding.Holders}
	if _, err := register.Add(t.Context(), access.ActorOf(boss.ID, access.Supervisor), position.New{Code: "gate_guard", Name: position.Words{ZH: "门岗", EN: "Gate guard"}}); err != nil {
		t.Fatal(err)
	}
	return h
}

// file is what somebody would send.
func file(t *testing.T, format string, columns []sheet.Column, lines [][]string) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	heads := sheet.Heads(columns, format != "csv")
	switch format {
	case "xlsx":
		err = sheet.WriteXLSX(&b, "people", heads, lines)
	default:
		err = sheet.WriteCSV(&b, heads, lines)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func (h *house) take(raw []byte, dry bool) sheet.Outcome {
	h.t.Helper()
	records, faults, err := sheet.Read(bytes.NewReader(raw), Columns())
	if err != nil || len(faults) > 0 {
		h.t.Fatal(faults, err)
	}
	out, err := h.Import(h.t.Context(), h.admin, records, "digest", dry)
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

// taken wants everything kept.
func (h *house) taken(raw []byte) sheet.Outcome {
	h.t.Helper()
	out := h.take(raw, false)
	for _, f := range out.Faults {
		h.t.Errorf("line %d %s: %v %v", f.Line, f.Column, f.Err, f.Err.Params)
	}
	return out
}

func (h *house) lines() [][]string {
	h.t.Helper()
	all, err := h.Export(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return all
}

// confirm has another person say yes to all that waits.
func (h *house) confirm() {
	h.t.Helper()
	waits, err := h.gives.List(h.t.Context(), proposal.Proposed)
	if err != nil {
		h.t.Fatal(err)
	}
	lead, err := h.Files.Accounts.PersonNamed(h.t.Context(), "lead")
	if err != nil {
		h.t.Fatal(err)
	}
	for _, w := range waits {
		if err := h.gives.Decide(h.t.Context(), access.ActorOf(lead.ID, access.Supervisor), w.ID, true, ""); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *house) acts(kind string) []ledger.Act {
	h.t.Helper()
	acts, _, err := ledger.List(h.t.Context(), h.Files.DB.Read(), ledger.Filter{Kind: kind, Limit: ledger.MaxLimit})
	if err != nil {
		h.t.Fatal(err)
	}
	return acts
}

// trees takes in areas and units, as a house does before its people.
func (h *house) trees(areas, units [][]string) {
	h.t.Helper()
	for _, one := range []struct {
		columns []sheet.Column
		lines   [][]string
		take    func(context.Context, access.Actor, []sheet.Record, string, bool) (sheet.Outcome, error)
	}{{unit.Columns(), units, h.units.Import}, {area.Columns(), areas, h.areas.Import}} {
		records, faults, err := sheet.Read(bytes.NewReader(file(h.t, "xlsx", one.columns, one.lines)), one.columns)
		if err != nil || len(faults) > 0 {
			h.t.Fatal(faults, err)
		}
		out, err := one.take(h.t.Context(), h.admin, records, "digest", false)
		if err != nil || len(out.Faults) > 0 {
			h.t.Fatal(out.Faults, err)
		}
	}
}

// unaccused wants nobody to be accused by what the acts tell.
func (h *house) unaccused() {
	h.t.Helper()
	for _, differ := range []func(context.Context, bun.IDB) ([]facts.Difference, error){roll.Differ, staff.Differ, unit.Differ} {
		all, err := differ(h.t.Context(), h.Files.DB.Read())
		if err != nil || len(all) > 0 {
			h.t.Errorf("nobody touched anything: %q, %v", all, err)
		}
	}
}

var (
	oddAreas = [][]string{{"=Site", "", "site", "", "", ""}, {`A/B "north"`, "=Site", "zone", "", "", ""}, {`C\`, `=Site/A\/B "north"`, "zone", "", "", ""}, {"Yard, 后院；", "", "site", "", "", ""}}
	oddUnits = [][]string{{"保安公司", "", "guard_company", "", "", "", "No. 7/2026", "2027-06-30", "=note"}, {"+ops/部", "", "department", "", "", "", "", "", ""}}
)

// TestATableIsATrueExchange: what one house takes out makes the same people in an empty one, in
// every format, with whatever characters; what two people give another person confirms there.
func TestATableIsATrueExchange(t *testing.T) {
	clause.Covers(t, "C022")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		old := empty(t, d)
		old.trees(oddAreas, oddUnits)
		// Closed, narrowed, for a time, to the microsecond, of a company, with names that formulas begin with.
		table := [][]string{
			{"=cmd", `=HYPERLINK("x")`, `operator @ "=Site/A\/B ""north""" "Yard, 后院；" 2026-12-01..2027-01-31; gate_guard`, `+ops\/部`, "", "", "", "open", "", "+86 10 1234", "BA-1", "2027-01-01", "", "'quoted", "", "2026-01-01", "2027-01-01"},
			{"guard", "－王五 𠮷", `contractor @"=Site" ..2027-03-31T10:00:00.000001+08:00`, "保安公司", "No. 7/2026", "2026-12-01", "2027-06-30", "open", "", "", "", "", "2027-02-01", "", "", "", ""},
			{"gone", "'x", `technician @ "=Site/A\/B ""north""/C\\" 2026-01-01..`, "", "", "2026-11-01T10:11:12.000013+08:00", "2027-12-31T10:11:12.000014+08:00", "closed", "", "", "", "", "", "", "", "", ""},
			{"later", "Later", "duty_lead, auditor", "", "", "", "", "open", "", "", "", "", "", "", "", "", ""},
			{"lead", "Lead", "supervisor", "", "", "", "", "open", "", "", "", "", "", "", "", "", ""},
			{"second", "Second", "administrator", "", "", "", "", "open", "", "", "", "", "", "", "", "", ""},
		}
		table[0][0] = "cmd"
		old.taken(file(t, "csv", Columns(), table))
		old.confirm()
		want := old.lines()
		if len(want) != 1+len(table) {
			t.Fatalf("%d people: %q", len(want), want)
		}
		for _, l := range table {
			if i := slices.IndexFunc(want, func(w []string) bool { return w[0] == l[0] }); i < 0 || want[i][1] != l[1] || want[i][5] != l[5] || want[i][6] != l[6] || want[i][7] != l[7] || want[i][9] != l[9] || !strings.HasPrefix(want[i][2], strings.Fields(l[2])[0][:4]) {
				t.Errorf("%q became %q", l, want)
			}
		}
		old.unaccused()
		areas, err := old.areas.Export(t.Context(), old.admin)
		if err != nil {
			t.Fatal(err)
		}
		units, err := old.units.Export(t.Context())
		if err != nil || units[0][6] != "No. 7/2026" || units[0][7] != "2027-06-30" || units[0][8] != "=note" {
			t.Fatal(units, err)
		}
		for _, format := range []string{"csv", "semicolons", "xlsx"} {
			h := empty(t, dbtest.Open(t, d.Engine()))
			h.trees(areas, units)
			raw := file(t, format, Columns(), want)
			if format == "semicolons" {
				raw = semicolons(t, raw)
			}
			if out := h.take(raw, true); len(out.Faults) > 0 || out.Created != len(table) || out.Same != 1 || len(h.lines()) != 1 {
				t.Fatalf("%s, dry: %+v, %q", format, out, h.lines())
			}
			if out := h.taken(raw); out.Created != len(table) {
				t.Errorf("%s: %+v", format, out)
			}
			h.confirm()
			if diff := cmp.Diff(want, h.lines()); diff != "" {
				t.Errorf("%s: other people (-was +is):\n%s", format, diff)
			}
			if out := h.taken(raw); out.Same != len(table)+1 {
				t.Errorf("%s, again: %+v", format, out)
			}
			h.unaccused()
		}
	})
}

// semicolons writes a table as a spreadsheet set to a language with decimal commas does.
func semicolons(t *testing.T, raw []byte) []byte {
	t.Helper()
	lines, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	out.Comma = ';'
	if err := out.WriteAll(lines); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPositionsOfATableTakeTwo: a table proposes what it says to somebody who is there, and what
// it takes away is gone at once.
func TestPositionsOfATableTakeTwo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := empty(t, d)
		h.taken([]byte("username,positions\nlead,supervisor\nli,operator\n"))
		held := func(name string) string {
			t.Helper()
			for _, l := range h.lines() {
				if l[0] == name {
					return l[2]
				}
			}
			return "nobody"
		}
		if held("li") != "" {
			t.Errorf("one person gave li %q", held("li"))
		}
		h.confirm()
		if held("li") != "operator" {
			t.Fatalf("li holds %q", held("li"))
		}
		if out := h.taken([]byte("username,positions\nli,operator auditor\n")); out.Changed != 1 || held("li") != "operator" {
			t.Errorf("%+v, and li holds %q", out, held("li"))
		}
		if out := h.taken([]byte("username,positions\nli,operator auditor\n")); out.Same != 1 {
			t.Errorf("it waits already: %+v", out)
		}
		if out := h.take([]byte("username,positions\nli,operator technician\n"), false); len(out.Faults) != 1 || out.Faults[0].Err.Code != "positions_wait" {
			t.Errorf("another waits: %+v", out)
		}
		h.confirm()
		if out := h.taken([]byte("username,positions\nli,auditor\n")); out.Changed != 1 || held("li") != "auditor" {
			t.Errorf("%+v, and li holds %q", out, held("li"))
		}
		// Closing ends what runs; opening gives anew, by two.
		h.taken([]byte("username,state\nli,停用\n"))
		if acts := h.acts("person.disabled"); len(acts) != 1 {
			t.Errorf("%+v", acts)
		}
		h.taken([]byte("username,state\nli,open\n"))
		if held("li") != "" {
			t.Errorf("opened by one, li holds %q", held("li"))
		}
		h.taken([]byte("username,displayName\nli,李娜\n"))
		if acts := h.acts("person.renamed"); len(acts) != 1 || acts[0].Detail["to"] != "李娜" {
			t.Errorf("%+v", acts)
		} else if by, _ := acts[0].Detail[access.KeyDecision].(map[string]any); by["action"] != string(access.PeopleManage) || by["verdict"] != access.Allowed {
			t.Errorf("renamed by what right: %v", acts[0].Detail)
		}
		if _, err := h.Files.Accounts.SignIn(t.Context(), "li", "no password at all", access.Origin{Address: "192.0.2.1"}); !errors.Is(err, account.ErrSignInFailed) {
			t.Errorf("an account that came in a table opens: %v", err)
		}
		h.unaccused()
	})
}

// TestEveryBadLineIsNamed: by its number, its column and the reason, and nothing is kept.
func TestEveryBadLineIsNamed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := empty(t, d)
		h.trees(oddAreas, oddUnits)
		h.taken([]byte("username,displayName\nzhang,张\n"))
		before := len(h.acts(""))
		var want []string
		var b bytes.Buffer
		out := csv.NewWriter(&b)
		write := func(cells ...string) {
			t.Helper()
			if err := out.Write(cells); err != nil {
				t.Fatal(err)
			}
		}
		write("username", "displayName", "positions", "unit", "contract", "validFrom", "validUntil", "state", "directory", "pledgeUntil")
		for i, l := range []struct {
			cells []string // the rest is empty
			fault string
		}{
			{[]string{"good", "好人", "operator"}, ""},
			{[]string{"a1", "x1", "king"}, "positions position_unknown"},
			{[]string{"a2", "x2", "operator", "保安公司"}, "validUntil term_needed"},
			{[]string{"a3", "x3", "operator", "nowhere"}, "unit person_unit_unknown"},
			{[]string{"boss", "我"}, "username import_own_line"},
			{[]string{"a4", "x4", "administrator operator"}, "positions positions_conflict"},
			{[]string{"a5", "x5", "", "", "", "", "", "", "", "someday"}, "pledgeUntil day_invalid"},
			{[]string{"!", "x6"}, "username username_invalid"},
			{[]string{"a6", "x7", "operator @ nowhere"}, "positions import_area"},
			{[]string{"a7", "x8", "operator @"}, "positions import_positions"},
			{[]string{"a8", "x9", "operator someday.."}, "positions import_time"},
			{[]string{"a9", "y1", "contractor"}, "positions position_boxed"},
			{[]string{"b1", "y2", "stand_in"}, "positions import_stand_in"},
			{[]string{"b2", "y3", `operator; operator @ "=Site"`}, "positions position_twice"},
			{[]string{"b3", "y4", "", "", "", "soon"}, "validFrom import_day"},
			{[]string{"b4", "y5", "", "", "", "2027-01-01", "2026-01-01"}, "validUntil term_empty"},
			{[]string{"b5", "y6", "", "", "", "", "", "perhaps"}, "state import_state"},
			{[]string{"b6", "y7", "", "", "", "", "", "", "corp"}, "directory import_directory"},
			{[]string{"b7", "y8", "", "保安公司", "9", "", "2027-01-01"}, "contract import_contract"},
			{[]string{"b8", "y9", "", "保安公司", "", "", "2028-01-01"}, "validUntil term_beyond_contract"},
			{[]string{"GOOD", "z1"}, "username import_twice"},
			{[]string{"c1", strings.Repeat("长", 3000)}, "displayName field_too_long"},
			{[]string{"d1", "张"}, "displayName display_name_taken"},
		} {
			write(append(l.cells, make([]string, 10-len(l.cells))...)...)
			if l.fault != "" {
				want = append(want, fmt.Sprintf("%d %s", i+2, l.fault))
			}
		}
		out.Flush()
		for _, dry := range []bool{true, false} {
			var got []string
			for _, f := range h.take(b.Bytes(), dry).Faults {
				got = append(got, fmt.Sprintf("%d %s %s", f.Line, f.Column, f.Err.Code))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("dry %v (-want +got):\n%s", dry, diff)
			}
		}
		if n := len(h.acts("")); n != before || len(h.lines()) != 2 {
			t.Errorf("%d acts of what was not kept, %q", n-before, h.lines())
		}
	})
}

// TestPositionsAsPeopleTypeThem: with the marks of either keyboard.
func TestPositionsAsPeopleTypeThem(t *testing.T) {
	in := places{ids: map[string]string{sheet.PathKey("Site/House 1"): "h", sheet.PathKey("Yard"): "y"}, paths: map[string]string{"h": "Site/House 1", "y": "Yard"}}
	day := func(y int, m time.Month, d int) int64 { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).UnixMicro() }
	for cell, want := range map[string][]access.Holding{
		"":                      {},
		"gate_guard、operator":   {{Position: "gate_guard"}, {Position: "operator"}},
		"operator＠Yard；auditor": {{Position: "operator", Areas: []string{"y"}}, {Position: "auditor"}},
		`operator @“Site／House 1” "yard" 2026-01-01..2026-01-31`: {{Position: "operator", Areas: []string{"h", "y"}, From: day(2026, 1, 1), Until: day(2026, 2, 1)}},
		"operator ..2026-01-31, auditor 2026-01-01..":            {{Position: "operator", Until: day(2026, 2, 1)}, {Position: "auditor", From: day(2026, 1, 1)}},
	} {
		if got, err := read(cell, in, time.UTC); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%q: %+v, %v", cell, got, err)
		}
		if again, err := read(write(want, in, time.UTC), in, time.UTC); err != nil || !cmp.Equal(again, want) {
			t.Errorf("%q, written and read: %+v, %v", cell, again, err)
		}
	}
	for cell, want := range map[string]error{`operator @ "Yard`: ErrPositions, "@ Yard": ErrPositions, "operator @ @": ErrPositions, `operator "Yard"`: ErrPositions, "2026-01-01..": ErrPositions,
		"operator ..": ErrTime, "operator 2026-01-01..then": ErrTime, "operator @ Moon": ErrArea, "operator @ Yard @ Yard": ErrPositions} {
		if _, err := read(cell, in, time.UTC); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", cell, err, want)
		}
	}
}
