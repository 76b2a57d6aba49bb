package hold

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/db"
	"watchroom/internal/durable"
	"watchroom/internal/durable/patience"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
	"watchroom/internal/problem"
)

// CopyName is the file beside the cameras' folders of every volume that says which
// holds stand. docs/formats/holds.md describes it.
const CopyName = "holds.json"

// copied is the content of the file.
type copied struct {
	Format   int    `json:"format"` // 1
	Database string `json:"database"`
	Sequence int64  `json:"sequence"` // of the changes to holds and rules in that database
	At       int64  `json:"at"`       // µs since 1970 UTC
	Holds    []Hold `json:"holds"`
	// Rules of retention in force, as package retention writes them.
	Rules json.RawMessage `json:"rules,omitempty"`
	Sum   string          `json:"sum"` // hex SHA-256 of the file with an empty sum
}

type stateRow struct {
	bun.BaseModel `bun:"table:removal_state,alias:state"`
	Name          string `bun:",pk"`
	Database      string
	Sequence      int64
}

const stateName = "state"

// Changed counts a change to holds or rules, in its transaction. Copies that tell an
// earlier count are old; a database that does is.
func Changed(ctx context.Context, tx bun.IDB) error {
	_, err := tx.NewInsert().Model(&stateRow{Name: stateName, Database: db.NewID(), Sequence: 1}).
		On("CONFLICT (name) DO UPDATE").Set("sequence = state.sequence + 1").Exec(ctx)
	return problem.Wrap(err, "count a change of what is kept")
}

func state(ctx context.Context, tx bun.IDB) (*stateRow, error) {
	var row stateRow
	err := tx.NewSelect().Model(&row).Where("name = ?", stateName).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, problem.Wrap(err, "read the state of removal")
	}
	return &row, nil
}

// long is how long a volume may take for its copy, and short how long whoever places a hold
// waits for all of them.
const long, short = time.Minute, 2 * time.Second

// copyOn is the copy on a volume.
type copyOn struct {
	guard patience.Guard

	mu      sync.Mutex   // one is written at a time; held over I/O, in goroutines that nobody waits for longer than long
	written atomic.Int64 // the sequence that it tells; 0: nobody knows
}

// on gives the copy on a volume.
func (h *Holds) on(volume string) *copyOn {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.copies == nil {
		h.copies = map[string]*copyOn{}
	}
	if h.copies[volume] == nil {
		h.copies[volume] = &copyOn{}
	}
	return h.copies[volume]
}

// on does f on a volume that may not answer.
func on[T any](ctx context.Context, h *Holds, volume string, f func(*copyOn) (T, error)) (T, error) {
	c := h.on(volume)
	return patience.Do(ctx, &c.guard, long, func() (T, error) {
		if h.disk != nil {
			h.disk(volume)
		}
		return f(c)
	})
}

// Copy writes the file on every volume that does not tell the present state, and
// returns once all of them are on disk, or one does not answer. After an error nothing may be
// removed.
func (h *Holds) Copy(ctx context.Context) error {
	var now copied
	err := h.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		s, err := state(ctx, tx)
		if err != nil {
			return err
		}
		now = copied{Format: 1}
		if s != nil {
			now.Database, now.Sequence = s.Database, s.Sequence
		}
		if now.Holds, err = list(ctx, tx, Filter{Limit: -1}); err != nil || h.Rules == nil {
			return err
		}
		now.Rules, err = h.Rules.Copied(ctx, tx)
		return err
	})
	if err != nil || now.Database == "" {
		return err // nothing was ever placed, nor reconciled
	}
	volumes := h.Volumes()
	if len(volumes) == 0 {
		return errNowhere
	}
	now.At = h.Clock.Micro()
	failed := make([]error, len(volumes))
	var writers sync.WaitGroup
	for i, volume := range volumes {
		writers.Go(func() {
			_, failed[i] = on(ctx, h, volume, func(c *copyOn) (struct{}, error) { return struct{}{}, c.bring(volume, now) })
		})
	}
	writers.Wait()
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("copy of the holds: %w", err)
	}
	return nil
}

// bring writes the copy, unless it tells of as much or of more.
func (c *copyOn) bring(volume string, now copied) error {
	path := filepath.Join(volume, CopyName)
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, missing := os.Stat(path); missing == nil && c.written.Load() >= now.Sequence {
		return nil
	}
	if err := write(path, now); err != nil {
		return err
	}
	c.written.Store(now.Sequence)
	return nil
}

func (c copied) bytes() ([]byte, error) {
	c.Sum = ""
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	c.Sum = hex.EncodeToString(sum[:])
	return json.MarshalIndent(c, "", "  ")
}

func write(path string, c copied) error {
	b, err := c.bytes()
	if err != nil {
		return err
	}
	return durable.Replace(path, append(b, '\n'), 0o640)
}

// errNowhere says that no recording disk answers.
var errNowhere = errors.New("hold: there is no place for the copy of the holds")

var errDamaged = errors.New("hold: the copy beside the footage is damaged")

// mostCopied is how many bytes a copy has at most: thousands of holds and rules.
const mostCopied = 256 << 20

// read gives the copy of a volume, nil where there is none.
func read(path string) (*copied, error) {
	b, err := durable.ReadRegular(path, mostCopied)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if errors.Is(err, durable.ErrIrregular) {
		return nil, errDamaged
	}
	if err != nil {
		return nil, err
	}
	var c copied
	if err := json.Unmarshal(b, &c); err != nil || c.Format != 1 {
		return nil, errDamaged
	}
	again, err := c.bytes()
	if err != nil || string(again)+"\n" != string(b) {
		return nil, errDamaged
	}
	return &c, nil
}

// Reconcile holds the database against the copies on the volumes and against the acts:
// a database that another one took the place of, or that is older than they, freezes
// removal, and holds that it lacks are made again. It then brings the copies up to
// date. Until it returns without an error nothing may be removed.
func (h *Holds) Reconcile(ctx context.Context) error {
	var copies []*copied
	damaged := ""
	volumes := h.Volumes()
	if len(volumes) == 0 {
		return errNowhere
	}
	for _, volume := range volumes {
		c, err := on(ctx, h, volume, func(*copyOn) (*copied, error) { return read(filepath.Join(volume, CopyName)) })
		switch {
		case errors.Is(err, errDamaged):
			damaged = volume
		case err != nil:
			return fmt.Errorf("copy of the holds: %w", err)
		case c != nil:
			copies = append(copies, c)
		}
	}
	now := h.Clock.Micro()
	err := h.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		s, err := state(ctx, tx)
		if err != nil {
			return err
		}
		known, released, err := acted(ctx, tx)
		if err != nil {
			return err
		}
		if damaged != "" {
			if err := frozen.Set(ctx, tx, now, frozen.Damaged, filepath.Base(damaged)); err != nil {
				return err
			}
		}
		newest := int64(0)
		for _, c := range copies {
			newest = max(newest, c.Sequence)
			for _, hold := range c.Holds {
				known[hold.ID] = wider(known, hold)
			}
			switch {
			case s == nil || c.Database != s.Database:
				err = frozen.Set(ctx, tx, now, frozen.Replaced, c.Database)
			case c.Sequence > s.Sequence:
				err = frozen.Set(ctx, tx, now, frozen.Older, fmt.Sprintf("%d < %d", s.Sequence, c.Sequence))
			}
			if err != nil {
				return err
			}
		}
		missing, err := restore(ctx, tx, known, released, now)
		if err != nil {
			return err
		}
		lacking := 0
		for _, c := range copies {
			if h.Rules == nil || len(c.Rules) == 0 {
				continue
			}
			n, err := h.Rules.Recover(ctx, tx, c.Rules, now)
			if err != nil {
				return err
			}
			lacking += n
		}
		if lacking > 0 {
			if err := frozen.Set(ctx, tx, now, frozen.Rules, fmt.Sprint(lacking)); err != nil {
				return err
			}
		}
		if missing > 0 {
			if err := frozen.Set(ctx, tx, now, frozen.Missing, fmt.Sprint(missing)); err != nil {
				return err
			}
		}
		if s == nil || missing+lacking > 0 || s.Sequence < newest || damaged != "" {
			if err := Changed(ctx, tx); err != nil {
				return err
			}
			_, err = tx.NewUpdate().Model((*stateRow)(nil)).Set("sequence = ?", newest+1).
				Where("name = ? AND sequence <= ?", stateName, newest).Exec(ctx)
		}
		return problem.Wrap(err, "reconcile holds")
	})
	if err != nil {
		return err
	}
	h.mu.Lock()
	for _, c := range h.copies {
		c.written.Store(0)
	}
	h.mu.Unlock()
	return h.Copy(ctx)
}

// TakeOver makes the holds again that another recorder wrote into a copy beside its
// footage, which is this one's from now on: whoever was promised that it is kept is
// promised it still. What else the copy says, such as rules, is of the other recorder.
func (h *Holds) TakeOver(ctx context.Context, path string) (made int, err error) {
	c, err := read(path)
	damaged := errors.Is(err, errDamaged)
	if err != nil && !damaged || c == nil && !damaged {
		return 0, err
	}
	now := h.Clock.Micro()
	err = h.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if damaged {
			return frozen.Set(ctx, tx, now, frozen.Damaged, filepath.Base(filepath.Dir(path)))
		}
		_, released, err := acted(ctx, tx)
		if err != nil {
			return err
		}
		known := map[string]Hold{}
		for _, one := range c.Holds {
			known[one.ID] = one
		}
		if made, err = restore(ctx, tx, known, released, now); err != nil || made == 0 {
			return err
		}
		return Changed(ctx, tx)
	})
	return made, problem.Wrap(err, "take over holds")
}

// restore makes holds again that are known and not in the table, and those that are
// released there although nobody released them; the latter under a new id, since a row
// that was released stays so.
func restore(ctx context.Context, tx bun.Tx, known map[string]Hold, released map[string]bool, now int64) (missing int, err error) {
	if len(known) == 0 {
		return 0, nil
	}
	var rows []holdRow
	if err := tx.NewSelect().Model(&rows).Column("id", "released_at", "released_by").Scan(ctx, &rows); err != nil {
		return 0, problem.Wrap(err, "reconcile holds")
	}
	there, let := map[string]bool{}, map[string]*holdRow{}
	for i := range rows {
		let[rows[i].ID] = &rows[i]
		there[rows[i].ID] = rows[i].ReleasedAt == nil || released[rows[i].ID]
	}
	for id, one := range known {
		detail := map[string]any{"kind": one.Kind, "owner": one.Owner, "reason": one.Reason, "document": one.Document,
			"placed_by": one.PlacedBy, "placed_at": one.PlacedAt, "review": one.ReviewAt}
		switch stands, known := there[id]; {
		case known && stands:
			continue
		case known:
			detail["released_at"], detail["released_by"] = facts.Or0(let[id].ReleasedAt), value(let[id].ReleasedBy) // as somebody wrote it
			one.ID, detail["instead"] = db.NewID(), id
		}
		missing++
		row := holdRow{ID: one.ID, Kind: one.Kind, Owner: one.Owner, Reason: one.Reason, Document: one.Document, FromAt: one.From, ToAt: one.To,
			ReviewAt: one.ReviewAt, PlacedBy: one.PlacedBy, PlacedAt: one.PlacedAt, RecoveredAt: &now}
		if err := insert(ctx, tx, row, one.Cameras); err != nil {
			return 0, err
		}
		if err := record(ctx, tx, access.Actor{}, now, kindRecovered, row, one.Cameras, detail); err != nil {
			return 0, err
		}
	}
	return missing, nil
}

// acted gives the holds that the acts tell of, and which of them were released by two people
// or were made again under another id. A hold that is gone from its table although it
// was released comes back, too: somebody removed it.
func acted(ctx context.Context, tx bun.IDB) (placed map[string]Hold, released map[string]bool, err error) {
	placed, released = map[string]Hold{}, map[string]bool{}
	err = each(ctx, tx, kindPlaced, func(a *ledger.Act, d *actDetail) {
		placed[a.Subject] = wider(placed, Hold{ID: a.Subject, Kind: Kind(d.Kind), Owner: d.Owner, Reason: d.Reason, Document: d.Document, Cameras: d.Cameras,
			From: d.From, To: d.To, ReviewAt: d.Review, PlacedBy: a.Person, PlacedAt: a.At})
	})
	wishes := newReleases()
	for _, kind := range []string{kindAsked, kindRejected, kindWithdrawn} {
		if err == nil {
			err = each(ctx, tx, kind, func(a *ledger.Act, d *actDetail) { wishes.add(kind, a.Subject, a.Person, d.AskedBy, a.At, true) })
		}
	}
	if err == nil {
		err = each(ctx, tx, kindReleased, func(a *ledger.Act, d *actDetail) {
			h := placed[a.Subject]
			if wishes.by(a.Subject, a.Person, d.AskedBy) && wishes.free(a.Subject, d, h.Cameras, h.From, h.To) {
				released[a.Subject] = true
			}
		})
	}
	if err == nil {
		err = each(ctx, tx, kindRecovered, func(_ *ledger.Act, d *actDetail) {
			if d.Instead != "" {
				released[d.Instead] = true
			}
		})
	}
	return placed, released, err
}

// wider joins what is known of a hold with what another place tells of it: acts name a
// camera each, and a copy beside the footage is a file that others can write. What any of
// them keeps is kept.
func wider(known map[string]Hold, told Hold) Hold {
	h, ok := known[told.ID]
	if !ok {
		h = told
	}
	h.From, h.To = min(h.From, told.From), max(h.To, told.To)
	h.Cameras = slices.Compact(slices.Sorted(slices.Values(slices.Concat(h.Cameras, told.Cameras))))
	return h
}

// actDetail is what an act tells of a hold.
type actDetail struct {
	Cameras                                []string
	From, To, Review                       int64
	Kind, Owner, Reason, Document, Instead string
	AskedBy                                string `json:"asked_by"`
}

func each(ctx context.Context, tx bun.IDB, kind string, found func(*ledger.Act, *actDetail)) error {
	for before := ""; ; {
		acts, next, err := ledger.List(ctx, tx, ledger.Filter{Kind: kind, Limit: ledger.MaxLimit, Before: before})
		if err != nil {
			return err
		}
		for i := range acts {
			b, err := json.Marshal(acts[i].Detail)
			if err != nil {
				return err
			}
			var d actDetail
			if err := json.Unmarshal(b, &d); err != nil {
				return fmt.Errorf("act %s: %w", acts[i].ID, err)
			}
			found(&acts[i], &d)
		}
		if before = next; next == "" {
			return nil
		}
	}
}
