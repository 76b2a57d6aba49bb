// Package succession passes a running installation from one process to the next (R8):
// locks and listeners over a Unix socket in the data folder, so that nothing is
// recorded less and nobody is refused while the program is exchanged.
//
// The process that serves is the Incumbent. Whoever starts the next one asks it to
// (Upgrade); the next one announces itself (Announce), gets what must be held
// without a break, begins to record, and says so (Inheritance.Ready). Then the
// incumbent ends in good order, and the successor goes on once it is gone.
//
// Messages are lines of JSON. The two processes may be of different versions of the
// program: what they speak is settled by the protocol's own number.
package succession

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Protocol is the newest version of the messages that this program speaks. A process
// speaks all from 1 on. With 2 came what the incumbent may say after the successor is
// ready: "freed", that it pulls no camera any more, and "take", by which it passes on
// more.
const Protocol = 2

// Socket is the name of the socket in the data folder.
const Socket = "succession.sock"

// Errors of a succession.
var (
	ErrNobody   = errors.New("no watchroom process serves this data folder")
	ErrStranger = errors.New("the process belongs to another user")
	ErrRefused  = errors.New("the running process refuses")
	// ErrAbandoned tells a successor that it is no longer wanted: the running process
	// goes on, or both are to end.
	ErrAbandoned = errors.New("the running process has called the succession off")
)

// message is one line, from either side.
type message struct {
	Protocol int    `json:"protocol,omitempty"` // spoken from here on
	Newest   int    `json:"newest,omitempty"`   // the newest that the sender speaks
	Do       string `json:"do,omitempty"`       // succeed, upgrade, who; ready, abandon, freed, take
	Refused  string `json:"refused,omitempty"`  // why not
	PID      int    `json:"pid,omitempty"`
	Version  string `json:"version,omitempty"` // of the program
	Serving  bool   `json:"serving,omitempty"`

	Binary string   `json:"binary,omitempty"` // upgrade: what to start
	Held   []held   `json:"held,omitempty"`   // what comes with the message, in the order of the descriptors
	Live   []string `json:"live,omitempty"`   // cameras that are recorded
	Stage  string   `json:"stage,omitempty"`  // upgrade: started, recording, ending
}

// held names a descriptor that is passed on.
type held struct {
	Name    string `json:"name"`
	Address string `json:"address,omitempty"` // as the configuration has it
}

const (
	maxMessage = 1 << 20
	patience   = 10 * time.Second // for an answer that costs nothing
)

// line is a connection of messages.
type line struct {
	*net.UnixConn
	r     *bufio.Reader
	files *arrivals
}

func newLine(c *net.UnixConn) *line {
	a := &arrivals{UnixConn: c}
	return &line{c, bufio.NewReaderSize(a, 64<<10), a}
}

// Close implements io.Closer. What came and was not taken is closed, too.
func (l *line) Close() error {
	l.files.drop()
	return l.UnixConn.Close()
}

func (l *line) send(m message) error {
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = l.Write(append(b, '\n'))
	return err
}

func (l *line) receive() (m message, err error) {
	var all []byte
	for {
		part, err := l.r.ReadSlice('\n')
		all = append(all, part...)
		if errors.Is(err, bufio.ErrBufferFull) && len(all) < maxMessage {
			continue
		}
		if err != nil {
			return m, err
		}
		break
	}
	return m, json.Unmarshal(all, &m)
}

// uid is the user of the process on the other side of a connection, as the kernel
// knows it (unix(7), SO_PEERCRED).
func uid(c *net.UnixConn) (uint32, error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) { cred, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err = errors.Join(err, failed); err != nil {
		return 0, err
	}
	return cred.Uid, nil
}

// known refuses a process of another user. Root may do to this process what it likes
// anyway.
func known(c *net.UnixConn) error {
	who, err := uid(c)
	if err != nil {
		return err
	}
	if who != 0 && who != uint32(os.Geteuid()) {
		return fmt.Errorf("%w: %d", ErrStranger, who)
	}
	return nil
}

// at gives f an address of the socket that fits: names of Unix sockets are short, and
// data folders lie deep.
func at(folder string, f func(*net.UnixAddr) error) error {
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer dir.Close()
	raw, err := dir.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		failed = f(&net.UnixAddr{Net: "unix", Name: filepath.Join(fmt.Sprintf("/proc/self/fd/%d", fd), Socket)})
	})
	return errors.Join(err, failed)
}

// dial reaches the process that serves a data folder.
func dial(folder string) (*line, error) {
	var c *net.UnixConn
	err := at(folder, func(a *net.UnixAddr) (err error) {
		c, err = net.DialUnix("unix", nil, a)
		return err
	})
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, unix.ECONNREFUSED):
		return nil, fmt.Errorf("%s: %w", folder, ErrNobody)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", folder, err)
	}
	if err := known(c); err != nil {
		c.Close()
		return nil, err
	}
	return newLine(c), nil
}
