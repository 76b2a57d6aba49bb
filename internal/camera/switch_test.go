package camera

import (
	"context"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
)

// TestASwitchWithoutAnAct: whoever writes into a camera's row that somebody switched it off
// is found out; what people do is not.
func TestASwitchWithoutAnAct(t *testing.T) {
	clause.Covers(t, "C091")
	boss := access.ActorOf("boss", access.Administrator)
	off := func(y *yard, id string) {
		if _, err := y.Switch(y.t.Context(), boss, id, false, "building work"); err != nil {
			y.t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		honest func(y *yard, id string)
		sql    string
		why    string // what whoever verifies is told; empty: nothing
		off    bool   // the switch names nobody
		early  bool   // acts of versions before 0.3 do not say when
	}{
		"on":                    {honest: func(*yard, string) {}},
		"off":                   {honest: off},
		"off and on again":      {honest: func(y *yard, id string) { off(y, id); _, _ = y.Switch(y.t.Context(), boss, id, true, "done") }},
		"retired":               {honest: func(y *yard, id string) { _, _ = y.Retire(y.t.Context(), boss, id, "moved") }},
		"off, then retired":     {honest: func(y *yard, id string) { off(y, id); _, _ = y.Retire(y.t.Context(), boss, id, "moved") }},
		"at no known instant":   {honest: off, sql: "UPDATE cameras SET off_at = 0", why: "it says otherwise who switched it off, why or when than its last act", off: true},
		"by an earlier version": {honest: off, sql: "UPDATE cameras SET off_at = 0", early: true},
		"off by nobody's act":   {honest: func(*yard, string) {}, sql: "UPDATE cameras SET enabled = FALSE, off_by = 'boss', off_reason = 'building work', off_at = 7", why: "it is off, and by its last act it is on", off: true},
		"off in another name":   {honest: off, sql: "UPDATE cameras SET off_by = 'lead'", why: "it says otherwise who switched it off, why or when than its last act", off: true},
		"off for another time":  {honest: off, sql: "UPDATE cameras SET off_at = 7", why: "it says otherwise who switched it off, why or when than its last act", off: true},
		"off again":             {honest: func(y *yard, id string) { off(y, id); _, _ = y.Switch(y.t.Context(), boss, id, true, "done") }, sql: "UPDATE cameras SET enabled = FALSE, off_by = 'boss', off_reason = 'building work'", why: "it is off, and by its last act it is on", off: true},
		"on by nobody's act":    {honest: off, sql: "UPDATE cameras SET enabled = TRUE, off_by = '', off_reason = '', off_at = 0", why: "it is on, and by its last act it is off"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, y *yard) {
				id := y.create(New{Name: "Gate", Main: at("rtsp://10.0.0.1/main")}).ID
				c.honest(y, id)
				if c.early {
					c.sql += "; UPDATE acts SET detail = replace(detail, '\"offAt\"', '\"x\"')"
				}
				if c.sql != "" {
					err := y.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
						if err := dbtest.Unguard(ctx, tx, y.DB); err != nil {
							return err
						}
						for _, one := range strings.Split(c.sql, "; ") {
							if _, err := tx.ExecContext(ctx, one); err != nil {
								return err
							}
						}
						return nil
					})
					if err != nil {
						t.Fatal(err)
					}
				}
				found, err := Differ(t.Context(), y.DB.Read())
				if err != nil || (len(found) > 0) != (c.why != "") || len(found) > 0 && (found[0].Row != "cameras "+id || found[0].Why != c.why) {
					t.Errorf("found %+v, %v", found, err)
				}
				not, err := y.Unfounded(t.Context())
				if err != nil || not[id] != c.off {
					t.Errorf("unfounded: %v, %v", not, err)
				}
			})
		})
	}
}

// TestASwitchUnderAClockThatWasSetBack: the log tells which act was the last, whatever they
// are dated.
func TestASwitchUnderAClockThatWasSetBack(t *testing.T) {
	row := cameraRow{Enabled: true}
	acts := []*ledger.Logged{
		{Act: ledger.Act{ID: "a", At: 50, Kind: kindCreated}, Log: "node/log", Leaf: 1},
		{Act: ledger.Act{ID: "b", At: 90, Kind: kindOff}, Log: "node/log", Leaf: 2},
		{Act: ledger.Act{ID: "c", At: 60, Kind: kindOn}, Log: "node/log", Leaf: 3},
	}
	for _, a := range acts {
		a.Content.Detail = "{}"
	}
	if why := row.otherwise(acts[:2]); why == "" {
		t.Error("nobody has switched it on")
	}
	if why := row.otherwise(acts); why != "" {
		t.Errorf("on again: %s", why)
	}
}

// TestNobodyChangesACamera: one that is on, one with two streams that was changed, one that is
// off and one that is retired. Passwords are not compared, nor the key by which names are found.
func TestNobodyChangesACamera(t *testing.T) {
	clause.Covers(t, "C091")
	boss := access.ActorOf("boss", access.Administrator)
	each(t, func(t *testing.T, y *yard) {
		must := func(_ Camera, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		y.create(New{Name: "Gate", Main: at("rtsp://10.0.0.1/main")})
		sub := at("rtsp://10.0.0.2/sub")
		two := y.create(New{Name: "Yard", Place: "south", Note: "old", Main: at("rtsp://u:p@10.0.0.2/main"), Sub: &sub, Priority: 3, Grade: 2, RecordAudio: true, AudioPurpose: "talk at the desk"}).ID
		note, first := "new", 1
		must(y.Update(t.Context(), boss, two, Change{Note: &note, Priority: &first, Main: &StreamInput{URL: sub.URL}}))
		off := y.create(New{Name: "Hall", Main: at("rtsp://10.0.0.3/main")}).ID
		must(y.Switch(t.Context(), boss, off, false, "building work"))
		gone := y.create(New{Name: "Attic", Main: at("rtsp://10.0.0.4/main"), Sub: &sub}).ID
		must(y.Update(t.Context(), boss, gone, Change{RemoveSub: true}))
		must(y.Retire(t.Context(), boss, gone, "moved"))
		held.Altered(t, y.DB, map[string][]string{"cameras": {"name_key"}, "camera_streams": {"password", "password_at"}}, Differ)
	})
}
