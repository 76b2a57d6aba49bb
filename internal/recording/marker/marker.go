// Package marker tells whose a folder of recordings is. A disk that was not mounted,
// or was mounted in another's place, looks like any empty folder: what is written
// there fills the system disk, and what is missing there looks lost. So every volume
// carries a small file with an id, and the data folder remembers the ids.
package marker

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"watchroom/internal/db"
	"watchroom/internal/durable"
)

// FileName is the marker's name inside its folder. In an archive tier stand two more: who works
// there, and who wants to.
const (
	FileName   = ".watchroom-volume"
	TenantName = ".watchroom-tenant"
	ClaimName  = ".watchroom-claim"
)

// Ours tells whether a name at the top of a place is that of such a file.
func Ours(name string) bool { return name == FileName || name == TenantName || name == ClaimName }

// Marker is what the file says.
type Marker struct {
	ID    string `json:"id"`
	Name  string `json:"name"`  // of the volume or tier; empty for recording.folder
	Owner string `json:"owner"` // id of the data folder that it belongs to

	text string // of the file, as it was read
}

// Why a folder is not taken.
var (
	ErrGone     = errors.New("the folder has lost its marker " + FileName + ": is its disk mounted?")
	ErrNoFolder = errors.New("the folder is not there: is its disk mounted?")
	ErrForeign  = errors.New("the folder's marker " + FileName + " is another's")
)

// Read reads the marker of a folder. Without one the error is fs.ErrNotExist.
func Read(dir string) (m Marker, err error) {
	b, err := durable.ReadRegular(filepath.Join(dir, FileName), longest)
	if errors.Is(err, durable.ErrIrregular) {
		return m, fmt.Errorf("%w: %w", ErrForeign, err)
	}
	if err != nil {
		return m, err
	}
	m, err = parse(b, ErrForeign)
	m.text = string(b)
	return m, err
}

func parse(b []byte, foreign error) (m Marker, err error) {
	if err := json.Unmarshal(b, &m); err != nil || m.ID == "" {
		return m, fmt.Errorf("%w: it cannot be read", foreign)
	}
	return m, nil
}

// longest is how many bytes a marker has at most.
const longest = 64 << 10

// write puts a marker into a folder that has none. When it returns it is on the disk.
func write(dir string, m Marker) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return durable.Replace(filepath.Join(dir, FileName), b, 0o640)
}

// Book remembers in the data folder which ids its volumes and tiers have.
type Book struct {
	Path string // of the file
	// OnMended is told of a marker, or of the book itself, that was damaged and was put right. It
	// must return at once. May be nil.
	OnMended func(Mended)

	read func(dir string) (Marker, error) // in tests; nil: Read

	mu      sync.Mutex // guards all below; held over I/O in a folder only where it is marked
	owner   string
	ids     map[string]string // by name
	buckets map[string]string // likewise, of places that are no folders
	state   state             // of the file
}

// Open reads the book; one that is missing is begun, and of one that is damaged the copy beside it
// is read. It writes nothing.
func (b *Book) Open() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, state, err := read(b.Path)
	if err != nil {
		return err
	}
	b.owner, b.ids, b.buckets, b.state = p.Owner, p.IDs, p.Buckets, state
	if b.ids == nil {
		b.ids = map[string]string{}
	}
	if b.buckets == nil {
		b.buckets = map[string]string{}
	}
	if b.owner == "" {
		b.owner = db.NewID()
	}
	return nil
}

// Owner is the id of the data folder.
func (b *Book) Owner() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.owner
}

// Names are those of the volumes and tiers on disks that it has known, in order; the one
// of recording.folder, which is empty, is left out.
func (b *Book) Names() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	names := slices.Sorted(maps.Keys(b.ids))
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

// Claim makes a folder the volume of a name, or checks that it still is. fresh says
// that the folder was marked just now and holds nothing else. What belongs to
// another is refused with ErrForeign, what has lost its marker with ErrGone.
func (b *Book) Claim(dir, name string) (fresh bool, err error) {
	m, err := b.look(dir)
	fresh, mended, err := b.claim(dir, name, m, err)
	for _, one := range mended {
		if b.OnMended != nil {
			b.OnMended(one)
		}
	}
	return fresh, err
}

// claim is Claim of a folder whose marker was read, with err.
func (b *Book) claim(dir, name string, m Marker, err error) (fresh bool, mended []Mended, _ error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if errors.Is(err, fs.ErrNotExist) {
		m, err = b.look(dir) // somebody may have marked it meanwhile
	}
	mended = b.rewrite()
	if want, yes := b.hurt(&m, name); yes {
		if err := write(dir, want); err != nil {
			return false, mended, err
		}
		return false, append(mended, Mended{Volume: name, File: filepath.Join(dir, FileName)}), nil
	}
	fresh, err = b.take(dir, name, m, err)
	return fresh, mended, err
}

// take makes a folder the volume of a name where it is none yet. b.mu is held.
func (b *Book) take(dir, name string, m Marker, err error) (fresh bool, _ error) {
	known := b.ids[name]
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return false, err
	case err != nil && known != "":
		return false, ErrGone
	case err == nil && known != "" && m.ID != known,
		err == nil && known == "" && (m.Owner != b.owner || m.Name != name):
		return false, fmt.Errorf("%w: it is volume %q of %s", ErrForeign, m.Name, m.Owner)
	case err == nil && known == "":
		return false, b.note(name, m.ID)
	case err == nil:
		return false, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false, err
	}
	m = Marker{ID: db.NewID(), Name: name, Owner: b.owner}
	// The book first: a marker that the book does not know would be another's.
	if err := b.note(name, m.ID); err != nil {
		return false, err
	}
	// Locks and the like are no recordings.
	some := slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !strings.HasPrefix(e.Name(), ".") })
	return !some, write(dir, m)
}

// look reads a marker. A disk that does not answer holds up whoever looks at it, and nobody
// who looks at another: who calls it first does so without the lock.
func (b *Book) look(dir string) (Marker, error) {
	if b.read != nil {
		return b.read(dir)
	}
	return Read(dir)
}

// Look is Claim for who only reads: a folder that has no marker yet is taken as it is.
func (b *Book) Look(dir, name string) error {
	m, err := b.look(dir)
	b.mu.Lock()
	known, owner := b.ids[name], b.owner
	_, hurt := b.hurt(&m, name)
	b.mu.Unlock()
	switch {
	case hurt: // whoever records there puts it right
		return nil
	case errors.Is(err, fs.ErrNotExist) && known == "":
		_, err = os.Stat(dir)
		return err
	case errors.Is(err, fs.ErrNotExist):
		return ErrGone
	case err != nil:
		return err
	case known != "" && m.ID != known, known == "" && (m.Owner != owner || m.Name != name):
		return fmt.Errorf("%w: it is volume %q of %s", ErrForeign, m.Name, m.Owner)
	}
	return nil
}

// Take makes a folder the volume of a name whoever had it before. It is for a person
// who says so.
func (b *Book) Take(dir, name string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	m, err := Read(dir)
	if err != nil || m.Name != name {
		m = Marker{ID: db.NewID(), Name: name}
	}
	m.Owner = b.owner
	if err := b.note(name, m.ID); err != nil {
		return err
	}
	return write(dir, m)
}

// note writes an id into the book. b.mu is held.
func (b *Book) note(name, id string) error { return b.noteIn(b.ids, name, id) }

func (b *Book) noteIn(ids map[string]string, name, id string) error {
	ids[name] = id
	err := b.save()
	if err != nil {
		delete(ids, name)
	}
	return err
}
