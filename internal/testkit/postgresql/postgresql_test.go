package postgresql

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestBinariesAreOfOneVersion(t *testing.T) {
	bin, err := Binaries()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), filepath.Join(bin, "postgres"), "--version").Output()
	if want := " " + strconv.Itoa(Version(bin)) + "."; err != nil || !strings.Contains(string(out), want) {
		t.Errorf("%s says %q, %v, without %q", bin, out, err, want)
	}
	if n := Version("/opt/database/bin"); n != 0 {
		t.Errorf("a folder without a version has version %d", n)
	}
}

func TestAccountIsNotRoot(t *testing.T) {
	a, err := ServerAccount()
	if err != nil || a.UID == 0 {
		t.Fatalf("%+v, %v", a, err)
	}
	dir, err := a.Folder("watchroom-account-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	made := filepath.Join(dir, "made")
	if out, err := a.Command(t.Context(), "mkdir", made).CombinedOutput(); err != nil {
		t.Fatalf("its own folder is closed to it: %v: %s", err, out)
	}
	out, err := a.Command(t.Context(), "sh", "-c", "id -u; env").Output()
	if err != nil || !strings.HasPrefix(string(out), strconv.Itoa(a.UID)+"\n") || strings.Contains(string(out), "HOME=") {
		t.Errorf("it runs as %s, %v", out, err)
	}
}

func TestPortIsFree(t *testing.T) {
	port, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := Exec(t.Context(), URL(port, "none"), "SELECT 1"); err == nil {
		t.Error("somebody answers there")
	}
}
