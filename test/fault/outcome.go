package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"watchroom/test/fault/judge"
	"watchroom/test/fault/machine"
	"watchroom/test/load/account"
	"watchroom/test/load/report"
)

// outcome is what one kind of fault did.
type outcome struct {
	fault    string
	times    int // how often it was caused, over all cameras
	pictures int // recorded
	missing  uint64
	lost     []float64 // s, of every outage of every camera
	recovery []float64 // s from the end of the fault to the first recorded picture
	before   []float64 // s of footage that a killed process took with it
	files    int       // segments, each compared with the journal
	played   int       // of them decoded whole
	uncaused []string
	bad      []error
	orphans  []string // files without a row, rows without a file
	unlogged []string // what the log does not tell of, or otherwise
	unplayed []string // what playback serves otherwise than it lies in the files
	unnamed  []string // changes that no verification named
	causes   []string
	said     []string // codes of alarms

	events []event        // on all cameras
	steps  *machine.Clock // that all was recorded under, nil for the true one

	mostMissing int64 // promise: pictures; below 0: none is made
	mostBefore  time.Duration
	mayCause    []string // promise: of gaps; empty: none is made
	mustSay     []string // promise: alarms that are raised, and over in the end
	damage      bool     // packets were lost: pictures need not decode
}

// happened takes note of an event that so many cameras, or others, suffered.
func (o *outcome) happened(e event, times int) {
	o.events = append(o.events, e)
	o.times += times
}

// event is one fault: when it began and when it was over, for whoever may judge
// how quickly pictures came again.
type event struct {
	at, over time.Time
	killed   bool // what was not written at at is lost
}

// recover reads from a camera's pictures what each event cost it.
func (o *outcome) recover(pictures []account.Picture) {
	for _, e := range o.events {
		i := slices.IndexFunc(pictures, func(p account.Picture) bool { return p.Sent.After(e.over) })
		if i >= 0 {
			o.recovery = append(o.recovery, pictures[i].Sent.Sub(e.over).Seconds())
		}
		n := slices.IndexFunc(pictures, func(p account.Picture) bool { return p.Sent.After(e.at) })
		if e.killed && n > 0 {
			o.before = append(o.before, e.at.Sub(pictures[n-1].Sent).Seconds())
		}
	}
}

func newOutcome(fault string) *outcome { return &outcome{fault: fault, mostMissing: -1} }

func (o *outcome) take(list []judge.Outage) {
	for _, x := range list {
		o.missing += x.Missing
		o.lost = append(o.lost, x.Lost().Seconds())
	}
}

func (o *outcome) cause(c string) {
	if !slices.Contains(o.causes, c) {
		o.causes = append(o.causes, c)
	}
}

// broken lists the promises that were not kept.
func (o *outcome) broken() []string {
	var out []string
	for _, s := range o.uncaused {
		out = append(out, "coverage: "+s)
	}
	for _, err := range o.bad {
		out = append(out, "files: "+err.Error())
	}
	for _, s := range o.unplayed {
		out = append(out, "playback: "+s)
	}
	for _, s := range o.orphans {
		out = append(out, "catalogue: "+s)
	}
	for _, s := range o.unlogged {
		out = append(out, "log: "+s)
	}
	for _, c := range o.mustSay {
		if !slices.Contains(o.said, c) {
			out = append(out, "nothing was said of "+c)
		}
	}
	for _, s := range o.unnamed {
		out = append(out, "verification: "+s)
	}
	for _, c := range o.causes {
		if len(o.mayCause) > 0 && !slices.Contains(o.mayCause, c) {
			out = append(out, "a gap has the cause "+c)
		}
	}
	if o.mostMissing >= 0 && o.missing > uint64(o.mostMissing) {
		out = append(out, fmt.Sprintf("%d pictures are missing, at most %d may be", o.missing, o.mostMissing))
	}
	if o.mostBefore > 0 && len(o.before) > 0 && slices.Max(o.before) > o.mostBefore.Seconds() {
		out = append(out, fmt.Sprintf("%.2f s went with the process, at most %v may", slices.Max(o.before), o.mostBefore))
	}
	return out
}

// of writes the largest value and the 95th percentile.
func of(values []float64) string {
	if len(values) == 0 {
		return "0"
	}
	return fmt.Sprintf("%.2f / %.2f", slices.Max(values), report.Quantile(values, 0.95))
}

func printTable(w io.Writer, outcomes []outcome) error {
	var b strings.Builder
	b.WriteString("| fault | times | lost s, max / p95 | pictures missing of | taken along s | recovery s, max / p95 | holes without cause | files that do not play | orphans | not in the log | causes | said | kept |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for i := range outcomes {
		o := &outcomes[i]
		before, recovery, kept := "", "", "yes"
		if len(o.before) > 0 {
			before = of(o.before)
		}
		if len(o.recovery) > 0 {
			recovery = of(o.recovery)
		}
		if len(o.broken()) > 0 {
			kept = "NO"
		}
		slices.Sort(o.causes)
		slices.Sort(o.said)
		fmt.Fprintf(&b, "| %s | %d | %s | %d of %d | %s | %s | %d | %d of %d, %d decoded | %d | %d | %s | %s | %s |\n", o.fault, o.times, of(o.lost), o.missing,
			uint64(o.pictures)+o.missing, before, recovery, len(o.uncaused), len(o.bad), o.files, o.played, len(o.orphans), len(o.unlogged),
			strings.Join(o.causes, ", "), strings.Join(o.said, ", "), kept)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
