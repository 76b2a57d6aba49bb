package tier_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/evidence/fmp4"
	"watchroom/internal/archive"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/tier"
	"watchroom/internal/archive/tier/disk"
	"watchroom/internal/archive/tier/s3"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/marker"
	"watchroom/internal/recording/segment"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/clocktest"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/s3test"
)

// house is a recording folder with footage of some hours, and tiers.
type house struct {
	t        *testing.T
	root     string
	now      *clocktest.Hand
	cat      *archive.Catalogue
	close    func()
	mover    *tier.Mover
	files    []string
	troubles []string
}

var dayOne = time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC)

// newHouse records n segments of five minutes, the last of which ends now.
func newHouse(t *testing.T, d *db.DB, n int, tiers ...*tier.Tier) *house {
	t.Helper()
	h := &house{t: t, root: t.TempDir(), now: clocktest.At(dayOne)}
	for range n {
		h.record("cam1")
	}
	h.open(d, tiers...)
	return h
}

func (h *house) open(d *db.DB, tiers ...*tier.Tier) {
	h.t.Helper()
	ck := clock.Clock(h.now.Now)
	h.cat = &archive.Catalogue{DB: d, Root: h.root, Clock: ck}
	places := &tier.Places{DB: d, Volumes: []tier.Volume{{Root: h.root}}, Tiers: tiers}
	h.cat.Elsewhere = places.Open
	h.mover = &tier.Mover{
		Places: places, Catalogue: h.cat, Clock: ck, Every: time.Millisecond,
		OnTrouble: func(subject, code, _ string) { h.troubles = append(h.troubles, subject+":"+code) },
	}
	if err := h.cat.Start(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	h.close = sync.OnceFunc(h.cat.Close)
	h.t.Cleanup(h.close)
	h.current()
}

// current waits until the catalogue knows everything.
func (h *house) current() {
	h.t.Helper()
	h.cat.Notify("cam1")
	if err := h.cat.Current(h.t.Context(), "cam1"); err != nil {
		h.t.Fatal(err)
	}
}

// record writes a sound segment that lasts five minutes, and its line.
func (h *house) record(camera string) {
	h.t.Helper()
	start := h.now.Micro()
	h.now.Add(5 * time.Minute)
	name := segment.Name{Camera: camera, Start: start, Run: "run1"}
	track := fmp4.Track{ID: 1, Codec: fmp4.H264, Timescale: 1000, Width: 320, Height: 180, SPS: [][]byte{{0x67, 0x64, 0, 0x1f, 1}}, PPS: [][]byte{{0x68, 1}}}
	f, err := segment.Create(h.root, name, fmp4.AppendInit(nil, []fmp4.Track{track}), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	defer f.Close()
	for i := range 3 {
		data := append([]byte{0, 0, 8, 1, 0x65}, make([]byte, 2048)...)
		data[7] = byte(len(h.files))
		part := fmp4.AppendFragment(nil, uint32(i+1), []fmp4.TrackFragment{{TrackID: 1, BaseTime: uint64(i) * 100_000, Samples: []fmp4.Sample{{Duration: 100_000, Key: true, Data: data}}}})
		if err := f.Append([][]byte{part}); err != nil {
			h.t.Fatal(err)
		}
		f.Frames++
	}
	f.End = h.now.Micro()
	if err := f.Finish(1); err != nil {
		h.t.Fatal(err)
	}
	w := journal.Writer{Root: h.root, Camera: camera}
	defer w.Close()
	closed := f.Describe(nil)
	closed.Codec, closed.MIME = "h264", "avc1.64001F"
	if err := w.Append(f.End, journal.Record{Kind: journal.KindSegment, At: f.End, Run: name.Run, Segment: closed}); err != nil {
		h.t.Fatal(err)
	}
	h.files = append(h.files, name.Path())
}

// drain looks until nothing is moved any more.
func (h *house) drain() {
	for h.mover.Pass(h.t.Context()) {
	}
}

// where tells for every segment in which place the catalogue has it, and checks that
// it can be read from there, whole and sound, and that no other place has it.
func (h *house) where() (places []string) {
	h.t.Helper()
	list, err := h.cat.Segments(h.t.Context(), "cam1", dayOne.UnixMicro(), h.now.Micro())
	if err != nil {
		h.t.Fatal(err)
	}
	if len(list) != len(h.files) {
		h.t.Fatalf("the catalogue has %d segments of %d", len(list), len(h.files))
	}
	for i := range list {
		s := &list[i]
		places = append(places, s.Volume)
		f, err := h.cat.Open(h.t.Context(), s)
		if err != nil {
			h.t.Fatalf("%s on %q: %v", s.File, s.Volume, err)
		}
		size, err := f.Size()
		if err != nil {
			h.t.Fatal(err)
		}
		if d, err := segment.Hash(f, size); err != nil || hex.EncodeToString(d.Root[:]) != h.rootOf(s.File) {
			h.t.Errorf("%s on %q: root %x, %v", s.File, s.Volume, d.Root, err)
		}
		f.Close()
		if _, err := os.Stat(filepath.Join(h.root, s.File)); (err == nil) != (s.Volume == "") {
			h.t.Errorf("%s lies on %q; in the recording folder: %v", s.File, s.Volume, err)
		}
		for _, t := range h.mover.Tiers {
			if _, err := t.Store.Stat(h.t.Context(), s.File); (err == nil) != (s.Volume == t.Name) {
				h.t.Errorf("%s lies on %q; on %s: %v", s.File, s.Volume, t.Name, err)
			}
		}
	}
	return places
}

func (h *house) rootOf(file string) string {
	for _, r := range h.lines() {
		if r.Kind == journal.KindSegment && r.File == file {
			return r.Root
		}
	}
	return ""
}

func (h *house) lines() (all []journal.Record) {
	paths, err := filepath.Glob(filepath.Join(h.root, "*", "*", journal.FileName))
	if err != nil {
		h.t.Fatal(err)
	}
	for _, p := range paths {
		records, _, torn, err := journal.Read(p, 0, 0)
		if err != nil || torn > 0 {
			h.t.Fatal(torn, err)
		}
		all = append(all, records...)
	}
	return all
}

func (h *house) moves() (all []string) {
	for _, r := range h.lines() {
		if r.Kind == journal.KindMove {
			all = append(all, filepath.Base(r.File)+" "+*r.To)
		}
	}
	return all
}

func count(places []string) string {
	n := map[string]int{}
	for _, p := range places {
		n[p]++
	}
	return fmt.Sprint(n)
}

func diskTier(t *testing.T, name string, after time.Duration) *tier.Tier {
	book := &marker.Book{Path: filepath.Join(t.TempDir(), "volumes.json")}
	if err := book.Open(); err != nil {
		t.Fatal(err)
	}
	return &tier.Tier{Name: name, Kind: "disk", MoveAfter: after, Store: &disk.Disk{Name: name, Root: t.TempDir(), Book: book}}
}

func bucketTier(t *testing.T, s *s3test.Server, bucket string, after time.Duration) *tier.Tier {
	t.Helper()
	b := &s3.Bucket{Endpoint: s.Endpoint, Bucket: bucket, PathStyle: true, AccessKey: secret.Text(s.AccessKey), Secret: secret.Text(s.Secret)}
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return &tier.Tier{Name: "cloud", Kind: "s3", MoveAfter: after, Store: b}
}

// TestOldFootageMovesDown: by age, from the disks to a folder and on to a bucket.
func TestOldFootageMovesDown(t *testing.T) {
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := s3test.Start(t)
		s.Bucket("footage", false)
		h := newHouse(t, d, 12, diskTier(t, "vault", 30*time.Minute), bucketTier(t, s, "footage", 45*time.Minute))
		h.drain()
		// Ends lie 0, 5, … 55 minutes back: four of 45 and more, three of 30 and more.
		if got := count(h.where()); got != "map[:6 cloud:3 vault:3]" {
			t.Errorf("places %s", got)
		}
		if n := len(h.moves()); n != 6 {
			t.Errorf("the journal tells of %d moves: %q", n, h.moves())
		}
		h.now.Add(15 * time.Minute)
		h.drain()
		if got := count(h.where()); got != "map[:3 cloud:6 vault:3]" {
			t.Errorf("a quarter of an hour later: %s", got)
		}
		status, err := h.mover.Status(t.Context())
		if err != nil || len(status) != 2 || status[0].State != tier.OK || status[0].Waiting != 0 || status[0].Free <= 0 || status[1].Free != -1 {
			t.Errorf("status %+v, %v", status, err)
		}
		if len(h.troubles) != 0 {
			t.Errorf("troubles %q", h.troubles)
		}
		if left := rows(t, d, "tier_moves"); left != 0 {
			t.Errorf("%d moves are not ended", left)
		}
	})
}

func rows(t *testing.T, d *db.DB, table string) (n int) {
	t.Helper()
	if err := d.Read().NewSelect().Table(table).ColumnExpr("COUNT(*)").Scan(t.Context(), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

var errKilled = errors.New("killed")

// TestTwoNamesOfOneBucket: what lies in a bucket is not moved into it under another name,
// since the first copy that would be removed then is the only one.
func TestTwoNamesOfOneBucket(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C090")
	d := dbtest.Open(t, db.SQLite)
	s := s3test.Start(t)
	s.Bucket("footage", true)
	cloud, vault := bucketTier(t, s, "footage", 30*time.Minute), bucketTier(t, s, "footage", 2*time.Hour)
	vault.Name = "vault"
	h := newHouse(t, d, 12, cloud, vault)
	h.mover.AtOnce = 1
	h.drain()
	there := func(when string) {
		t.Helper()
		list, err := h.cat.Segments(t.Context(), "cam1", dayOne.UnixMicro(), h.now.Micro())
		if err != nil || len(list) != len(h.files) {
			t.Fatalf("%s: %d segments, %v", when, len(list), err)
		}
		for i := range list {
			f, err := h.cat.Open(t.Context(), &list[i])
			if err != nil {
				t.Errorf("%s: %s on %q: %v", when, list[i].File, list[i].Volume, err)
				continue
			}
			f.Close()
		}
	}
	there("in the first")
	h.now.Add(3 * time.Hour)
	h.drain()
	there("when the second is due")
	if want := []string{"vault:tier_failing"}; !slices.Equal(h.troubles, want) {
		t.Errorf("said %q, want %q", h.troubles, want)
	}
	// Whoever writes rows makes no second copy either.
	for _, file := range h.files[:1] {
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			if _, err := tx.NewRaw("INSERT INTO tier_moves (file, source, target, at) VALUES (?, 'cloud', 'vault', 1)", file).Exec(ctx); err != nil {
				return err
			}
			_, err := tx.NewRaw("UPDATE segments SET volume = 'vault' WHERE file = ?", file).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	h.close()
	again := &house{t: t, root: h.root, now: clocktest.At(h.now.Now()), files: h.files}
	again.open(d, cloud, vault)
	again.drain()
	h.cat = again.cat
	there("after rows were written")
}

// TestAKillBetweenAnyTwoSteps: the next process ends what was begun, and every segment
// lies in one place, which the catalogue knows, also when that is made anew.
func TestAKillBetweenAnyTwoSteps(t *testing.T) {
	for _, step := range []string{"noted", "copied", "told", "moved", "freed"} {
		t.Run(step, func(t *testing.T) {
			d := dbtest.Open(t, db.SQLite)
			vault := diskTier(t, "vault", 30*time.Minute)
			h := newHouse(t, d, 12, vault)
			killed := 0
			h.mover.SetTry(func(at, _ string) error {
				if at == step {
					killed++
					return errKilled
				}
				return nil
			})
			h.mover.AtOnce = 1
			h.mover.Pass(t.Context())
			if killed == 0 {
				t.Fatal("it was not killed")
			}
			// Before the next process looks, everything can be read from somewhere.
			list, err := h.cat.Segments(t.Context(), "cam1", dayOne.UnixMicro(), h.now.Micro())
			if err != nil {
				t.Fatal(err)
			}
			for i := range list {
				f, err := h.cat.Open(t.Context(), &list[i])
				if err != nil {
					t.Fatalf("killed at %s: %v", step, err)
				}
				f.Close()
			}
			h.close()
			again := &house{t: t, root: h.root, now: clocktest.At(h.now.Now()), files: h.files}
			again.open(d, vault)
			again.drain()
			if got := count(again.where()); got != "map[:6 vault:6]" {
				t.Errorf("places %s", got)
			}
			if left := rows(t, d, "tier_moves"); left != 0 {
				t.Errorf("%d moves are not ended", left)
			}
			again.close()
			fresh := &house{t: t, root: h.root, now: clocktest.At(h.now.Now()), files: h.files}
			fresh.open(dbtest.Open(t, db.SQLite), vault) // from the journals alone
			if got := count(fresh.where()); got != "map[:6 vault:6]" {
				t.Errorf("places from the journals: %s", got)
			}
		})
	}
}

// TestAServerThatIsAwayForHours: footage waits where it is, one alarm is raised, and
// all of it is moved when the server answers.
func TestAServerThatIsAwayForHours(t *testing.T) {
	leak.Check(t)
	d := dbtest.Open(t, db.SQLite)
	s := s3test.Start(t)
	s.Bucket("footage", false)
	cloud := bucketTier(t, s, "footage", 10*time.Minute)
	h := newHouse(t, d, 6, cloud)
	h.drain()
	if got := count(h.where()); got != "map[:2 cloud:4]" {
		t.Fatalf("places %s", got)
	}
	old, err := h.cat.Segments(t.Context(), "cam1", dayOne.UnixMicro(), dayOne.Add(time.Minute).UnixMicro())
	if err != nil {
		t.Fatal(err)
	}
	s.Stop()
	for range 5 {
		for range 3 {
			h.record("cam1")
		}
		h.current()
		h.drain()
	}
	if got := strings.Join(h.troubles, " "); got != "cloud:tier_away" {
		t.Errorf("troubles %q", got)
	}
	if _, err := h.cat.Open(t.Context(), &old[0]); !errors.Is(err, archive.ErrTierAway) {
		t.Errorf("footage that is away: %v", err)
	}
	if err := h.mover.Remove(t.Context(), old[0], false); !errors.Is(err, archive.ErrTierAway) {
		t.Errorf("removing what is away: %v", err)
	}
	status, err := h.mover.Status(t.Context())
	if err != nil || status[0].State != tier.Away || status[0].Waiting != 15 || status[0].WaitingBytes == 0 || status[0].OldestWaiting == 0 || status[0].Err == "" {
		t.Errorf("status %+v, %v", status, err)
	}
	s.Again()
	h.drain()
	if got := count(h.where()); got != "map[:2 cloud:19]" {
		t.Errorf("places %s", got)
	}
	if got := strings.Join(h.troubles, " "); got != "cloud:tier_away cloud:" {
		t.Errorf("troubles %q", got)
	}
}

// TestAServerThatGoesInTheMiddle of an upload leaves nothing half.
func TestAServerThatGoesInTheMiddle(t *testing.T) {
	leak.Check(t)
	d := dbtest.Open(t, db.SQLite)
	s := s3test.Start(t)
	s.Bucket("footage", false)
	h := newHouse(t, d, 8, bucketTier(t, s, "footage", 10*time.Minute))
	h.mover.AtOnce = 1
	n := 0
	h.mover.SetTry(func(step, _ string) error {
		if n++; step == "noted" && n > 8 {
			s.Stop()
			n = -1000
		}
		return nil
	})
	h.drain()
	s.Again()
	h.drain()
	if got := count(h.where()); got != "map[:2 cloud:6]" {
		t.Errorf("places %s", got)
	}
}

// TestAFullDiskSpills: its oldest footage moves before its time, while it is low.
func TestAFullDiskSpills(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	h := newHouse(t, d, 12, diskTier(t, "away", 24*time.Hour), diskTier(t, "vault", 48*time.Hour))
	gone := h.mover.Tiers[0].Store.(*disk.Disk).Root
	if err := os.RemoveAll(gone); err != nil { // the next one is not mounted: the one after it is
		t.Fatal(err)
	}
	h.mover.Volumes[0].Low = func() bool {
		left, err := filepath.Glob(filepath.Join(h.root, "cam1", "*", "*"+segment.Ext))
		if err != nil {
			t.Fatal(err)
		}
		return len(left) > 4
	}
	h.mover.AtOnce = 1
	h.drain()
	if _, err := os.Stat(gone); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that was not mounted was made: %v", err)
	}
	if got := h.troubles; len(got) != 1 || got[0] != "away:tier_away" {
		t.Errorf("troubles %q", got)
	}
	if err := os.Mkdir(gone, 0o750); err != nil {
		t.Fatal(err)
	}
	places := h.where()
	if got := count(places); got != "map[:4 vault:8]" {
		t.Errorf("places %s", got)
	}
	if !slices.IsSortedFunc(places, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("not the oldest were moved: %q", places)
	}
}

// TestAFullTierTakesNothing, and says so.
func TestAFullTierTakesNothing(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	vault := diskTier(t, "vault", time.Minute)
	vault.MinFree = 1 << 60
	h := newHouse(t, d, 3, vault)
	h.drain()
	if got := count(h.where()); got != "map[:3]" {
		t.Errorf("places %s", got)
	}
	if len(h.troubles) != 1 || h.troubles[0] != "vault:tier_full" {
		t.Errorf("troubles %q", h.troubles)
	}
	vault.MinFree = 0
	h.drain()
	if got := count(h.where()); got != "map[:1 vault:2]" {
		t.Errorf("places %s", got)
	}
}

// TestWhatIsDamagedStays: a segment that is not what the catalogue says is not moved,
// and holds up no other.
func TestWhatIsDamagedStays(t *testing.T) {
	for _, how := range []string{"byte", "cut", "gone"} {
		t.Run(how, func(t *testing.T) {
			d := dbtest.Open(t, db.SQLite)
			h := newHouse(t, d, 6, diskTier(t, "vault", 10*time.Minute))
			path := filepath.Join(h.root, h.files[1])
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			b[len(b)/2] ^= 1
			switch how {
			case "cut":
				b = b[:len(b)-1]
				fallthrough
			case "byte":
				err = os.WriteFile(path, b, 0o600)
			default:
				err = os.Remove(path)
			}
			if err != nil {
				t.Fatal(err)
			}
			h.drain()
			list, err := h.cat.Segments(t.Context(), "cam1", dayOne.UnixMicro(), h.now.Micro())
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range list {
				if want := map[bool]string{true: "vault"}[i < 4 && i != 1]; s.Volume != want {
					t.Errorf("segment %d lies on %q, want %q", i, s.Volume, want)
				}
			}
			want := h.files[1] + ":footage_damaged"
			if how == "gone" {
				want = ""
			}
			if got := strings.Join(h.troubles, " "); got != want {
				t.Errorf("troubles %q", got)
			}
			noted, err := damage.Standing(t.Context(), d.Read())
			if err != nil || (len(noted) == 1) != (how != "gone") || len(noted) == 1 && (noted[0].File != h.files[1] || noted[0].FoundBy != damage.Move) {
				t.Errorf("noted: %+v, %v", noted, err)
			}
			if kept, err := os.ReadFile(path); how != "gone" && (err != nil || len(kept) != len(b)) {
				t.Errorf("the damaged file: %d bytes, %v", len(kept), err)
			}
		})
	}
}

// liar keeps something else than it is given.
type liar struct{ tier.Store }

func (l liar) Put(ctx context.Context, name string, from io.Reader, size int64, lock tier.Lock) error {
	b, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	b[len(b)/2] ^= 1
	return l.Store.Put(ctx, name, strings.NewReader(string(b)), size, lock)
}

// TestACopyThatDiffersIsNoCopy: the segment stays, and the tier is to blame.
func TestACopyThatDiffersIsNoCopy(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	vault := diskTier(t, "vault", 10*time.Minute)
	honest := vault.Store
	vault.Store = liar{honest}
	h := newHouse(t, d, 4, vault)
	h.drain()
	for _, f := range h.files {
		if _, err := os.Stat(filepath.Join(h.root, f)); err != nil {
			t.Error(err)
		}
	}
	if got := strings.Join(h.troubles, " "); got != "vault:tier_failing" {
		t.Errorf("troubles %q", got)
	}
	vault.Store = honest
	h.drain()
	if got := count(h.where()); got != "map[:2 vault:2]" {
		t.Errorf("places %s", got)
	}
	if got := strings.Join(h.troubles, " "); got != "vault:tier_failing vault:" {
		t.Errorf("troubles %q", got)
	}
}

// TestLocksEndWithTheMaximum (R5).
func TestLocksEndWithTheMaximum(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	vault := diskTier(t, "vault", 10*time.Minute)
	vault.Lock, vault.LockFor = tier.Compliance, 90*24*time.Hour
	seen := &noting{Store: vault.Store}
	vault.Store = seen
	h := newHouse(t, d, 6, vault)
	end := func(i int) time.Time { return dayOne.Add(time.Duration(i+1) * 5 * time.Minute) }
	h.mover.LockUntil = func(_ context.Context, _ string, at int64, want time.Time) (time.Time, error) {
		switch at {
		case end(0).UnixMicro():
			return want.Add(time.Hour), nil // the maximum is later: as configured
		case end(1).UnixMicro():
			return end(1).Add(30 * 24 * time.Hour), nil
		}
		return time.UnixMicro(at).Add(time.Second), nil // over already
	}
	h.mover.AtOnce = 1
	h.drain()
	want := []tier.Lock{{tier.Compliance, end(0).Add(90 * 24 * time.Hour)}, {tier.Compliance, end(1).Add(30 * 24 * time.Hour)}, {}, {}}
	if !slices.EqualFunc(seen.locks, want, func(a, b tier.Lock) bool { return a.Mode == b.Mode && a.Until.Equal(b.Until) }) {
		t.Errorf("locks %v, want %v", seen.locks, want)
	}
}

// TestNothingIsCopiedWithoutItsLock (R5): while nobody can tell for how long footage may be
// kept, it waits where it is, and a tier that locks nothing takes it all the same.
func TestNothingIsCopiedWithoutItsLock(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	vault := diskTier(t, "vault", 10*time.Minute)
	vault.Lock, vault.LockFor = tier.Compliance, 90*24*time.Hour
	seen := &noting{Store: vault.Store}
	vault.Store = seen
	h := newHouse(t, d, 4, vault)
	unread := errors.New("the log is not open yet")
	h.mover.LockUntil = func(_ context.Context, _ string, _ int64, want time.Time) (time.Time, error) { return want, unread }
	h.drain()
	if got := count(h.where()); len(seen.locks) != 0 || got != "map[:4]" || rows(t, d, "tier_moves") != 0 || len(h.troubles) != 0 {
		t.Errorf("locks %v, it lies at %s, troubles %q", seen.locks, got, h.troubles)
	}
	unread = nil
	h.drain()
	if len(seen.locks) != 2 || slices.ContainsFunc(seen.locks, func(l tier.Lock) bool { return l.Mode != tier.Compliance }) {
		t.Errorf("then locks %v", seen.locks)
	}
	vault.Lock, unread = tier.Unlocked, errors.New("the records do not answer")
	h.now.Add(time.Hour)
	h.drain()
	if len(seen.locks) != 4 {
		t.Errorf("of a tier without locks %v", seen.locks)
	}
}

// noting remembers locks.
type noting struct {
	tier.Store
	locks []tier.Lock
}

func (n *noting) Put(ctx context.Context, name string, from io.Reader, size int64, lock tier.Lock) error {
	if strings.HasSuffix(name, segment.Ext) {
		n.locks = append(n.locks, lock)
	}
	return n.Store.Put(ctx, name, from, size, lock)
}

// TestRemoveTakesEveryCopy, wherever a kill left one.
func TestRemoveTakesEveryCopy(t *testing.T) {
	for _, step := range []string{"copied", "told", "moved", ""} {
		d := dbtest.Open(t, db.SQLite)
		vault := diskTier(t, "vault", 10*time.Minute)
		h := newHouse(t, d, 4, vault)
		h.mover.SetTry(func(at, _ string) error {
			if at == step {
				return errKilled
			}
			return nil
		})
		h.mover.Pass(t.Context())
		list, err := h.cat.Segments(t.Context(), "cam1", dayOne.UnixMicro(), h.now.Micro())
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // a second time there is nothing left to do
			if err := h.mover.Remove(t.Context(), list[0], false); err != nil {
				t.Fatalf("%q: %v", step, err)
			}
		}
		_, here := os.Stat(filepath.Join(h.root, list[0].File))
		_, there := vault.Store.Stat(t.Context(), list[0].File)
		if !errors.Is(here, fs.ErrNotExist) || !errors.Is(there, fs.ErrNotExist) {
			t.Errorf("%q: here %v, there %v", step, here, there)
		}
	}
}

// TestRemovalsAndMoves: what a removal was decided for is not moved any more, its line
// stands behind that of a move, and where no row tells any more where a segment lies, it
// goes from everywhere.
func TestRemovalsAndMoves(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	vault := diskTier(t, "vault", 10*time.Minute)
	h := newHouse(t, d, 4, vault)
	decide := func(file string) {
		t.Helper()
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewUpdate().Table("segments").Set("state = ?", archive.Deleting).Where("file = ?", file).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	decide(h.files[0])
	h.drain()
	if got := h.where(); !slices.Equal(got, []string{"", "vault", "", ""}) {
		t.Fatalf("places %q", got)
	}
	var records []journal.Record
	for _, file := range h.files[:2] {
		name, _, err := segment.ParseName(file)
		if err != nil {
			t.Fatal(err)
		}
		decide(file)
		records = append(records, journal.Record{Kind: journal.KindTombstone, At: h.now.Micro(), Ground: journal.GroundMaximum, Segment: &journal.Segment{
			File: file, Start: name.Start, End: name.Start + 300e6, Root: "00",
		}})
	}
	// One of them is being moved: its line waits, and stands behind that of the move.
	release, err := h.mover.Hold(t.Context(), h.files[1])
	if err != nil {
		t.Fatal(err)
	}
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := h.mover.Append(soon, "cam1", h.now.Micro(), records...); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while it is moved: %v", err)
	}
	release()
	if err := h.mover.Append(t.Context(), "cam1", h.now.Micro(), records...); err != nil {
		t.Fatal(err)
	}
	h.current()
	if n := rows(t, d, "segments"); n != 2 {
		t.Errorf("%d rows", n)
	}
	for i, r := range records { // as after a restart: nothing but the tombstone is known
		if err := h.mover.Remove(t.Context(), archive.Segment{Camera: "cam1", StartAt: r.Start, File: r.File}, false); err != nil {
			t.Fatal(err)
		}
		_, here := os.Stat(filepath.Join(h.root, r.File))
		_, there := vault.Store.Stat(t.Context(), r.File)
		if !errors.Is(here, fs.ErrNotExist) || !errors.Is(there, fs.ErrNotExist) {
			t.Errorf("%d: here %v, there %v", i, here, there)
		}
	}
	all := h.lines()
	last := all[len(all)-2:]
	if last[0].Kind != journal.KindTombstone || last[1].Kind != journal.KindTombstone || last[0].File != h.files[0] || last[1].File != h.files[1] {
		t.Errorf("the journal ends with %+v", last)
	}
}

// TestJournalsOfPastDaysAreCopied: each once, and again when it has grown.
func TestJournalsOfPastDaysAreCopied(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	vault := diskTier(t, "vault", 24*time.Hour)
	h := newHouse(t, d, 60, vault) // 20:00 to 01:00
	h.drain()
	names := func() (all []string) {
		if err := vault.Store.List(t.Context(), "", func(name string, size int64) error {
			all = append(all, fmt.Sprint(name, " ", size))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return all
	}
	journalOf := func(day string) string {
		st, err := os.Stat(filepath.Join(h.root, "cam1", day, journal.FileName))
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint("cam1/", day, "/", journal.FileName, " ", st.Size())
	}
	if got := names(); len(got) != 1 || got[0] != journalOf("2026-03-01") {
		t.Errorf("copied: %q", got)
	}
	w := journal.Writer{Root: h.root, Camera: "cam1"}
	defer w.Close()
	if err := w.Append(dayOne.UnixMicro(), journal.Record{Kind: journal.KindStart, At: dayOne.UnixMicro()}); err != nil {
		t.Fatal(err)
	}
	h.now.Add(23*time.Hour + 30*time.Minute) // 00:30 of the third day
	h.drain()
	got := slices.DeleteFunc(names(), func(s string) bool { return strings.Contains(s, segment.Ext) })
	want := []string{journalOf("2026-03-01"), journalOf("2026-03-02")}
	if !slices.Equal(got, want) {
		t.Errorf("copied: %q, want %q", got, want)
	}
	// One that has lost lines takes the place of no copy.
	if err := os.Truncate(filepath.Join(h.root, "cam1", "2026-03-01", journal.FileName), 100); err != nil {
		t.Fatal(err)
	}
	h.now.Add(2 * time.Hour)
	h.drain()
	if got := slices.DeleteFunc(names(), func(s string) bool { return strings.Contains(s, segment.Ext) }); !slices.Equal(got, want) {
		t.Errorf("after a journal was cut: %q, want %q", got, want)
	}
}

func TestNamesOfJournals(t *testing.T) {
	for name, want := range map[string]string{
		"cam1/2026-03-01/journal.jsonl": " cam1 2026-03-01", "cam1/2026-03-01/journal-b.jsonl": "b cam1 2026-03-01",
		"cam1/2026-03-01/journal-.jsonl": "", "cam1/2026-13-01/journal.jsonl": "", "journal.jsonl": "", "cam1/2026-03-01/x.mp4": "", "cam1/2026-03-01/journalb.jsonl": "",
	} {
		volume, camera, day, ok := tier.ParseJournalName(name)
		got := ""
		if ok {
			got = volume + " " + camera + " " + day
			if back := tier.JournalName(volume, camera, day); back != name {
				t.Errorf("%s comes back as %s", name, back)
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestTheMoverRuns by itself, and a limit on its rate slows it only.
func TestTheMoverRuns(t *testing.T) {
	leak.Check(t)
	d := dbtest.Open(t, db.SQLite)
	h := newHouse(t, d, 4, diskTier(t, "vault", 10*time.Minute))
	h.mover.RateLimit = 1 << 20
	if err := h.mover.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for n := 0; n < 2; <-look.C {
		n = len(h.moves())
	}
	h.mover.Wake()
	h.mover.Close()
	if got := count(h.where()); got != "map[:2 vault:2]" {
		t.Errorf("places %s", got)
	}
}

// strange is a tier that is what err says.
type strange struct {
	tier.Store
	err error
}

func (s *strange) Check(ctx context.Context) (tier.Room, error) {
	if s.err != nil {
		return tier.Room{Total: -1, Free: -1}, s.err
	}
	return s.Store.Check(ctx)
}

// TestAnotherPlaceIsAnAlarmOfItsOwn: nothing moves there, and people are told that it is
// not only silent.
func TestAnotherPlaceIsAnAlarmOfItsOwn(t *testing.T) {
	clause.Covers(t, "C092")
	s := &strange{Store: tier.Folder(t.TempDir())}
	cloud := &tier.Tier{Name: "cloud", Kind: "s3", Store: s}
	h := newHouse(t, dbtest.Open(t, db.SQLite), 1, cloud)
	for _, err := range []error{archive.ErrTierAway.Because(tier.ErrOther), archive.ErrTierAway, archive.ErrTierAway.Because(tier.ErrOther)} {
		s.err = err
		h.drain()
		if state, why := cloud.State(); state != tier.Away || !errors.Is(why, err) {
			t.Errorf("%s, %v", state, why)
		}
		if got := h.where(); !slices.Equal(got, []string{""}) {
			t.Errorf("it lies in %q", got)
		}
	}
	s.err = nil
	h.drain()
	if want := []string{"cloud:tier_other", "cloud:tier_away", "cloud:tier_other", "cloud:"}; !slices.Equal(h.troubles, want) {
		t.Errorf("said %q, want %q", h.troubles, want)
	}
	if got := h.where(); !slices.Equal(got, []string{"cloud"}) {
		t.Errorf("it lies in %q", got)
	}
}
