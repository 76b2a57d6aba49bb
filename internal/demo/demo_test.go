package demo

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
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
	"watchroom/internal/access/holding"
	"watchroom/internal/app/compared"
	"watchroom/internal/app/folder"
	"watchroom/internal/app/records"
	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/config"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/ledger"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/source/sim"
	"watchroom/internal/testkit/leak"
)

func begun(t *testing.T, length time.Duration) *Folder {
	t.Helper()
	f := &Folder{Path: filepath.Join(t.TempDir(), "demo"), Length: length, FFmpeg: "ffmpeg",
		End: time.Date(2026, 3, 2, 0, 1, 0, 0, time.UTC), Free: func(string) int64 { return 1 << 40 }}
	for i, c := range sim.Mix(8) {
		cam := Camera{Sim: c, Name: string(rune('A' + i)), Place: "Here", Main: "rtsp://127.0.0.1:9/a" + string(rune('A'+i)), Sub: "rtsp://127.0.0.1:9/b" + string(rune('A'+i))}
		if c.Audio != "" {
			cam.Audio = "A test of sound"
		}
		f.Cameras = append(f.Cameras, cam)
	}
	return f
}

func opened(t *testing.T, path string) *db.DB {
	t.Helper()
	c := config.Default()
	c.Data = path
	d, err := records.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// The past is as the recorder would have left it: every segment matches its root,
// no time is without account, and what is missing has the causes of the script.
func TestThePastIsWhole(t *testing.T) {
	leak.Check(t)
	f := begun(t, 4*time.Minute)
	made, err := f.Make(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if made.Length != 4*time.Minute || made.Accounts.Guard == "" || !folder.IsDemo(f.Path) {
		t.Errorf("made %v, marked %v", made.Length, folder.IsDemo(f.Path))
	}
	d := opened(t, f.Path)
	end := f.End.UnixMicro()
	begin := end - made.Length.Microseconds()
	cat := &archive.Catalogue{DB: d, Root: filepath.Join(f.Path, "recordings"), Clock: func() time.Time { return f.End }}
	if err := cat.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer cat.Close()
	if standing, err := frozen.Standing(t.Context(), d.Read()); err != nil || len(standing) != 0 {
		t.Errorf("the demonstration begins with removal frozen: %+v, %v", standing, err)
	}
	rooms, err := duty.All(t.Context(), d.Read())
	if err != nil || len(rooms) != 1 || rooms[0].Head == "" || len(rooms[0].Areas) != 0 {
		t.Errorf("its control room: %+v, %v", rooms, err)
	}
	var names []string
	var rows []struct{ ID, Name string }
	if err := d.Read().NewSelect().Table("cameras").Column("id", "name").OrderExpr("created_at").Scan(t.Context(), &rows); err != nil {
		t.Fatal(err)
	}
	causes := map[string][]media.Cause{}
	for _, row := range rows {
		names = append(names, row.Name)
		lanes, err := cat.Timeline(t.Context(), []string{row.ID}, begin, end, 0)
		if err != nil {
			t.Fatal(err)
		}
		at := begin
		for _, s := range lanes[0].Spans {
			if s.Start != at || s.Kind == coverage.None {
				t.Errorf("%s: %s from %d, want %d", row.Name, s.Kind, s.Start-begin, at-begin)
			}
			if at = s.End; s.Kind == coverage.Gap && (s.End < end || s.End-s.Start > 100_000) { // the last picture ends within a frame of the end
				causes[row.Name] = append(causes[row.Name], s.Cause)
				if by := adminName + ": 更换车位照明灯具"; s.Cause == media.CauseSwitchedOff && !strings.HasPrefix(s.Detail, by) {
					t.Errorf("%s: switched off by %q", row.Name, s.Detail)
				}
			}
		}
		if at != end {
			t.Errorf("%s: nothing is told of the last %d µs", row.Name, end-at)
		}
	}
	want := map[string][]media.Cause{
		"A": {media.CauseNetwork, media.CauseUnreachable, media.CauseNetwork}, "B": {media.CauseNoFrames},
		"C": {media.CauseNetwork, media.CauseCredentials}, "D": {media.CauseSwitchedOff},
		"F": {media.CauseNetwork, media.CauseRefused}, "H": {media.CauseNetwork, media.CauseUnreachable},
	}
	if diff := cmp.Diff(want, causes); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"A", "B", "C", "D", "E", "F", "G", "H"}, names); diff != "" {
		t.Errorf("cameras in the order in which they were registered (-want +got):\n%s", diff)
	}
	checkFiles(t, filepath.Join(f.Path, "recordings"), rows[0].ID)
	checkActs(t, d, begin, end)
	checkSchool(t, d)
}

// checkSchool: every camera hangs in an area, somebody answers for each, and everybody who
// can sign in belongs to a unit.
func checkSchool(t *testing.T, d *db.DB) {
	t.Helper()
	for table, lacks := range map[string]string{"cameras": "area", "areas": "unit", "people": "unit", "units": "responsible"} {
		n, err := d.Read().NewSelect().Table(table).Where("? = ''", bun.Ident(lacks)).Count(t.Context())
		if err != nil || n != 0 {
			t.Errorf("%d of the %s have no %s, %v", n, table, lacks, err)
		}
	}
	var in []string
	err := d.Read().NewSelect().TableExpr("cameras AS c").Join("JOIN areas AS a ON a.id = c.area").ColumnExpr("a.name").OrderExpr("c.created_at").Scan(t.Context(), &in)
	if err != nil || len(in) != 8 || in[0] != "北门 North gate" || in[5] != "机房 Server room" || in[6] != in[0] {
		t.Errorf("the cameras hang in %q, %v", in, err)
	}
	var held []string
	if err := d.Read().NewSelect().Table("people_positions").Column("position").Distinct().OrderExpr("position").Scan(t.Context(), &held); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"administrator", "auditor", "contractor", "duty_lead", "leader", "operator", "principal", "supervisor", "technician"}, held); diff != "" {
		t.Errorf("positions (-want +got):\n%s", diff)
	}
	// Two people give what is held. What one gave alone the review of rights has confirmed since,
	// all but the supervisor's, which it has still open.
	alone, err := holding.Alone(t.Context(), d.Read())
	if err != nil {
		t.Fatal(err)
	}
	var marked [][]access.Position
	for _, p := range alone {
		marked = append(marked, p)
	}
	if diff := cmp.Diff([][]access.Position{{access.Supervisor}}, marked); diff != "" {
		t.Errorf("given by one person alone (-want +got):\n%s", diff)
	}
	var open []string
	if err := d.Read().NewSelect().Table("rights_review_items").Column("position").Where("decision = ''").Scan(t.Context(), &open); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"supervisor"}, open); diff != "" {
		t.Errorf("open in the review of rights (-want +got):\n%s", diff)
	}
	for _, differ := range compared.Records { // or a demonstration would not pass its own verification
		if found, err := differ(t.Context(), d.Read()); err != nil || len(found) != 0 {
			t.Errorf("%v, %v", found, err)
		}
	}
	confirmed, err := d.Read().NewSelect().Table("proposals").Where("kind = 'positions' AND state = 'approved' AND decided_by <> proposed_by").Count(t.Context())
	if err != nil || confirmed != 7 {
		t.Errorf("%d of 7 positions were confirmed by another person, %v", confirmed, err)
	}
}

// checkFiles reads every segment and compares it with the journal's word.
func checkFiles(t *testing.T, root, first string) {
	t.Helper()
	told, sizes := map[string]journal.Segment{}, map[[2]int]bool{}
	var files []string
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil || e.IsDir():
			return err
		case e.Name() == journal.FileName:
			records, _, torn, err := journal.Read(path, 0, 0)
			if err != nil || torn > 0 {
				t.Errorf("%s: %d torn lines, %v", path, torn, err)
			}
			for _, r := range records {
				if r.Segment != nil {
					told[r.File] = *r.Segment
				}
			}
			return nil
		}
		rel, err := filepath.Rel(root, path)
		files = append(files, rel)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(told) || len(files) < 16 {
		t.Errorf("%d files, %d in the journals", len(files), len(told))
	}
	for _, file := range files {
		s, ok := told[file]
		if !ok {
			t.Errorf("%s is in no journal", file)
			continue
		}
		copied := t.TempDir()
		b, err := os.ReadFile(filepath.Join(root, file))
		if err == nil {
			err = errors.Join(os.MkdirAll(filepath.Dir(filepath.Join(copied, file)), 0o700), os.WriteFile(filepath.Join(copied, file), b, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
		found, _, err := leftover.Adopt(copied, file, nil)                                                         // reads it from its bytes alone
		if err != nil || found == nil || found.Root != s.Root || found.Frames != s.Frames || found.End-s.End > 1 { // µs, rounded
			t.Errorf("%s: the file says %+v (%v), the journal %+v", file, found, err, s)
		}
		if strings.HasPrefix(file, first) {
			sizes[[2]int{s.Width, s.Height}] = true
		}
		if tracks, _, err := fmp4.ReadInit(b); err != nil || (len(tracks) == 2) != (s.Audio != "") {
			t.Errorf("%s: %d tracks, sound %q, %v", file, len(tracks), s.Audio, err)
		}
	}
	if len(sizes) != 2 {
		t.Errorf("the first camera has the sizes %v, want two", sizes)
	}
}

func checkActs(t *testing.T, d *db.DB, begin, end int64) {
	t.Helper()
	acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, a := range acts {
		count[a.Kind]++
		if a.At < begin-61e6 || a.At > end {
			t.Errorf("%s at %v", a.Kind, time.UnixMicro(a.At))
		}
		if a.Person == "" && a.Kind != "person.created" && a.Kind != "person.file_changed" && a.Kind != "retention.frozen" {
			t.Errorf("nobody did %s", a.Kind)
		}
	}
	want := map[string]int{"person.created": 10, "unit.created": 7, "contract.concluded": 2, "person.file_changed": 10, "person.positions_proposed": 7, "person.positions_changed": 7, "purpose.proposed": 1, "purpose.approved": 1, "review.opened": 1, "room.added": 1, "duty.answers": 1, "review.confirmed": 9, "area.created": 11, "camera.created": 8, "camera.area_proposed": 1, "camera.changed": 1, "camera.switched_off": 1, "camera.switched_on": 1,
		"viewing.opened": 1, "viewing.closed": 1, "snapshot.taken": 1, "bookmark.created": 3, "bookmark.retracted": 1, "retention.frozen": 1, "retention.confirmed": 1}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("acts (-want +got):\n%s", diff)
	}
}

func TestAFolderIsMadeOnce(t *testing.T) {
	leak.Check(t)
	f := begun(t, 0)
	f.FFmpeg = ""
	made, err := f.Make(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if a, known, err := Open(f.Path); err != nil || !known || a != made.Accounts {
		t.Errorf("opened as %v, %v", known, err)
	}
	for _, m := range members() {
		if *made.Accounts.of(m.username) == "" {
			t.Errorf("nobody is told the password of %s", m.username)
		}
	}
	if _, err := f.Make(t.Context()); err == nil {
		t.Error("it was made twice")
	}
}

// A real installation's folder never takes in what did not happen.
func TestAnotherFolderIsLeftAlone(t *testing.T) {
	f := begun(t, time.Minute)
	if err := os.MkdirAll(f.Path, 0o700); err != nil {
		t.Fatal(err)
	}
	real := filepath.Join(f.Path, "watchroom.db")
	if err := os.WriteFile(real, []byte("real"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Open(f.Path); !errors.Is(err, ErrNotADemo) {
		t.Errorf("Open: %v", err)
	}
	if _, err := f.Make(t.Context()); !errors.Is(err, ErrNotADemo) {
		t.Errorf("Make: %v", err)
	}
	if b, err := os.ReadFile(real); err != nil || !bytes.Equal(b, []byte("real")) {
		t.Errorf("the folder was touched: %q, %v", b, err)
	}
	entries, err := os.ReadDir(filepath.Dir(f.Path))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside it stand %v, %v", entries, err)
	}
}

// What an interrupt leaves is not taken for a demonstration, and does not stand in
// the way of the next attempt.
func TestAnInterruptLeavesNothing(t *testing.T) {
	leak.Check(t)
	f := begun(t, time.Minute)
	ctx, cancel := context.WithCancel(t.Context())
	f.Free = func(string) int64 { cancel(); return 1 << 40 }
	if _, err := f.Make(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Make: %v", err)
	}
	if entries, err := os.ReadDir(filepath.Dir(f.Path)); err != nil || len(entries) != 0 {
		t.Errorf("left: %v, %v", entries, err)
	}
	left := filepath.Join(f.Path+".being-made", "recordings", "x")
	if err := os.MkdirAll(left, 0o700); err != nil { // of a process that was killed
		t.Fatal(err)
	}
	f.Free = func(string) int64 { return 0 }
	made, err := f.Make(t.Context())
	if err != nil || made.Length != 0 {
		t.Errorf("made %v, %v", made.Length, err)
	}
	if _, err := os.Stat(filepath.Join(f.Path, "recordings", "x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what the killed process left is there: %v", err)
	}
}

func TestThePastFitsTheRoomThereIs(t *testing.T) {
	f := begun(t, 2*time.Hour)
	reels, err := f.reels()
	if err != nil {
		t.Fatal(err)
	}
	cost := func(s size) (total float64) {
		for i := range reels {
			l, sm := reels[i].rates()
			total += s.large.Seconds()*l + (s.length-s.large).Seconds()*sm
		}
		return total
	}
	if s := sizeOf(reels, 2*time.Hour, 1<<40); s.length != 2*time.Hour || s.large != fullSize || cost(s) > 1.5e9 {
		t.Errorf("with room for all: %v, %.0f bytes", s, cost(s))
	}
	last := size{2 * time.Hour, fullSize}
	for _, free := range []int64{900e6, 500e6, 200e6, 50e6} {
		s := sizeOf(reels, 2*time.Hour, free)
		if cost(s) > float64(free) || s.length == 0 || s.length > last.length || s.large > last.large {
			t.Errorf("with %d bytes: %v, which takes %.0f", free, s, cost(s))
		}
		last = s
	}
	for _, free := range []int64{1e6, 0, -5} {
		if s := sizeOf(reels, 2*time.Hour, free); s != (size{}) {
			t.Errorf("with %d bytes: %v", free, s)
		}
	}
}

func TestStretchesFollowOneAnother(t *testing.T) {
	const begin, end = int64(1e15), int64(1e15 + 7200e6)
	s := size{2 * time.Hour, fullSize}
	for camera := range 8 {
		plan := stretches(camera, s, begin, end)
		if plan[0].from != begin || plan[len(plan)-1].to != end || plan[0].small != true || plan[len(plan)-1].small {
			t.Errorf("camera %d: %+v", camera, plan)
		}
		for i := 1; i < len(plan); i++ {
			if gap := plan[i].from - plan[i-1].to; gap < 0 || (gap == 0) != (plan[i-1].after == nil) || plan[i].to <= plan[i].from {
				t.Errorf("camera %d: stretch %d begins %d µs after the one before", camera, i, gap)
			}
		}
	}
	order := interruptions()
	slices.SortStableFunc(order, func(a, b interruption) int { return a.camera - b.camera })
	for i := 1; i < len(order); i++ {
		if order[i].camera == order[i-1].camera && order[i].from >= order[i-1].to {
			t.Errorf("camera %d: interruptions out of order", order[i].camera)
		}
	}
}

// Only the demonstration's command makes a past: what serves cannot (R24).
func TestOnlyTheDemoCommandUsesIt(t *testing.T) {
	files, err := filepath.Glob("../../cmd/*/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var users []string
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(`"watchroom/internal/demo"`)) {
			users = append(users, filepath.Base(file))
		}
	}
	if diff := cmp.Diff([]string{"demo.go"}, users); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
