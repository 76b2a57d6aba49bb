package inventory_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/evidence/fmp4"
	"watchroom/internal/access"
	"watchroom/internal/archive"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/inventory"
	"watchroom/internal/archive/tier"
	"watchroom/internal/archive/tier/disk"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

var dayOne = time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC)

// site is an archive on two volumes and a tier.
type site struct {
	t         *testing.T
	dir       string
	now       time.Time
	vault     *tier.Tier
	cloudless []tier.Volume
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir(), now: dayOne}
	for _, name := range []string{"main", "b", "vault", "scratch"} {
		if err := os.Mkdir(s.path(name), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	s.vault = &tier.Tier{Name: "vault", MoveAfter: 3 * time.Hour, Store: &disk.Disk{Name: "vault", Root: s.path("vault")}}
	s.cloudless = []tier.Volume{{Root: s.path("main")}, {Name: "b", Root: s.path("b")}}
	return s
}

func (s *site) path(parts ...string) string {
	return filepath.Join(append([]string{s.dir}, parts...)...)
}

func (s *site) clock() clock.Clock { return func() time.Time { return s.now } }

// record writes a segment of five minutes to a volume and, if told, its line.
func (s *site) record(camera, volume string, line bool) (file string) {
	s.t.Helper()
	name := segment.Name{Camera: camera, Start: s.now.UnixMicro(), Run: "run1"}
	s.now = s.now.Add(5 * time.Minute)
	track := fmp4.Track{ID: 1, Codec: fmp4.H264, Timescale: 1000, Width: 320, Height: 180, SPS: [][]byte{{0x67, 0x64, 0, 0x1f, 1}}, PPS: [][]byte{{0x68, 1}}}
	f, err := segment.Create(s.path(volume), name, fmp4.AppendInit(nil, []fmp4.Track{track}), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	for i := range 3 {
		data := append([]byte{0, 0, 4, 1, 0x65}, make([]byte, 1024)...)
		part := fmp4.AppendFragment(nil, uint32(i+1), []fmp4.TrackFragment{{TrackID: 1, BaseTime: uint64(i) * 100_000, Samples: []fmp4.Sample{{Duration: 100_000, Key: true, Data: data}}}})
		if err := f.Append([][]byte{part}); err != nil {
			s.t.Fatal(err)
		}
		f.Frames++
	}
	f.End = s.now.UnixMicro()
	if err := f.Finish(1); err != nil {
		s.t.Fatal(err)
	}
	if !line {
		return name.Path()
	}
	closed := f.Describe([]media.Track{media.FromMP4(track)})
	s.line(camera, volume, journal.Record{Kind: journal.KindSegment, At: f.End, Run: name.Run, Segment: closed})
	return name.Path()
}

func (s *site) line(camera, volume string, r journal.Record) {
	s.t.Helper()
	w := journal.Writer{Root: s.path(volume), Camera: camera}
	defer w.Close()
	if err := w.Append(s.now.UnixMicro(), r); err != nil {
		s.t.Fatal(err)
	}
}

// years of two cameras: eight hours over midnight on both volumes, the older of which
// have moved to the vault.
func (s *site) fill(d *db.DB) {
	s.t.Helper()
	for i := range 48 {
		volume := []string{"main", "b"}[i/8%2]
		s.record("cam1", volume, true)
		if i%8 == 5 {
			s.line("cam1", volume, journal.Record{Kind: journal.KindGap, At: s.now.UnixMicro(), Cause: media.CauseNetwork})
		}
		s.record("cam2", "main", true)
	}
	c := s.catalogue(d)
	if err := c.Start(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	defer c.Close()
	for _, camera := range []string{"cam1", "cam2"} {
		if err := c.Current(s.t.Context(), camera); err != nil {
			s.t.Fatal(err)
		}
	}
	m := &tier.Mover{Places: s.places(d), Catalogue: c, Clock: s.clock(), Every: time.Millisecond}
	if err := m.Start(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for range look.C {
		st, err := m.Status(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		if st[0].Waiting == 0 {
			break
		}
	}
	m.Close()
	for _, camera := range []string{"cam1", "cam2"} {
		c.Notify(camera)
		if err := c.Current(s.t.Context(), camera); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *site) places(d *db.DB) *tier.Places {
	return &tier.Places{DB: d, Volumes: s.cloudless, Tiers: []*tier.Tier{s.vault}}
}

func (s *site) catalogue(d *db.DB) *archive.Catalogue {
	return &archive.Catalogue{DB: d, Root: s.path("main"), Volumes: []archive.Volume{{Name: "b", Root: s.path("b")}}, Clock: s.clock(), Elsewhere: s.places(d).Open}
}

func dump(t *testing.T, d *db.DB) (all []string) {
	t.Helper()
	for _, q := range []string{
		"SELECT camera || ' ' || start_at || ' ' || end_at || ' ' || run || ' ' || file || ' ' || volume || ' ' || bytes || ' ' || parts || ' ' || frames || ' ' || root || ' ' || mime || ' ' || recovered FROM segments ORDER BY camera, start_at",
		"SELECT camera || ' ' || start_at || ' ' || end_at || ' ' || kind || ' ' || cause || ' ' || detail FROM coverage ORDER BY camera, start_at",
	} {
		var some []string
		if err := d.Read().NewRaw(q).Scan(t.Context(), &some); err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
	}
	return all
}

func (s *site) rebuild(d *db.DB) (inventory.Result, []string) {
	s.t.Helper()
	var found []string
	r := inventory.Rebuild{
		Places: s.places(d), Catalogue: s.catalogue(d), Scratch: s.path("scratch"), Clock: s.clock(),
		OnFinding: func(f inventory.Finding) { found = append(found, f.String()) },
	}
	res, err := r.Run(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	if left, err := os.ReadDir(s.path("scratch")); err != nil || len(left) > 0 {
		s.t.Errorf("left in the scratch folder: %v, %v", left, err)
	}
	return res, found
}

func (s *site) check(d *db.DB, quick bool) (inventory.Summary, []string) {
	s.t.Helper()
	var found []string
	var done, total int64
	c := inventory.Check{
		Places: s.places(d), Clock: s.clock(), Quick: quick, OnFinding: func(f inventory.Finding) { found = append(found, f.String()) },
		OnProgress: func(d, t int64) { done, total = d, t },
	}
	sum, err := c.Run(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	if done != total {
		s.t.Errorf("the progress ends at %d of %d", done, total)
	}
	slices.Sort(found)
	return sum, found
}

// TestTheCatalogueComesBack from files and journals, as it was, on either database.
func TestTheCatalogueComesBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t)
		s.fill(d)
		want := dump(t, d)
		if sum, found := s.check(d, false); len(found) != 0 || sum.Segments != 96 || sum.Cameras != 2 || sum.Bytes == 0 {
			t.Fatalf("before: %+v, %q", sum, found)
		}
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			all, err := frozen.Standing(ctx, tx)
			if err != nil || len(all) == 0 {
				return err
			}
			return frozen.Confirm(ctx, tx, access.ActorOf("boss", access.Supervisor), all[:1], 1, "looked at what was taken in")
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, fresh := range []*db.DB{d, dbtest.Open(t, db.SQLite)} {
			res, found := s.rebuild(fresh)
			if len(found) != 0 || res.Segments != 96 || res.Adopted+res.Moved+res.Missing+res.Journals != 0 {
				t.Errorf("%+v, %q", res, found)
			}
			if got := dump(t, fresh); !slices.Equal(got, want) {
				t.Errorf("rows differ: %d and %d", len(got), len(want))
			}
			m, err := frozen.Standing(t.Context(), fresh.Read())
			if err != nil || len(m) != 1 || m[0].Reason != frozen.Rebuilt || m[0].At != s.now.UnixMicro() {
				t.Errorf("frozen: %+v, %v", m, err)
			}
			if sum, found := s.check(fresh, false); len(found) != 0 || sum.Segments != 96 {
				t.Errorf("after: %+v, %q", sum, found)
			}
		}
	})
}

// TestATierAloneIsEnough: both disks and the database are gone.
func TestATierAloneIsEnough(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	s := newSite(t)
	s.fill(d)
	var want []string
	for _, row := range dump(t, d) {
		if strings.Contains(row, " vault ") {
			want = append(want, row)
		}
	}
	if len(want) < 10 {
		t.Fatalf("only %d segments have moved", len(want))
	}
	for _, name := range []string{"main", "b"} {
		if err := os.RemoveAll(s.path(name)); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(s.path(name), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	fresh := dbtest.Open(t, db.SQLite)
	res, found := s.rebuild(fresh)
	if res.Journals == 0 || res.Missing+len(want) != res.Segments || len(found) != res.Missing {
		t.Errorf("%+v, %d findings, %d in the vault", res, len(found), len(want))
	}
	var got []string
	for _, row := range dump(t, fresh) {
		if strings.Contains(row, " vault ") {
			got = append(got, row)
		}
	}
	// The journal of the day that was not over is lost with its disk: what it told of is
	// taken in from the segments, and says that it was.
	told := func(rows []string) (out []string) {
		for _, row := range rows {
			out = append(out, row[:strings.LastIndexByte(row, ' ')])
		}
		return out
	}
	if diff := cmp.Diff(told(want), told(got)); diff != "" || res.Adopted == 0 || res.Adopted == len(want) {
		t.Errorf("%+v, rows of the vault: %s", res, diff)
	}
	again := dbtest.Open(t, db.SQLite)
	if res, _ := s.rebuild(again); res.Journals != 0 || res.Moved != 0 {
		t.Errorf("a second time: %+v", res)
	}
}

// TestWhatNoJournalTellsOfIsTakenIn, from a volume and from a tier.
func TestWhatNoJournalTellsOfIsTakenIn(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	s := newSite(t)
	here, there := s.record("cam1", "b", false), s.record("cam1", "vault", false)
	res, found := s.rebuild(d)
	if res.Adopted != 2 || res.Moved != 1 || res.Segments != 2 || len(found) != 0 {
		t.Errorf("%+v, %q", res, found)
	}
	for i, want := range []string{here + " b ", there + " vault "} {
		if rows := dump(t, d); !strings.Contains(rows[i], want) {
			t.Errorf("row %q lacks %q", rows[i], want)
		}
	}
	if sum, found := s.check(d, false); len(found) != 0 || sum.Segments != 2 {
		t.Errorf("%+v, %q", sum, found)
	}
}

// put writes a file into the site.
func (s *site) put(name, text string) {
	s.t.Helper()
	path := s.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		s.t.Fatal(err)
	}
}

// TestBadFilesAreNamedAndKept: garbage, other people's files, odd names, segments in
// wrong places. None ends the work, none is removed.
func TestBadFilesAreNamedAndKept(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	s := newSite(t)
	good := s.record("cam1", "main", true)
	sound, err := os.ReadFile(s.path("main", good))
	if err != nil {
		t.Fatal(err)
	}
	s.put("main/readme.txt", "hello")
	s.put("main/cam1/notes.txt", "hello")
	s.put("main/cam1/2026-03-01/holiday.mp4", "hello")
	s.put("main/cam1/2026-03-01/odd\nname ;rm -rf.mp4.part", "hello")
	s.put("main/cam1/2026-03-01/cam1_20260301T210000.000000Z_run1.mp4.part", "\x00\x00\x00garbage of a part")
	s.put("main/cam2/2026-03-01/"+filepath.Base(good), string(sound)) // another camera's
	s.put("main/cam1/2026-03-02/"+filepath.Base(good), string(sound)) // another day's
	s.put("b/cam1/2026-03-01/"+filepath.Base(good), string(sound))    // a second copy
	s.put("vault/cam1/2026-03-01/x.incoming", "half")
	if err := os.MkdirAll(s.path("main/cam1/2026-03-01/cam1_20260301T220000.000000Z_run1.mp4"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/nowhere", s.path("main/cam1/2026-03-01/cam1_20260301T230000.000000Z_run1.mp4")); err != nil {
		t.Fatal(err)
	}
	count := func() (n int) {
		if err := filepath.WalkDir(s.dir, func(_ string, e os.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				n++
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count()
	res, found := s.rebuild(d)
	if res.Segments != 1 || res.Quarantined != 2 { // whole segments in the wrong place are left there
		t.Errorf("%+v", res)
	}
	for _, want := range []string{
		`remark: recording.folder: "readme.txt"`, `remark: recording.folder: "cam1/notes.txt"`,
		`foreign: recording.folder: "cam1/2026-03-01/holiday.mp4"`, `foreign: recording.folder: "cam1/2026-03-01/odd\nname ;rm -rf.mp4.part"`,
		`double: b: "cam1/2026-03-01/cam1_20260301T200000.000000Z_run1.mp4"`, `foreign: vault: "cam1/2026-03-01/x.incoming"`,
	} {
		if !slices.ContainsFunc(found, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("not named: %s in\n%s", want, strings.Join(found, "\n"))
		}
	}
	if after := count(); after != before { // rebuilding adds no line for what is no segment
		t.Errorf("%d files before, %d after", before, after)
	}
	if sum, _ := s.check(d, false); sum.Quarantined != 2 || sum.Segments != 1 {
		t.Errorf("%+v", sum)
	}
}

// TestWhatIsNoFootageIsARemark: a check says of a file that somebody put beside the footage what
// a verification of the log says of it.
func TestWhatIsNoFootageIsARemark(t *testing.T) {
	clause.Covers(t, "C091")
	d := dbtest.Open(t, db.SQLite)
	s := newSite(t)
	s.record("cam1", "main", true)
	s.rebuild(d)
	s.put("main/readme", "hello")
	s.put("main/cam1/2026-03-01/notes.txt", "hello")
	s.put("vault/notes/readme", "hello")
	want := []string{`remark: recording.folder: "cam1/2026-03-01/notes.txt"`, `remark: recording.folder: "readme"`, `remark: vault: "notes": a folder that is no camera's`}
	if sum, found := s.check(d, false); sum.Found != 0 || sum.Remarks != 3 || !slices.Equal(found, want) {
		t.Errorf("%+v, %q", sum, found)
	}
	s.put("main/cam1/odd/x", "hello")
	s.put("main/other/2026-03-01/x.MP4", "hello")
	if err := os.Symlink("/nowhere", s.path("main/link")); err != nil {
		t.Fatal(err)
	}
	more := []string{`foreign: recording.folder: "cam1/odd/x"`, `foreign: recording.folder: "link"`, `foreign: recording.folder: "other": a folder that is no camera's`}
	sum, found := s.check(d, false)
	found = slices.DeleteFunc(found, func(f string) bool { return slices.Contains(want, f) })
	slices.Sort(found)
	if sum.Found != 3 || sum.Remarks != 3 || !slices.Equal(found, more) {
		t.Errorf("%+v, %q", sum, found)
	}
}

// TestCheckNamesEverything that is not as it should be, and nothing else.
func TestCheckNamesEverything(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	s := newSite(t)
	var files []string
	for range 8 {
		files = append(files, s.record("cam1", "main", true))
	}
	s.fill(d)
	name := func(i int) string { return fmt.Sprintf("%q", files[i]) }
	inVault := func(i int) string { return s.path("vault", files[i]) }
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	write := func(query string) error {
		return d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, query)
			return err
		})
	}
	b, err := os.ReadFile(inVault(0))
	do(err)
	b[len(b)/2] ^= 1
	do(os.WriteFile(inVault(0), b, 0o600))              // a byte
	do(os.WriteFile(inVault(1), b[:len(b)-1], 0o600))   // its end
	do(os.Remove(inVault(2)))                           // the file
	do(os.Rename(inVault(3), s.path("main", files[3]))) // somebody moved it back
	do(write("DELETE FROM segments WHERE file = '" + files[4] + "'"))
	do(write("UPDATE segments SET root = 'ff' WHERE file = '" + files[5] + "'"))
	do(write("UPDATE segments SET volume = 'nowhere' WHERE file = '" + files[6] + "'"))
	do(write("UPDATE segments SET mime = 'avc1.000000' WHERE file = '" + files[7] + "'"))
	sum, found := s.check(d, false)
	for _, want := range []string{
		"differs: vault: " + name(7) + ": the journal tells of other pictures",
		"damaged: vault: " + name(0) + ": its root is", "damaged: vault: " + name(1), "missing: vault: " + name(2), `moved: vault: ` + name(3) + `: it lies on [""]`,
		"unlisted: vault: " + name(4), "differs: vault: " + name(5), "damaged: vault: " + name(5), "missing: nowhere: " + name(6), "double: recording.folder: " + name(3), "double: vault: " + name(6),
	} {
		i := slices.IndexFunc(found, func(s string) bool { return strings.HasPrefix(s, want) })
		if i < 0 {
			t.Errorf("not named: %s", want)
			continue
		}
		found = slices.Delete(found, i, i+1)
	}
	if len(found) > 0 {
		t.Errorf("named besides:\n%s", strings.Join(found, "\n"))
	}
	if sum.Found != 11 {
		t.Errorf("%+v", sum)
	}
	if quick, _ := s.check(d, true); quick.Found != 9 || quick.Bytes != 0 { // without the two roots
		t.Errorf("quick: %+v", quick)
	}
	// A tier that is away is one finding.
	do(os.Rename(s.path("vault"), s.path("away")))
	if _, found := s.check(d, true); !strings.HasPrefix(found[0], `away: vault: ""`) {
		t.Errorf("a tier that is away: %q", found)
	}
}

// TestADiskOfItsOwn has a folder at the top that is no camera's. What a repair of the file
// system put there is named, since it may be footage.
func TestADiskOfItsOwn(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	s := newSite(t)
	if err := os.Mkdir(s.path("b", "lost+found"), 0o700); err != nil {
		t.Fatal(err)
	}
	if sum, found := s.check(d, true); len(found) != 0 || sum.Cameras != 0 {
		t.Errorf("%+v, %q", sum, found)
	}
	if err := os.WriteFile(s.path("b", "lost+found", "#12345"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if sum, found := s.check(d, true); len(found) != 1 || !strings.Contains(found[0], `"lost+found/#12345"`) || sum.Cameras != 0 {
		t.Errorf("%+v, %q", sum, found)
	}
	r := inventory.Rebuild{Places: s.places(d), Catalogue: s.catalogue(d), Scratch: s.path("scratch"), Clock: s.clock()}
	if res, err := r.Run(t.Context()); err != nil || res.Cameras != 0 || res.Found != 1 {
		t.Errorf("%+v, %v", res, err)
	}
}

// TestAMoveUnderWayIsNoFinding: there are two copies, and a row that says why.
func TestAMoveUnderWayIsNoFinding(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	s := newSite(t)
	file := s.record("cam1", "main", true)
	s.rebuild(d)
	b, err := os.ReadFile(s.path("main", file))
	if err != nil {
		t.Fatal(err)
	}
	s.put(filepath.Join("vault", file), string(b))
	for moving, want := range map[bool]int{true: 0, false: 1} {
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "DELETE FROM tier_moves")
			if err == nil && moving {
				_, err = tx.ExecContext(ctx, "INSERT INTO tier_moves (file, source, target, at) VALUES (?, '', 'vault', 1)", file)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if sum, found := s.check(d, false); sum.Found != want {
			t.Errorf("moving %v: %q", moving, found)
		}
	}
}
