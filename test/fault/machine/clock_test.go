package machine

import (
	"strings"
	"testing"
	"time"

	"watchroom/test/load/account"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return noon.Add(time.Duration(seconds * float64(time.Second))) }

// counted are pictures of which one is sent every tenth of a second.
func counted(numbers ...uint64) []account.Picture {
	var out []account.Picture
	for _, n := range numbers {
		out = append(out, account.Picture{Counter: n, Sent: at(float64(n) / 10)})
	}
	return out
}

func TestFootageUnderAClockThatWasSet(t *testing.T) {
	// Ten seconds right, ten an hour ahead, ten right, then set back by 20 s.
	w := &Clock{Steps: []Step{{at(0), 0}, {at(10), time.Hour}, {at(20), 0}, {at(30), -20 * time.Second}}}
	if w.Ahead(at(15)) != time.Hour || w.Ahead(at(25)) != 0 || w.Ahead(at(31)) != -20*time.Second {
		t.Error("the clock shows another time")
	}
	all := counted(50, 60, 140, 150, 240, 250, 340, 350)
	played := counted(50, 60, 350, 340) // 340 and 350 are shown as 14 and 15 s
	end := at(40)
	if r := w.Misplayed("cam", counted(50, 60, 340, 350, 240, 250), all, end); len(r.Wrong) != 0 || r.Future != 2 || r.Shadowed != 0 {
		t.Errorf("as it should be: %+v", r)
	}
	if r := w.Misplayed("cam", played, all, end); len(r.Wrong) != 2 || !strings.Contains(r.Wrong[0], "goes back 1 times") || !strings.Contains(r.Wrong[1], "leaves out 2 ") {
		t.Errorf("back, and without 24 and 25 s: %+v", r)
	}
	// What was recorded at 15 s lies behind what was recorded at 35 s.
	if r := w.Misplayed("cam", nil, counted(95), at(40)); r.Shadowed != 1 || len(r.Wrong) != 0 {
		t.Errorf("recorded once more: %+v", r)
	}
	// Until the next key frame pictures bear the time before the step, which comes again.
	if r := w.Misplayed("cam", nil, counted(305), at(60)); r.Shadowed != 1 || len(r.Wrong) != 0 {
		t.Errorf("recorded before the step was known: %+v", r)
	}
}
