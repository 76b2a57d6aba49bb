package records_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/app/chronicle"
	"watchroom/internal/app/records"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/hold"
	"watchroom/internal/clock"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/tlog"
	"watchroom/internal/recording/marker"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/people"
)

// signedLog gives a data folder a log with a checkpoint.
func signedLog(t *testing.T, data string) {
	t.Helper()
	dir := chronicle.Folder(data)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l := &tlog.Log{Dir: dir, Node: "example.org/gate", Interval: time.Millisecond}
	if err := l.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for appended := false; l.Checkpoint().Note == nil; <-tick.C {
		if l.Status().Ready && !appended {
			if _, err := l.Append(t.Context(), []byte("entry")); err != nil {
				t.Fatal(err)
			}
			appended = true
		}
	}
}

// TestADiskOfAnotherRecorder: what it remembers of that one's log and rules is put aside
// under a name that says whose it is, and what that one held is held here. Where there is
// no log here the other may be what this one was before, and all of it counts.
func TestADiskOfAnotherRecorder(t *testing.T) {
	clause.Covers(t, "C091")
	for name, c := range map[string]struct{ established, damaged bool }{
		"beside a log of its own":         {established: true},
		"with a copy that cannot be read": {established: true, damaged: true},
		"after the data folder was lost":  {},
	} {
		t.Run(name, func(t *testing.T) {
			established := c.established
			leak.Check(t)
			dir := t.TempDir()
			disk := filepath.Join(dir, "recordings")
			if err := os.MkdirAll(disk, 0o750); err != nil {
				t.Fatal(err)
			}
			theirs := &marker.Book{Path: filepath.Join(dir, "theirs.json")}
			if err := theirs.Open(); err != nil {
				t.Fatal(err)
			}
			if _, err := theirs.Claim(disk, ""); err != nil {
				t.Fatal(err)
			}
			other := dbtest.Open(t, db.SQLite)
			gate, lead := people.Camera(t, other, "gate"), people.Add(t, other, "lead", access.DutyLead)
			h, now := &hold.Holds{DB: other, Volumes: func() []string { return []string{disk} }}, clock.Clock(nil).Micro()
			if _, err := h.Place(t.Context(), lead, hold.New{Kind: hold.Case, Owner: "owner", Reason: "reason", Cameras: []string{gate}, From: now - 1e9, To: now, ReviewAt: now + 1e12}); err != nil {
				t.Fatal(err)
			}
			if err := h.Copy(t.Context()); err != nil {
				t.Fatal(err)
			}
			signedLog(t, filepath.Join(dir, "other"))
			r, err := chronicle.Read(chronicle.Folder(filepath.Join(dir, "other")))
			if err != nil {
				t.Fatal(err)
			}
			memory := filepath.Join(disk, chronicle.MemoryName)
			if err := os.WriteFile(memory, r.Note, 0o640); err != nil {
				t.Fatal(err)
			}
			copied, err := os.ReadFile(filepath.Join(disk, hold.CopyName))
			if err != nil {
				t.Fatal(err)
			}
			if c.damaged {
				copied = copied[:len(copied)/2]
				if err := os.WriteFile(filepath.Join(disk, hold.CopyName), copied, 0o640); err != nil {
					t.Fatal(err)
				}
			}

			conf := config.Default()
			conf.Data, conf.Recording.Folder = filepath.Join(dir, "data"), disk
			if err := os.MkdirAll(conf.Data, 0o700); err != nil {
				t.Fatal(err)
			}
			if established {
				signedLog(t, conf.Data)
			}
			for range 2 { // the second time there is nothing to take
				it, err := records.OpenArchive(t.Context(), conf, slog.New(slog.DiscardHandler), true, true)
				if err != nil {
					t.Fatal(err)
				}
				was := taken{disk: disk, camera: gate, owner: theirs.Owner(), established: established, damaged: c.damaged, log: r.Checkpoint.Origin,
					files: map[string]string{chronicle.MemoryName: string(r.Note), hold.CopyName: string(copied)}}
				was.check(t, it.DB)
				if err := it.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// taken is a disk as it was before it was taken over.
type taken struct {
	disk, camera, owner, log string
	established, damaged     bool
	files                    map[string]string
}

func (x taken) check(t *testing.T, d *db.DB) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	for name, want := range x.files {
		if x.established {
			name = chronicle.AsideName(name, x.owner)
		}
		if b, err := os.ReadFile(filepath.Join(x.disk, name)); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	acts, _, err := ledger.List(ctx, d.Read(), ledger.Filter{Kind: "storage.taken_over"})
	if err != nil || (len(acts) == 1) != x.established || x.established && (acts[0].Subject != x.owner || acts[0].Detail["log"] != x.log) {
		t.Errorf("%+v, %v", acts, err)
	}
	if !x.established {
		return
	}
	h := &hold.Holds{DB: d, Volumes: func() []string { return []string{x.disk} }}
	if err := h.Reconcile(ctx); err != nil { // as every start does
		t.Fatal(err)
	}
	standing, err := h.Standing(ctx)
	if err != nil || !x.damaged && (len(standing) != 1 || !slices.Equal(standing[0].Cameras, []string{x.camera}) || standing[0].RecoveredAt == 0) {
		t.Errorf("%+v, %v", standing, err)
	}
	why, err := frozen.Standing(ctx, d.Read())
	if err != nil || (len(why) > 0) != x.damaged || x.damaged && why[0].Reason != frozen.Damaged {
		t.Errorf("%+v, %v", why, err)
	}
}
