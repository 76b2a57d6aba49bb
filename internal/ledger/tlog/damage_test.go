package tlog

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"watchroom/evidence/tlog"
	"watchroom/internal/testkit/crashdisk"
)

// TestADamagedPublicKeyIsMadeAgain: it follows from the secret one.
func TestADamagedPublicKeyIsMadeAgain(t *testing.T) {
	d := grown(t, 270, 279)
	for at := range length(t, d, "/log-0001/vkey") {
		bad := flipped(t, d, "/log-0001/vkey", at)
		if end, err := readEnd(bad, "/"); err != nil || end.Signed.Size != 279 {
			t.Fatalf("byte %d: the end is %+v, %v", at, end, err)
		}
		if files := opens(t, "byte "+strconv.Itoa(at), bad, 279); len(files) != 1 || files[0] != "log-0001/vkey" {
			t.Fatalf("byte %d: mended %q", at, files)
		}
		if files := opens(t, "again", bad, 279); len(files) > 0 {
			t.Fatalf("byte %d: mended again: %q", at, files)
		}
	}
	// The pair of somebody else is none that this log is signed with.
	other := grown(t, 3)
	bad := flipped(t, d, "/log-0001/vkey", 9)
	carry(t, "/log-0001/key", other, bad)
	l := onDisk(t, bad)
	defer l.Close()
	if st := l.Status(); st.Refusal == nil || st.Ready {
		t.Errorf("%+v", st)
	}
}

// TestADamagedTileIsMadeAgain: a full tile follows from the entries of its bundle, under what was
// signed.
func TestADamagedTileIsMadeAgain(t *testing.T) {
	d := grown(t, 250, 700)
	for n := range 2 {
		tile := fmt.Sprintf("tile/0/%03d", n)
		for at := 0; at < length(t, d, "/log-0001/"+tile); at += 97 {
			bad := flipped(t, d, "/log-0001/"+tile, at)
			what := fmt.Sprintf("%s, byte %d", tile, at)
			if end, err := readEnd(bad, "/"); err != nil || end.Signed.Size != 700 {
				t.Fatalf("%s: the end is %+v, %v", what, end, err)
			}
			if files := opens(t, what, bad, 700); len(files) != 1 || files[0] != "log-0001/"+tile {
				t.Fatalf("%s: mended %q", what, files)
			}
			if files := opens(t, what+", again", bad, 700); len(files) > 0 {
				t.Fatalf("%s: mended again: %q", what, files)
			}
		}
	}
	for what, change := range map[string]func(*crashdisk.Disk){
		"it is gone": func(d *crashdisk.Disk) { d.Delete("/log-0001/tile/0/001") },
		"it is torn": func(d *crashdisk.Disk) { tear(d, "/log-0001/tile/0/001") },
	} {
		bad := copyOf(d)
		change(bad)
		if files := opens(t, what, bad, 700); !slices.Equal(files, []string{"log-0001/tile/0/001"}) {
			t.Errorf("%s: mended %q", what, files)
		}
	}
	// A log that was put back from a copy is not made to be what was signed by it.
	older := copyOf(d)
	run(t, d, 701)
	carry(t, "/guard", d, older)
	l := onDisk(t, flipped(t, older, "/log-0001/tile/0/001", 5))
	refused(t, l, CauseRolledBack, 700, 701)
	l.Close()
	// Tile and bundle together are others: that is another past.
	both := flipped(t, flipped(t, d, "/log-0001/tile/0/001", 5), "/log-0001/tile/entries/001", 5)
	l = onDisk(t, both)
	defer l.Close()
	if st := l.Status(); st.Refusal == nil {
		t.Errorf("%+v", st)
	}
}

// TestLookingThroughTheLog: tiles that no start reads are made again, and bundles of which
// one byte is another; others are named while the log goes on.
func TestLookingThroughTheLog(t *testing.T) {
	const size = 256*256 + 700
	d := grown(t, size)
	look := func(bad *crashdisk.Disk) (mended, damaged []string) {
		t.Helper()
		l := start(t, &Log{Dir: "/", Guard: "/guard", disk: bad, OnMended: func(m Mended) { mended = append(mended, m.File) }})
		defer l.Close()
		if st := l.Status(); !st.Ready {
			t.Fatalf("%+v", st)
		}
		if err := l.Look(t.Context(), func() error { return nil }, func(file string, _ error) { damaged = append(damaged, file) }); err != nil {
			t.Fatal(err)
		}
		grow(t, l, size+1)
		if l.turn(t.Context()); l.Checkpoint().Root != want(t, size+1) {
			t.Error("another root was signed")
		}
		return mended, damaged
	}
	if mended, damaged := look(copyOf(d)); len(mended)+len(damaged) > 0 {
		t.Fatalf("as it was: mended %q, damaged %q", mended, damaged)
	}
	for _, tile := range []string{"tile/0/003", "tile/1/000", "tile/0/257"} {
		bad := flipped(t, d, "/log-0001/"+tile, 77)
		if mended, damaged := look(bad); !slices.Equal(mended, []string{"log-0001/" + tile}) || len(damaged) > 0 {
			t.Errorf("%s: mended %q, damaged %q", tile, mended, damaged)
		}
		if mended, damaged := look(bad); len(mended)+len(damaged) > 0 {
			t.Errorf("%s, again: mended %q, damaged %q", tile, mended, damaged)
		}
	}
	for _, bundle := range []string{"tile/entries/003", "tile/entries/256"} {
		for _, at := range []int{0, 1, 5, 2000} { // a length, and an entry
			bad := flipped(t, d, "/log-0001/"+bundle, at)
			if mended, damaged := look(bad); len(damaged) > 0 || !slices.Equal(mended, []string{"log-0001/" + bundle}) {
				t.Errorf("%s, byte %d: mended %q, damaged %q", bundle, at, mended, damaged)
			}
			if mended, damaged := look(bad); len(mended)+len(damaged) > 0 {
				t.Errorf("%s, byte %d, again: mended %q, damaged %q", bundle, at, mended, damaged)
			}
		}
		bad := flipped(t, flipped(t, d, "/log-0001/"+bundle, 5), "/log-0001/"+bundle, 700)
		if mended, damaged := look(bad); len(mended) > 0 || !slices.Equal(damaged, []string{"log-0001/" + bundle}) {
			t.Errorf("%s, two bytes: mended %q, damaged %q", bundle, mended, damaged)
		}
	}
	l := onDisk(t, copyOf(d))
	defer l.Close()
	if err := l.Look(t.Context(), func() error { return context.Canceled }, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestADamagedCosignature: where the names alone are damaged it is put right, else it counts for
// nothing and is told.
func TestADamagedCosignature(t *testing.T) {
	d := crashdisk.New()
	l := onDisk(t, d)
	a := cosigner(t, "a")
	grow(t, l, 5)
	l.turn(t.Context())
	signed := cosign(t, l.Checkpoint(), a)
	if err := l.Cosigned(signed, a.Key()); err != nil {
		t.Fatal(err)
	}
	grow(t, l, 8)
	l.turn(t.Context())
	l.Close()
	d = d.AfterKill()
	good, err := d.ReadFile("/log-0001/checkpoint.w1")
	if err != nil {
		t.Fatal(err)
	}
	name := strings.Index(string(good), "witness/a")
	if name < 0 {
		t.Fatalf("%s", good)
	}
	put, told := 0, 0
	for at := range good {
		bad := flipped(t, d, "/log-0001/checkpoint.w1", at)
		var mended, damaged []string
		l := start(t, &Log{Dir: "/", Guard: "/guard", disk: bad, Witnesses: []tlog.Key{a.Key()},
			OnMended:  func(m Mended) { mended = append(mended, m.File) },
			OnDamaged: func(file string) { damaged = append(damaged, file) }})
		st := l.Status()
		l.Close()
		now, err := bad.ReadFile("/log-0001/checkpoint.w1")
		switch {
		case err != nil || !st.Ready || len(mended)+len(damaged) != 1:
			t.Fatalf("byte %d: %+v, mended %q, damaged %q, %v", at, st, mended, damaged, err)
		case len(mended) == 1 && string(now) != string(good):
			t.Fatalf("byte %d: put back as\n%s", at, now)
		case len(mended) == 1:
			put++
		case at >= name && at < name+len("witness/a"):
			t.Fatalf("byte %d, of the name, was not put right", at)
		case st.Cosigned != 0:
			t.Fatalf("byte %d: what is damaged counts", at)
		default:
			told++
		}
	}
	if put == 0 || told == 0 {
		t.Errorf("%d put right, %d told", put, told)
	}
}

// TestARowThatSaysAnotherPlace: where the log holds the act elsewhere the row is what is damaged
// and is put right; where it does not the log is refused as before.
func TestARowThatSaysAnotherPlace(t *testing.T) {
	d := crashdisk.New()
	run(t, d, 300)
	own := run(t, d, 300).Origin
	for name, c := range map[string]struct {
		origin string
		size   int64
		is     int // the entry that the row is of; -1: none
		cause  string
	}{
		"another log":                  {"example.org/gatf/1", 8, 7, ""},
		"an entry that there is not":   {own, 4711, 7, ""},
		"another entry":                {own, 200, 299, ""},
		"another log, and not here":    {"example.org/gatf/1", 8, -1, CauseLost},
		"behind the end, and not here": {own, 4711, -1, CauseRolledBack},
	} {
		seen := Seen{Who: "rows", Origin: c.origin, Size: c.size, Row: "act_outbox a", Last: func(e []byte) bool { return c.is >= 0 && string(e) == string(entry(c.is)) }}
		var mended []string
		away, puts := errors.New("the database is away"), 0
		for _, fails := range []bool{true, false} {
			l := &Log{Dir: "/", Guard: "/guard", disk: copyOf(d), OnMended: func(m Mended) { mended = append(mended, m.Row) }}
			s := seen
			s.Put = func(origin string, index int64, _ []byte) (bool, error) {
				puts++
				if fails {
					return false, away
				}
				seen.Origin, seen.Size = origin, index+1
				s.Origin, s.Size = origin, index+1
				return true, nil
			}
			l.Recall = func(context.Context) ([]Seen, error) { return []Seen{s}, nil }
			start(t, l)
			st := l.Status()
			switch {
			case c.cause != "":
				if st.Refusal == nil || st.Refusal.Params["cause"] != c.cause || puts > 0 {
					t.Errorf("%s: %+v, %d puts", name, st, puts)
				}
			case fails:
				if st.Ready || st.Refusal != nil || !errors.Is(st.Trouble, away) {
					t.Errorf("%s, which cannot be put right: %+v", name, st)
				}
			default:
				if !st.Ready || st.Size != 300 || seen.Origin != own || seen.Size != int64(c.is)+1 || !slices.Equal(mended, []string{"act_outbox a"}) {
					t.Errorf("%s: %+v, the row says %s %d, mended %q", name, st, seen.Origin, seen.Size, mended)
				}
			}
			l.Close()
		}
	}
}
