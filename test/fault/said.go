package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"watchroom/test/program"
)

// alarmLine is one of the program's log that tells of an alarm.
var alarmLine = regexp.MustCompile(`(?m)^.*msg=(alarm|"alarm over") code=(\w+).*$`)

// listen notes the alarms that stand in the log of the running process. Whoever ends a
// process listens before: its log goes with it.
func (i *installation) listen(o *outcome) {
	text, err := i.Log()
	if err != nil {
		o.bad = append(o.bad, fmt.Errorf("what the program said: %w", err))
		return
	}
	if i.bench.keep {
		path := filepath.Join(i.bench.folder, fmt.Sprintf("log-%s-%d.txt", filepath.Base(i.options.Data), i.PID))
		if err := os.WriteFile(path, text, 0o600); err != nil {
			o.bad = append(o.bad, err)
		}
	}
	i.raised = map[string]int{}
	for _, m := range alarmLine.FindAllSubmatch(text, -1) {
		code := string(m[2])
		if string(m[1]) != "alarm" {
			continue
		}
		i.raised[code]++
		if !slices.Contains(o.said, code) {
			o.said = append(o.said, code)
		}
	}
}

// healed waits until none of some alarms stands any more. The reconciler takes back what it
// said of a camera after five calm minutes.
func (i *installation) healed(ctx context.Context, codes []string) error {
	limit := time.Now().Add(8 * time.Minute)
	for {
		up, err := i.Alarms(ctx)
		if err == nil && !slices.ContainsFunc(up, func(c string) bool { return slices.Contains(codes, c) }) {
			return nil
		}
		if time.Now().After(limit) {
			return errors.Join(err, fmt.Errorf("of the alarms %v still stand %v", codes, up))
		}
		if err := program.Wait(ctx, 500*time.Millisecond); err != nil {
			return err
		}
	}
}

// hears waits until the running process has raised an alarm more often than before. It
// gives how long that took.
func (i *installation) hears(ctx context.Context, o *outcome, code string, before int, patience time.Duration) (time.Duration, error) {
	for began := time.Now(); ; {
		if i.listen(o); i.raised[code] > before {
			return time.Since(began), nil
		}
		if time.Since(began) > patience {
			return 0, fmt.Errorf("nothing was said of %s within %v; said was %v", code, patience, o.said)
		}
		if err := program.Wait(ctx, 100*time.Millisecond); err != nil {
			return 0, err
		}
	}
}

// heard is how often the running process has raised an alarm.
func (i *installation) heard(o *outcome, code string) int {
	i.listen(o)
	return i.raised[code]
}
