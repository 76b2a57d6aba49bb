// Package tier moves closed segments from the recording disks to where footage lies
// longer: further disks, or buckets of S3 servers, in order. A segment that was moved
// is read through the same call as any other.
//
// Nothing here can delay a recording. What is not moved yet is simply still where it
// was: the queue is the catalogue, and it survives whatever dies.
package tier

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/archive/locks"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
)

// Unreadable is the size of a file of which the file system gives nothing but its name.
const Unreadable = -1

// Store is a place that keeps files. Names are those below a volume's folder. What
// answers nothing is archive.ErrTierAway, a name that there is not fs.ErrNotExist.
type Store interface {
	// Put stores size bytes under a name, whole or not at all; when it returns nil they
	// survive a power cut. What stood there is replaced.
	Put(ctx context.Context, name string, from io.Reader, size int64, lock Lock) error
	// Open opens a file for people to look at. ctx must live as long as the file.
	Open(ctx context.Context, name string) (archive.File, error)
	// ReadBack opens a file to be read once, from the medium itself as far as that can be.
	ReadBack(ctx context.Context, name string) (archive.File, error)
	Stat(ctx context.Context, name string) (size int64, err error)
	// Remove removes every version of a file. That there is none is no error; that it is
	// locked is ErrLocked, and that the keys may not is ErrForbidden.
	Remove(ctx context.Context, name string) error
	// List tells every file below a folder, such as a camera's; "" is all there are. The size
	// of one that is there and cannot be looked at is Unreadable; it may be a folder.
	List(ctx context.Context, under string, each func(name string, size int64) error) error
	// Top tells what lies at the top: folders, such as those of cameras, and files.
	Top(ctx context.Context) (folders, files []string, err error)
	// Check tells whether the place answers and takes files.
	Check(ctx context.Context) (Room, error)
}

// Room is the space of a store in bytes, -1 where nobody knows. Device is the file system
// that it is on, as recording disks name theirs; empty where it is on none of this machine.
type Room struct {
	Total, Free int64
	Device      string
}

// Lock keeps an object from being removed before an instant. The zero Lock does not.
type Lock struct {
	Mode  LockMode
	Until time.Time
}

// LockMode is what a server lets its administrators do with a locked object.
type LockMode string

// The modes, as S3 has them.
const (
	Unlocked   LockMode = ""
	Governance LockMode = "governance"
	Compliance LockMode = "compliance"
)

// ErrLocked says that a server does not remove an object yet.
var ErrLocked = locks.ErrLocked

// ErrOther says that a place answers and is not the one where the footage of its tier lies,
// such as a bucket that was emptied, or a wrong prefix. It stands behind archive.ErrTierAway.
var ErrOther = errors.New("tier: it is not the place where the footage of this tier lies")

// ErrForbidden says that the keys of a tier have no right to remove an object.
var ErrForbidden = locks.ErrForbidden

// Tier is one place in the order.
type Tier struct {
	Name      string
	Kind      string // disk or s3, for people
	Store     Store
	MoveAfter time.Duration
	MinFree   int64 // bytes that are left free where the space is known
	Lock      LockMode
	LockFor   time.Duration // from the end of the footage on

	mu      sync.Mutex // guards all below
	room    Room
	known   *Room  // as it was when it last answered
	refused bool   // it has not taken the last file
	barred  int64  // µs, when it refused to remove what it had not said was locked; 0: it has not since it last removed something
	removes bool   // it removed something since the start, and has refused nothing since
	failed  int64  // µs, when a question about a file failed; 0: the last did not
	lost    bool   // it did not answer when it was last asked for anything but to take a file
	code    string // of the alarm that was last told; empty: none
	state   State
	err     error
	since   time.Time
}

// State says whether a tier takes footage.
type State string

// States of a tier.
const (
	OK      State = "ok"
	Full    State = "full"
	Away    State = "away"
	Failing State = "failing"
)

// State is how the tier was when it was last asked; empty before.
func (t *Tier) State() (State, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state, t.err
}

// Since is when the tier began to be as it is; zero before it was asked.
func (t *Tier) Since() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.since
}

// Room is the space of the tier when it last answered, -1 where it never has, or nobody
// knows. seen is false as long as nobody has asked it.
func (t *Tier) Room() (room Room, seen bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known == nil {
		return Room{Total: -1, Free: -1}, t.state != ""
	}
	return *t.known, true
}

// Volume is a recording disk, as far as moving is concerned.
type Volume struct {
	Name, Root string
	// Store, if set, is its folder for whoever must not wait for ever.
	Store Store
	// Low tells whether footage must leave it before its time; Away whether it cannot be
	// read at present. Neither may block.
	Low, Away func() bool
}

// Places are all volumes and tiers: the one part that knows where files are. Its zero
// locks are ready for use.
type Places struct {
	DB      *db.DB
	Clock   clock.Clock // when a lock is asked about again; nil is the machine's
	Volumes []Volume    // the first is recording.folder
	Tiers   []*Tier
	// GivenUp names places that the configuration lacks and that people have given up, when
	// all that lay there stands as missing; nil: there are none. It asks nobody.
	GivenUp func() []string

	mu   sync.Mutex // guards all below
	busy map[string]chan struct{}
	// clear is when (µs) a tier had no copy of a file, or no longer, of which another place
	// still had one: it need not be asked again soon.
	clear map[copyOf]int64
}

// copyOf is a copy of a file that a tier may have.
type copyOf struct{ file, tier string }

// hold waits until nobody else moves or removes a file.
func (p *Places) hold(ctx context.Context, file string) (release func(), err error) {
	for {
		p.mu.Lock()
		if p.busy == nil {
			p.busy = map[string]chan struct{}{}
		}
		other := p.busy[file]
		if other == nil {
			mine := make(chan struct{})
			p.busy[file] = mine
			p.mu.Unlock()
			return func() {
				p.mu.Lock()
				delete(p.busy, file)
				p.mu.Unlock()
				close(mine)
			}, nil
		}
		p.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (p *Places) volume(name string) *Volume {
	for i := range p.Volumes {
		if p.Volumes[i].Name == name {
			return &p.Volumes[i]
		}
	}
	return nil
}

// Tier finds a tier by its name, nil if there is none.
func (p *Places) Tier(name string) *Tier {
	for _, t := range p.Tiers {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// configured tells whether there is a place of a name.
func (p *Places) configured(name string) bool { return p.volume(name) != nil || p.Tier(name) != nil }

// givenUp tells whether nothing is expected of a place any more.
func (p *Places) givenUp(name string) bool {
	return p.GivenUp != nil && !p.configured(name) && slices.Contains(p.GivenUp(), name)
}

// store gives the place of a name as a store.
func (p *Places) store(name string) (Store, error) {
	if v := p.volume(name); v != nil {
		if v.Away != nil && v.Away() {
			return nil, archive.ErrTierAway.With("tier", name)
		}
		if v.Store != nil {
			return v.Store, nil
		}
		return folder{v.Root}, nil
	}
	if t := p.Tier(name); t != nil {
		return t.Store, nil
	}
	return nil, archive.ErrTierAway.With("tier", name) // no longer in the configuration
}

// Open opens a segment's file wherever it lies. It is archive.Catalogue.Elsewhere. What lay on a
// place that was given up is not there: who plays goes on behind it.
func (p *Places) Open(ctx context.Context, s *archive.Segment) (archive.File, error) {
	if p.givenUp(s.Volume) {
		return nil, &fs.PathError{Op: "open", Path: s.File, Err: fs.ErrNotExist}
	}
	from, err := p.store(s.Volume)
	if err != nil {
		return nil, err
	}
	return named(from.Open(ctx, filepath.ToSlash(s.File)))(s.Volume)
}

// Weigh tells how many bytes a file has at a place. It is archive.Catalogue.Weigh.
func (p *Places) Weigh(ctx context.Context, place, file string) (int64, error) {
	at, err := p.store(place)
	if err != nil {
		return 0, err
	}
	return at.Stat(ctx, filepath.ToSlash(file))
}

// Names are those of the tiers.
func (p *Places) Names() []string {
	names := make([]string, len(p.Tiers))
	for i, t := range p.Tiers {
		names[i] = t.Name
	}
	return names
}

// named adds the name of a tier to the refusal that it is away.
func named(f archive.File, err error) func(tier string) (archive.File, error) {
	return func(tier string) (archive.File, error) {
		if errors.Is(err, archive.ErrTierAway) {
			return nil, archive.ErrTierAway.With("tier", tier).Because(err)
		}
		return f, err
	}
}

// Moving gives the files of which there may be two copies, since they are being moved.
func (p *Places) Moving(ctx context.Context) (map[string]bool, error) {
	var rows []moveRow
	if err := p.DB.Read().NewSelect().Model(&rows).Column("file").Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read moves")
	}
	files := map[string]bool{}
	for _, r := range rows {
		files[filepath.ToSlash(r.File)] = true
	}
	return files, nil
}

// moveRow is a segment that may lie in two places.
type moveRow struct {
	bun.BaseModel `bun:"table:tier_moves"`
	File          string `bun:",pk"`
	Source        string
	Target        string
	At            int64
}

// Lies tells whether a segment has a file anywhere, on a recording disk or a tier. It is known
// not to only when all of them have answered.
func (p *Places) Lies(ctx context.Context, s archive.Segment) (there, known bool) {
	known = true
	var names []string
	for _, v := range p.Volumes {
		names = append(names, v.Name)
	}
	for _, t := range p.Tiers {
		names = append(names, t.Name)
	}
	for _, name := range names {
		f, err := p.Open(ctx, &archive.Segment{Camera: s.Camera, StartAt: s.StartAt, File: s.File, Volume: name})
		switch {
		case err == nil:
			return f.Close() == nil, true
		case !errors.Is(err, fs.ErrNotExist):
			known = false
		}
	}
	return false, known
}

// Remove removes every copy of a segment's file. It is for the part that decides
// about removal alone, which has written why before. That there is no file any more
// is no error; where a place does not answer, Remove must be called again. A tier that did
// not answer before is not asked. What a tier does not let go is noted, so that it can be
// passed over. With everywhere all tiers are asked, also those of which nothing tells that
// they have a copy, as after an older database was put in place: an order leaves none (R5).
func (p *Places) Remove(ctx context.Context, s archive.Segment, everywhere bool) error {
	release, err := p.hold(ctx, s.File)
	if err != nil {
		return err
	}
	defer release()
	where := map[string]bool{s.Volume: true}
	var row archive.Segment
	err = p.DB.Read().NewSelect().Model(&row).Column("volume").Where("camera = ? AND start_at = ? AND file = ?", s.Camera, s.StartAt, s.File).Scan(ctx)
	switch {
	case err == nil:
		where[row.Volume] = true
	case !errors.Is(err, sql.ErrNoRows):
		return problem.Wrap(err, "find a segment")
	default:
		if where, err = p.lay(ctx, s.File); err != nil {
			return err
		}
	}
	var moves []moveRow
	if err := p.DB.Read().NewSelect().Model(&moves).Where("file = ?", s.File).Scan(ctx); err != nil {
		return problem.Wrap(err, "find copies of a segment")
	}
	for _, m := range moves {
		where[m.Source], where[m.Target] = true, true
	}
	for _, v := range p.Volumes {
		if v.Away == nil || !v.Away() {
			where[v.Name] = true // it costs next to nothing
		}
	}
	told := maps.Clone(where)
	if everywhere {
		for _, t := range p.Tiers {
			where[t.Name] = true
		}
	}
	noted := len(moves) > 0 // only then, or where a tier had it, do rows tell of the file
	var errs []error
	for name := range where {
		noted = noted || p.Tier(name) != nil
		errs = append(errs, p.removeAt(ctx, name, s.File, told[name]))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	p.forgetClear(s.File)
	if !noted {
		return nil
	}
	return p.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return errors.Join(forget(ctx, tx, s.File), locks.Forget(ctx, tx, s.File))
	})
}

// lay gives the places where a file that has no row may lie: that which its tombstone tells,
// or all tiers.
func (p *Places) lay(ctx context.Context, file string) (map[string]bool, error) {
	var told []string
	err := p.DB.Read().NewSelect().Table("tombstones").Column("place").Where("file = ?", file).Where("place IS NOT NULL").Scan(ctx, &told)
	if err != nil {
		return nil, problem.Wrap(err, "find where a segment lay")
	}
	where := map[string]bool{}
	if len(told) > 0 && (p.configured(told[0]) || p.givenUp(told[0])) {
		where[told[0]] = true
		return where, nil
	}
	for _, t := range p.Tiers {
		where[t.Name] = true
	}
	return where, nil
}

// cleared notes that a tier has no copy of a file.
func (p *Places) cleared(file, tier string, at int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.clear == nil {
		p.clear = map[copyOf]int64{}
	}
	p.clear[copyOf{file, tier}] = at
}

// isClear tells whether a tier had no copy of a file less than an hour before an instant (µs).
func (p *Places) isClear(file, tier string, now int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return within(p.clear[copyOf{file, tier}], now, askAgain)
}

// forgetClear is for a file that is gone from everywhere: where it comes back, all are asked.
func (p *Places) forgetClear(file string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.Tiers {
		delete(p.clear, copyOf{file, t.Name})
	}
}

// removeAt removes a file from one place. told is whether something tells that it lies there:
// that a tier removes what it does not have says nothing about whether it removes.
func (p *Places) removeAt(ctx context.Context, name, file string, told bool) error {
	at, err := p.store(name)
	t := p.Tier(name)
	if t != nil {
		if refused := locks.Refused(ctx, name); refused != nil {
			return refused
		}
		if p.isClear(file, name, p.Clock.Micro()) {
			return nil
		}
	}
	if err == nil && t != nil && !t.Answers() {
		err = archive.ErrTierAway
	} else if err == nil {
		if err = at.Remove(ctx, filepath.ToSlash(file)); t != nil {
			err = t.heard(err)
		}
	}
	switch {
	case errors.Is(err, archive.ErrTierAway):
		return archive.ErrTierAway.With("tier", name).Because(err)
	case t == nil:
	case errors.Is(err, ErrForbidden):
		t.bar(p.Clock.Micro())
		return locks.Refuse(ctx, name, ErrForbidden.With("tier", name).Because(err))
	case errors.Is(err, ErrLocked):
		return errors.Join(err, p.kept(ctx, t, file))
	case err == nil:
		if p.cleared(file, name, p.Clock.Micro()); told {
			t.bar(0)
		}
	}
	return err
}

// Append writes lines about a camera's segments into journals: each on the disk where
// its segment lies, or, for one on a tier, on the first that takes lines. While they
// are written none of the segments is moved, so that what is told of a removal stands
// behind what was told of moves.
func (p *Places) Append(ctx context.Context, camera string, now int64, records ...journal.Record) error {
	var files []string
	for _, r := range records {
		if r.Segment != nil {
			files = append(files, r.File)
		}
	}
	slices.Sort(files)
	for _, file := range slices.Compact(files) {
		release, err := p.hold(ctx, file)
		if err != nil {
			return err
		}
		defer release()
	}
	var rows []archive.Segment
	err := p.DB.Read().NewSelect().Model(&rows).Column("file", "volume").Where("camera = ?", camera).Where("file IN (?)", bun.List(files)).Scan(ctx)
	if err != nil {
		return problem.Wrap(err, "find segments")
	}
	lies := map[string]string{}
	for _, s := range rows {
		lies[s.File] = s.Volume
	}
	for len(records) > 0 { // in order
		volume := func(r journal.Record) string {
			if r.Segment == nil {
				return ""
			}
			return lies[r.File]
		}
		n := slices.IndexFunc(records, func(r journal.Record) bool { return volume(r) != volume(records[0]) })
		if n < 0 {
			n = len(records)
		}
		if err := p.write(volume(records[0]), camera, now, records[:n]...); err != nil {
			return err
		}
		records = records[n:]
	}
	return nil
}

// write appends to a journal of the camera: that of a volume, or of one that takes lines.
func (p *Places) write(volume, camera string, now int64, records ...journal.Record) error {
	var errs []error
	for _, first := range []bool{true, false} {
		for _, v := range p.Volumes {
			if (v.Name == volume) != first || v.Away != nil && v.Away() {
				continue
			}
			w := journal.Writer{Root: v.Root, Camera: camera}
			err := w.Append(now, records...)
			w.Close()
			if err == nil {
				return nil
			}
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, errors.New("tier: no journal takes the line"))...)
}

func forget(ctx context.Context, tx bun.Tx, file string) error {
	_, err := tx.NewDelete().Model((*moveRow)(nil)).Where("file = ?", file).Exec(ctx)
	return problem.Wrap(err, "forget a move")
}

// missing tells whether an error says that there is no such file.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
