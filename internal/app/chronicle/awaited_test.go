package chronicle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	evidence "watchroom/evidence/tlog"
	"watchroom/internal/access"
	"watchroom/internal/app/awaited"
	"watchroom/internal/archive/seal"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/ledger/witness"
	"watchroom/internal/testkit/await"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

type noFleet struct{}

func (noFleet) Cameras() []string { return nil }
func (noFleet) Seal(string)       {}

// house is a recorder without cameras, its log and a witness that can be away.
type house struct {
	t    *testing.T
	dir  string
	d    *db.DB
	away atomic.Bool
	w    []witness.Witness

	unproved func() (ahead, more time.Duration) // of the clock; nil: the log tells nothing of it

	mu     sync.Mutex
	alarms map[string]string // guarded by mu; codes by keys

	c   *Chronicle
	end func()
}

func (h *house) start() {
	h.t.Helper()
	h.mu.Lock()
	h.alarms = map[string]string{}
	h.mu.Unlock()
	h.c = &Chronicle{
		Dir: h.dir, Node: "example.org/gate", Witnesses: h.w, Every: time.Hour, Fleet: noFleet{}, Clock: clock.Clock(nil),
		Roots: func() []seal.Root { return nil }, Open: func() []seal.Open { return nil }, Unproved: h.unproved,
		Alarm: func(key, code, _ string, _ map[string]any) {
			h.mu.Lock()
			defer h.mu.Unlock()
			if h.alarms[key] = code; code == "" {
				delete(h.alarms, key)
			}
		},
	}
	if err := h.c.Start(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	h.end = h.c.Acts(h.t.Context(), h.d)
}

func (h *house) stop() {
	h.end()
	h.c.Close()
}

func (h *house) alarmed(key, code string) {
	h.t.Helper()
	await.Until(h.t, fmt.Sprintf("alarm %q of %s", code, key), func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.alarms[key] == code
	})
}

// act puts something on record.
func (h *house) act(kind string) {
	h.t.Helper()
	err := h.d.Tx(h.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		return ledger.Record(ctx, tx, ledger.Act{At: clock.Clock(nil).Micro(), Kind: kind})
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) waiting() int64 {
	h.t.Helper()
	n, _, err := ledger.Waiting(h.t.Context(), h.d.Read())
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// vouched is a house whose witness has cosigned its log.
func vouched(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, dir: filepath.Join(t.TempDir(), "ledger"), d: dbtest.Open(t, db.SQLite)}
	h.start()
	await.Until(t, "the first checkpoint", func() bool { return h.c.Status().Signed > 0 })
	h.stop()
	s := &witness.Server{Dir: t.TempDir(), Logs: []evidence.Key{h.c.log.Key()}}
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.away.Load() {
			http.Error(w, "away", http.StatusBadGateway)
			return
		}
		s.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { server.Close(); s.Close() })
	h.w = []witness.Witness{{Name: "audit", URL: server.URL, Key: s.Key()}}
	return h
}

// TestTheWitnessHasWhatWasSignedLast: soon after an act that allows removal, and at a stop in
// good order, although it is asked once an hour.
func TestTheWitnessHasWhatWasSignedLast(t *testing.T) {
	leak.Check(t)
	h := vouched(t)
	h.start()
	await.Until(t, "what is signed first", func() bool { s := h.c.Status(); return s.SignedAt != 0 && s.Cosigned == s.Signed })
	h.act("hold.released")
	await.Until(t, "what releases", func() bool { s := h.c.Status(); return h.waiting() == 0 && s.Cosigned == s.Size })
	h.act("camera.created")
	await.Until(t, "on its way", func() bool { return h.waiting() == 0 })
	h.stop()
	if s := h.c.Status(); s.Cosigned != s.Signed || s.Signed != s.Size || h.c.States()[0].Size != s.Size {
		t.Errorf("%+v, %+v", s, h.c.States())
	}
}

// TestNothingIsSignedBeforeTheWitnessHasSpoken: acts wait meanwhile, and an alarm says so at
// once; a person lets the log go on, here or by a command, which is an act and an alarm until
// the witness agrees. It holds for one start.
func TestNothingIsSignedBeforeTheWitnessHasSpoken(t *testing.T) {
	leak.Check(t)
	h := vouched(t)
	h.start()
	await.Until(t, "cosigned", func() bool { return h.c.Status().Cosigned > 0 })
	h.stop()
	leader := access.ActorOf("leader", access.Leader)
	for name, goOn := range map[string]func() error{
		"here": func() error { return h.c.GoOn(t.Context(), h.d, leader, "the witness is being moved") },
		"by a command": func() error {
			return awaited.Note(t.Context(), h.d, access.CommandLine(), clock.Clock(nil).Micro(), "the witness is being moved", "audit")
		},
	} {
		h.away.Store(true)
		h.start()
		h.alarmed("ledger", "ledger_awaits_witness")
		before := h.c.Status()
		h.act("camera.created")
		if s := h.c.Status(); !errors.Is(s.Trouble, tlog.ErrAwaited) || s.Ready || s.Size != before.Size || h.waiting() == 0 || h.c.Compared() {
			t.Errorf("%s: %+v", name, s)
		}
		if err := h.c.GoOn(t.Context(), h.d, access.ActorOf("tech", access.Technician), "it is only a witness"); err == nil {
			t.Errorf("%s: a technician lets it go on", name)
		}
		if err := goOn(); err != nil {
			t.Fatal(err)
		}
		await.Until(t, "it goes on", func() bool { s := h.c.Status(); return s.Ready && h.waiting() == 0 && s.Signed == s.Size })
		h.alarmed("witness audit", "witness_passed_over")
		h.alarmed("ledger", "")
		if err := h.c.GoOn(t.Context(), h.d, leader, "once more"); !errors.Is(err, awaited.ErrNobody) {
			t.Errorf("%s: %v", name, err)
		}
		h.away.Store(false)
		h.c.vouching.Client.Soon()
		h.alarmed("witness audit", "")
		h.stop()
		if s := h.c.Status(); s.Cosigned != s.Size {
			t.Errorf("%s: %+v", name, s)
		}
	}
	acts, _, err := ledger.List(t.Context(), h.d.Read(), ledger.Filter{Kind: awaited.Kind})
	if err != nil || len(acts) != 2 || acts[0].Detail["reason"] != "the witness is being moved" || fmt.Sprint(acts[0].Detail["witnesses"]) != "[audit]" {
		t.Errorf("%+v, %v", acts, err)
	}
}

// TestACopyIsNotSignedWhileItsWitnessIsCutOff: database and all were set back together.
func TestACopyIsNotSignedWhileItsWitnessIsCutOff(t *testing.T) {
	leak.Check(t)
	h := vouched(t)
	h.start()
	await.Until(t, "cosigned", func() bool { return h.c.Status().Cosigned > 0 })
	h.stop()
	backup := filepath.Join(t.TempDir(), "ledger")
	if err := os.CopyFS(backup, os.DirFS(h.dir)); err != nil {
		t.Fatal(err)
	}
	h.start()
	h.act("camera.created")
	await.Until(t, "in the log", func() bool { return h.waiting() == 0 })
	h.stop()
	size := h.c.Status().Size

	h.dir, h.d = backup, dbtest.Open(t, db.SQLite)
	h.away.Store(true)
	h.start()
	h.alarmed("ledger", "ledger_awaits_witness")
	if s := h.c.Status(); s.Ready || s.Size >= size || s.Signed != s.Size {
		t.Errorf("%+v", s)
	}
	h.away.Store(false)
	h.c.vouching.Client.PassOver() // asks at once
	h.alarmed("ledger", "ledger_refuses")
	h.mu.Lock()
	t.Log(slices.Collect(maps.Keys(h.alarms)))
	h.mu.Unlock()
	h.stop()
}
