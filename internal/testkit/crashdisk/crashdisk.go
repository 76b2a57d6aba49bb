// Package crashdisk is a disk in memory for tests of what survives. It can stop a
// program between any two of its writes, fail one of them, and then show what a
// killed process or a power cut would have left.
package crashdisk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"watchroom/internal/ledger/disk"
)

// ErrDead is what everything answers after the stop.
var ErrDead = errors.New("the process is dead")

// ErrFailed is what a step answers that was told to fail.
var ErrFailed = errors.New("input/output error")

// Disk is a disk.Disk. The folder "/" is there; paths begin with it.
type Disk struct {
	// StopAt is the number of the step, from 1, at which everything stops; 0 means
	// never. A write is done by half before that.
	StopAt int
	// FailAt is the number of a step that fails once; a write is done by half, and
	// after a sync nothing of that file reaches the disk any more, whatever is said.
	FailAt int

	mu    sync.Mutex
	steps int
	last  string
	root  *node
	locks map[string]bool
}

// node is a file or a folder as programs see it and as the disk has it.
type node struct {
	dir         bool
	data, kept  []byte
	names, safe map[string]*node
	broken      bool // a sync failed: nothing of it reaches the disk any more
}

// New gives an empty disk.
func New() *Disk { return &Disk{root: folder(), locks: map[string]bool{}} }

func folder() *node { return &node{dir: true, names: map[string]*node{}, safe: map[string]*node{}} }

// Steps counts the writes so far; Last names the latest.
func (d *Disk) Steps() (n int, last string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.steps, d.last
}

// step counts one change. half says that a write must be done by half, err what it
// must then answer. Called with mu held.
func (d *Disk) step(what string, args ...any) (half bool, err error) {
	if d.StopAt > 0 && d.steps >= d.StopAt {
		return false, ErrDead
	}
	d.steps++
	d.last = fmt.Sprintf(what, args...)
	switch d.steps {
	case d.StopAt:
		return true, ErrDead
	case d.FailAt:
		return true, ErrFailed
	}
	return false, nil
}

func (d *Disk) alive() error {
	if d.StopAt > 0 && d.steps >= d.StopAt {
		return ErrDead
	}
	return nil
}

// find gives what stands at name; called with mu held.
func (d *Disk) find(name string) (*node, error) {
	at := d.root
	for part := range strings.SplitSeq(strings.Trim(path.Clean(name), "/"), "/") {
		if part == "" {
			continue
		}
		if at = at.names[part]; at == nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
		}
	}
	return at, nil
}

func (d *Disk) parent(name string) (*node, string, error) {
	p, err := d.find(path.Dir(path.Clean(name)))
	if err == nil && !p.dir {
		err = &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return p, path.Base(name), err
}

// ReadFile reads what a program would read.
func (d *Disk) ReadFile(name string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.alive(); err != nil {
		return nil, err
	}
	n, err := d.find(name)
	if err != nil {
		return nil, err
	}
	return bytes.Clone(n.data), nil
}

// ReadDir lists a folder.
func (d *Disk) ReadDir(name string) ([]fs.DirEntry, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.alive(); err != nil {
		return nil, err
	}
	n, err := d.find(name)
	if err != nil {
		return nil, err
	}
	var list []fs.DirEntry
	for _, k := range slices.Sorted(maps.Keys(n.names)) {
		list = append(list, entry{k, n.names[k].dir})
	}
	return list, nil
}

// Mkdir makes a folder.
func (d *Disk) Mkdir(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, base, err := d.parent(name)
	if err != nil {
		return err
	}
	if p.names[base] != nil {
		return &fs.PathError{Op: "mkdir", Path: name, Err: fs.ErrExist}
	}
	if _, err := d.step("mkdir %s", name); err != nil {
		return err
	}
	p.names[base] = folder()
	return nil
}

// Create makes or empties a file.
func (d *Disk) Create(name string, _ fs.FileMode) (disk.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, base, err := d.parent(name)
	if err != nil {
		return nil, err
	}
	if _, err := d.step("create %s", name); err != nil {
		return nil, err
	}
	n := p.names[base]
	if n == nil {
		n = &node{}
		p.names[base] = n
	}
	n.data = nil
	return &file{d, n, name}, nil
}

// Open opens a file.
func (d *Disk) Open(name string) (disk.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.alive(); err != nil {
		return nil, err
	}
	n, err := d.find(name)
	if err != nil {
		return nil, err
	}
	return &file{d, n, name}, nil
}

// Rename moves a name.
func (d *Disk) Rename(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, a, err := d.parent(from)
	if err != nil {
		return err
	}
	q, b, err := d.parent(to)
	if err != nil {
		return err
	}
	if p.names[a] == nil {
		return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
	}
	if _, err := d.step("rename %s", to); err != nil {
		return err
	}
	n := p.names[a]
	delete(p.names, a)
	q.names[b] = n
	return nil
}

// Remove removes a file or an empty folder.
func (d *Disk) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, base, err := d.parent(name)
	if err != nil {
		return err
	}
	n := p.names[base]
	if n == nil {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrNotExist}
	}
	if len(n.names) > 0 {
		return &fs.PathError{Op: "remove", Path: name, Err: errors.New("folder not empty")}
	}
	if _, err := d.step("remove %s", name); err != nil {
		return err
	}
	delete(p.names, base)
	return nil
}

// SyncDir makes the names of a folder safe.
func (d *Disk) SyncDir(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.find(name)
	if err != nil {
		return err
	}
	if _, err := d.step("sync folder %s", name); err != nil {
		return err
	}
	n.safe = maps.Clone(n.names)
	return nil
}

// Lock keeps a second user out until it is given back.
func (d *Disk) Lock(name string) (io.Closer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.locks[name] {
		return nil, disk.ErrLocked
	}
	d.locks[name] = true
	return unlock(func() { d.mu.Lock(); delete(d.locks, name); d.mu.Unlock() }), nil
}

type unlock func()

// Close gives the lock back.
func (u unlock) Close() error { u(); return nil }

// Write puts a file there, safe, as by another program; Delete takes a file or
// folder away with all that is in it. Neither is a step.
func (d *Disk) Write(name string, data []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, base, err := d.parent(name)
	if err != nil {
		panic(err)
	}
	n := &node{data: bytes.Clone(data), kept: bytes.Clone(data)}
	p.names[base], p.safe[base] = n, n
}

// Delete see Write.
func (d *Disk) Delete(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, base, err := d.parent(name)
	if err != nil {
		panic(err)
	}
	delete(p.names, base)
	delete(p.safe, base)
}

// Revive lets another process go on with the disk as a killed one left it, until
// the step stopAt; what was not synced still is not.
func (d *Disk) Revive(stopAt int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.StopAt, d.locks = stopAt, map[string]bool{}
}

// AfterKill is the disk that the next process finds when this one was killed.
func (d *Disk) AfterKill() *Disk {
	return d.copyTree(func(n *node) []byte { return n.data }, func(n *node) map[string]*node { return n.names })
}

// AfterPowerCut is the disk after all that was not synced is gone.
func (d *Disk) AfterPowerCut() *Disk {
	return d.copyTree(func(n *node) []byte { return n.kept }, func(n *node) map[string]*node { return n.safe })
}

// AfterMess is the disk after a power cut that let some of what was not synced
// through, as a file system may: names, beginnings of data, and lengths without data.
func (d *Disk) AfterMess(seed uint64) *Disk {
	r := rand.New(rand.NewPCG(seed, 7))
	return d.copyTree(func(n *node) []byte {
		switch r.IntN(4) {
		case 0:
			return n.kept
		case 1:
			return n.data
		case 2: // the length reached the disk, the data did not
			return append(bytes.Clone(n.kept[:min(len(n.kept), len(n.data))]), make([]byte, max(0, len(n.data)-len(n.kept)))...)
		}
		same := 0
		for same < min(len(n.kept), len(n.data)) && n.kept[same] == n.data[same] {
			same++
		}
		if same < len(n.kept) { // not an append: one or the other
			return n.kept
		}
		return n.data[:same+r.IntN(len(n.data)-same+1)]
	}, func(n *node) map[string]*node {
		if r.IntN(2) == 0 {
			return n.names
		}
		mixed := maps.Clone(n.safe)
		for _, k := range slices.Sorted(maps.Keys(n.names)) {
			if r.IntN(2) == 0 {
				mixed[k] = n.names[k]
			}
		}
		return mixed
	})
}

func (d *Disk) copyTree(data func(*node) []byte, names func(*node) map[string]*node) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	var walk func(n *node) *node
	walk = func(n *node) *node {
		if !n.dir {
			b := data(n)
			return &node{data: bytes.Clone(b), kept: bytes.Clone(b)}
		}
		c := folder()
		all := names(n)
		for _, k := range slices.Sorted(maps.Keys(all)) {
			c.names[k] = walk(all[k])
		}
		c.safe = maps.Clone(c.names)
		return c
	}
	return &Disk{root: walk(d.root), locks: map[string]bool{}}
}

type file struct {
	d    *Disk
	n    *node
	name string
}

// WriteAt writes, by half when it is the step to stop or fail at.
func (f *file) WriteAt(p []byte, off int64) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	half, err := f.d.step("write %d bytes to %s", len(p), f.name)
	if err != nil && !half {
		return 0, err
	}
	if half {
		p = p[:len(p)/2]
	}
	if need := int(off) + len(p); need > len(f.n.data) {
		f.n.data = append(f.n.data, make([]byte, need-len(f.n.data))...)
	}
	copy(f.n.data[off:], p)
	return len(p), err
}

// Sync makes the data safe.
func (f *file) Sync() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	half, err := f.d.step("sync %s", f.name)
	if err != nil {
		// The kernel may call pages clean that it could not write.
		f.n.broken = f.n.broken || half && f.d.steps == f.d.FailAt
		return err
	}
	if !f.n.broken {
		f.n.kept = bytes.Clone(f.n.data)
	}
	return nil
}

// Truncate cuts or lengthens.
func (f *file) Truncate(size int64) error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if _, err := f.d.step("truncate %s", f.name); err != nil {
		return err
	}
	f.n.data = append(f.n.data[:min(int(size), len(f.n.data)):min(int(size), len(f.n.data))], make([]byte, max(0, int(size)-len(f.n.data)))...)
	return nil
}

// Close does nothing: there is nothing to give back.
func (f *file) Close() error { return nil }

type entry struct {
	name string
	dir  bool
}

func (e entry) Name() string               { return e.name }
func (e entry) IsDir() bool                { return e.dir }
func (e entry) Type() fs.FileMode          { return e.mode() & fs.ModeType }
func (e entry) Info() (fs.FileInfo, error) { return info{e}, nil }
func (e entry) mode() fs.FileMode {
	if e.dir {
		return fs.ModeDir | 0o750
	}
	return 0o640
}

type info struct{ entry }

func (i info) Size() int64        { return 0 }
func (i info) Mode() fs.FileMode  { return i.mode() }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) Sys() any           { return nil }
