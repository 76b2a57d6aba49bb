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
	got := outages(counted(1, 2, 5, 6, 20), at(0))
	want := []outage{{at(0.2), at(0.5), 2}, {at(0.6), at(2), 13}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(outage{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := outages(counted(1, 5, 6), at(1)); len(got) != 0 {
		t.Errorf("before the beginning: %v", got)
	}
}

func TestEveryLossNeedsACause(t *testing.T) {
	recorded := func(a, b float64) station.Span { return station.Span{Start: at(a), End: at(b), Kind: "recorded"} }
	gap := func(a, b float64, cause string) station.Span {
		return station.Span{Start: at(a), End: at(b), Kind: "gap", Cause: cause}
	}
	lost := []outage{{at(10), at(15), 50}}
	for name, c := range map[string]struct {
		spans   []station.Span
		missing []outage
		want    int
	}{
		"accounted for":       {[]station.Span{recorded(0, 10), gap(10, 15, "network"), recorded(15, 60)}, lost, 0},
		"claimed as recorded": {[]station.Span{recorded(0, 60)}, lost, 1},
		"too short for a gap": {[]station.Span{recorded(0, 60)}, []outage{{at(10), at(11), 9}}, 0},
		"no cause":            {[]station.Span{recorded(0, 10), gap(10, 15, ""), recorded(15, 60)}, lost, 1},
		"unknown":             {[]station.Span{recorded(0, 10), gap(10, 15, "unknown"), recorded(15, 60)}, lost, 1},
		"killed":              {[]station.Span{recorded(0, 10), gap(10, 15, "recorder_died"), recorded(15, 60)}, lost, 0},
		"a hole":              {[]station.Span{{Start: at(0), End: at(5), Kind: "none"}, recorded(5, 60)}, nil, 1},
		"the future":          {[]station.Span{recorded(0, 59.5), {Start: at(59.5), End: at(60), Kind: "none"}}, nil, 0},
	} {
		if got := uncaused(c.spans, c.missing, at(60)); len(got) != c.want {
			t.Errorf("%s: %q, want %d", name, got, c.want)
		}
	}
}

func TestPromises(t *testing.T) {
	o := newOutcome("killed")
	o.mostBefore, o.mostMissing = time.Second, 10
	o.events = []event{{at: at(3.05), over: at(4), killed: true}}
	pictures := counted(10, 20, 30, 45, 50)
	o.take([]outage{{at(3), at(4.5), 10}})
	o.recover(pictures)
	if got := o.broken(); len(got) != 0 || len(o.before) != 1 || len(o.recovery) != 1 || o.recovery[0] != 0.5 {
		t.Errorf("broken %q, before %v, recovery %v", got, o.before, o.recovery)
	}
	o.events[0].at = at(4.4)
	o.take([]outage{{at(8), at(9), 1}})
	o.recover(pictures)
	o.uncaused, o.causes, o.mayCause = []string{"a hole"}, []string{"network", "disk_full"}, []string{"disk_full"}
	got := strings.Join(o.broken(), "\n")
	for _, want := range []string{"11 pictures are missing", "1.40 s went with the process", "a hole", "a gap has the cause network"} {
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
