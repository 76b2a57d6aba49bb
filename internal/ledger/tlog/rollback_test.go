package tlog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/reason"
	"watchroom/internal/ledger/tail"
	"watchroom/internal/testkit/crashdisk"
)

// copyOf is a backup of a disk.
func copyOf(d *crashdisk.Disk) *crashdisk.Disk { return d.AfterKill() }

// carry takes a file from one disk to another.
func carry(t *testing.T, name string, from, to *crashdisk.Disk) {
	t.Helper()
	b, err := from.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	to.Write(name, b)
}

func run(t *testing.T, d *crashdisk.Disk, size int) Signed {
	t.Helper()
	l := onDisk(t, d)
	defer l.Close()
	grow(t, l, size)
	l.turn(t.Context())
	if st := l.Status(); st.Refusal != nil || st.Trouble != nil {
		t.Fatalf("%+v", st)
	}
	return l.Checkpoint()
}

// refused checks that a log is neither signed nor appended to, and can be read.
func refused(t *testing.T, l *Log, cause string, have, known int64) {
	t.Helper()
	before := l.Checkpoint()
	if _, err := l.Append(t.Context(), entry(0)); !errors.Is(err, ErrRefused) {
		t.Errorf("append: %v", err)
	}
	l.turn(t.Context())
	st := l.Status()
	if st.Refusal == nil || st.Ready || st.Refusal.Params["cause"] != cause || st.Refusal.Params["have"] != have || st.Refusal.Params["known"] != known {
		t.Errorf("refusal %v %v, want %s, %d of %d", st.Refusal, st.Refusal.Params, cause, have, known)
	}
	if string(l.Checkpoint().Note) != string(before.Note) || st.Size != have {
		t.Error("the log went on")
	}
	if have > 0 {
		if e, err := l.Entry(have - 1); err != nil || len(e) == 0 {
			t.Errorf("the last entry: %q, %v", e, err)
		}
	}
}

func TestARestoredLogIsNotSigned(t *testing.T) {
	for _, sizes := range [][2]int{{3, 4}, {200, 300}, {300, 900}, {0, 1}} {
		d := crashdisk.New()
		run(t, d, sizes[0])
		backup := copyOf(d)
		run(t, d, sizes[1])
		carry(t, "/guard", d, backup)
		guard, err := d.ReadFile("/guard")
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // nor after another start
			l := onDisk(t, backup)
			refused(t, l, CauseRolledBack, int64(sizes[0]), int64(sizes[1]))
			l.Close()
			if now, err := backup.ReadFile("/guard"); err != nil || !bytes.Equal(now, guard) {
				t.Errorf("the guard was moved to\n%s", now)
			}
		}
		carry(t, "/guard", d, d)
		run(t, d, sizes[1]+1) // with its newest files it goes on
	}
}

func TestALogThatWasGivenOtherEntriesIsNotSigned(t *testing.T) {
	d := crashdisk.New()
	run(t, d, 10)
	fork := copyOf(d)
	run(t, d, 12)
	l := onDisk(t, fork)
	if _, err := l.Append(t.Context(), []byte("another"), []byte("past"), []byte("than this")); err != nil {
		t.Fatal(err)
	}
	l.turn(t.Context())
	l.Close()
	carry(t, "/guard", d, fork)
	l = onDisk(t, fork)
	defer l.Close()
	refused(t, l, CauseRolledBack, 13, 12)
	if st := l.Status(); !strings.Contains(st.Refusal.Error(), "not those that were signed") {
		t.Error(st.Refusal)
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*crashdisk.Disk)
		cause  string
		have   int64
		known  int64
	}{
		"the guard":     {func(d *crashdisk.Disk) { d.Delete("/guard") }, CauseGuardMissing, 700, 0},
		"a bad guard":   {func(d *crashdisk.Disk) { d.Write("/guard", []byte("x\n")) }, CauseGuardMissing, 700, 0},
		"a torn guard":  {func(d *crashdisk.Disk) { tear(d, "/guard") }, CauseGuardMissing, 700, 0},
		"the key":       {func(d *crashdisk.Disk) { d.Delete("/log-0001/key") }, CauseKeyMissing, 700, 0},
		"a bad key":     {func(d *crashdisk.Disk) { d.Write("/log-0001/key", []byte("PRIVATE+KEY+x")) }, CauseKeyMissing, 700, 0},
		"a tile":        {bare(func(d *crashdisk.Disk) { d.Delete("/log-0001/tile/0/001") }), CauseDamaged, 512, 0},
		"a torn tile":   {bare(func(d *crashdisk.Disk) { tear(d, "/log-0001/tile/0/001") }), CauseDamaged, 512, 0},
		"the tail":      {lost(func(d *crashdisk.Disk) { d.Delete("/log-0001/tail") }), CauseDamaged, 0, 700},
		"a bad tail":    {lost(func(d *crashdisk.Disk) { d.Write("/log-0001/tail", []byte("x")) }), CauseDamaged, 0, 700},
		"a torn tail":   {lost(func(d *crashdisk.Disk) { tear(d, "/log-0001/tail") }), CauseRolledBack, 512, 700},
		"an older tail": {lost(func(d *crashdisk.Disk) { d.Write("/log-0001/tail", tail.Encode(256)) }), CauseRolledBack, 256, 700},
		"the folder":    {func(d *crashdisk.Disk) { d.Delete("/log-0001") }, CauseLost, 0, 700},
	} {
		d := crashdisk.New()
		run(t, d, 700)
		c.change(d)
		l := onDisk(t, d)
		if st := l.Status(); st.Refusal == nil {
			t.Errorf("%s: nothing is said: %+v", name, st)
			l.Close()
			continue
		}
		if c.cause == CauseDamaged {
			if st := l.Status(); st.Refusal.Params["cause"] != c.cause || st.Size != c.have {
				t.Errorf("%s: %v", name, st.Refusal)
			}
		} else {
			refused(t, l, c.cause, c.have, c.known)
		}
		// In every case a person can let it go on in a new log.
		if _, err := l.Continue("disk replaced"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if first, err := l.Append(t.Context(), entry(0)); err != nil || first != 1 {
			t.Errorf("%s: append to the new log: %d, %v", name, first, err)
		}
		l.Close()
	}
}

// lost takes the partial bundle away, too, which has the entries of the tail once more.
func lost(change func(*crashdisk.Disk)) func(*crashdisk.Disk) {
	return func(d *crashdisk.Disk) { change(d); d.Delete("/log-0001/tile/entries/002.p") }
}

// bare takes the bundle away, too, which a tile follows from.
func bare(change func(*crashdisk.Disk)) func(*crashdisk.Disk) {
	return func(d *crashdisk.Disk) { change(d); d.Delete("/log-0001/tile/entries/001") }
}

func tear(d *crashdisk.Disk, name string) {
	b, err := d.ReadFile(name)
	if err != nil {
		panic(err)
	}
	d.Write(name, b[:len(b)-3])
}

// A guard file that was not there yet for a log without entries is the first start,
// cut short.
func TestTheFirstStartCutShort(t *testing.T) {
	d := crashdisk.New()
	run(t, d, 0)
	d.Delete("/guard")
	d.Delete("/log-0001/checkpoint")
	run(t, d, 1)
}

func TestAGuardOnADiskThatIsAway(t *testing.T) {
	d := crashdisk.New()
	l := start(t, &Log{Dir: "/", Guard: "/mnt/guard", disk: d})
	if _, err := l.Append(t.Context(), entry(0)); !errors.Is(err, ErrNotReady) {
		t.Fatalf("append before the guard is there: %v", err)
	}
	if st := l.Status(); st.Trouble == nil || st.Refusal != nil {
		t.Errorf("%+v", st)
	}
	if err := d.Mkdir("/mnt"); err != nil {
		t.Fatal(err)
	}
	l.turn(t.Context())
	grow(t, l, 5)
	l.turn(t.Context())
	if st := l.Status(); st.Signed != 5 || st.Trouble != nil {
		t.Errorf("%+v", st)
	}
	away := copyOf(d)
	d.Delete("/mnt") // while it runs: appends go on, and nothing is signed
	grow(t, l, 7)
	l.turn(t.Context())
	if st := l.Status(); st.Size != 7 || st.Signed != 5 || st.Trouble == nil || st.Refusal != nil || !st.Ready {
		t.Errorf("%+v", st)
	}
	if err := d.Mkdir("/mnt"); err != nil {
		t.Fatal(err)
	}
	carry(t, "/mnt/guard", away, d)
	l.turn(t.Context())
	if st := l.Status(); st.Signed != 7 || st.Trouble != nil {
		t.Errorf("%+v", st)
	}
	l.Close()
}

// Two copies of a log with one guard: the one that comes second stops.
func TestACopyThatRunsBesideTheLogStopsOneOfThem(t *testing.T) {
	d := crashdisk.New()
	l := onDisk(t, d)
	defer l.Close()
	grow(t, l, 5)
	l.turn(t.Context())
	copied := copyOf(d)
	run(t, copied, 9)
	carry(t, "/guard", copied, d)
	grow(t, l, 6)
	l.turn(t.Context())
	refused(t, l, CauseRolledBack, 6, 9)
}

func TestContinue(t *testing.T) {
	d := crashdisk.New()
	run(t, d, 300)
	backup := copyOf(d)
	last := run(t, d, 400)
	carry(t, "/guard", d, backup)
	l := start(t, &Log{Dir: "/", disk: backup, Clock: func() time.Time { return time.UnixMicro(1_795_680_000_000_000) }})
	oldKey := l.Key()
	for _, why := range []string{"", " x", "two\nlines", "tab\t", strings.Repeat("字", 501), "\xff", "line\u2028separator"} {
		if _, err := l.Continue(why); !errors.Is(err, ErrReason) {
			t.Errorf("reason %q: %v", why, err)
		}
	}
	refused(t, l, CauseRolledBack, 300, 400)
	c, err := l.Continue("restored from the copy of Sunday 从周日备份恢复")
	if err != nil {
		t.Fatal(err)
	}
	first, err := l.Entry(0)
	if err != nil {
		t.Fatal(err)
	}
	got, byOld, err := tlog.ParseContinuation(first, oldKey)
	if err != nil || !byOld || got.Reason != "" || got.Commitment == (tlog.Hash{}) || strings.Contains(string(first), "Sunday") {
		t.Errorf("%+v, %v, %v", got, byOld, err)
	}
	if got.Reason = c.Reason; got != c {
		t.Errorf("%+v instead of %+v", got, c)
	}
	if g, ok := reason.Read(backup, "/", c.Commitment); !ok || g.Text != c.Reason {
		t.Errorf("the reason beside the logs: %+v, %v", g, ok)
	}
	if c.Origin != oldKey.Name() || c.Size != 300 || c.Root != want(t, 300) || c.Known != 400 || c.Signed != last.Root ||
		c.Cause != CauseRolledBack || c.Key != l.Key() || c.At != 1_795_680_000_000_000 {
		t.Errorf("%+v", c)
	}
	if l.Key() == oldKey || l.Key().Name() == oldKey.Name() {
		t.Error("the new log has the old one's key or origin")
	}
	if head := l.Checkpoint(); head.Size != 1 || head.Origin != l.Key().Name() {
		t.Errorf("checkpoint %+v", head)
	}
	if first, err := l.Append(t.Context(), entry(1), entry(2)); err != nil || first != 1 {
		t.Fatal(first, err)
	}
	l.turn(t.Context())
	l.Close()
	l = onDisk(t, backup)
	if st := l.Status(); st.Refusal != nil || st.Number != 2 || st.Size != 3 || st.Signed != 3 || st.Origin != c.Key.Name() {
		t.Errorf("%+v", st)
	}
	// In good order it is not ended: nobody could tell whether that was to hide something.
	if _, err := l.Continue("the past is to be another"); !errors.Is(err, ErrInOrder) {
		t.Errorf("a log in good order was ended: %v", err)
	}
	l.Close()
	l = onDisk(t, backup)
	defer l.Close()
	if st := l.Status(); st.Refusal != nil || st.Number != 2 {
		t.Errorf("%+v", st)
	}
	// The old log can be read to its last entry.
	tiles := &tlog.Tiles{FS: outside(t, backup, "/log-0001"), Size: 300}
	if e, err := tiles.Entry(299); err != nil || string(e) != "entry 299" {
		t.Errorf("%q, %v", e, err)
	}
}

// Continue may be cut short anywhere: the next start finds the old refusal or the new
// log in good order.
func TestContinueCutShort(t *testing.T) {
	d := crashdisk.New()
	run(t, d, 300)
	restored := copyOf(d)
	run(t, d, 301)
	carry(t, "/guard", d, restored)
	whole := copyOf(restored)
	l := onDisk(t, whole)
	begin, _ := whole.Steps()
	if _, err := l.Continue("x"); err != nil {
		t.Fatal(err)
	}
	end, _ := whole.Steps()
	l.Close()
	outcomes := map[string]int{}
	for stop := begin + 1; stop <= end; stop++ {
		d := copyOf(restored)
		l := onDisk(t, d)
		d.Revive(stop)
		_, err := l.Continue("x")
		_, what := d.Steps()
		l.Close()
		for name, left := range map[string]*crashdisk.Disk{"kill": d.AfterKill(), "power cut": d.AfterPowerCut(), "mess": d.AfterMess(uint64(stop))} {
			l := onDisk(t, left)
			st := l.Status()
			switch {
			case st.Number == 1 && st.Refusal != nil && err != nil:
				outcomes["old"]++
				if _, err := l.Continue("again"); err != nil {
					t.Errorf("step %s, %s: %v", what, name, err)
				}
			case st.Number == 2 && st.Refusal == nil && st.Trouble == nil && st.Signed == 1:
				outcomes["new"]++
			default:
				t.Errorf("step %s, %s: %+v, continue said %v", what, name, st, err)
			}
			if _, err := l.Append(t.Context(), entry(1)); err != nil {
				t.Errorf("step %s, %s: %v", what, name, err)
			}
			l.Close()
		}
	}
	if outcomes["old"] == 0 || outcomes["new"] == 0 {
		t.Errorf("outcomes %v", outcomes)
	}
}

func TestNothingToContinueFrom(t *testing.T) {
	d := crashdisk.New()
	l := start(t, &Log{Dir: "/", Guard: "/away/guard", disk: d})
	defer l.Close()
	if _, err := l.Continue("x"); !errors.Is(err, ErrNotReady) {
		t.Error(err)
	}
}

func cosigner(t *testing.T, letter string) *tlog.Cosigner {
	t.Helper()
	c, err := tlog.NewCosigner("witness/"+letter, []byte(strings.Repeat(letter, 32)), func() time.Time { return time.Unix(1000, 0) })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// cosign adds signatures to a checkpoint.
func cosign(t *testing.T, s Signed, by ...note.Signer) []byte {
	t.Helper()
	b := append([]byte{}, s.Note...)
	for _, w := range by {
		n, err := note.Sign(&note.Note{Text: s.Text()}, w)
		if err != nil {
			t.Fatal(err)
		}
		_, lines, err := tlog.SplitNote(n)
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, lines...)
	}
	return b
}

func TestCosignaturesAreKept(t *testing.T) {
	d := crashdisk.New()
	l := onDisk(t, d)
	a, b := cosigner(t, "a"), cosigner(t, "b")
	grow(t, l, 5)
	l.turn(t.Context())
	five := l.Checkpoint()
	if err := l.Cosigned(cosign(t, five, a, b, cosigner(t, "c")), a.Key(), b.Key()); err != nil {
		t.Fatal(err)
	}
	if got := l.Checkpoint(); got.Size != 5 || strings.Count(string(got.Note), "— ") != 3 {
		t.Errorf("the served checkpoint:\n%s", got.Note)
	}
	grow(t, l, 8)
	l.turn(t.Context())
	if got := l.Checkpoint(); strings.Count(string(got.Note), "— ") != 1 || l.CosignedCheckpoint().Size != 5 {
		t.Errorf("a new checkpoint has old cosignatures:\n%s", got.Note)
	}
	eight := l.Checkpoint()
	grow(t, l, 9)
	l.turn(t.Context())
	if err := l.Cosigned(cosign(t, eight, a), a.Key(), b.Key()); err != nil {
		t.Fatal(err)
	}
	if got := l.Checkpoint(); got.Size != 9 || strings.Count(string(got.Note), "— ") != 1 {
		t.Errorf("a late cosignature takes the checkpoint back:\n%s", got.Note)
	}
	// One that is absent takes no proof away.
	policy, err := tlog.ParsePolicy(fmt.Appendf(nil, "log %s\nwitness A %s\nwitness B %s\ngroup g all A B\nquorum g\n", l.Key(), a.Key(), b.Key()))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int64]struct {
		by     int
		quorum bool
	}{4: {2, true}, 7: {1, false}, 8: {0, false}} {
		p, err := l.ProofFile(i)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := p.Verify(policy, entry(int(i))); err != nil || len(v.Cosigned) != want.by || v.Quorum != want.quorum {
			t.Errorf("entry %d: %+v, %v", i, v, err)
		}
	}
	for name, bad := range map[string][]byte{
		"no cosignature": eight.Note,
		"unknown":        cosign(t, eight, cosigner(t, "c")),
		"not signed":     []byte(strings.Replace(string(cosign(t, eight, a)), "\n8\n", "\n7\n", 1)),
		"nothing":        nil,
	} {
		if err := l.Cosigned(bad, a.Key(), b.Key()); err == nil {
			t.Errorf("%s: kept", name)
		}
	}
	l.Close()
	l = onDisk(t, d)
	if l.CosignedCheckpoint().Size != 8 || l.Checkpoint().Size != 9 {
		t.Errorf("after a start: %+v", l.Status())
	}
	l.Close()
	// The guard and the log went back together, the checkpoints that were cosigned did not.
	carry(t, "/log-0001/checkpoint.w1", d, d)
	young := crashdisk.New()
	run(t, young, 0)
	d2 := copyOf(d)
	d2.Delete("/log-0001/tail")
	d2.Delete("/log-0001/tile") // which has the entries once more
	d2.Write("/log-0001/tail", tail.Encode(0, entry(0)))
	l = onDisk(t, d2)
	refused(t, l, CauseRolledBack, 1, 9)
	l.Close()
}

// rolledBackWith gives a log that lost 4 of 9 entries together with its guard, and the
// checkpoint over 9.
func rolledBackWith(t *testing.T) (*crashdisk.Disk, Signed) {
	t.Helper()
	d := crashdisk.New()
	run(t, d, 5)
	old := copyOf(d)
	return old, run(t, d, 9)
}

func TestAWitnessRemembersWhatTheGuardForgot(t *testing.T) {
	d, nine := rolledBackWith(t)
	l := start(t, &Log{Dir: "/", disk: copyOf(d), Ask: func(_ context.Context, key tlog.Key, head Signed) ([]Seen, []string) {
		if key.Name() != nine.Origin {
			t.Errorf("asked for %s", key)
		}
		if head.Size != 5 {
			t.Errorf("asked about %d entries", head.Size)
		}
		return []Seen{{Who: "audit", Note: nine.Note, Size: 9}}, nil
	}})
	refused(t, l, CauseRolledBack, 5, 9)
	d2 := l.disk.(*crashdisk.Disk)
	l.Close()
	// It stays so although the witness is away later.
	l = onDisk(t, d2)
	refused(t, l, CauseRolledBack, 5, 9)
	l.Close()
	// Found while the log runs.
	l = onDisk(t, copyOf(d))
	grow(t, l, 7)
	l.Witnessed(Seen{Who: "audit", Note: nine.Note})
	refused(t, l, CauseRolledBack, 7, 9)
	c, err := l.Continue("restored")
	if err != nil || c.Known != 9 || c.Signed != nine.Root || c.Size != 7 {
		t.Errorf("%+v, %v", c, err)
	}
	l.Close()
}

func TestWhatAWitnessSaysWithoutProof(t *testing.T) {
	d, nine := rolledBackWith(t)
	stranger, _ := crashdisk.New(), 0
	foreign := run(t, stranger, 20)
	l := onDisk(t, d)
	for _, s := range []Seen{
		{Who: "a", Note: foreign.Note, Size: 20},                                                   // of another log
		{Who: "a", Note: []byte(strings.Replace(string(nine.Note), "\n9\n", "\n8\n", 1)), Size: 8}, // forged
		{Who: "a", Note: []byte("x"), Size: 8},
		{Who: "a", Size: 5},
		{Who: "a", Note: l.Checkpoint().Note, Size: 5},
	} {
		if l.Witnessed(s); l.Status().Refusal != nil {
			t.Fatalf("%+v is believed", s)
		}
	}
	l.Witnessed(Seen{Who: "a", Size: 6})
	refused(t, l, CauseRolledBack, 5, 6)
	l.Close()
	// Without the witness in the configuration it goes on.
	l = onDisk(t, d)
	if st := l.Status(); st.Refusal != nil {
		t.Errorf("%+v", st)
	}
	l.Close()
}
