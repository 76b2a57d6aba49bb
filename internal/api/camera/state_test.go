package camera

import (
	"testing"

	"watchroom/internal/capture"
	"watchroom/internal/media"
	"watchroom/internal/recording"
	"watchroom/internal/source"
)

func TestStateSaysWhenPicturesAreNotRecorded(t *testing.T) {
	live := source.Status{State: source.Live, Reason: source.Reason{Code: "live", Detail: "Pictures are coming."}}
	silent := source.Status{State: source.Stalled, Reason: source.Reason{Code: "no_frames"}}
	full := recording.State{Cause: media.CauseDiskFull}
	cases := []struct {
		name         string
		in           capture.Status
		status, code string
	}{
		{"recorded", capture.Status{Enabled: true, Main: live, State: recording.State{Recording: true}}, "live", "live"},
		{"before the first key frame", capture.Status{Enabled: true, Main: live}, "live", "live"},
		{"the disk is full", capture.Status{Enabled: true, Main: live, State: full}, "live", "not_recording"},
		{"the camera's own trouble comes first", capture.Status{Enabled: true, Main: silent, State: full}, "stalled", "no_frames"},
		{"switched off", capture.Status{Main: live, State: full}, "off", "live"},
	}
	for _, c := range cases {
		got := stateOf(c.in)
		if got.Status != c.status || got.Reason == nil || got.Reason.Code != c.code {
			t.Errorf("%s: %s, reason %+v; want %s, %s", c.name, got.Status, got.Reason, c.status, c.code)
		}
		if c.code == "not_recording" && got.Reason.Detail != "Pictures come, but they are not recorded: the disk is full." {
			t.Errorf("%s: %s", c.name, got.Reason.Detail)
		}
		if c.code == "not_recording" && got.Reason.Params["cause"] != "disk_full" {
			t.Errorf("%s: the reason names %v", c.name, got.Reason.Params)
		}
	}
}
