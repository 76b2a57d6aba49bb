// Package proof shows that what should be there is there: once a week, and before a
// storage fault is closed, the oldest footage of every camera is read from the disk,
// its parts are parsed and hashed, and the root is held against the one that was
// written down when it was recorded.
package proof

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"watchroom/evidence/fmp4"
	"watchroom/internal/access"
	"watchroom/internal/archive"
	"watchroom/internal/archive/damage"
	"watchroom/internal/clock"
	"watchroom/internal/clock/every"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/recording/segment"
)

// Verdict is what a reading found.
type Verdict string

// Verdicts.
const (
	OK         Verdict = "ok"
	Missing    Verdict = "missing"    // the file is not there
	Damaged    Verdict = "damaged"    // it holds something else than was recorded
	Unreadable Verdict = "unreadable" // the disk answers with an error
	Empty      Verdict = "empty"      // the camera has no closed segment
)

// Proof is one reading. Times are µs since 1970 UTC.
type Proof struct {
	bun.BaseModel `bun:"table:retention_proofs,alias:proof"`

	Camera  string `bun:",pk"`
	At      int64  `bun:",pk"`
	StartAt int64  // of the segment that was read; 0: there was none
	EndAt   int64
	File    string
	Parts   int
	Bytes   int64
	Verdict Verdict
	Detail  string
}

// ErrOldest says that the oldest footage of a camera is not what was recorded.
// Parameters: camera, file, verdict.
var ErrOldest = problem.New(problem.Unavailable, "oldest_unproved", "The oldest footage of the camera is missing, or is not what was recorded.")

// together is how many readings one act tells of at most. One that failed is told at once.
const together = 50

// again is after how long footage that failed is read once more for somebody who waits.
const again = 10 * time.Minute

// Failed tells whether somebody must look.
func (p *Proof) Failed() bool { return p.Verdict != OK && p.Verdict != Empty }

// overdue is after how long somebody should know that footage was not read: a week, and a
// day in which what kept it from being read may end by itself.
const overdue = int64(8 * 24 * time.Hour / time.Microsecond)

// Overdue tells whether at now nobody has read the oldest footage of a camera for too long,
// which began at start. p is the latest proof, nil where there is none.
func (p *Proof) Overdue(start, now int64) bool {
	since := start
	if p != nil && p.At <= now { // one from the future tells nothing
		since = max(p.At, start)
	}
	return now-since > overdue
}

// Catalogue is what the prover needs of *archive.Catalogue.
type Catalogue interface {
	Cameras(ctx context.Context) ([]string, error)
	CatchUp(ctx context.Context, camera string) error
	OldestKept(ctx context.Context, camera string) (*archive.Segment, error)
	Open(ctx context.Context, s *archive.Segment) (archive.File, error)
}

// Prover reads.
type Prover struct {
	DB        *db.DB
	Clock     clock.Clock
	Log       *slog.Logger
	Catalogue Catalogue
	Every     time.Duration // between readings of one camera; 0 means a week
	Look      time.Duration // how often it is looked for cameras that are due; 0 means an hour
	// OnProof is told of every reading; may be nil. A failed one is an alarm.
	OnProof func(Proof)
	// OnOverdue is told after every round of which cameras the oldest footage should have
	// been read, and was not; may be nil.
	OnOverdue func(cameras []string)

	loop every.Loop
}

// Start begins to look for cameras that are due.
func (p *Prover) Start(ctx context.Context) error {
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	p.loop.Start(ctx, cmp.Or(p.Look, time.Hour), every.Trying(func(ctx context.Context) error {
		_, err := p.Round(ctx)
		return err
	}, func(err error) { p.Log.Warn("not every camera's oldest footage could be proved", "err", err) }))
	return nil
}

// Close waits for the reading that is going on.
func (p *Prover) Close() {
	p.loop.Close()
}

// Latest gives the newest proof of each camera.
func (p *Prover) Latest(ctx context.Context) (map[string]Proof, error) {
	var all []Proof
	err := p.DB.Read().NewSelect().Model(&all).
		Where("at = (SELECT MAX(o.at) FROM retention_proofs o WHERE o.camera = proof.camera)").Scan(ctx)
	if err != nil {
		return nil, problem.Wrap(err, "read proofs")
	}
	latest := map[string]Proof{}
	for _, x := range all {
		latest[x.Camera] = x
	}
	return latest, nil
}

// List gives proofs, the newest first, of one camera or of all.
func (p *Prover) List(ctx context.Context, actor access.Actor, camera string, limit int) ([]Proof, error) {
	if err := access.Can(actor, access.StorageRead, camera); err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = 200
	}
	all := []Proof{}
	q := p.DB.Read().NewSelect().Model(&all).OrderExpr("at DESC, camera").Limit(int64(min(limit, 500)))
	if camera != "" {
		q.Where("camera = ?", camera)
	} else if cameras, narrow := access.ReachOf(actor, access.StorageRead).Narrow(); narrow {
		q.Where("camera IN (?)", bun.List(cameras))
	}
	return all, problem.Wrap(q.Scan(ctx), "list proofs")
}

// Round reads the oldest footage of every camera that is due and gives what it found.
func (p *Prover) Round(ctx context.Context) (read []Proof, err error) {
	pause := p.Every.Microseconds()
	if pause <= 0 {
		pause = (7 * 24 * time.Hour).Microseconds()
	}
	cameras, err := p.Catalogue.Cameras(ctx)
	if err != nil {
		return nil, err
	}
	latest, err := p.Latest(ctx)
	if err != nil {
		return nil, err
	}
	var failed []error
	var waiting []reading
	write := func() {
		// Also where the round is ended: what was read was read.
		if err := p.write(context.WithoutCancel(ctx), waiting); err != nil {
			failed = append(failed, err)
		} else {
			for i := range waiting {
				read = append(read, waiting[i].Proof)
			}
		}
		waiting = nil
	}
	for _, camera := range cameras {
		now := p.Clock.Micro()
		// A proof from the future tells nothing: the clock was ahead then.
		if last, ok := latest[camera]; ok && now-last.At < pause && last.At <= now {
			continue
		}
		one, err := p.read(ctx, camera)
		if err != nil {
			if ctx.Err() != nil {
				write()
				return read, ctx.Err()
			}
			failed = append(failed, err)
			continue
		}
		waiting = append(waiting, one)
		if one.Failed() || len(waiting) == together {
			write()
		}
	}
	write()
	return read, errors.Join(append(failed, p.late(ctx, cameras))...)
}

// late tells of which cameras the oldest footage was not read for too long.
func (p *Prover) late(ctx context.Context, cameras []string) error {
	if p.OnOverdue == nil {
		return nil
	}
	latest, err := p.Latest(ctx)
	if err != nil {
		return err
	}
	var late []string
	for _, camera := range cameras {
		s, err := p.Catalogue.OldestKept(ctx, camera)
		if err != nil {
			return err
		}
		last, known := latest[camera]
		of := &last
		if !known {
			of = nil
		}
		if s != nil && of.Overdue(s.StartAt, p.Clock.Micro()) {
			late = append(late, camera)
		}
	}
	p.OnOverdue(late)
	return nil
}

// Proved tells whether the oldest footage of a camera was read since an instant (µs) and
// was what was recorded. Where nobody has read it since it is read now; where that
// failed it is read again after ten minutes. nil also of a camera without footage: it
// has none to prove.
func (p *Prover) Proved(ctx context.Context, camera string, since int64) error {
	var last Proof
	err := p.DB.Read().NewSelect().Model(&last).Where("camera = ?", camera).OrderExpr("at DESC").Limit(1).Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return problem.Wrap(err, "read proofs")
	}
	now := p.Clock.Micro()
	stands := last.At >= since && last.At <= now // one from the future tells nothing
	if !stands || last.Failed() && now-last.At >= again.Microseconds() {
		if last, err = p.Read(ctx, camera); err != nil {
			return err
		}
	}
	if last.Failed() {
		return ErrOldest.With("camera", camera).With("file", last.File).With("verdict", string(last.Verdict))
	}
	return nil
}

// Read reads the oldest footage of a camera now and keeps what it found. What is missing or
// altered is noted as damaged footage, so that from then on another instant is called the
// oldest that plays; it is read again until it is right.
func (p *Prover) Read(ctx context.Context, camera string) (Proof, error) {
	one, err := p.read(ctx, camera)
	if err == nil {
		err = p.write(ctx, []reading{one})
	}
	return one.Proof, err
}

// reading is a proof with the id of the volume that the segment was read from.
type reading struct {
	Proof
	volume string
}

// read reads the oldest footage of a camera.
func (p *Prover) read(ctx context.Context, camera string) (one reading, err error) {
	for {
		if err := p.Catalogue.CatchUp(ctx, camera); err != nil {
			return one, err
		}
		s, err := p.Catalogue.OldestKept(ctx, camera)
		if err != nil {
			return one, err
		}
		one = reading{Proof: Proof{Camera: camera, At: p.Clock.Micro(), Verdict: Empty}}
		if s == nil {
			return one, nil
		}
		one.StartAt, one.EndAt, one.File, one.volume = s.StartAt, s.EndAt, s.File, s.Volume
		if err := p.hash(ctx, s, &one.Proof); err != nil || one.Verdict != Missing {
			return one, err
		}
		// It may have been removed lawfully, or moved, since it was looked up.
		if err := p.Catalogue.CatchUp(ctx, camera); err != nil {
			return one, err
		}
		if again, err := p.Catalogue.OldestKept(ctx, camera); err != nil {
			return one, err
		} else if again != nil && again.File == s.File && again.Volume == s.Volume {
			return one, nil
		}
	}
}

// write keeps what was read, and the act that tells of it.
func (p *Prover) write(ctx context.Context, all []reading) error {
	if len(all) == 0 {
		return nil
	}
	err := p.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var said []any
		for i := range all {
			row := all[i].Proof
			done, err := tx.NewInsert().Model(&row).On("CONFLICT (camera, at) DO NOTHING").Exec(ctx)
			if err != nil {
				return problem.Wrap(err, "keep a proof")
			}
			if n, err := done.RowsAffected(); err != nil || n > 0 {
				said = append(said, all[i].told())
			}
			if err := all[i].note(ctx, tx, all[i].volume); err != nil {
				return err
			}
		}
		if len(said) == 0 {
			return nil
		}
		act := ledger.Act{At: p.Clock.Micro(), Kind: "footage.proved", Detail: map[string]any{"proofs": said}}
		if len(all) == 1 {
			act.Camera = all[0].Camera
		}
		return ledger.Record(ctx, tx, act)
	})
	if err != nil {
		return err
	}
	for i := range all {
		if p.OnProof != nil {
			p.OnProof(all[i].Proof)
		}
	}
	return nil
}

// note notes damaged footage, or that it is right again.
func (p *Proof) note(ctx context.Context, tx bun.Tx, volume string) error {
	d := damage.Damage{File: p.File, Camera: p.Camera, StartAt: p.StartAt, EndAt: p.EndAt, FoundBy: damage.Proof}
	switch p.Verdict {
	case OK:
		return damage.Mend(ctx, tx, p.At, p.File)
	case Missing:
		d.Kind = damage.Missing
	case Damaged:
		d.Kind = damage.Altered
	case Unreadable, Empty: // neither says what the file holds
		return nil
	}
	_, err := damage.Doubt(ctx, tx, p.At, volume, d)
	return err
}

// hash reads the whole segment, wherever it lies: its root covers every part. That its
// disk or archive does not answer proves nothing; it is an error, and tried again.
func (p *Prover) hash(ctx context.Context, s *archive.Segment, one *Proof) error {
	f, err := p.Catalogue.Open(ctx, s)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		one.Verdict = Missing
		return nil
	case errors.Is(err, archive.ErrTierAway):
		return err
	case err != nil:
		one.Verdict, one.Detail = Unreadable, "open"
		return nil
	}
	defer f.Close()
	size, err := f.Size()
	var found segment.Digest
	if err == nil {
		found, err = segment.Hash(every.Reading(ctx, f), size)
	}
	switch {
	case errors.Is(err, archive.ErrTierAway):
		return err
	case errors.Is(err, fmp4.ErrMalformed), errors.Is(err, fmp4.ErrTruncated):
		one.Verdict, one.Detail = Damaged, "format"
		return nil
	case err != nil:
		one.Verdict, one.Detail = Unreadable, "read"
		return nil
	}
	one.Parts, one.Bytes = found.Parts, found.Bytes
	switch {
	case hex.EncodeToString(found.Root[:]) != s.Root:
		one.Verdict, one.Detail = Damaged, "root"
	case found.Parts != s.Parts:
		one.Verdict, one.Detail = Damaged, "parts"
	default:
		one.Verdict = OK
	}
	return nil
}
