package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"watchroom/test/fault/judge"
	"watchroom/test/load/account"
	"watchroom/test/load/station"
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

func TestOutagesLieBetweenRecordedPictures(t *testing.T) {
	got := judge.Outages(counted(1, 2, 5, 6, 20), at(0))
	want := []judge.Outage{{From: at(0.2), To: at(0.5), Missing: 2}, {From: at(0.6), To: at(2), Missing: 13}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := judge.Outages(counted(1, 5, 6), at(1)); len(got) != 0 {
		t.Errorf("before the beginning: %v", got)
	}
}

func TestEveryLossNeedsACause(t *testing.T) {
	recorded := func(a, b float64) station.Span { return station.Span{Start: at(a), End: at(b), Kind: "recorded"} }
	gap := func(a, b float64, cause string) station.Span {
		return station.Span{Start: at(a), End: at(b), Kind: "gap", Cause: cause}
	}
	lost := []judge.Outage{{From: at(10), To: at(15), Missing: 50}}
	for name, c := range map[string]struct {
		spans   []station.Span
		missing []judge.Outage
		want    int
	}{
		"accounted for":       {[]station.Span{recorded(0, 10), gap(10, 15, "network"), recorded(15, 60)}, lost, 0},
		"claimed as recorded": {[]station.Span{recorded(0, 60)}, lost, 1},
		"too short for a gap": {[]station.Span{recorded(0, 60)}, []judge.Outage{{From: at(10), To: at(11), Missing: 9}}, 0},
		"no cause":            {[]station.Span{recorded(0, 10), gap(10, 15, ""), recorded(15, 60)}, lost, 1},
		"unknown":             {[]station.Span{recorded(0, 10), gap(10, 15, "unknown"), recorded(15, 60)}, lost, 1},
		"killed":              {[]station.Span{recorded(0, 10), gap(10, 15, "recorder_died"), recorded(15, 60)}, lost, 0},
		"a hole":              {[]station.Span{{Start: at(0), End: at(5), Kind: "none"}, recorded(5, 60)}, nil, 1},
		"the future":          {[]station.Span{recorded(0, 59.5), {Start: at(59.5), End: at(60), Kind: "none"}}, nil, 0},
	} {
		if got := judge.Uncaused(c.spans, c.missing, at(60)); len(got) != c.want {
			t.Errorf("%s: %q, want %d", name, got, c.want)
		}
	}
}

func TestPromises(t *testing.T) {
	o := newOutcome("killed")
	o.mostBefore, o.mostMissing = time.Second, 10
	o.events = []event{{at: at(3.05), over: at(4), killed: true}}
	pictures := counted(10, 20, 30, 45, 50)
	o.take([]judge.Outage{{From: at(3), To: at(4.5), Missing: 10}})
	o.recover(pictures)
	if got := o.broken(); len(got) != 0 || len(o.before) != 1 || len(o.recovery) != 1 || o.recovery[0] != 0.5 {
		t.Errorf("broken %q, before %v, recovery %v", got, o.before, o.recovery)
	}
	o.events[0].at = at(4.4)
	o.take([]judge.Outage{{From: at(8), To: at(9), Missing: 1}})
	o.recover(pictures)
	o.uncaused, o.causes, o.mayCause = []string{"a hole"}, []string{"network", "disk_full"}, []string{"disk_full"}
	o.mustSay, o.said = []string{"disk_full", "disk_slow"}, []string{"disk_slow"}
	o.orphans, o.unlogged, o.unplayed = []string{"a file"}, []string{"a segment"}, []string{"a minute"}
	got := strings.Join(o.broken(), "\n")
	for _, want := range []string{"11 pictures are missing", "1.40 s went with the process", "a hole", "a gap has the cause network",
		"nothing was said of disk_full", "catalogue: a file", "log: a segment", "playback: a minute"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not among:\n%s", want, got)
		}
	}
	if strings.Contains(got, "the cause disk_full") {
		t.Errorf("a cause that may be is among:\n%s", got)
	}
	var b bytes.Buffer
	if err := printTable(&b, []outcome{*o}); err != nil || !strings.Contains(b.String(), "| NO |") || !strings.Contains(b.String(), "1.50 / 1.50") {
		t.Errorf("%v:\n%s", err, b.String())
	}
}

func TestWrongArgumentsBreakNothing(t *testing.T) {
	folder := t.TempDir()
	kept := filepath.Join(folder, "kept")
	if err := os.WriteFile(kept, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-only", "disk,fire"}, {"-cameras", "many"}, {"-h"}} {
		if err := run(t.Context(), append([]string{"-folder", folder}, args...), io.Discard, io.Discard); err == nil {
			t.Errorf("%v were accepted", args)
		}
	}
	if _, err := os.Stat(kept); err != nil {
		t.Error(err)
	}
}

func TestPlaybackIsHeldAgainstTheFiles(t *testing.T) {
	there := counted(1, 2, 3, 4, 5)
	for name, c := range map[string]struct {
		played []account.Picture
		want   string
	}{
		"as it is":   {there, ""},
		"more of it": {counted(0, 1, 2, 3, 4, 5, 6), ""},
		"a hole":     {counted(1, 2, 5), "0 pictures twice and 0 out of order, and leaves out 2 of 5, between 12:00:00.300 and 12:00:00.400"},
		"twice":      {counted(1, 2, 3, 3, 4, 5), "1 pictures twice and 0 out of order"},
		"back":       {counted(1, 2, 4, 3, 5), "0 pictures twice and 1 out of order"},
	} {
		got := strings.Join(judge.Unplayed("cam", c.played, there), "\n")
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if got := judge.Within(counted(1, 11, 20, 30, 35), at(0), at(4)); len(got) != 3 {
		t.Errorf("within: %v", got)
	}
}
