package witness

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"watchroom/evidence/tlog"
	ledger "watchroom/internal/ledger/tlog"
)

// Words for why a log was signed after a start although a witness had not said what it has.
const (
	WithoutMost   = "majority"      // more than half of the witnesses had
	WithoutPerson = "person"        // somebody let it go on
	WithoutOption = "configuration" // the configuration does
)

// stale is by how much a cosignature may be before this machine's clock and still be of now.
const stale = 10 * time.Minute

// between is how long witnesses that are awaited are not asked again.
const between = 5 * time.Second

// Ask has every witness cosign once more what was signed last of the log of key, which is
// head, and gives what they have of it: from themselves, where that is more or another, and what
// was kept here in any case.
// A cosignature of now only the witness itself can make, while what it served before anybody
// may have who stands in its place. awaited are those without whose word nothing may be signed:
// more than half of all, those that are Gone among them, must have said what they have, so that of
// one or two each must. Who is passed over (PassOver) counts as if it had. With GoOn nobody is waited for beyond ctx. While
// some are awaited they are asked every 5 s, however often it is called. It is made for
// Log.Ask.
func (c *Client) Ask(ctx context.Context, key tlog.Key, head ledger.Signed) (seen []ledger.Seen, awaited []string) {
	c.mu.Lock()
	awaited = slices.Clone(c.awaited)
	early := len(awaited) > 0 && time.Now().Before(c.again)
	c.mu.Unlock()
	if early {
		return nil, awaited
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	heard := map[string]bool{}
	for _, w := range c.Witnesses {
		if signed, s, ok := c.kept(w, key); ok {
			mu.Lock()
			seen = append(seen, ledger.Seen{Who: w.Name + " (kept here)", Note: signed, Size: s.Size})
			mu.Unlock()
		}
		all.Go(func() {
			var told []ledger.Seen
			line, err := c.submit(ctx, w, key, head, func(s ledger.Seen) { told = append(told, s) })
			if err == nil {
				err = c.fresh(w, key, head, line)
			}
			if err != nil && errors.Is(ctx.Err(), context.Canceled) { // the end, no silence of a witness
				return
			}
			c.tried(w, err)
			mu.Lock()
			defer mu.Unlock()
			seen, heard[w.Name] = append(seen, told...), err == nil
		})
	}
	all.Wait()
	return seen, c.settle(heard)
}

// fresh tells whether a cosignature of head was made now: one of before proves nothing.
func (c *Client) fresh(w Witness, key tlog.Key, head ledger.Signed, line string) error {
	text, _, err := tlog.SplitNote(head.Note)
	if err != nil {
		return err
	}
	_, at, err := verify([]byte(own(head.Note, text, key)+line), key, w.Key)
	if err != nil {
		return err
	}
	if before := c.Clock.Now().Sub(time.Unix(at, 0)); before > stale {
		return fmt.Errorf("its cosignature is of %s, which is %s before this clock", time.Unix(at, 0).UTC().Format(time.RFC3339), before.Round(time.Second))
	}
	return nil
}

// settle tells whom a log waits for, when some were heard, and notes without whom it does not.
func (c *Client) settle(heard map[string]bool) (awaited []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	votes := 0
	without := func(name string) string {
		switch {
		case c.passed[name]:
			votes++
			return WithoutPerson
		case c.GoOn:
			votes++
			return WithoutOption
		}
		if !slices.Contains(awaited, name) {
			awaited = append(awaited, name)
		}
		return WithoutMost
	}
	why, gone := map[string]string{}, map[string]string{}
	for _, w := range c.Witnesses {
		if heard[w.Name] {
			votes++
			continue
		}
		why[w.Name] = without(w.Name)
	}
	for _, name := range c.Gone {
		gone[name] = without(name)
	}
	if votes > (len(c.Witnesses)+len(c.Gone))/2 {
		for name, word := range why {
			c.states[name].Without = word
		}
		c.gone, awaited = gone, nil
	}
	c.awaited, c.again = awaited, time.Now().Add(between)
	return slices.Clone(awaited)
}

// Awaited names the witnesses without whose word nothing is signed at present.
func (c *Client) Awaited() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.awaited)
}

// PassOver lets the log be signed although some witnesses have not said what they have, as a
// person decided. It holds for this process.
func (c *Client) PassOver(names ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.passed == nil {
		c.passed = map[string]bool{}
	}
	for _, name := range names {
		c.passed[name] = true
	}
	c.again = time.Time{}
}

// Soon has them asked within Fold, once for all that say so until then. It never blocks.
func (c *Client) Soon() {
	select {
	case c.soon <- struct{}{}:
	default:
	}
}

// Finish ends submitting with what was signed last, unless all have cosigned that. A witness
// that does not answer is waited for until ctx ends.
func (c *Client) Finish(ctx context.Context) {
	c.cancel()
	<-c.done
	if head := c.Log.Checkpoint(); head.Note != nil && slices.ContainsFunc(c.States(), func(s State) bool { return s.Origin != head.Origin || s.Size != head.Size }) {
		c.Submit(ctx)
	}
	c.HTTP.CloseIdleConnections()
}

// run submits on the interval, and soon when it is told to, until ctx ends.
func (c *Client) run(ctx context.Context) {
	defer close(c.done)
	tick := time.NewTicker(c.Interval)
	defer tick.Stop()
	var due <-chan time.Time
	for c.Submit(ctx); ; {
		select {
		case <-c.soon:
			if due == nil {
				due = time.After(c.Fold)
			}
			continue
		case <-due:
			due = nil
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		c.Submit(ctx)
	}
}
