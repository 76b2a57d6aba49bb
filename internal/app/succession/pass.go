package succession

import (
	"errors"
	"fmt"
	"net"
	"os"
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

// take receives a message with descriptors. Nothing may have been read before it.
func (l *line) take() (m message, files []*os.File, err error) {
	b, oob := make([]byte, maxMessage), make([]byte, unix.CmsgSpace(4*maxHeld))
	n, on, _, _, err := l.ReadMsgUnix(b, oob)
	if err != nil {
		return m, nil, err
	}
	controls, err := unix.ParseSocketControlMessage(oob[:on])
	if err != nil {
		return m, nil, err
	}
	for i := range controls {
		fds, err := unix.ParseUnixRights(&controls[i])
		if err != nil {
			continue // another kind of control message
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			files = append(files, os.NewFile(uintptr(fd), "inherited"))
		}
	}
	fail := func(err error) (message, []*os.File, error) {
		for _, f := range files {
			f.Close()
		}
		return m, nil, err
	}
	for n > 0 && b[n-1] != '\n' && n < len(b) { // the rest of a long message
		more, err := l.Read(b[n:])
		if err != nil {
			return fail(err)
		}
		n += more
	}
	if err := json.Unmarshal(b[:n], &m); err != nil {
		return fail(fmt.Errorf("succession: %w", err))
	}
	if len(m.Held) != len(files) {
		return fail(fmt.Errorf("succession: %d descriptors were named, %d came", len(m.Held), len(files)))
	}
	return m, files, nil
}

// listener makes a listener of a descriptor, which it closes.
func listener(f *os.File) (net.Listener, error) {
	defer f.Close()
	return net.FileListener(f)
}
