package system

import (
	"testing"

	"watchroom/internal/archive/retention"
)

type lastPass retention.Report

func (p lastPass) Last() retention.Report { return retention.Report(p) }

// TestRemovalIsWhatTheEngineSays, and the clock where that has changed since.
func TestRemovalIsWhatTheEngineSays(t *testing.T) {
	right, wrong := Time{Trusted: true}, Time{Distrust: "time_stepped"}
	for _, c := range []struct {
		name string
		last retention.Report
		time Time
		want Removal
	}{
		{"before the first pass", retention.Report{}, right, Removal{State: "unknown"}},
		{"a wrong clock before the first pass", retention.Report{}, wrong, Removal{"blocked", "time_stepped"}},
		{"after a pass", retention.Report{At: 1}, right, Removal{State: "allowed"}},
		{"frozen", retention.Report{At: 1, Blocked: retention.ErrFrozen}, right, Removal{"blocked", "removal_frozen"}},
		{"frozen, and a wrong clock", retention.Report{At: 1, Blocked: retention.ErrFrozen}, wrong, Removal{"blocked", "removal_frozen"}},
		{"the log is not read yet", retention.Report{At: 1, Blocked: retention.ErrUnread}, right, Removal{"blocked", "removal_log_unread"}},
		{"a wrong clock", retention.Report{At: 1, Blocked: retention.ErrUntrusted}, wrong, Removal{"blocked", "time_stepped"}},
		{"a clock that became wrong", retention.Report{At: 1}, wrong, Removal{"blocked", "time_stepped"}},
		{"a clock that is right again", retention.Report{At: 1, Blocked: retention.ErrUntrusted}, right, Removal{State: "unknown"}},
	} {
		if got := (&Routes{Removal: lastPass(c.last)}).removal(c.time); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	if got := (&Routes{}).removal(right); got.State != "unknown" {
		t.Errorf("without an engine: %+v", got)
	}
}
