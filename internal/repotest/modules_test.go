package repotest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// libcMismatch compares the C library that SQLite was translated with to the one
// that we build with: with another one the driver corrupts memory.
func libcMismatch(ours, sqlites string) []string {
	const libc = "modernc.org/libc"
	want, err := required(sqlites, libc)
	if err != nil {
		return []string{err.Error()}
	}
	got, err := required(ours, libc)
	if err != nil {
		return []string{err.Error()}
	}
	if got != want {
		return []string{fmt.Sprintf("go.mod has %s %s, but modernc.org/sqlite was made for %s", libc, got, want)}
	}
	return nil
}

func required(gomod, module string) (version string, err error) {
	file, err := modfile.Parse("go.mod", []byte(gomod), nil)
	if err != nil {
		return "", err
	}
	for _, r := range file.Require {
		if r.Mod.Path == module {
			return r.Mod.Version, nil
		}
	}
	return "", fmt.Errorf("%s does not require %s", file.Module.Mod.Path, module)
}

func TestLibcIsTheOneOfSQLite(t *testing.T) {
	out, err := command("go", "list", "-m", "-f", "{{.GoMod}}", "modernc.org/sqlite")
	if err != nil {
		t.Fatal(err)
	}
	sqlites, err := os.ReadFile(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	report(t, libcMismatch(readRepository(t)["go.mod"], string(sqlites)))
}

func TestLibcMismatchIsFound(t *testing.T) {
	const a = "module a\nrequire modernc.org/libc v1.79.0\n"
	const b = "module b\nrequire modernc.org/libc v1.78.0\n"
	finds(t, libcMismatch(a, a))
	finds(t, libcMismatch(a, b), "go.mod has modernc.org/libc v1.79.0, but modernc.org/sqlite was made for v1.78.0")
	finds(t, libcMismatch("module c\n", b), "c does not require modernc.org/libc")
}
