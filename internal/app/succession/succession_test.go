package succession

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"watchroom/internal/testkit/leak"
)

// folder is a data folder that lies deeper than the name of a Unix socket may be long.
func folder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), strings.Repeat("deep", 20), strings.Repeat("down", 20))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// reign starts an incumbent that holds a lock and a listener. taken is told of what it
// is to hand over.
func reign(t *testing.T, dir string, change func(*Incumbent)) (x *Incumbent, l net.Listener, taken chan []string) {
	t.Helper()
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lock.Close() })
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		t.Fatal(err)
	}
	if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	taken = make(chan []string, 1)
	x = &Incumbent{
		Folder: dir, Version: "1", Log: slog.New(slog.DiscardHandler), HandOver: func(c []string) { taken <- c },
		Hold: func() ([]Held, []string) {
			return []Held{{Name: "lock", Of: lock}, {Name: "http", Address: "127.0.0.1:0", Of: l.(*net.TCPListener)}}, []string{"cam1", "cam2"}
		},
	}
	if change != nil {
		change(x)
	}
	if err := x.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Close)
	return x, l, taken
}

func TestWhatIsHeldPassesWithoutABreak(t *testing.T) {
	leak.Check(t)
	dir := folder(t)
	x, l, taken := reign(t, dir, nil)
	if st, err := os.Stat(filepath.Join(dir, Socket)); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st, err)
	}
	if pid, version, serving, err := Who(dir); err != nil || pid != os.Getpid() || version != "1" || serving {
		t.Errorf("%d %s %v %v", pid, version, serving, err)
	}
	i, err := Announce(t.Context(), dir, "2")
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	if !slices.Equal(i.Live, []string{"cam1", "cam2"}) || i.Version != "1" || i.PID != os.Getpid() {
		t.Errorf("%+v", i)
	}
	if other, err := Announce(t.Context(), dir, "3"); !errors.Is(err, ErrRefused) {
		t.Errorf("a second successor: %v, %v", other, err)
	}
	if none, err := i.Listener("http", "127.0.0.1:80"); none != nil || err != nil {
		t.Errorf("for another address: %v, %v", none, err)
	}
	own, err := i.Listener("http", "127.0.0.1:0")
	if err != nil || own == nil || own.Addr().String() != l.Addr().String() {
		t.Fatalf("%v, %v", own, err)
	}
	defer own.Close()
	lock := i.Lock(filepath.Join(dir, "lock"))
	if lock == nil || i.Lock(filepath.Join(dir, "lock")) != nil {
		t.Fatal("the lock was not passed on, or twice")
	}
	defer lock.Close()
	if err := i.Ready([]string{"cam1"}); err != nil {
		t.Fatal(err)
	}
	if got := <-taken; !slices.Equal(got, []string{"cam1"}) {
		t.Errorf("handed over %q", got)
	}
	if late, err := Announce(t.Context(), dir, "3"); err == nil {
		t.Errorf("a third while the first ends: %v", late)
	}
	l.Close() // the first serves no more; who calls now waits
	call, err := net.Dial("tcp", own.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer call.Close()
	waited := make(chan error, 1)
	go func() { waited <- i.Wait(t.Context(), func() {}) }()
	x.Close()
	select {
	case err := <-waited:
		t.Fatalf("it is gone before it was: %v", err)
	default:
	}
	if err := x.Gone(); err != nil {
		t.Error(err)
	}
	if err := <-waited; err != nil {
		t.Error(err)
	}
	c, err := own.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	// The lock is held on by who has it now, and by nobody else.
	again, err := os.Open(filepath.Join(dir, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if err := unix.Flock(int(again.Fd()), unix.LOCK_EX|unix.LOCK_NB); !errors.Is(err, unix.EWOULDBLOCK) {
		t.Errorf("somebody else got the lock: %v", err)
	}
}

func TestASuccessorThatFailsChangesNothing(t *testing.T) {
	leak.Check(t)
	dir := folder(t)
	x, _, taken := reign(t, dir, nil)
	for range 3 {
		i, err := Announce(t.Context(), dir, "2")
		if errors.Is(err, ErrRefused) { // the one before is still being noticed
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		i.Close()
	}
	// Called off from the other side.
	var i *Inheritance
	for err := ErrRefused; errors.Is(err, ErrRefused); {
		i, err = Announce(t.Context(), dir, "2")
		if err != nil && !errors.Is(err, ErrRefused) {
			t.Fatal(err)
		}
	}
	defer i.Close()
	x.Close()
	if err := i.Wait(t.Context(), func() {}); !errors.Is(err, ErrAbandoned) {
		t.Errorf("waiting: %v", err)
	}
	select {
	case c := <-taken:
		t.Errorf("handed over %q", c)
	default:
	}
	if err := x.Gone(); err != nil {
		t.Errorf("nobody was to go on, and yet: %v", err)
	}
	if _, err := Announce(t.Context(), dir, "2"); !errors.Is(err, ErrNobody) {
		t.Errorf("nobody serves: %v", err)
	}
}

func TestCalledOffBeforeReady(t *testing.T) {
	leak.Check(t)
	dir := folder(t)
	x, _, _ := reign(t, dir, nil)
	i, err := Announce(t.Context(), dir, "2")
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	x.Close()
	if err := i.Ready(nil); !errors.Is(err, ErrAbandoned) {
		t.Errorf("%v", err)
	}
}

// TestMorePassesAtTheEnd: what the incumbent has left when it ends, more than one message
// holds, is the successor's, in order; one that speaks the first version gets nothing.
func TestMorePassesAtTheEnd(t *testing.T) {
	leak.Check(t)
	dir := folder(t)
	x, l, taken := reign(t, dir, nil)
	i, err := Announce(t.Context(), dir, "2")
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	if err := i.Ready(nil); err != nil {
		t.Fatal(err)
	}
	<-taken
	x.Freed()
	var callers []net.Conn
	var held []Held
	for range maxHeld + 3 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		a, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		callers, held = append(callers, c), append(held, Held{Name: "conn", Of: a.(*net.TCPConn)})
	}
	free := false
	waited := make(chan error, 1)
	go func() { waited <- i.Wait(t.Context(), func() { free = true }) }()
	if err := x.Pass(held); err != nil {
		t.Fatal(err)
	}
	for _, h := range held {
		h.Of.(*net.TCPConn).Close()
	}
	x.Close()
	if err := x.Gone(); err != nil {
		t.Error(err)
	}
	if err := <-waited; err != nil || !free {
		t.Errorf("%v, told that the cameras are free: %v", err, free)
	}
	if other := i.Connections("other"); len(other) != 0 {
		t.Errorf("%d of another name", len(other))
	}
	conns := i.Connections("conn")
	if len(conns) != len(held) {
		t.Fatalf("%d of %d came", len(conns), len(held))
	}
	for n, c := range conns {
		defer c.Close()
		if c.RemoteAddr().String() != callers[n].LocalAddr().String() {
			t.Errorf("%d is another's", n)
		}
	}
}

// TestASuccessorThatDiesAtTheEnd: the process that has handed over learns that nobody
// goes on.
func TestASuccessorThatDiesAtTheEnd(t *testing.T) {
	leak.Check(t)
	dir := folder(t)
	x, _, taken := reign(t, dir, nil)
	i, err := Announce(t.Context(), dir, "2")
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Ready(nil); err != nil {
		t.Fatal(err)
	}
	<-taken
	i.Close()
	x.Close()
	if err := x.Gone(); !errors.Is(err, ErrNobody) {
		t.Errorf("%v", err)
	}
}

// TestOtherVersions: what one side does not speak is refused in words, in both
// directions.
func TestOtherVersions(t *testing.T) {
	leak.Check(t)
	dir := folder(t)
	reign(t, dir, nil)
	ask := func(m message) message {
		t.Helper()
		l, err := dial(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if err := l.send(m); err != nil {
			t.Fatal(err)
		}
		answer, files, err := l.take()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			f.Close()
		}
		return answer
	}
	if got := ask(message{Do: "succeed"}); got.Refused == "" || got.Newest != Protocol {
		t.Errorf("one that speaks nothing: %+v", got)
	}
	if got := ask(message{Do: "dance", Newest: 7}); got.Refused == "" {
		t.Errorf("a word of another version: %+v", got)
	}
	if got := ask(message{Do: "succeed", Newest: 99}); got.Protocol != Protocol || got.Refused != "" {
		t.Errorf("a newer one that speaks ours too: %+v", got)
	}
	other := folder(t)
	err := at(other, func(a *net.UnixAddr) error {
		l, err := net.ListenUnix("unix", a)
		if err != nil {
			return err
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			c, err := l.AcceptUnix()
			if err != nil {
				return
			}
			defer c.Close()
			_ = newLine(c).send(message{Protocol: 99})
			_, _ = io.Copy(io.Discard, c)
		}()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Announce(t.Context(), other, "1"); !errors.Is(err, ErrRefused) {
		t.Errorf("an incumbent that speaks another protocol: %v", err)
	}
}

// TestUpgrade starts a real process as the successor: this test's own program.
func TestUpgrade(t *testing.T) {
	leak.Check(t)
	dir := folder(t)
	var x *Incumbent
	x, _, taken := reign(t, dir, func(x *Incumbent) {
		x.Spawn = func(binary string) *exec.Cmd {
			c := exec.Command(binary, "-test.run=^TestMain$")
			c.Env = append(os.Environ(), heir+"="+dir)
			return c
		}
	})
	say := func(stages *[]string) func(string, int) {
		return func(stage string, _ int) { *stages = append(*stages, stage) }
	}
	var stages []string
	for _, bad := range []string{filepath.Join(dir, "none"), "/bin/false"} {
		if err := Upgrade(t.Context(), dir, bad, say(&stages)); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	select {
	case c := <-taken:
		t.Fatalf("handed over %q", c)
	default:
	}
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		<-taken
		x.Close()
		if err := x.Gone(); err != nil {
			t.Error(err)
		}
	}()
	stages = nil
	if err := Upgrade(t.Context(), dir, own, say(&stages)); err != nil || !slices.Equal(stages, []string{"started", "ending", "serving"}) {
		t.Errorf("%q, %v", stages, err)
	}
	<-done
	pid, version, _, err := Who(dir)
	if err != nil || version != "heir" {
		t.Errorf("%d %q %v", pid, version, err)
	}
	if err := os.Remove(filepath.Join(dir, Socket)); err != nil { // its sign to end
		t.Error(err)
	}
}

const heir = "WATCHROOM_TEST_SUCCEEDS"

// TestMain lets this program be a successor, where it is asked to.
func TestMain(m *testing.M) {
	dir := os.Getenv(heir)
	if dir == "" {
		os.Exit(m.Run())
	}
	if err := succeedFor(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func succeedFor(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	i, err := Announce(ctx, dir, "heir")
	if err != nil {
		return err
	}
	defer i.Close()
	if err := errors.Join(i.Ready(i.Live), i.Wait(ctx, func() {})); err != nil {
		return err
	}
	x := &Incumbent{Folder: dir, Version: "heir", Log: slog.New(slog.DiscardHandler)}
	if err := x.Start(ctx); err != nil {
		return err
	}
	x.Serve(true)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for err == nil && ctx.Err() == nil { // until the test has seen enough
		<-look.C
		_, err = os.Stat(filepath.Join(dir, Socket))
	}
	x.Close()
	return nil
}
