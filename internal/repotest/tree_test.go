package repotest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// tree maps slash-separated paths from the root of the repository to contents.
type tree map[string]string

// root is the folder of go.mod; tests run in the folder of their package.
const root = "../.."

// repository reads every file that is committed or about to be.
var repository = sync.OnceValues(func() (tree, error) {
	out, err := command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return nil, err
	}
	t := tree{}
	folders := map[string]bool{}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		// The go command remembers results by what a test opened: without reading the
		// folder, a file that is new would go unseen.
		if folder := filepath.Dir(filepath.Join(root, name)); !folders[folder] {
			folders[folder] = true
			if _, err := os.ReadDir(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
		}
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed, not committed yet
		}
		if err != nil {
			return nil, err
		}
		t[name] = string(text)
	}
	return t, nil
})

func command(name string, args ...string) ([]byte, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, errors.New(cmd.String() + ": " + err.Error() + "\n" + stderr.String())
	}
	return out, nil
}

func readRepository(t *testing.T) tree {
	t.Helper()
	files, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	if files["go.mod"] == "" {
		t.Fatal("go.mod is not in the tree")
	}
	return files
}

// example makes a tree of a txtar text.
func example(text string) tree {
	t := tree{}
	for _, f := range txtar.Parse([]byte(text)).Files {
		t[f.Name] = string(f.Data)
	}
	return t
}

// names lists the paths in order whose extension is one of exts.
func (t tree) names(exts ...string) []string {
	var list []string
	for name := range t {
		if slices.Contains(exts, path.Ext(name)) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// written leaves out what a program generated.
func (t tree) written(exts ...string) []string {
	return slices.DeleteFunc(t.names(exts...), func(name string) bool {
		head, _, _ := strings.Cut(t[name], "\n\n")
		return strings.Contains(name, ".gen.") || strings.Contains(head, "Code generated")
	})
}

func report(t *testing.T, findings []string) {
	t.Helper()
	for _, f := range findings {
		t.Error(f)
	}
}

// finds checks that a rule sees exactly what is wrong in an example.
func finds(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// goPackage is what the rules need of `go list -json`.
type goPackage struct {
	ImportPath, Name, Doc string
	GoFiles, Imports      []string
}

// packages asks with -e: a package that does not compile is another test's business.
var packages = sync.OnceValues(func() ([]goPackage, error) {
	out, err := command("go", "list", "-e", "-json=ImportPath,Name,Doc,GoFiles,Imports", "./...")
	if err != nil {
		return nil, err
	}
	var list []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
})

func readPackages(t *testing.T) []goPackage {
	t.Helper()
	list, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	return list
}
