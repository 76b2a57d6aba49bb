package inventory

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/evidence/fmp4"
	"watchroom/internal/archive"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/strayed"
	"watchroom/internal/archive/tier"
	"watchroom/internal/clock"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// Check compares everything with everything. It changes nothing of the archive, and may
// run beside a server: what is closed, moved or removed meanwhile may be told of. What stands in a
// journal and only waits for the catalogue is taken for taken in: a recorder that was
// stopped or killed leaves such lines behind, and the next start takes them in.
//
// What is damaged or missing it notes in the records, where the room sees it, and what
// was noted before and is right again it notes likewise.
type Check struct {
	*tier.Places
	Clock clock.Clock
	Quick bool // sizes are compared, and nothing is hashed
	// OnFinding is told what is not as it should be; OnProgress how far it is, in bytes
	// that the catalogue knows of.
	OnFinding  func(Finding)
	OnProgress func(done, total int64)

	noted map[string]bool     // files that somebody found damaged before
	lie   map[string][]string // where files lie that strayed, by the paths that they belong to
}

// Run looks at everything.
func (c *Check) Run(ctx context.Context) (sum Summary, err error) {
	tell := func(f Finding) {
		if f.Kind == Remark {
			sum.Remarks++
		} else {
			sum.Found++
		}
		if c.OnFinding != nil {
			c.OnFinding(f)
		}
	}
	there, cameras, err := open(ctx, c.Places, tell)
	if err != nil {
		return sum, err
	}
	standing, err := damage.Standing(ctx, c.DB.Read())
	if err != nil {
		return sum, err
	}
	c.noted = map[string]bool{}
	for i := range standing {
		c.noted[standing[i].File] = true
	}
	if c.lie, err = lying(ctx, c.Places); err != nil {
		return sum, err
	}
	var total, done int64
	err = c.DB.Read().NewSelect().Model((*archive.Segment)(nil)).ColumnExpr("CAST(COALESCE(SUM(bytes), 0) AS BIGINT)").Scan(ctx, &total)
	if err != nil {
		return sum, err
	}
	for _, camera := range cameras {
		// In this order what happens meanwhile is told of by a line that waits.
		taken, err := archive.Taken(ctx, c.DB.Read(), camera)
		if err != nil {
			return sum, err
		}
		all, err := rows(ctx, c.Places, camera)
		if err != nil {
			return sum, err
		}
		if err := list(ctx, there, camera); err != nil {
			return sum, err
		}
		told, err := readLines(c.Places, camera, taken)
		if err != nil {
			return sum, err
		}
		for _, f := range told.unread {
			tell(f)
		}
		sum.Cameras++
		sum.Waiting += len(told.waits)
		before := weigh(all)
		all = told.takeIn(camera, all)
		total += weigh(all) - before
		known := map[string]string{} // place by name
		for i := range all {
			if err := ctx.Err(); err != nil {
				return sum, err
			}
			known[filepath.ToSlash(all[i].File)] = all[i].Volume
			if err := c.one(ctx, there, &all[i], &told, tell, &sum); err != nil {
				return sum, err
			}
			sum.Segments++
			done += all[i].Bytes
			if c.OnProgress != nil {
				c.OnProgress(done, total)
			}
		}
		moving, err := c.Moving(ctx)
		if err != nil {
			return sum, err
		}
		strays(camera, there, known, moving, &told, tell, &sum)
		if err := c.rowless(ctx, camera, there, known, &told, tell); err != nil {
			return sum, err
		}
		folders(c.Places, camera, tell)
	}
	glance(c.Places, journal.Node, tell)
	return sum, nil
}

func weigh(all []archive.Segment) (sum int64) {
	for i := range all {
		sum += all[i].Bytes
	}
	return sum
}

// takeIn gives the rows as they are once the catalogue has taken in the lines that wait.
func (l *lines) takeIn(camera string, all []archive.Segment) []archive.Segment {
	if len(l.waits) == 0 {
		return all
	}
	at := map[string]int{}
	for i := range all {
		at[filepath.ToSlash(all[i].File)] = i
	}
	gone := map[string]bool{}
	for i := range l.waits {
		r := &l.waits[i]
		name := filepath.ToSlash(r.File)
		switch _, known := at[name]; {
		case classify(camera, name) != aSegment:
		case r.Kind == journal.KindTombstone:
			gone[name] = true
		case r.Kind == journal.KindSegment && !known:
			at[name] = len(all)
			all = append(all, archive.Segment{Camera: camera, StartAt: r.Start, EndAt: r.End, Run: r.Run, File: r.File,
				Bytes: r.Bytes, Parts: r.Parts, Root: r.Root, Volume: r.volume,
				Codec: r.Codec, MIME: r.MIME, Width: r.Width, Height: r.Height, Audio: r.Audio, Lost: r.Lost, Dropped: r.Dropped})
		}
	}
	slices.SortStableFunc(l.waits, func(a, b waiting) int { return cmp.Compare(a.At, b.At) })
	for i := range l.waits { // the last move says where it lies
		r := &l.waits[i]
		if row, known := at[filepath.ToSlash(r.File)]; known && r.Kind == journal.KindMove && r.To != nil {
			all[row].Volume = *r.To
		}
	}
	return slices.DeleteFunc(all, func(s archive.Segment) bool { return gone[filepath.ToSlash(s.File)] })
}

// one looks at one row, its line and its file.
func (c *Check) one(ctx context.Context, there []stock, s *archive.Segment, told *lines, tell func(Finding), sum *Summary) error {
	name := filepath.ToSlash(s.File)
	if line, ok := told.closed[name]; !ok {
		tell(Finding{NoLine, s.Volume, name, ""})
	} else if line.Root != s.Root || line.Bytes != s.Bytes || line.Start != s.StartAt || line.End != s.EndAt {
		tell(Finding{Differs, s.Volume, name, "the journal tells of other times, another size or another root"})
	} else if c := s.Closed(); !c.Alike(line.Segment) {
		tell(Finding{Differs, s.Volume, name, "the journal tells of other pictures or sound, or of another loss"})
	}
	at := slices.IndexFunc(there, func(x stock) bool { return x.place == s.Volume })
	if at < 0 {
		if c.volumeAway(s.Volume) {
			return nil // told of as a whole
		}
		tell(Finding{Missing, s.Volume, name, "there is no such place in the configuration"})
		return nil
	}
	size, ok := there[at].files[name]
	switch {
	case !ok:
		f := Finding{Missing, s.Volume, name, strayed.Lies(c.lie, name)}
		if found := elsewhere(there, name); len(found) > 0 {
			f.Kind, f.Detail = Moved, fmt.Sprintf("it lies on %q", found)
			tell(f)
			return nil
		}
		tell(f)
		return c.note(ctx, s, damage.Missing)
	case size == tier.Unreadable:
		tell(Finding{Damaged, s.Volume, name, "it cannot be read"})
		return nil
	case size != s.Bytes:
		tell(Finding{Damaged, s.Volume, name, fmt.Sprintf("%d bytes instead of %d", size, s.Bytes)})
		return c.note(ctx, s, damage.Altered)
	case c.Quick:
		return nil
	}
	f, err := there[at].store.ReadBack(ctx, name)
	if err != nil {
		tell(Finding{Damaged, s.Volume, name, err.Error()})
		return ctx.Err()
	}
	defer f.Close()
	d, err := segment.Hash(f, size)
	sum.Bytes += size
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		tell(Finding{Damaged, s.Volume, name, err.Error()})
		if errors.Is(err, fmp4.ErrMalformed) || errors.Is(err, fmp4.ErrTruncated) {
			return c.note(ctx, s, damage.Altered)
		}
	case hex.EncodeToString(d.Root[:]) != s.Root:
		tell(Finding{Damaged, s.Volume, name, fmt.Sprintf("its root is %x instead of %s", d.Root, s.Root)})
		return c.note(ctx, s, damage.Altered)
	case c.noted[s.File]:
		return c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error { return damage.Mend(ctx, tx, c.Clock.Micro(), s.File) })
	}
	return nil
}

func (c *Check) note(ctx context.Context, s *archive.Segment, kind damage.Kind) error {
	return c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return damage.Note(ctx, tx, c.Clock.Micro(), damage.Damage{File: s.File, Camera: s.Camera, StartAt: s.StartAt, EndAt: s.EndAt, Kind: kind, FoundBy: damage.Check})
	})
}

// volumeAway tells whether a name is that of a place that was told of as away.
func (c *Check) volumeAway(name string) bool {
	return slices.ContainsFunc(places(c.Places), func(s stock) bool { return s.place == name })
}

// folders names folders that are called like segments: no file is looked for in their names,
// and a recorder sets them aside when it starts.
func folders(p *tier.Places, camera string, tell func(Finding)) {
	for _, v := range p.Volumes {
		if v.Away != nil && v.Away() {
			continue
		}
		days, _ := os.ReadDir(filepath.Join(v.Root, camera)) // that it cannot be read is told with its journals
		for _, day := range days {
			entries, _ := os.ReadDir(filepath.Join(v.Root, camera, day.Name()))
			for _, e := range entries {
				name := path.Join(camera, day.Name(), e.Name())
				if is := classify(camera, name); e.IsDir() && (is == aSegment || is == anOpenOne || is == misplaced) {
					tell(Finding{Foreign, v.Name, name, "a folder that is called like a segment"})
				}
			}
		}
	}
}

// strays names the files that no row speaks of.
func strays(camera string, there []stock, known map[string]string, moving map[string]bool, told *lines, tell func(Finding), sum *Summary) {
	for _, s := range there {
		for _, name := range slices.Sorted(maps.Keys(s.files)) {
			place, listed := known[name]
			if s.files[name] == tier.Unreadable && (!listed || place != s.place) && classify(camera, name) != aJournal {
				tell(Finding{Unread, s.place, name, ""})
				continue
			}
			switch classify(camera, name) {
			case aSegment:
				switch {
				case listed && place != s.place && !moving[name]:
					tell(Finding{Double, s.place, name, fmt.Sprintf("the catalogue has it on %q", place)})
				case !listed && told.removed[name]:
					tell(Finding{Unlisted, s.place, name, "it was removed lawfully, and its file is still there"})
				case !listed:
					tell(Finding{Unlisted, s.place, name, ""})
				}
			case anOpenOne:
				sum.Open++
			case setAside:
				sum.Quarantined++
			case misplaced:
				tell(Finding{Misplaced, s.place, name, belongs(name)})
			case foreign:
				tell(Finding{s.foreign(name), s.place, name, ""})
			case aJournal:
			}
		}
	}
}
