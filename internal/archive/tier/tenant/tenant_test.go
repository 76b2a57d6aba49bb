package tenant

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/archive/tier"
	"watchroom/internal/clock"
	"watchroom/internal/recording/marker"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/leak"
)

// room is a folder in which several servers would like to work, on one steady clock.
type room struct {
	t    *testing.T
	root string
	at   time.Time
}

func (r *room) server(place, node string) *Tenant {
	r.t.Helper()
	s := &Tenant{Tier: "vault", Store: tier.Folder(r.root), Place: place, Node: node, now: func() time.Time { return r.at },
		Clock: clock.Clock(func() time.Time { return time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC) })}
	s.prepare() // it looks when the test asks, and not beside it: the clock is the test's
	r.t.Cleanup(s.Close)
	return s
}

// works asks a server, when it looks next, whether it works there.
func (r *room) works(s *Tenant) bool {
	r.t.Helper()
	r.at = r.at.Add(2 * Every)
	err := s.Mine(r.t.Context())
	if err != nil && (!errors.Is(err, archive.ErrTierAway) || !errors.Is(err, tier.ErrTaken)) {
		r.t.Fatal(err)
	}
	return err == nil
}

func newRoom(t *testing.T) *room {
	leak.Check(t)
	clause.Covers(t, "C091")
	return &room{t: t, root: t.TempDir(), at: time.Unix(1_800_000_000, 0)}
}

// TestACopyWorksInNoTier: a data folder that was copied bears the marks of the first, which is at
// work. It is refused for as long as the first answers, names it, and may read.
func TestACopyWorksInNoTier(t *testing.T) {
	r := newRoom(t)
	first := r.server("a", "gate")
	if !r.works(first) {
		t.Fatal("nobody else is there")
	}
	second := r.server("b", "drill")
	for range 20 { // many times as long as a claim waits
		if r.works(second) {
			t.Fatal("two work there")
		}
		if !r.works(first) {
			t.Fatal("the first was driven out")
		}
	}
	if err := second.Mine(t.Context()); !strings.Contains(err.Error(), "gate") {
		t.Errorf("it does not say who: %v", err)
	}
	guarded := tier.Tenanted(tier.Folder(r.root), second.Mine)
	if err := guarded.Put(t.Context(), "x", strings.NewReader("x"), 1, tier.Lock{}); !errors.Is(err, tier.ErrTaken) {
		t.Errorf("it put a file there: %v", err)
	}
	if err := os.WriteFile(filepath.Join(r.root, "y"), []byte("y"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := guarded.Remove(t.Context(), "y"); !errors.Is(err, tier.ErrTaken) {
		t.Errorf("it removed a file: %v", err)
	}
	if _, err := guarded.Check(t.Context()); !errors.Is(err, tier.ErrTaken) {
		t.Errorf("the tier is well for it: %v", err)
	}
	f, err := guarded.Open(t.Context(), "y")
	if err != nil {
		t.Fatal("nobody reads what lies there:", err)
	}
	f.Close()
	// The first is stopped for a while, orderly or not: who has met it does not take its place.
	for range 2 {
		first.Close()
		for range 20 {
			if r.works(second) {
				t.Fatal("a copy that was refused took the place of who had stopped")
			}
		}
		if first = r.server("a", "gate"); !r.works(first) {
			t.Fatal("the first came back and is refused")
		}
		first.holds = false // now as by a kill
	}
	// Whoever is started while it is away waits for an answer, and has the place then.
	third, from := r.server("b", "drill"), r.at
	for !r.works(third) {
		if r.at.Sub(from) > 3*Wait {
			t.Fatal("it waits for ever")
		}
	}
	if r.at.Sub(from) < Wait {
		t.Errorf("it waited for %v", r.at.Sub(from))
	}
}

// TestWhoDoesNotAnswerIsGone: after a kill the same folder goes on at once, another one when
// nobody has answered for long enough.
func TestWhoDoesNotAnswerIsGone(t *testing.T) {
	r := newRoom(t)
	killed := r.server("a", "gate")
	if !r.works(killed) {
		t.Fatal("nobody else is there")
	}
	killed.holds = false // so that closing says nothing
	again := r.server("a", "gate")
	if !r.works(again) {
		t.Error("its own folder waits after a kill")
	}
	again.holds = false
	other := r.server("b", "new machine")
	if r.works(other) {
		t.Fatal("it did not wait")
	}
	from := r.at
	for !r.works(other) {
		if r.at.Sub(from) > 3*Wait {
			t.Fatal("it waits for ever")
		}
	}
	if r.at.Sub(from) < Wait {
		t.Errorf("it waited for %v", r.at.Sub(from))
	}
	// Who was only held up learns that it has lost the place, and gets it back from nobody.
	if again.holds = true; r.works(again) || r.works(again) {
		t.Error("two work there")
	}
	if !r.works(other) {
		t.Error("it was driven out")
	}
}

// TestClonesTakeItFromEachOtherOnce: a machine that was copied whole cannot be told from its
// copy. The later one works there, the first is told and takes nothing back.
func TestClonesTakeItFromEachOtherOnce(t *testing.T) {
	r := newRoom(t)
	first, clone := r.server("a", "gate"), r.server("a", "gate")
	if !r.works(first) || !r.works(clone) {
		t.Fatal("a clone is another")
	}
	for range 10 {
		if r.works(first) || !r.works(clone) {
			t.Fatal("they take it from each other")
		}
	}
}

// TestFilesOfNobody: what somebody wrote in their place holds up nobody for ever, and a tier
// that does not answer tells nothing.
func TestFilesOfNobody(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "words": "hello", "long": strings.Repeat("x", 2*longest), "a list": "[1]", "zeros": "\x00\x00"} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			for _, file := range []string{marker.TenantName, marker.ClaimName} {
				if err := os.WriteFile(filepath.Join(r.root, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s := r.server("a", "gate")
			if !r.works(s) || !r.works(s) {
				t.Error("it does not work there")
			}
		})
	}
	r := newRoom(t)
	s := r.server("a", "gate")
	s.Store = silent{s.Store}
	if err := s.Mine(t.Context()); !errors.Is(err, errSilent) {
		t.Errorf("%v", err)
	}
}

var errSilent = errors.New("it does not answer")

type silent struct{ tier.Store }

func (silent) ReadBack(context.Context, string) (archive.File, error) { return nil, errSilent }

func (silent) Put(context.Context, string, io.Reader, int64, tier.Lock) error { return errSilent }
