// Package expired watches what a recorder whose clock is wrong does with footage that is past its
// maximum, and with all other.
package expired

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchroom/internal/recording/segment"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// LongestDays is the maximum that Rule sets, and Chief who sets it: a supervisor.
const (
	LongestDays = 120
	Chief       = "chief"
)

// Watch is what is known of a recorder and its footage.
type Watch struct {
	*station.Server // the process that runs
	Root            string
	Past            []string        // files that are past their maximum by the true time
	Went            []string        // those that were, and went as they should
	Wrong           []error         // what was not as it should be
	seen            map[string]bool // all that were ever closed
}

// Rule makes the chief, and the rule with the maximum.
func (x *Watch) Rule(ctx context.Context) error {
	if err := x.Person(ctx, Chief, "supervisor"); err != nil {
		return err
	}
	return x.asChief(ctx, http.MethodPost, "retention/rules", map[string]any{"class": "main", "reason": "no longer than a third of a year", "rule": map[string]any{
		"minimumDays": 90, "minimumBasis": "regime", "maximumDays": LongestDays, "maximumBasis": "privacy"}}, &struct{}{})
}

// Recall takes what lies there now for what will be past its maximum.
func (x *Watch) Recall() (err error) {
	if x.Past, err = x.files(); err == nil && len(x.Past) == 0 {
		err = errors.New("nothing was recorded")
	}
	return err
}

// Seen is how many files were ever there.
func (x *Watch) Seen() int { return len(x.seen) + len(x.Went) }

// asChief asks as somebody who may set what is kept.
func (x *Watch) asChief(ctx context.Context, method, path string, body, into any) error {
	chief, err := x.SignIn(ctx, Chief)
	if err != nil {
		return err
	}
	return x.Call(ctx, chief, method, "/api/v1/"+path, body, into)
}

// removal is what the recorder says of it.
type removal struct {
	Blocked  string
	Frozen   []struct{ ID, Reason string }
	LastPass time.Time
}

func (x *Watch) removal(ctx context.Context) (r removal, err error) {
	return r, x.asChief(ctx, http.MethodGet, "retention", nil, &r)
}

// Keeps waits for a pass of the engine under this clock, and tells whether it removed nothing
// and said why. codes are alarms that have to stand.
func (x *Watch) Keeps(ctx context.Context, what string, codes ...string) error {
	before, err := x.removal(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	for limit := time.Now().Add(3 * time.Minute); ; {
		now, err := x.removal(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if !now.LastPass.IsZero() && !now.LastPass.Equal(before.LastPass) {
			if now.Blocked != "removal_time_untrusted" && now.Blocked != "removal_frozen" {
				x.Wrong = append(x.Wrong, fmt.Errorf("%s: removal is held up by %q", what, now.Blocked))
			}
			break
		}
		if time.Now().After(limit) {
			return fmt.Errorf("%s: no pass within three minutes", what)
		}
		if err := program.Wait(ctx, 500*time.Millisecond); err != nil {
			return err
		}
	}
	up, err := x.Alarms(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	for _, code := range codes {
		if !slices.Contains(up, code) {
			x.Wrong = append(x.Wrong, fmt.Errorf("%s: %s was not said, but %v", what, code, up))
		}
	}
	return x.Look(what, x.Past)
}

// Look tells which files are gone that must not be: all that were ever there, but those past
// their maximum, and these too where they are kept.
func (x *Watch) Look(what string, kept []string) error {
	there, err := x.files()
	if err != nil {
		return err
	}
	if x.seen == nil {
		x.seen = map[string]bool{}
	}
	for _, f := range there {
		x.seen[f] = true
	}
	var gone []string
	for f := range x.seen {
		if !slices.Contains(there, f) && (!slices.Contains(x.Past, f) || slices.Contains(kept, f)) {
			gone = append(gone, filepath.Base(f))
		}
	}
	if len(gone) > 0 {
		slices.Sort(gone)
		return fmt.Errorf("%s: removed was %s", what, strings.Join(gone, ", "))
	}
	return nil
}

// files are the closed segments.
func (x *Watch) files() ([]string, error) {
	return filepath.Glob(filepath.Join(x.Root, "*", "*", "*"+segment.Ext))
}

// Synchronised waits until the clock agrees with the time server again.
func (x *Watch) Synchronised(ctx context.Context) error {
	for limit := time.Now().Add(3 * time.Minute); ; {
		t, err := x.Time(ctx)
		if err == nil && t.State == "synchronised" {
			return nil
		}
		if time.Now().After(limit) {
			return fmt.Errorf("the clock is right and does not count as synchronised: %+v, %w", t, err)
		}
		if err := program.Wait(ctx, 500*time.Millisecond); err != nil {
			return err
		}
	}
}

// Confirm says as the chief that the time is right.
func (x *Watch) Confirm(ctx context.Context) error {
	r, err := x.removal(ctx)
	if err != nil {
		return err
	}
	var seen []string
	for _, f := range r.Frozen {
		seen = append(seen, f.ID)
		if f.Reason != "clock_leapt" {
			return fmt.Errorf("removal is frozen for %+v", r.Frozen)
		}
	}
	if len(seen) == 0 {
		return errors.New("the recorder stood for half a year, and removal waits for nobody")
	}
	return x.asChief(ctx, http.MethodPost, "retention/confirm", map[string]any{"seen": seen, "note": "the machine stood in a cellar for half a year"}, nil)
}

// Goes waits until what is past its maximum is gone, each with a tombstone, and nothing else.
func (x *Watch) Goes(ctx context.Context) error {
	for limit := time.Now().Add(4 * time.Minute); ; {
		left := slices.DeleteFunc(slices.Clone(x.Past), func(f string) bool { _, err := os.Stat(f); return os.IsNotExist(err) })
		if len(left) == 0 {
			break
		}
		if time.Now().After(limit) {
			r, err := x.removal(ctx)
			t, e := x.Time(ctx)
			return fmt.Errorf("a person has said that the time is right, and %d of %d files past their maximum are still there: %+v, %+v, %w", len(left), len(x.Past), r, t, errors.Join(err, e))
		}
		if err := program.Wait(ctx, 500*time.Millisecond); err != nil {
			return err
		}
	}
	if err := x.Look("after a person has said so", nil); err != nil {
		return err
	}
	var told struct {
		Items []struct{ File, Ground, Account string }
	}
	if err := x.asChief(ctx, http.MethodGet, "retention/tombstones?limit=1000", nil, &told); err != nil {
		return err
	}
	for _, f := range x.Past {
		rel, err := filepath.Rel(x.Root, f)
		if err != nil {
			return err
		}
		n := slices.IndexFunc(told.Items, func(t struct{ File, Ground, Account string }) bool { return t.File == rel })
		if n < 0 || told.Items[n].Ground != "maximum" || told.Items[n].Account != "told" {
			x.Wrong = append(x.Wrong, fmt.Errorf("%s is gone, and told of it is %+v", rel, told.Items))
		}
	}
	if len(told.Items) != len(x.Past) {
		x.Wrong = append(x.Wrong, fmt.Errorf("%d files were past their maximum, and there are %d tombstones", len(x.Past), len(told.Items)))
	}
	for _, f := range x.Past {
		delete(x.seen, f)
	}
	x.Past, x.Went = nil, x.Past
	return nil
}
