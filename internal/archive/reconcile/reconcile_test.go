package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"watchroom/internal/archive/reconcile"
	"watchroom/internal/clock/every"
	"watchroom/internal/media"
	"watchroom/internal/testkit/clause"
)

// house is one camera, what it should do and what it does.
type house struct {
	*reconcile.Reconciler
	want   []reconcile.Wanted
	look   reconcile.Look
	known  bool
	behind bool
	err    error
	said   []string
}

func open(t *testing.T) *house {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	h := &house{known: true, want: []reconcile.Wanted{{Camera: "gate", Record: true}}}
	h.look = reconcile.Look{Live: true, Recording: true, Frames: 100, Since: now.UnixMicro(), Written: 1000}
	h.Reconciler = &reconcile.Reconciler{
		Wanted:  func(context.Context) ([]reconcile.Wanted, error) { return h.want, h.err },
		Look:    func(string) (reconcile.Look, bool) { return h.look, h.known },
		Restart: func(c string) { h.say("restart " + c) },
		Assign:  func() { h.say("assign") },
		Behind:  func(context.Context) (map[string]bool, error) { return map[string]bool{"gate": h.behind}, nil },
		Follow:  func(c string) { h.say("follow " + c) },
		Signal:  func(c string, f reconcile.Fault) { h.say(fmt.Sprintf("signal %s [%s]", c, f)) },
		Clock:   func() time.Time { return now },
	}
	return h
}

func (h *house) say(s string) { h.said = append(h.said, s) }

// ticks lets minutes pass; move happens before each.
func (h *house) ticks(t *testing.T, n int, move func()) {
	for range n {
		if move != nil {
			move()
		}
		h.Tick(t.Context())
	}
}

func (h *house) expect(t *testing.T, what, want string) {
	t.Helper()
	if got := strings.Join(h.said, ", "); got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
	h.said = nil
}

// all moves everything that moves while a camera is recorded.
func (h *house) all() { h.look.Frames += 1500; h.look.Written += 100_000 }

func TestStuckIsHealedThenTold(t *testing.T) {
	clause.Covers(t, "C076")
	clause.Covers(t, "C088")
	for _, c := range []struct {
		name string
		move func(h *house) // each minute while it stands still
		want string
	}{
		{"no picture comes", func(h *house) { h.look.Written += 1 }, "frames"},
		{"the file does not grow", func(h *house) { h.look.Frames += 1500 }, "file"},
		{"it does not record and knows no reason", func(h *house) { h.look.Frames += 1500; h.look.Recording, h.look.Since = false, 0 }, "file"},
		{"the segment is not closed", func(h *house) { h.all(); h.look.Since = 1 }, "segment"},
	} {
		h := open(t)
		fresh := h.look
		h.ticks(t, 3, h.all)
		h.expect(t, c.name+": before", "")
		stuck := func() { c.move(h) }
		if c.want == "segment" {
			h.ticks(t, 3, stuck)
			h.expect(t, c.name+": the clock may have been set", "")
		}
		h.ticks(t, 2, stuck)
		if c.want == "file" && !h.look.Recording { // what was recorded a minute ago may just have ended
			h.ticks(t, 1, stuck)
			h.said = h.said[:1]
		}
		h.expect(t, c.name+": healed first", "restart gate")
		h.ticks(t, 1, stuck)
		h.expect(t, c.name+": then told", "signal gate ["+c.want+"]")
		h.ticks(t, 7, stuck)
		h.expect(t, c.name+": once", "")
		h.ticks(t, 3, stuck)
		h.expect(t, c.name+": and tried again", "restart gate")
		h.look = fresh
		h.ticks(t, 4, h.all)
		h.expect(t, c.name+": it must go on for a while", "")
		h.ticks(t, 2, h.all)
		h.expect(t, c.name+": until all is well", "signal gate []")
	}
}

// TestAClockThatWasSetAhead makes the open segment look old until the next key frame, and begins
// nothing anew: the pictures until then would be lost.
func TestAClockThatWasSetAhead(t *testing.T) {
	clause.Covers(t, "C088")
	h := open(t)
	h.ticks(t, 3, h.all)
	h.ticks(t, 1, func() { h.all(); h.look.Since -= time.Hour.Microseconds() })
	h.ticks(t, 5, func() { h.all(); h.look.Since = h.Clock.Micro() })
	h.expect(t, "set ahead", "")
}

// TestDownIsNotStuck: a source that says why it has no picture is left to itself, and
// so is a recorder that says why it does not record.
func TestDownIsNotStuck(t *testing.T) {
	for name, set := range map[string]func(l *reconcile.Look){
		"unreachable": func(l *reconcile.Look) { l.Live = false },
		"disk full":   func(l *reconcile.Look) { l.Frames += 9; l.Recording, l.Cause = false, media.CauseDiskFull },
		"begun anew":  func(l *reconcile.Look) { l.Frames -= 50; l.Written-- },
	} {
		h := open(t)
		h.look.Frames = 5000
		h.ticks(t, 2, h.all)
		h.ticks(t, 20, func() { set(&h.look) })
		h.expect(t, name, "")
	}
}

// TestHealedEveryTimeIsToldToo: a camera that runs for minutes after each restart.
// TestADiskThatHangsIsWaitedFor: what comes meanwhile waits in memory.
func TestADiskThatHangsIsWaitedFor(t *testing.T) {
	h := open(t)
	h.ticks(t, 3, h.all)
	h.look.Held = true
	h.ticks(t, 5, func() { h.look.Frames += 1500 })
	h.look.Held = false
	h.ticks(t, 1, func() { h.look.Frames += 1500 })
	h.expect(t, "while the disk hangs and just after", "")
	h.ticks(t, 1, func() { h.look.Frames += 1500 })
	h.expect(t, "and nothing is written", "restart gate")
}

func TestHealedEveryTimeIsToldToo(t *testing.T) {
	h := open(t)
	h.ticks(t, 2, h.all)
	for range 3 {
		h.ticks(t, 1, nil)
		h.ticks(t, 2, h.all)
	}
	h.expect(t, "three restarts", "restart gate, restart gate, restart gate, signal gate [frames]")
}

// TestAPictureOnItsWay: of a camera with a picture a minute the newest may have come and not stand
// in the file yet.
func TestAPictureOnItsWay(t *testing.T) {
	h := open(t)
	n := 0
	h.ticks(t, 40, func() {
		h.look.Frames++
		if n++; n%3 != 0 {
			h.look.Written++
		}
	})
	h.expect(t, "the disk is a moment behind", "")
	h.ticks(t, 6, func() { h.look.Frames++ })
	h.expect(t, "and nothing is written", "restart gate, signal gate [file]")
}

// TestASlowCamera has a picture every two minutes.
func TestASlowCamera(t *testing.T) {
	h := open(t)
	n := 0
	h.ticks(t, 40, func() {
		if n++; n%2 == 0 {
			h.look.Frames++
			h.look.Written++
		}
	})
	h.expect(t, "between two pictures", "")
	h.ticks(t, 6, nil)
	if len(h.said) == 0 || h.said[0] != "restart gate" {
		t.Errorf("stuck: %v", h.said)
	}
}

func TestWhatShouldBeAndIsNot(t *testing.T) {
	h := open(t)
	h.known = false
	h.ticks(t, 1, nil)
	h.expect(t, "nobody records it", "assign")
	h.ticks(t, 2, nil)
	h.expect(t, "still nobody", "signal gate [unassigned]")
	h.known = true
	h.ticks(t, 8, h.all)
	h.expect(t, "recorded again", "signal gate []")

	h.want[0].Record = false
	h.ticks(t, 1, h.all)
	h.expect(t, "recorded though it should not be", "assign")
	h.look.Recording, h.look.Live = false, false
	h.ticks(t, 3, nil)
	h.expect(t, "off", "")

	h = open(t)
	h.behind = true
	h.ticks(t, 3, h.all)
	h.expect(t, "about to follow", "")
	h.ticks(t, 1, h.all)
	h.expect(t, "the catalogue is behind", "follow gate")
	h.ticks(t, 2, h.all)
	h.expect(t, "still", "signal gate [catalogue]")
	h.want = nil
	h.ticks(t, 1, h.all)
	h.expect(t, "the camera is gone", "signal gate []")
	h.err = errors.New("away")
	h.ticks(t, 1, nil)
	h.expect(t, "nobody knows what should be", "")
}

func TestItRunsByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		h.known = false
		if err := h.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3*time.Minute + time.Second)
		synctest.Wait()
		h.Close()
		h.expect(t, "three minutes and the end", "assign, signal gate [unassigned], signal gate []")
	})
}

// TestAComparisonThatStandsStillIsSeen by whoever watches over the work in the background.
func TestAComparisonThatStandsStillIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, answer, w := open(t), make(chan struct{}), every.Watch{}
		h.Reconciler.Behind = func(context.Context) (map[string]bool, error) { <-answer; return nil, nil }
		if err := h.Start(w.Under(t.Context(), "comparison")); err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		time.Sleep(20 * time.Minute)
		if !w.Standing(10 * time.Minute)["comparison"] {
			t.Error("nobody sees it")
		}
		close(answer)
		synctest.Wait()
		if len(w.Standing(0)) > 0 {
			t.Error("it is over and still seen")
		}
	})
}

// TestALookThatTookLong, as where the records are slow, is followed by no other at once: in
// between nothing can have moved, and nothing stands still.
func TestALookThatTookLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t)
		began, looks := time.Now(), 0
		h.Wanted = func(context.Context) ([]reconcile.Wanted, error) {
			if looks++; looks%2 == 0 {
				time.Sleep(90 * time.Second)
			}
			return h.want, nil
		}
		h.Look = func(string) (reconcile.Look, bool) {
			l := h.look
			l.Frames = uint64(time.Since(began) / (100 * time.Millisecond))
			l.Written = int64(l.Frames)
			return l, true
		}
		if err := h.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(8*time.Minute + time.Second)
		synctest.Wait()
		h.Close()
		h.expect(t, "slow looks", "")
		if looks < 4 {
			t.Errorf("%d looks", looks)
		}
	})
}

// TestNothingIsBegunAnewWhileNoDiskAnswers: what came waits in memory, also where no more comes.
func TestNothingIsBegunAnewWhileNoDiskAnswers(t *testing.T) {
	h := open(t)
	h.look.Held = true
	h.ticks(t, 20, nil)
	h.expect(t, "while it hangs", "")
	h.look.Held = false
	h.ticks(t, 2, nil)
	h.expect(t, "after it", "restart gate")
}
