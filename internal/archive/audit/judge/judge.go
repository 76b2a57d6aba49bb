// Package judge tells of removals whether people had allowed them, by what the log proves.
package judge

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	entry "watchroom/evidence/leaf"
	"watchroom/internal/access/roll"
	"watchroom/internal/archive"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/order"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/retention/decision"
	"watchroom/internal/archive/stepped"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/db"
	"watchroom/internal/recording/journal"
)

// Judge judges removals. Its exported fields are set before it is asked.
type Judge struct {
	Log   warrant.Log
	Roots []string // folders of recordings, whose journals tell of the steps of the clock
	Logs  []string // origins of the node's logs, the oldest first
	Began int64    // µs since 1970 UTC, of the verification
	Lost  []Lost   // acts that the logs hold and that are not on record
	// Waits tells, after Read, that acts were passed over which are on their way into the log.
	Waits bool

	warrants *retention.Warrants
	unread   error
}

// Lost is an act that is not on record any more. What it was about nobody can tell: the log
// holds a commitment.
type Lost struct {
	Log    int // its place in Judge.Logs
	Leaf   int64
	Action string
}

// Read reads what people have allowed. untrue names rows that the acts do not tell of, but
// for those whose act is on its way.
func (j *Judge) Read(ctx context.Context, d *db.DB) (untrue []string, err error) {
	err = warrant.OfOneInstant(ctx, d, func(ctx context.Context, tx bun.IDB) error {
		untrue, err = j.ReadIn(ctx, tx)
		return err
	})
	return untrue, err
}

// ReadIn is Read, in a transaction that stands.
func (j *Judge) ReadIn(ctx context.Context, tx bun.IDB) (untrue []string, err error) {
	r := &warrant.Reader{Log: j.Log, Passing: true}
	w, all, err := retention.WarrantsIn(ctx, r, tx)
	if err != nil {
		return nil, err
	}
	journals := &stepped.Journals{Roots: func() []string { return j.Roots }}
	w.Then = func(camera string, end, at int64) (aged int64, err error) {
		aged, err = journals.Then(ctx, camera, end, at)
		j.unread = err
		return aged, err
	}
	j.warrants, j.Waits = w, len(r.Passed) > 0
	for _, row := range all {
		_, id, _ := strings.Cut(row, " ")
		if !strings.HasPrefix(row, "act ") && !r.Passed[id] { // the acts themselves are asked about elsewhere
			untrue = append(untrue, row)
		}
	}
	slices.Sort(untrue)
	return slices.Compact(untrue), nil
}

// Of says of a removal whether it is a finding, and what is wrong with it; see Why. Where acts
// that may have allowed it are lost it accuses nobody.
func (j *Judge) Of(t *archive.Tombstone, log int, leaf int64) (kind finding.Kind, why string, err error) {
	if why, err = j.Why(t, log, leaf); why == "" || err != nil {
		return "", "", err
	}
	if n := j.lost(t.Ground, log, leaf); n > 0 {
		return finding.RemovalUnproven, fmt.Sprintf("that it was allowed cannot be shown: %d acts of before that may have done so are in the log and not on record; by those that are, %s", n, why), nil
	}
	return finding.RemovalUnfounded, why, nil
}

// lost counts the acts that are lost, stand before an entry, and may have allowed a removal on a
// ground, ended a hold, or made one of those who allowed it a person.
func (j *Judge) lost(ground string, log int, leaf int64) (n int) {
	kinds := append(roll.Kinds(), hold.Frees)
	if ground == journal.GroundOrder {
		kinds = append(kinds, order.Gives...)
	} else {
		kinds = append(kinds, decision.Changed, decision.Requested, decision.Approved, decision.Recovered)
	}
	for _, l := range j.Lost {
		if (l.Log < log || l.Log == log && l.Leaf < leaf) && slices.ContainsFunc(kinds, func(k string) bool { return entry.Word(k) == l.Action }) {
			n++
		}
	}
	return n
}

// Why says what forbade a removal, empty where it was allowed. Its entry is leaf of the log
// in that place of Logs: an act that stands before it was there, whatever time the clock
// showed then.
func (j *Judge) Why(t *archive.Tombstone, log int, leaf int64) (string, error) {
	return j.why(t.At, func() error {
		return j.warrants.FoundedAfter(t, t.At, func(act warrant.Place) bool { return j.before(act, log, leaf) })
	})
}

// Picture says what forbade the removal of a picture, empty where it was allowed. Its act
// stands at that place of the log; one on its way stands at none.
func (j *Judge) Picture(p retention.PictureRemoved, at warrant.Place) (string, error) {
	return j.why(p.At, func() error {
		return j.warrants.PictureFounded(p, func(act warrant.Place) bool {
			return at.Log != "" && j.before(act, slices.Index(j.Logs, at.Log), at.Leaf)
		})
	})
}

// before tells whether an act stands before an entry of the logs.
func (j *Judge) before(act warrant.Place, log int, leaf int64) bool {
	of := slices.Index(j.Logs, act.Log)
	return of >= 0 && (of < log || of == log && act.Leaf < leaf)
}

func (j *Judge) why(at int64, founded func() error) (string, error) {
	j.unread = nil
	why := founded()
	switch {
	case j.unread != nil:
		return "", j.unread
	case why != nil:
		return why.Error(), nil //nolint:nilerr // what forbade it is the answer
	case at > j.Began+int64(time.Hour/time.Microsecond): // a clock an hour ahead is believed
		return fmt.Sprintf("it is dated %d, which is to come", at), nil
	}
	return "", nil
}
