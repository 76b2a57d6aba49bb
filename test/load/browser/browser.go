// Package browser measures live view where it is seen: in Chromium, by a script
// that playwright-core drives.
package browser

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

//go:embed whep.mjs
var script []byte

// Wish says what to watch.
type Wish struct {
	URL      string `json:"url"` // of the recorder
	Cookie   Cookie `json:"cookie"`
	Camera   string `json:"camera"`   // id
	Control  string `json:"control"`  // HTTP address of the simulator
	Number   int    `json:"number"`   // of the camera in the simulator, from 1
	Views    int    `json:"views"`    // opened one after the other
	Pictures int    `json:"pictures"` // watched in one more view

	Chromium string `json:"chromium"`
	Modules  string `json:"modules"` // package.json beside whose node_modules playwright-core is
}

// Cookie is the session of whoever watches.
type Cookie struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Seen is what came of it. Times are in milliseconds.
type Seen struct {
	Version string    `json:"version"` // of Chromium
	First   []float64 `json:"first"`   // request to first picture, of each view
	Glass   []float64 `json:"glass"`   // taken to shown, of each picture whose bar code could be read
	Unread  int       `json:"unread"`
}

// Watch runs Chromium. It needs node.
func Watch(ctx context.Context, w Wish) (Seen, error) {
	var seen Seen
	if w.Chromium == "" {
		var err error
		if w.Chromium, err = Chromium(); err != nil {
			return seen, err
		}
	}
	modules, err := filepath.Abs(w.Modules)
	if err != nil {
		return seen, err
	}
	w.Modules = modules
	folder, err := os.MkdirTemp("", "watchroom-bench-")
	if err != nil {
		return seen, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "whep.mjs")
	if err := os.WriteFile(file, script, 0o600); err != nil {
		return seen, err
	}
	input, err := json.Marshal(w)
	if err != nil {
		return seen, err
	}
	var out, said bytes.Buffer
	c := exec.CommandContext(ctx, "node", file)
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(input), &out, &said
	// Chromium and its helpers are children of node: the group ends as one.
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = 5 * time.Second
	if err := c.Run(); err != nil {
		return seen, fmt.Errorf("chromium: %w\n%s", err, &said)
	}
	err = json.Unmarshal(out.Bytes(), &seen)
	return seen, err
}

// Chromium finds the browser.
func Chromium() (string, error) {
	if path := os.Getenv("WATCHROOM_CHROMIUM"); path != "" {
		return path, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no Chromium: apt-get install chromium, or set WATCHROOM_CHROMIUM")
}
