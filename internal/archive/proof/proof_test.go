package proof_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive"
	"watchroom/internal/archive/proof"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/vault"
)

var present = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// TestTheOldestIsReadOnceAWeek, and every way in which it may not be what it was.
func TestTheOldestIsReadOnceAWeek(t *testing.T) {
	clause.Covers(t, "C090", "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := vault.Open(t)
		now := present
		clock := func() time.Time { return now }
		files := v.Record(t, "gate", now.Add(-95*24*time.Hour).UnixMicro(), 3, 10*time.Minute)
		if err := os.MkdirAll(filepath.Join(v.Root, "yard", "2026-11-22"), 0o750); err != nil {
			t.Fatal(err)
		}
		c := &archive.Catalogue{DB: d, Root: v.Root, Clock: clock}
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.CatchUp(t.Context(), "gate"); err != nil {
			t.Fatal(err)
		}
		var told []proof.Proof
		p := &proof.Prover{DB: d, Clock: clock, Catalogue: c, OnProof: func(x proof.Proof) { told = append(told, x) }}
		round := func() []proof.Proof {
			t.Helper()
			read, err := p.Round(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return read
		}
		read := round()
		if len(read) != 1 || read[0].Verdict != proof.OK || read[0].File != files[0] || read[0].Parts != 2 || read[0].Bytes == 0 || read[0].Failed() || len(told) != 1 {
			t.Fatalf("%+v", read)
		}
		now = now.Add(6 * 24 * time.Hour)
		if read = round(); len(read) != 0 {
			t.Errorf("read again within the week: %+v", read)
		}
		path := filepath.Join(v.Root, files[0])
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		weekly := func(want proof.Verdict, change func([]byte) []byte) {
			t.Helper()
			b := change(append([]byte(nil), whole...))
			if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			if b != nil {
				if err := os.WriteFile(path, b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			now = now.Add(7 * 24 * time.Hour)
			if read := round(); len(read) != 1 || read[0].Verdict != want || read[0].Failed() != (want != proof.OK) {
				t.Errorf("%+v, want %s", read, want)
			}
			plays := files[0]
			if want != proof.OK {
				plays = files[1]
			}
			if s, err := c.Oldest(t.Context(), "gate"); err != nil || s == nil || s.File != plays {
				t.Errorf("%s: the oldest that plays is %+v, %v", want, s, err)
			}
		}
		last := bytes.LastIndex(whole, bytes.Repeat([]byte{0, 1}, 40)) + 5 // a byte of the last picture
		weekly(proof.OK, func(b []byte) []byte { return b })
		weekly(proof.Damaged, func(b []byte) []byte { b[last] ^= 1; return b })
		weekly(proof.Damaged, func(b []byte) []byte { return b[:last] })
		weekly(proof.Damaged, func(b []byte) []byte { return []byte("not a film at all") })
		weekly(proof.Missing, func([]byte) []byte { return nil })
		weekly(proof.OK, func(b []byte) []byte { return b })
		auditor := access.ActorOf("x", access.Auditor)
		list, err := p.List(t.Context(), auditor, "gate", 0)
		if err != nil || len(list) != 7 || list[0].Verdict != proof.OK || list[1].Verdict != proof.Missing {
			t.Errorf("%+v, %v", list, err)
		}
		if _, err := p.List(t.Context(), access.ActorOf("x", access.Operator), "", 0); !errors.Is(err, access.ErrRightMissing) {
			t.Error(err)
		}
		if latest, err := p.Latest(t.Context()); err != nil || len(latest) != 1 || latest["gate"].At != now.UnixMicro() {
			t.Errorf("%+v, %v", latest, err)
		}
	})
}

// TestProvedForAFault: a fault that is over waits for a reading made since, and a reading
// that failed is made again, but not every minute.
func TestProvedForAFault(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := vault.Open(t)
		now := present
		clock := func() time.Time { return now }
		files := v.Record(t, "gate", now.Add(-95*24*time.Hour).UnixMicro(), 2, 10*time.Minute)
		c := &archive.Catalogue{DB: d, Root: v.Root, Clock: clock}
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		reads := 0
		p := &proof.Prover{DB: d, Clock: clock, Catalogue: c, OnProof: func(proof.Proof) { reads++ }}
		proved := func(what string, since time.Time, want error, wantReads int) {
			t.Helper()
			if err := p.Proved(t.Context(), "gate", since.UnixMicro()); !errors.Is(err, want) || reads != wantReads {
				t.Errorf("%s: %v after %d readings, want %v after %d", what, err, reads, want, wantReads)
			}
		}
		if _, err := p.Read(t.Context(), "gate"); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Hour)
		over := now
		proved("read before the fault was over", over, nil, 2)
		now = now.Add(time.Minute)
		proved("read since", over, nil, 2)

		path := filepath.Join(v.Root, files[0])
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		over = now.Add(time.Minute)
		now = over
		proved("missing", over, proof.ErrOldest, 3)
		now = now.Add(time.Minute)
		proved("missing a minute ago", over, proof.ErrOldest, 3)
		if err := os.Rename(path+".away", path); err != nil {
			t.Fatal(err)
		}
		now = now.Add(10 * time.Minute)
		proved("mended", over, nil, 4)
		if err := p.Proved(t.Context(), "nobody", over.UnixMicro()); err != nil {
			t.Errorf("of a camera without footage: %v", err)
		}
	})
}

// TestRemovedWhileItIsRead is no failure: the next oldest is read instead.
func TestRemovedWhileItIsRead(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	v := vault.Open(t)
	files := v.Record(t, "gate", present.Add(-95*24*time.Hour).UnixMicro(), 2, 10*time.Minute)
	clock := func() time.Time { return present }
	c := &archive.Catalogue{DB: d, Root: v.Root, Clock: clock}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p := &proof.Prover{DB: d, Clock: clock, Catalogue: &meanwhile{Catalogue: c, once: func() {
		v.Bury(t, "gate", present.UnixMicro(), files[0])
	}}}
	one, err := p.Read(t.Context(), "gate")
	if err != nil || one.Verdict != proof.OK || one.File != files[1] {
		t.Errorf("%+v, %v", one, err)
	}
}

// TestAnActBearsWhenItWasWritten: reading takes long, and the act tells of when it was begun.
func TestAnActBearsWhenItWasWritten(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	v := vault.Open(t)
	v.Record(t, "gate", present.Add(-95*24*time.Hour).UnixMicro(), 1, 10*time.Minute)
	now := present
	clock := func() time.Time { return now }
	c := &archive.Catalogue{DB: d, Root: v.Root, Clock: clock}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p := &proof.Prover{DB: d, Clock: clock, Catalogue: &meanwhile{Catalogue: c, once: func() { now = now.Add(time.Hour) }}}
	one, err := p.Read(t.Context(), "gate")
	if err != nil || one.At != present.UnixMicro() {
		t.Fatalf("%+v, %v", one, err)
	}
	acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "footage.proved"})
	if err != nil || len(acts) != 1 || acts[0].At != now.UnixMicro() {
		t.Errorf("%+v, %v", acts, err)
	}
}

type meanwhile struct {
	*archive.Catalogue
	once func()
}

func (m *meanwhile) Open(ctx context.Context, s *archive.Segment) (archive.File, error) {
	if m.once != nil {
		m.once()
		m.once = nil
	}
	return m.Catalogue.Open(ctx, s)
}

func TestTheProverRuns(t *testing.T) {
	leak.Check(t)
	d := dbtest.Open(t, db.SQLite)
	v := vault.Open(t)
	v.Record(t, "gate", present.Add(-95*24*time.Hour).UnixMicro(), 1, 10*time.Minute)
	clock := func() time.Time { return present }
	c := &archive.Catalogue{DB: d, Root: v.Root, Clock: clock}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.CatchUp(t.Context(), "gate"); err != nil {
		t.Fatal(err)
	}
	told := make(chan proof.Proof, 1)
	p := &proof.Prover{DB: d, Clock: clock, Catalogue: c, OnProof: func(x proof.Proof) { told <- x }}
	if err := p.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	if x := <-told; x.Verdict != proof.OK {
		t.Errorf("%+v", x)
	}
	p.Close()
}

// TestARoundIsAnAct: what was read of every camera, in the same transaction; and a proof that
// was not read is known by it.
func TestARoundIsAnAct(t *testing.T) {
	clause.Covers(t, "C090", "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := vault.Open(t)
		clock := func() time.Time { return present }
		c := &archive.Catalogue{DB: d, Root: v.Root, Clock: clock}
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for _, camera := range []string{"gate", "yard"} {
			v.Record(t, camera, present.Add(-95*24*time.Hour).UnixMicro(), 1, 10*time.Minute)
			if err := c.CatchUp(t.Context(), camera); err != nil {
				t.Fatal(err)
			}
		}
		p := &proof.Prover{DB: d, Clock: clock, Catalogue: c}
		if read, err := p.Round(t.Context()); err != nil || len(read) != 2 {
			t.Fatalf("%+v, %v", read, err)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: proof.KindProved})
		if err != nil || len(acts) != 1 || len(acts[0].Detail["proofs"].([]any)) != 2 {
			t.Fatalf("%+v, %v", acts, err)
		}
		differs := func(want ...string) {
			t.Helper()
			found, untold, told, err := proof.Differ(t.Context(), d.Read())
			var got []string
			for _, f := range found {
				got = append(got, f.Row+": "+f.Why)
			}
			if diff := cmp.Diff(want, got); err != nil || diff != "" || !told || len(untold) != 0 {
				t.Errorf("%v, told %v, untold %v: %s", err, told, untold, diff)
			}
		}
		write := func(sql string) {
			t.Helper()
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				if err := dbtest.Unguard(ctx, tx, d); err != nil {
					return err
				}
				_, err := tx.ExecContext(ctx, sql)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		differs()
		write("UPDATE retention_proofs SET verdict = 'damaged' WHERE camera = 'gate'")
		row := func(camera string) string {
			return fmt.Sprintf("retention_proofs %s %d: ", camera, present.UnixMicro())
		}
		differs(row("gate") + `verdict "damaged", by the acts "ok"`)
		write("DELETE FROM retention_proofs WHERE camera = 'yard'")
		differs(row("gate")+`verdict "damaged", by the acts "ok"`, row("yard")+"an act tells of it, and it is not there")
		if one, err := p.Read(t.Context(), "yard"); err != nil || one.Verdict != proof.OK {
			t.Errorf("%+v, %v", one, err)
		}
		acts, _, err = ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: proof.KindProved})
		if err != nil || len(acts) != 2 || acts[0].Camera != "yard" && acts[1].Camera != "yard" {
			t.Errorf("%+v, %v", acts, err)
		}
	})
}

// TestAProofThatDoesNotTakePlace is told of after eight days, until it has taken place.
func TestAProofThatDoesNotTakePlace(t *testing.T) {
	clause.Covers(t, "C090", "C091")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := vault.Open(t)
		now := present
		clock := func() time.Time { return now }
		v.Record(t, "gate", now.Add(-2*24*time.Hour).UnixMicro(), 1, 10*time.Minute)
		c := &archive.Catalogue{DB: d, Root: v.Root, Clock: clock}
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.CatchUp(t.Context(), "gate"); err != nil {
			t.Fatal(err)
		}
		away := true
		var late [][]string
		p := &proof.Prover{DB: d, Clock: clock, Catalogue: &reachable{c, &away}, OnOverdue: func(cameras []string) { late = append(late, cameras) }}
		for _, c := range []struct {
			days int64 // from the round before
			away bool
			late bool
		}{
			{0, true, false}, {5, true, false}, {2, true, true}, // the footage is nine days old
			{1, false, false},                 // it is read
			{8, true, false}, {1, true, true}, // and is not after that
			{0, false, false},
		} {
			away = c.away
			now = now.Add(time.Duration(c.days) * 24 * time.Hour)
			late = nil
			_, err := p.Round(t.Context())
			if err != nil && !errors.Is(err, archive.ErrTierAway) {
				t.Error(err)
			}
			if len(late) != 1 || (len(late[0]) > 0) != c.late {
				t.Errorf("%+v: %v", c, late)
			}
		}
	})
}

// reachable is a catalogue whose footage can be away.
type reachable struct {
	*archive.Catalogue
	away *bool
}

func (r *reachable) Open(ctx context.Context, s *archive.Segment) (archive.File, error) {
	if *r.away {
		return nil, archive.ErrTierAway
	}
	return r.Catalogue.Open(ctx, s)
}
