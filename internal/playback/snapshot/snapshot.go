// Package snapshot keeps still pictures that people took of live or recorded
// footage: a row that says who, what and when, and a file whose hash the row holds.
// Rows are append-only and files are written once.
package snapshot

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/durable"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals. Those about text come from package text, those about rights from access.
var (
	ErrUnknown = problem.New(problem.NotFound, "snapshot_unknown", "There is no such snapshot.")
	ErrCamera  = problem.New(problem.NotFound, "camera_unknown", "There is no such camera.").On("camera")
	ErrPicture = problem.New(problem.Invalid, "snapshot_picture", "The picture is empty or too large.")
	ErrDamaged = problem.New(problem.Conflict, "snapshot_damaged", "The file of this snapshot is not the one that was taken.")
	ErrRemoved = problem.New(problem.NotFound, "snapshot_removed", "The picture of this snapshot was removed together with the footage that it shows.") // at
	ErrLapsed  = problem.New(problem.NotFound, "snapshot_lapsed", "The picture of this snapshot was removed: the maximum for snapshots was over.")      // at
	ErrMissing = problem.New(problem.NotFound, "snapshot_missing", "The file of this snapshot is gone.")
)

const mostBytes = 64 << 20

// Snapshot is one picture.
type Snapshot struct {
	ID      string
	Camera  string
	At      int64  // µs: when the picture was
	TakenAt int64  // µs: when the snapshot was taken
	Person  string // who took it
	Viewing string // under which viewing; empty: of the live picture
	Width   int
	Height  int
	SHA256  [sha256.Size]byte
	Bytes   int64
	File    string // below Dir, with slashes
	Note    string

	RemovedAt int64           // µs: when its picture was removed; 0: it is there
	RemovedBy retention.Class // by whose rule: its own, or that of the footage it shows
	Ground    string          // of that, as of a tombstone
	Authority string          // id of the rule or order
	Finished  bool            // its file was seen to be gone
}

// New is what is known of a picture before it is kept.
type New struct {
	Camera  string
	At      int64  // µs
	Viewing string // empty: of the live picture
	Width   int
	Height  int
	Note    string
	// Right and Term are by what it is allowed, as the act says; empty: by snapshot.take, on
	// whichever term decides.
	Right access.Action
	Term  access.Term
	// Also runs in the transaction that keeps the picture, whose id it is told; the act says
	// what it gives. nil: nothing else is to be done.
	Also func(ctx context.Context, tx bun.Tx, id string) (map[string]any, error)
}

// Snapshots keeps rows in the database and files in Dir.
type Snapshots struct {
	DB    *db.DB
	Dir   string // the snapshots folder, made when it is not there
	Clock clock.Clock
	// Warrants reads the acts that took the pictures: what they do not tell of is not
	// removed. Nil where there is no log, then the rows are believed.
	Warrants *warrant.Reader
}

// Acts that take a picture, and that it was removed: with the footage that it shows, or by a
// rule of its own.
const (
	kindTaken   = "snapshot.taken"
	kindRemoved = "footage.snapshot_removed"
)

type snapshotRow struct {
	bun.BaseModel `bun:"table:snapshots,alias:snapshot"`
	ID            string `bun:",pk"`
	Camera        string
	At            int64
	TakenAt       int64
	Person        string
	Viewing       *string
	Width         int64
	Height        int64
	SHA256        []byte `bun:"sha256"`
	Bytes         int64
	File          string
	Note          string
}

// path is the file of a picture below the folder. It follows from the row, so that nobody
// points it elsewhere.
func (r snapshotRow) path() string {
	return time.UnixMicro(r.TakenAt).UTC().Format("2006/01/02/") + r.ID + ".jpg"
}

func (r snapshotRow) snapshot() Snapshot {
	s := Snapshot{ID: r.ID, Camera: r.Camera, At: r.At, TakenAt: r.TakenAt, Person: r.Person, Width: int(r.Width), Height: int(r.Height),
		Bytes: r.Bytes, File: r.File, Note: r.Note}
	copy(s.SHA256[:], r.SHA256)
	if r.Viewing != nil {
		s.Viewing = *r.Viewing
	}
	return s
}

// Allowed tells whether actor may take a snapshot of camera: of the live picture,
// or of recorded footage, whose viewing the caller checks.
func Allowed(actor access.Actor, camera string, live bool) error {
	if err := access.Can(actor, access.SnapshotTake, camera); err != nil {
		return err
	}
	if live {
		return access.Can(actor, access.LiveView, camera)
	}
	return access.Can(actor, access.PlaybackView, camera)
}

// Take keeps a picture (JPEG): the file first, synced with its folder, then row and
// act in one transaction. If those were not written the file goes again.
func (s *Snapshots) Take(ctx context.Context, actor access.Actor, n New, picture []byte) (Snapshot, error) {
	if err := Allowed(actor, n.Camera, n.Viewing == ""); err != nil {
		return Snapshot{}, err
	}
	if len(picture) == 0 || len(picture) > mostBytes || n.At <= 0 {
		return Snapshot{}, ErrPicture
	}
	note, err := text.Block("note", n.Note, 0, 1000)
	if err != nil {
		return Snapshot{}, err
	}
	now, sum := s.Clock.Now(), sha256.Sum256(picture)
	row := snapshotRow{ID: db.NewID(), Camera: n.Camera, At: n.At, TakenAt: now.UnixMicro(), Person: actor.Person,
		Width: int64(n.Width), Height: int64(n.Height), SHA256: sum[:], Bytes: int64(len(picture)), Note: note}
	if n.Viewing != "" {
		row.Viewing = &n.Viewing
	}
	row.File = row.path()
	path, err := s.write(row.File, picture)
	if err != nil {
		return Snapshot{}, problem.Wrap(err, "write snapshot")
	}
	err = s.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
			if db.IsForeignKey(err) {
				return ErrCamera
			}
			return problem.Wrap(err, "record snapshot")
		}
		detail := map[string]any{"at": row.At, "sha256": fmt.Sprintf("%x", sum), "live": n.Viewing == "",
			"width": row.Width, "height": row.Height, "bytes": row.Bytes, "note": row.Note}
		if n.Viewing != "" {
			detail["viewing"] = n.Viewing
		}
		if n.Also != nil {
			more, err := n.Also(ctx, tx, row.ID)
			if err != nil {
				return err
			}
			maps.Copy(detail, more)
		}
		right := cmp.Or(n.Right, access.SnapshotTake)
		return ledger.Record(ctx, tx, actor.Through(right, row.Camera, n.Term).Act(row.TakenAt, kindTaken, row.ID, row.Camera, detail))
	})
	if err != nil {
		// A connection that broke in the commit leaves open whether the row is there.
		if _, there := s.Get(ctx, row.ID); errors.Is(there, ErrUnknown) {
			err = errors.Join(err, os.Remove(path))
		}
		return Snapshot{}, err
	}
	return row.snapshot(), nil
}

// write makes the folders of file and the file, all of them on the disk when it returns.
func (s *Snapshots) write(file string, picture []byte) (path string, err error) {
	path = filepath.Join(s.Dir, filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.Write(picture)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(path))
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) { // new folders are entries of those above
		if err := durable.SyncDir(dir); err != nil {
			return "", errors.Join(err, os.Remove(path))
		}
		if dir == filepath.Clean(s.Dir) {
			return path, nil
		}
	}
}

// Get gives one snapshot, or ErrUnknown. Who may see its picture the caller
// decides: one of recorded footage needs a viewing that covers it, even for who
// took it.
func (s *Snapshots) Get(ctx context.Context, id string) (Snapshot, error) {
	var row snapshotRow
	err := s.DB.Read().NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Snapshot{}, ErrUnknown
	}
	if err != nil {
		return Snapshot{}, problem.Wrap(err, "read snapshot")
	}
	one := []Snapshot{row.snapshot()}
	err = s.removals(ctx, one)
	return one[0], err
}

// read reads the file that belongs to a snapshot, whatever its row names.
func (s *Snapshots) read(snap Snapshot) ([]byte, error) {
	r := snapshotRow{ID: snap.ID, TakenAt: snap.TakenAt}
	if !db.ValidID(snap.ID) || snap.File != r.path() {
		return nil, os.ErrNotExist
	}
	root, err := os.OpenRoot(s.Dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return root.ReadFile(filepath.FromSlash(snap.File))
}

// Picture reads the file of a snapshot and holds it against its hash.
func (s *Snapshots) Picture(snap Snapshot) ([]byte, error) {
	if snap.RemovedAt != 0 && snap.RemovedBy == retention.Snapshot {
		return nil, ErrLapsed.With("at", time.UnixMicro(snap.RemovedAt).UTC().Format(time.RFC3339))
	}
	if snap.RemovedAt != 0 {
		return nil, ErrRemoved.With("at", time.UnixMicro(snap.RemovedAt).UTC().Format(time.RFC3339))
	}
	picture, err := s.read(snap)
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrMissing
	}
	if err != nil {
		return nil, problem.Wrap(err, "read snapshot")
	}
	if sum := sha256.Sum256(picture); subtle.ConstantTimeCompare(sum[:], snap.SHA256[:]) != 1 {
		return nil, ErrDamaged
	}
	return picture, nil
}

// Filter narrows List. Empty fields narrow nothing.
type Filter struct {
	Camera string
	From   int64 // µs, inclusive, of the picture
	To     int64 // µs, exclusive
	Limit  int   // 1…1000; 0 means 200
}

// List gives snapshots, the newest pictures first, to who may see footage or what
// was done.
func (s *Snapshots) List(ctx context.Context, actor access.Actor, f Filter) ([]Snapshot, error) {
	err := access.Can(actor, access.PlaybackView, f.Camera)
	if err != nil && access.Can(actor, access.ActRead, f.Camera) != nil {
		return nil, err
	}
	if f.Limit <= 0 {
		f.Limit = 200
	}
	var rows []snapshotRow
	q := s.DB.Read().NewSelect().Model(&rows).OrderExpr("snapshot.at DESC, snapshot.id DESC").Limit(int64(min(f.Limit, 1000)))
	if f.Camera != "" {
		q.Where("snapshot.camera = ?", f.Camera)
	} else if cameras, narrow := access.ReachOf(actor, access.PlaybackView, access.ActRead).Narrow(); narrow {
		q.Where("snapshot.camera IN (?)", bun.List(cameras))
	}
	if f.From != 0 {
		q.Where("snapshot.at >= ?", f.From)
	}
	if f.To != 0 {
		q.Where("snapshot.at < ?", f.To)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list snapshots")
	}
	all := make([]Snapshot, len(rows))
	for i, r := range rows {
		all[i] = r.snapshot()
	}
	return all, s.removals(ctx, all)
}
