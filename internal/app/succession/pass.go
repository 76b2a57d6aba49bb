package succession

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"

	"encoding/json"

	"golang.org/x/sys/unix"
)

// Held is what a process holds and may pass on: a lock's file, a listener, a socket.
// It goes on holding it itself.
type Held struct {
	Name    string // such as "lock" or "http"
	Address string // of a socket, as the configuration has it; another one is not wanted
	Of      syscall.Conn
}

// maxHeld bounds the descriptors of one message (SCM_MAX_FD is 253).
const maxHeld = 64

// pass sends a message with descriptors (unix(7), SCM_RIGHTS).
func (l *line) pass(m message, list []Held) (err error) {
	if len(list) > maxHeld {
		return fmt.Errorf("succession: %d descriptors are too many", len(list))
	}
	var fds []int
	defer func() {
		for _, fd := range fds {
			_ = unix.Close(fd)
		}
	}()
	for _, h := range list {
		raw, err := h.Of.SyscallConn()
		if err != nil {
			return err
		}
		var failed error
		err = raw.Control(func(fd uintptr) {
			var own int
			if own, failed = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0); failed == nil {
				fds = append(fds, own)
			}
		})
		if err = errors.Join(err, failed); err != nil {
			return fmt.Errorf("succession: %s: %w", h.Name, err)
		}
		m.Held = append(m.Held, held{h.Name, h.Address})
	}
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, _, err = l.WriteMsgUnix(append(b, '\n'), unix.UnixRights(fds...), nil)
	return err
}

// arrivals reads bytes and keeps the descriptors that come with them. The kernel joins
// no two messages that bear some (unix(7)), so that they are here, in order, once their
// message has been read.
type arrivals struct {
	*net.UnixConn

	mu    sync.Mutex // guards files
	files []*os.File
}

// Read implements io.Reader.
func (a *arrivals) Read(b []byte) (int, error) {
	oob := make([]byte, unix.CmsgSpace(4*maxHeld))
	n, on, _, _, err := a.ReadMsgUnix(b, oob)
	if on > 0 {
		a.note(oob[:on])
	}
	return max(n, 0), err
}

func (a *arrivals) note(oob []byte) {
	controls, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return // then the message names more than came
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range controls {
		fds, err := unix.ParseUnixRights(&controls[i])
		if err != nil {
			continue // another kind of control message
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			a.files = append(a.files, os.NewFile(uintptr(fd), "inherited"))
		}
	}
}

// take gives the first n, or as many as there are.
func (a *arrivals) take(n int) []*os.File {
	a.mu.Lock()
	defer a.mu.Unlock()
	n = min(n, len(a.files))
	out := a.files[:n:n]
	a.files = a.files[n:]
	return out
}

func (a *arrivals) drop() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, f := range a.files {
		f.Close()
	}
	a.files = nil
}

// take receives a message with descriptors.
func (l *line) take() (m message, files []*os.File, err error) {
	if m, err = l.receive(); err != nil {
		return m, nil, err
	}
	if files = l.files.take(len(m.Held)); len(files) < len(m.Held) {
		for _, f := range files {
			f.Close()
		}
		return m, nil, fmt.Errorf("succession: %d descriptors were named, %d came", len(m.Held), len(files))
	}
	return m, files, nil
}

// listener makes a listener of a descriptor, which it closes.
func listener(f *os.File) (net.Listener, error) {
	defer f.Close()
	return net.FileListener(f)
}
