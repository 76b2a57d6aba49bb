package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"watchroom/internal/app/assignment"
	"watchroom/internal/app/folder"
	"watchroom/internal/app/records"
	"watchroom/internal/app/succession"
	"watchroom/internal/source"
)

// heir is a process that succeeds another (R8): it holds that one's locks and
// listeners, records beside it, and begins to serve when it is gone.
type heir struct {
	*succession.Inheritance
	free chan struct{} // closed when the predecessor pulls no camera any more
	gone chan struct{} // closed when it is gone
}

const (
	// longest is how long a successor waits until it records every camera that its
	// predecessor does.
	longest = 20 * time.Second
	// busy is how long it waits for those that answer with a refusal: they allow one
	// connection only, which the predecessor has.
	busy = 5 * time.Second
	// silence is how long connections queue for records that do not open, before the
	// front says what is wrong.
	silence = 5 * time.Second
)

// Names of what is passed on.
const (
	heldLock = "lock"
	heldHTTP = "http"
	heldConn = "http-connection"
)

func (h *heir) earlier() <-chan struct{} {
	if h == nil {
		return nil
	}
	return h.gone
}

func (h *heir) freed() <-chan struct{} {
	if h == nil {
		return nil
	}
	return h.free
}

// left is what was passed on; nil where nothing was.
func (h *heir) left() *succession.Inheritance {
	if h == nil {
		return nil
	}
	return h.Inheritance
}

// openFolder takes the data folder's lock, or what the predecessor passes on of it.
func (a *App) openFolder(ctx context.Context) (*folder.Folder, error) {
	if !a.Succeed {
		if err := folder.Fits(a.Config.Data); err != nil {
			return nil, cmp.Or(folder.ReadOnly(a.Config.Data), err)
		}
		look := a.free
		if look == nil {
			look = folder.Room
		}
		if err := records.Roomy(ctx, a.Config, assignment.FileName, look); err != nil {
			return nil, cmp.Or(folder.ReadOnly(a.Config.Data), err)
		}
		return folder.Open(a.Config.Data)
	}
	i, err := succession.Announce(ctx, a.Config.Data, a.Version)
	if err != nil {
		return nil, err
	}
	a.heir = &heir{i, make(chan struct{}), make(chan struct{})}
	a.onClose(i.Close)
	return folder.Inherit(a.Config.Data, i.Lock)
}

// listener opens the web server's, or takes the predecessor's.
func (a *App) listener(address string) (*net.TCPListener, error) {
	var l net.Listener
	var err error
	if a.heir != nil {
		l, err = a.heir.Listener(heldHTTP, address)
	}
	if l == nil && err == nil {
		l, err = net.Listen("tcp", address)
	}
	if err != nil {
		return nil, err
	}
	t, ok := l.(*net.TCPListener)
	if !ok {
		l.Close()
		return nil, fmt.Errorf("what was passed on listens on %s", l.Addr().Network())
	}
	return t, nil
}

// pass gives the successor the web server's connections on which nothing is under
// way, and closes them here.
func (a *App) pass(list []*net.TCPConn) {
	defer func() {
		for _, c := range list {
			c.Close()
		}
	}()
	if a.incumbent == nil || len(list) == 0 {
		return
	}
	held := make([]succession.Held, len(list))
	for n, c := range list {
		held[n] = succession.Held{Name: heldConn, Of: c}
	}
	if err := a.incumbent.Pass(held); err != nil {
		a.Log.Warn("connections could not be passed on", "connections", len(list), "err", err)
	}
}

// takeOver waits until this process records what its predecessor does, lets that one
// end, and waits until it is gone.
func (a *App) takeOver(ctx context.Context, f *flow) error {
	h := a.heir
	if h == nil {
		return nil
	}
	limit, sure := time.NewTimer(longest), time.NewTimer(busy)
	defer limit.Stop()
	defer sure.Stop()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	taken, hopeful := f.fleet.Recording(), true
	for more := true; more && !f.covers(taken, h.Live, hopeful); taken = f.fleet.Recording() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-limit.C:
			more = false
		case <-sure.C:
			hopeful = false
		case <-look.C:
		}
	}
	a.Log.Info("this process records; the one before may end", "before", h.PID, "its_version", h.Version, "cameras", len(taken), "of", len(h.Live))
	if err := h.Ready(taken); err != nil {
		return err
	}
	// From here on the one before ends whatever happens. Whoever asks this process to
	// end, too, waits for that, so that the journals tell who ended last.
	waiting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(longest, cancel) })
	defer stop()
	free := sync.OnceFunc(func() { close(h.free) })
	if err := h.Wait(waiting, free); err != nil {
		return err
	}
	free()
	close(h.gone)
	f.front.Add(h.Connections(heldConn)...)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := f.folder.Sign(); err != nil {
		a.Log.Warn("the lock of the data folder does not name this process", "err", err)
	}
	hasty := time.AfterFunc(silence, f.front.Begin)
	a.onClose(func() { hasty.Stop() })
	return nil
}

// covers tells whether every wanted camera is recorded here. Without hope, those that
// refuse are not wanted.
func (f *flow) covers(have, want []string, hopeful bool) bool {
	return !slices.ContainsFunc(want, func(id string) bool {
		if slices.Contains(have, id) {
			return false
		}
		s, known := f.fleet.Status(id)
		return hopeful || !known || s.Main.State != source.Refused
	})
}

// standBy listens for a successor of this process.
func (a *App) standBy(ctx context.Context, f *flow) error {
	a.succeeded = make(chan struct{})
	var ending sync.WaitGroup
	a.incumbent = &succession.Incumbent{
		Folder: f.folder.Path, Version: a.Version, Log: a.Log, Spawn: a.Spawn,
		Hold: func() (list []succession.Held, live []string) {
			for n, l := range f.folder.Locks() {
				list = append(list, succession.Held{Name: heldLock + strconv.Itoa(n), Of: l})
			}
			list = append(list, succession.Held{Name: heldHTTP, Address: a.Config.Listen, Of: f.front.Listener()})
			return list, f.fleet.Recording()
		},
		HandOver: func(taken []string) {
			ending.Go(func() {
				f.fleet.HandOver(taken)
				a.incumbent.Freed()
				close(a.succeeded)
			})
		},
	}
	if err := a.incumbent.Start(ctx); err != nil {
		return err
	}
	// Behind everything that is let go, the folder's lock too: the first but the log.
	a.stops = slices.Insert(a.stops, a.lasting, func() { a.orphaned = a.incumbent.Gone() })
	a.onClose(func() { a.incumbent.Close(); ending.Wait() })
	return nil
}

// Succeeded is closed when another process has taken over what records; Close is then
// due.
func (a *App) Succeeded() <-chan struct{} { return a.succeeded }

// ErrSucceeded says that a successor took over before this process served.
var ErrSucceeded = errors.New("another process has taken over")

// ErrOrphaned says that a successor that was ready died before this process had ended.
var ErrOrphaned = errors.New("the successor has died: nothing records any more")

// Orphaned tells, after Close, whether a successor goes on.
func (a *App) Orphaned() error {
	if a.orphaned != nil {
		return ErrOrphaned
	}
	return nil
}
