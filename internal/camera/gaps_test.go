package camera

import (
	"context"
	"fmt"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/testkit/clause"
)

// TestWhoAGapNames: a gap says who switched the camera off and why as the act does, whatever
// was written into its row or its journal since.
func TestWhoAGapNames(t *testing.T) {
	clause.Covers(t, "C091")
	boss := access.ActorOf("boss", access.Administrator)
	const minute = int64(60_000_000)
	names := func(context.Context, bun.IDB) (map[string][]string, error) {
		return map[string][]string{"boss": {"adm", "Adm Senior"}, "tec": {"tec"}}, nil
	}
	for name, c := range map[string]struct {
		off, on func(y *yard, id string) // what people do before and behind the gap
		detail  string
		late    int64 // µs between act and gap
		want    string
	}{
		"as it was done":            {detail: "adm: painting the wall"},
		"in a name that came later": {detail: "Adm Senior: painting the wall"},
		"by an id":                  {detail: "boss: painting the wall"},
		"somebody else":             {detail: "tec: painting the wall", want: `it says that the camera was switched off "tec: painting the wall", and no act does so in these words`},
		"for another reason":        {detail: "adm: cleaning the lens", want: `it says that the camera was switched off "adm: cleaning the lens", and no act does so in these words`},
		"by nobody":                 {detail: "painting the wall", want: `it says that the camera was switched off "painting the wall", and no act does so in these words`},
		"without a word":            {want: "it says neither who switched the camera off nor why, and an act does"},
		"at another time": {detail: "adm: painting the wall", late: 60 * minute,
			on:   func(y *yard, id string) { _, _ = y.Switch(y.t.Context(), boss, id, true, "done") },
			want: `it says that the camera was switched off "adm: painting the wall", and no act does so then`},
		"by no act":            {off: func(*yard, string) {}, want: "no act switches the camera off then"},
		"by no act, and words": {off: func(*yard, string) {}, detail: "adm: painting the wall", want: `it says that the camera was switched off "adm: painting the wall", and no act does so in these words`},
		"retired":              {off: func(y *yard, id string) { _, _ = y.Retire(y.t.Context(), boss, id, "moved") }, detail: "adm: moved"},
		"on the command line": {off: func(y *yard, id string) { _, _ = y.Switch(y.t.Context(), access.CommandLine(), id, false, "painting") },
			detail: "painting"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, y *yard) {
				id := y.create(New{Name: "Gate", Main: at("rtsp://10.0.0.1/main")}).ID
				if c.off == nil {
					c.off = func(y *yard, id string) {
						if _, err := y.Switch(y.t.Context(), boss, id, false, "painting the wall"); err != nil {
							y.t.Fatal(err)
						}
					}
				}
				c.off(y, id)
				from := y.Clock.Micro() + c.late
				if c.on != nil {
					c.on(y, id)
				}
				y.gap(id, from, from+minute, c.detail)
				y.differs(names, fmt.Sprintf("coverage %s %d", id, from), c.want)
			})
		})
	}
}

func (y *yard) gap(id string, from, to int64, detail string) {
	y.t.Helper()
	err := y.DB.Tx(y.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewRaw("INSERT INTO coverage (camera, start_at, end_at, kind, cause, detail) VALUES (?, ?, ?, 'gap', 'switched_off', ?)", id, from, to, detail).Exec(ctx)
		return err
	})
	if err != nil {
		y.t.Fatal(err)
	}
}

func (y *yard) differs(names func(context.Context, bun.IDB) (map[string][]string, error), row, want string) {
	y.t.Helper()
	found, err := GapsDiffer(names)(y.t.Context(), y.DB.Read())
	if err != nil || (len(found) > 0) != (want != "") || len(found) > 0 && (len(found) > 1 || found[0].Row != row || found[0].Why != want) {
		y.t.Errorf("found %+v, %v, want %q", found, err, want)
	}
}

// TestAGapOfACameraThatWasTakenBack keeps its words, in old rows without the name.
func TestAGapOfACameraThatWasTakenBack(t *testing.T) {
	nobody := func(context.Context, bun.IDB) (map[string][]string, error) { return nil, nil }
	each(t, func(t *testing.T, y *yard) {
		input := func(url string) StreamInput { return StreamInput{URL: &url} }
		_, err := y.Recover(t.Context(), access.CommandLine(), []Remembered{{ID: "gate", Name: "Gate", OffBy: "adm", OffReason: "painting the wall", OffAt: 90, Main: input("rtsp://10.0.0.1/")}})
		if err != nil {
			t.Fatal(err)
		}
		now := y.Clock.Micro()
		y.gap("gate", 50, 60, "somebody: whose act went with the database")
		y.gap("gate", 91, 92, "adm: painting the wall")
		y.gap("gate", now, now+5, "adm: painting the wall")
		y.differs(nobody, "", "")
		y.gap("gate", now+9, now+10, "painting the wall")
		y.differs(nobody, fmt.Sprintf("coverage gate %d", now+9), `it says that the camera was switched off "painting the wall", and no act does so in these words`)
		if found, err := Differ(t.Context(), y.DB.Read()); err != nil || len(found) > 0 {
			t.Errorf("the camera: %+v, %v", found, err)
		}
		// As versions before kept it.
		err = y.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE cameras SET off_by = ''")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if found, err := Differ(t.Context(), y.DB.Read()); err != nil || len(found) > 0 {
			t.Errorf("the camera without the name: %+v, %v", found, err)
		}
	})
}

// TestANameThatNobodyGave: a camera is called as its last act calls it, and hangs there.
func TestANameThatNobodyGave(t *testing.T) {
	clause.Covers(t, "C091")
	for name, c := range map[string]struct {
		sql  string
		want string
	}{
		"nothing":       {},
		"another name":  {"UPDATE cameras SET name = 'Yard', name_key = 'yard'", `its name is "Yard", by the acts "Gate two"`},
		"a former name": {"UPDATE cameras SET name = 'Gate', name_key = 'gate'", `its name is "Gate", by the acts "Gate two"`},
		"another place": {"UPDATE cameras SET place = 'south'", `its place is "south", by the acts "north"`},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, y *yard) {
				id := y.create(New{Name: "Gate", Place: "north", Main: at("rtsp://10.0.0.1/main")}).ID
				if _, err := y.Update(t.Context(), admin, id, Change{Name: p("Gate two"), Note: p("by the road")}); err != nil {
					t.Fatal(err)
				}
				if c.sql != "" {
					err := y.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, c.sql); return err })
					if err != nil {
						t.Fatal(err)
					}
				}
				found, err := Differ(t.Context(), y.DB.Read())
				if err != nil || (len(found) > 0) != (c.want != "") || len(found) > 0 && (found[0].Row != "cameras "+id || found[0].Why != c.want) {
					t.Errorf("found %+v, %v", found, err)
				}
			})
		})
	}
}
