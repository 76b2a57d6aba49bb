package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/app/alive"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// TestTheRecorderDied: after a kill the room is told, and the trail, of that one time.
func TestTheRecorderDied(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C076")
	c := settings(t, filepath.Join(t.TempDir(), "data"))
	a := begin(t, c)
	signIn(t, a, access.Supervisor)
	a.Close()

	at := time.Now().Add(-time.Minute)
	if err := os.WriteFile(filepath.Join(c.Data, alive.FileName), fmt.Appendf(nil, "%20d lives\n", at.UnixMicro()), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		a = begin(t, c)
		boss := signInAgain(t, a, access.Supervisor)
		until(t, "the alarm", func() bool { return alarmed(boss, "recorder_died") })
		var acts struct {
			Items []struct {
				Person string
				Detail map[string]any
			}
		}
		boss.get("/api/v1/acts?kind=recorder.died", &acts)
		if len(acts.Items) != 1 || acts.Items[0].Person != "" || acts.Items[0].Detail["alive"] != float64(at.UnixMicro()) || acts.Items[0].Detail["back"].(float64) <= float64(at.UnixMicro()) {
			t.Fatalf("%+v", acts)
		}
		var o struct {
			Alarms []struct {
				Code   string
				Since  time.Time
				Params map[string]any
			}
		}
		boss.get("/api/v1/system", &o)
		for _, x := range o.Alarms { // also where the server was begun anew since
			if back := int64(acts.Items[0].Detail["back"].(float64)); x.Code == "recorder_died" && (x.Since.UnixMicro() != back || x.Params["since"] != nil) {
				t.Errorf("%+v stands since %d", x, back)
			}
		}
		a.Close()
	}
}
