package succession

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"time"
)

// Inheritance is what a successor has been given.
type Inheritance struct {
	Live    []string // cameras that the predecessor records
	Version string   // of the predecessor's program
	PID     int

	line  *line
	files map[string]*os.File
	names map[string]string // addresses
	later []later           // what came after Ready
}

// later is a descriptor that was passed on at the end.
type later struct {
	name string
	file *os.File
}

// Announce tells the process that serves a data folder that this one is to succeed it,
// and takes what is passed on. Close must be called.
func Announce(ctx context.Context, folder, version string) (*Inheritance, error) {
	l, err := dial(folder)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = l.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	fail := func(err error) (*Inheritance, error) {
		l.Close()
		return nil, err
	}
	_ = l.SetReadDeadline(time.Now().Add(patience))
	if err := l.send(message{Do: "succeed", Newest: Protocol, PID: os.Getpid(), Version: version}); err != nil {
		return fail(err)
	}
	m, files, err := l.take()
	if err != nil {
		return fail(fmt.Errorf("succession: %w", err))
	}
	i := &Inheritance{Live: m.Live, Version: m.Version, PID: m.PID, line: l, files: map[string]*os.File{}, names: map[string]string{}}
	for n, h := range m.Held {
		i.files[h.Name], i.names[h.Name] = files[n], h.Address
	}
	if m.Refused != "" {
		i.Close()
		return nil, fmt.Errorf("%w: %s", ErrRefused, m.Refused)
	}
	if m.Protocol < 1 || m.Protocol > Protocol {
		i.Close()
		return nil, fmt.Errorf("%w: it speaks version %d of the protocol", ErrRefused, m.Protocol)
	}
	_ = l.SetReadDeadline(time.Time{})
	return i, nil
}

// File takes a file over, nil where there is none of that name.
func (i *Inheritance) File(name string) *os.File {
	f := i.files[name]
	delete(i.files, name)
	return f
}

// Lock takes over the file that holds the lock of that name in the file system, nil
// where it is not among what was passed on.
func (i *Inheritance) Lock(path string) *os.File {
	want, err := os.Stat(path)
	if err != nil {
		return nil
	}
	for name, f := range i.files {
		if have, err := f.Stat(); err == nil && os.SameFile(want, have) {
			return i.File(name)
		}
	}
	return nil
}

// Packets takes a socket for packets over, nil where there is none for this address.
func (i *Inheritance) Packets(name, address string) (net.PacketConn, error) {
	if i.files[name] == nil || i.names[name] != address {
		return nil, nil
	}
	f := i.File(name)
	defer f.Close()
	return net.FilePacketConn(f)
}

// Listener takes a listener over, nil where there is none for this address.
func (i *Inheritance) Listener(name, address string) (net.Listener, error) {
	if i.files[name] == nil || i.names[name] != address {
		return nil, nil
	}
	return listener(i.File(name))
}

// Ready tells the predecessor that it may end: taken are the cameras that are
// recorded here. Wait then tells when it has.
func (i *Inheritance) Ready(taken []string) error {
	if err := i.called(); err != nil {
		return err
	}
	if err := i.line.send(message{Do: "ready", Live: taken}); err != nil {
		return nil //nolint:nilerr // it has died meanwhile: Wait tells
	}
	return nil
}

// called tells without waiting whether the predecessor has called it off.
func (i *Inheritance) called() error {
	_ = i.line.SetReadDeadline(time.Now().Add(time.Millisecond))
	defer func() { _ = i.line.SetReadDeadline(time.Time{}) }()
	return over(i.line.receive())
}

// over makes of what was received, which is only ever a word of the end, what it
// means: nil while the predecessor goes on, or once it is gone.
func over(m message, err error) error {
	if err == nil && m.Do == "abandon" {
		return ErrAbandoned
	}
	return nil
}

// Wait waits until the predecessor is gone, however it ends, or ctx is done, and
// takes what it passes on meanwhile. freed is called when it says that it pulls no
// camera any more. ErrAbandoned says that it goes on and that this process is to end.
func (i *Inheritance) Wait(ctx context.Context, freed func()) error {
	stop := context.AfterFunc(ctx, func() { _ = i.line.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	for {
		m, err := i.line.receive()
		var garbled *json.SyntaxError
		switch {
		case errors.As(err, &garbled):
			continue // it is alive
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return nil // however the connection ended, its process has
		}
		switch m.Do {
		case "abandon":
			return ErrAbandoned
		case "freed":
			freed()
		case "take":
			i.keep(m.Held)
		} // what a later version may say besides is not needed
	}
}

func (i *Inheritance) keep(list []held) {
	files := i.line.files.take(len(list)) // fewer where this process may open no more
	for n, f := range files {
		i.later = append(i.later, later{list[n].Name, f})
	}
}

// Connections takes over those of a name that came while Wait waited.
func (i *Inheritance) Connections(name string) (out []*net.TCPConn) {
	i.later = slices.DeleteFunc(i.later, func(l later) bool {
		if l.name != name {
			return false
		}
		defer l.file.Close()
		c, err := net.FileConn(l.file)
		if err != nil {
			return true // one that is broken is nobody's any more
		}
		if t, ok := c.(*net.TCPConn); ok {
			out = append(out, t)
		} else {
			c.Close()
		}
		return true
	})
	return out
}

// Close lets go of what was not taken over.
func (i *Inheritance) Close() {
	for name, f := range i.files {
		f.Close()
		delete(i.files, name)
	}
	for _, l := range i.later {
		l.file.Close()
	}
	i.later = nil
	i.line.Close()
}

// Who tells which process serves a data folder, the version of its program, and
// whether people are answered.
func Who(folder string) (pid int, version string, serving bool, err error) {
	l, err := dial(folder)
	if err != nil {
		return 0, "", false, err
	}
	defer l.Close()
	_ = l.SetDeadline(time.Now().Add(patience))
	if err := l.send(message{Do: "who", Newest: Protocol}); err != nil {
		return 0, "", false, err
	}
	m, err := l.receive()
	return m.PID, m.Version, m.Serving, err
}

// Upgrade asks the process that serves a data folder to start a program as its
// successor, and waits until that serves. said is told of every stage.
func Upgrade(ctx context.Context, folder, binary string, said func(stage string, pid int)) error {
	l, err := dial(folder)
	if err != nil {
		return err
	}
	defer l.Close()
	stop := context.AfterFunc(ctx, func() { _ = l.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := l.send(message{Do: "upgrade", Binary: binary, Newest: Protocol}); err != nil {
		return err
	}
	pid := 0
	for {
		m, err := l.receive()
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if pid == 0 {
				return fmt.Errorf("the running process ended: %w", err)
			}
			break // it has ended, as it should; the successor tells
		}
		if m.Refused != "" {
			return fmt.Errorf("%w: %s", ErrRefused, m.Refused)
		}
		if m.Do == "abandon" {
			return ErrAbandoned
		}
		pid = m.PID
		said(m.Stage, pid)
		if m.Stage == "ending" {
			break
		}
	}
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		if now, _, serving, err := Who(folder); err == nil && serving && now == pid {
			said("serving", pid)
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the new process %d does not serve yet, its log says why: %w", pid, ctx.Err())
		case <-look.C:
		}
	}
}
