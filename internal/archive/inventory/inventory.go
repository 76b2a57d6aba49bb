// Package inventory takes stock of the archive: it compares every file on every
// volume and tier with its line in a journal and its row in the catalogue, and makes
// the catalogue again from files and journals alone.
//
// It names what is not as it should be and removes nothing.
package inventory

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/archive/guise"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/tier"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
)

// Kind says what is wrong.
type Kind string

// Kinds of findings.
const (
	Missing   Kind = "missing"   // a segment that the catalogue has and no place
	Moved     Kind = "moved"     // it lies in another place than the catalogue says
	Damaged   Kind = "damaged"   // its bytes do not come to its root
	Unlisted  Kind = "unlisted"  // a segment that the catalogue does not have
	NoLine    Kind = "no_line"   // a row that no journal tells of
	NoRow     Kind = "no_row"    // what was recorded, by a line or the account, and neither row nor file tells of
	Differs   Kind = "differs"   // row and line do not agree
	Double    Kind = "double"    // a second copy
	Misplaced Kind = "misplaced" // a segment of another camera or day
	Foreign   Kind = "foreign"   // no file of ours, and may be footage by its name or place
	Remark    Kind = "remark"    // no finding: a file that is no footage lies there
	Unread    Kind = "unread"    // a journal, or a folder, that is there and cannot be read
	Away      Kind = "away"      // a place that could not be looked at
)

// Finding is something that is not as it should be.
type Finding struct {
	Kind   Kind
	Place  string // name of the volume or tier, "" for recording.folder
	Name   string // of the file
	Detail string
}

// String is one line for people. Odd characters in names are escaped.
func (f Finding) String() string {
	at := f.Place
	if at == "" {
		at = "recording.folder"
	}
	text := fmt.Sprintf("%s: %s: %q", f.Kind, at, f.Name)
	if f.Detail != "" {
		text += ": " + f.Detail
	}
	return text
}

// Summary counts what was looked at.
type Summary struct {
	Cameras, Segments, Found int
	Remarks                  int   // which are not found
	Bytes                    int64 // read and hashed
	Open, Quarantined        int   // files that are being written, or were set aside before
	// Waiting counts lines that the catalogue takes in when it next follows the journals,
	// as after a stop. They were looked at as if it had.
	Waiting int
}

// stock is what a place holds of a camera: sizes by name.
type stock struct {
	place string
	root  string // of a volume
	store tier.Store
	files map[string]int64
}

// places are all volumes and tiers as stores.
func places(p *tier.Places) (list []stock) {
	for _, v := range p.Volumes {
		s := stock{place: v.Name, root: v.Root}
		if v.Away == nil || !v.Away() {
			s.store = tier.Folder(v.Root)
		}
		list = append(list, s)
	}
	for _, t := range p.Tiers {
		list = append(list, stock{place: t.Name, store: t.Store})
	}
	return list
}

// open drops the places that do not answer, and gives the names of all cameras that
// any of the others, or the catalogue, has something of.
func open(ctx context.Context, p *tier.Places, tell func(Finding)) (there []stock, cameras []string, err error) {
	all := map[string]bool{}
	for _, s := range places(p) {
		if s.store == nil {
			tell(Finding{Away, s.place, "", "it is not there"})
			continue
		}
		if _, err := s.store.Check(ctx); err != nil {
			tell(Finding{Away, s.place, "", err.Error()})
			continue
		}
		folders, files, err := s.store.Top(ctx)
		if err != nil {
			return nil, nil, err
		}
		for _, name := range files {
			if !strings.HasPrefix(name, ".") && name != hold.CopyName { // markers and locks are ours
				tell(Finding{s.foreign(name), s.place, name, ""})
			}
		}
		for _, name := range folders {
			if strings.HasPrefix(name, ".") { // the node's journal
				continue
			}
			if name == journal.Rescued { // no camera's
				if err := rescued(ctx, s, tell); err != nil {
					return nil, nil, err
				}
				continue
			}
			of, why, err := whose(ctx, s, name)
			if err != nil {
				return nil, nil, err
			}
			if of {
				all[name] = true
			} else if why != "" {
				tell(Finding{why, s.place, name, "a folder that is no camera's"})
			}
		}
		there = append(there, s)
	}
	var known []string
	err = p.DB.Read().NewSelect().Model((*archive.Segment)(nil)).ColumnExpr("DISTINCT camera").Scan(ctx, &known)
	if err != nil {
		return nil, nil, problem.Wrap(err, "list cameras of the catalogue")
	}
	for _, c := range known {
		all[c] = true
	}
	return there, slices.Sorted(maps.Keys(all)), nil
}

// foreign says what a file is that is none of ours.
func (s stock) foreign(name string) Kind {
	if !guise.Stray(name) {
		return Foreign
	}
	if s.root != "" { // in an archive tier there are files alone, or what looks like them
		if info, err := os.Lstat(filepath.Join(s.root, filepath.FromSlash(name))); err == nil && !info.Mode().IsRegular() {
			return Foreign
		}
	}
	return Remark
}

// whose tells whether a folder is a camera's: it holds the journal of a day, a file with a
// name of the camera, or a quarantine. Of another one why says what it is by what lies in it; of
// one that holds nothing there is nothing to say.
func whose(ctx context.Context, s stock, name string) (camera bool, why Kind, err error) {
	stop := errors.New("enough was seen")
	err = s.store.List(ctx, name, func(file string, _ int64) error {
		if why != Foreign {
			why = s.foreign(file)
		}
		switch classify(name, file) {
		case aSegment, anOpenOne, aJournal, setAside:
			camera = true
		case misplaced, foreign: // of another, or of nobody
			camera = ours(name, file)
		}
		if camera {
			return stop
		}
		return nil
	})
	if err != nil && !errors.Is(err, stop) {
		return false, "", err
	}
	return camera, why, nil
}

// ours tells whether a file is what only a recorder of a camera makes: the journal of one
// of its days, or a segment of it in the wrong day.
func ours(camera, file string) bool {
	if path.Base(file) == journal.FileName {
		day := path.Base(path.Dir(file))
		_, err := time.Parse(time.DateOnly, day)
		return err == nil && path.Join(camera, day, journal.FileName) == file
	}
	n, _, err := segment.ParseName(filepath.FromSlash(file))
	return err == nil && n.Camera == camera
}

// rescued tells of what lies in journal.Rescued: footage may be among it. Only the system's own user may
// look into it as a rule, and what cannot be looked into is nothing to tell of.
func rescued(ctx context.Context, s stock, tell func(Finding)) error {
	err := s.store.List(ctx, journal.Rescued, func(name string, _ int64) error {
		tell(Finding{Foreign, s.place, name, "a repair of the file system put it there; it may be footage"})
		return nil
	})
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}

// list fills the places with what they hold of a camera.
func list(ctx context.Context, there []stock, camera string) error {
	for i := range there {
		s := &there[i]
		s.files = map[string]int64{}
		if err := s.store.List(ctx, camera, func(name string, size int64) error {
			s.files[name] = size
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// lines are what the journals of all volumes tell of a camera's files.
type lines struct {
	closed  map[string]journal.Record
	shelf   map[string]string // by file, the volume whose journal tells of it
	removed map[string]bool   // lawfully: a tombstone stands for them
	sealed  map[string][]journal.Sealed
	runs    map[string]bool // of recorders
	watched map[string]bool // days whose journals tell of seals
	past    leftover.Past   // when which run was at work
	unread  []Finding       // journals that cannot be read
	waits   []waiting       // behind what the catalogue has taken in, volume by volume
}

// waiting is a line about a segment that the catalogue has not taken in.
type waiting struct {
	journal.Record
	volume string // whose journal it stands in
}

// readLines reads them all. Where taken is not nil it says how far the catalogue is.
func readLines(p *tier.Places, camera string, taken map[archive.JournalOf]int64) (lines, error) {
	l := lines{closed: map[string]journal.Record{}, shelf: map[string]string{}, removed: map[string]bool{}, sealed: map[string][]journal.Sealed{},
		runs: map[string]bool{}, watched: map[string]bool{}}
	for _, v := range p.Volumes {
		if v.Away != nil && v.Away() {
			continue
		}
		days, err := os.ReadDir(filepath.Join(v.Root, camera))
		if journal.Unreadable(err) {
			l.unread = append(l.unread, Finding{Unread, v.Name, camera, journal.Why(err)})
			continue
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return l, err
		}
		for _, d := range days {
			if _, err := time.Parse(time.DateOnly, d.Name()); err != nil {
				continue
			}
			file := filepath.Join(v.Root, camera, d.Name(), journal.FileName)
			records, next, _, err := journal.ReadLines(file, 0, 0)
			if why := voids(file, records, next); err == nil && why != "" {
				l.unread = append(l.unread, Finding{Unread, v.Name, path.Join(camera, d.Name(), journal.FileName), why})
			}
			if journal.Unreadable(err) { // what stands before that counts
				l.unread = append(l.unread, Finding{Unread, v.Name, path.Join(camera, d.Name(), journal.FileName), journal.Why(err)})
				err = nil
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return l, err
			}
			for _, line := range records {
				r := line.Record
				// One of another camera is passed over by the catalogue: somebody copied a folder.
				if r.Segment != nil && taken != nil && strings.HasPrefix(filepath.ToSlash(r.File), camera+"/") && line.Offset >= taken[archive.JournalOf{Volume: v.Name, Day: d.Name()}] {
					l.waits = append(l.waits, waiting{r, v.Name})
				}
				l.past.Runs.Take(&r)
				if r.Run != "" && r.Kind != journal.KindMove && r.Kind != journal.KindTombstone { // as at a start
					l.runs[r.Run] = true
				}
				switch {
				case r.Kind == journal.KindSeal && r.Sealed != nil:
					l.watched[d.Name()] = true
					name := filepath.ToSlash(r.Sealed.File)
					l.sealed[name] = append(l.sealed[name], *r.Sealed)
				case r.Segment == nil:
				case r.Kind == journal.KindSegment:
					l.closed[filepath.ToSlash(r.File)], l.shelf[filepath.ToSlash(r.File)] = r, v.Name
				case r.Kind == journal.KindTombstone:
					l.removed[filepath.ToSlash(r.File)] = true
				}
			}
		}
	}
	return l, nil
}

// voids tells of a journal that holds what no recorder writes where its lines should be, such as
// bytes that a file system lost: next is the offset behind all that was read. One that was
// begun anew has none in front; what stood there is beside it.
func voids(file string, lines []journal.Line, next int64) string {
	_, err := os.Lstat(filepath.Join(filepath.Dir(file), journal.Aside+"1"))
	anew := err == nil
	var no, at int64
	for i := range lines {
		if gap := lines[i].Offset - at; gap > journal.LongestLine && !(i == 0 && anew) {
			no += gap
		}
		at = lines[i].Next
	}
	if gap := next - at; gap > journal.LongestLine && (len(lines) > 0 || !anew) {
		no += gap
	}
	if no > 0 {
		return fmt.Sprintf("%d bytes of it are no lines", no)
	}
	if st, err := os.Stat(file); err == nil && st.Size() > 0 && len(lines) == 0 && !anew {
		return "it holds no line"
	}
	return ""
}

// within tells how a journal is read: nothing, or why it cannot be.
func within(file string) string {
	lines, next, _, err := journal.ReadLines(file, 0, 0)
	switch {
	case journal.Unreadable(err):
		return journal.Why(err)
	case err != nil:
		return ""
	}
	return voids(file, lines, next)
}

// glance names the journals of a camera that cannot be opened, before anything is written
// into any: they are set aside then.
func glance(p *tier.Places, camera string, tell func(Finding)) {
	for _, v := range p.Volumes {
		if v.Away != nil && v.Away() {
			continue
		}
		days, err := os.ReadDir(filepath.Join(v.Root, camera))
		if journal.Unreadable(err) {
			tell(Finding{Unread, v.Name, camera, journal.Why(err)})
		}
		for _, d := range days {
			name := path.Join(camera, d.Name(), journal.FileName)
			_, odd := time.Parse(time.DateOnly, d.Name())
			switch err := journal.Whole(filepath.Join(v.Root, name)); {
			case odd != nil:
			case !d.IsDir():
				if camera == journal.Node { // of a camera's folder it is told as what does not belong there
					tell(Finding{Unread, v.Name, path.Join(camera, d.Name()), "not a folder"})
				}
			case journal.Unreadable(err):
				tell(Finding{Unread, v.Name, name, journal.Why(err)})
			case camera == journal.Node: // those of cameras are read anyway
				if why := within(filepath.Join(v.Root, name)); why != "" {
					tell(Finding{Unread, v.Name, name, why})
				}
			}
		}
	}
}

// class is what a file is by its name.
type class int

const (
	aSegment class = iota
	anOpenOne
	aJournal
	setAside
	misplaced
	foreign
)

// classify tells what a file below a camera's folder is.
func classify(camera, name string) class {
	if _, of, _, ok := tier.ParseJournalName(name); ok && of == camera {
		return aJournal
	}
	if strings.HasPrefix(name, path.Join(camera, leftover.QuarantineDir)+"/") {
		return setAside
	}
	n, open, err := segment.ParseName(filepath.FromSlash(name))
	switch {
	case err != nil:
		return foreign
	case filepath.ToSlash(n.Path()) != strings.TrimSuffix(name, segment.PartExt):
		return misplaced
	case open:
		return anOpenOne
	}
	return aSegment
}

// rows are all of a camera's.
func rows(ctx context.Context, p *tier.Places, camera string) (all []archive.Segment, err error) {
	err = p.DB.Read().NewSelect().Model(&all).Where("camera = ?", camera).OrderExpr("start_at, run").Scan(ctx)
	return all, problem.Wrap(err, "read segments")
}

// elsewhere finds the places that hold a file.
func elsewhere(there []stock, name string) (found []string) {
	for _, s := range there {
		if _, ok := s.files[name]; ok {
			found = append(found, s.place)
		}
	}
	return found
}
