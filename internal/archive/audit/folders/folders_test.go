package folders

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/testkit/clause"
)

// TestWhatLiesThere: what is footage by its name, what is not, and in whose folder it lies.
func TestWhatLiesThere(t *testing.T) {
	clause.Covers(t, "C091")
	root := t.TempDir()
	for _, file := range []string{
		"notes.txt", "holiday.mp4", "cam1/2026-11-28/journal.jsonl", "cam1/notes.txt", "cam1/journal.jsonl", "cam1/odd/x",
		"cam1/2026-11-28/cam1_20261128T060000.000000Z_runa.mp4", "cam1/2026-11-28/cam1_20261128T060100.000000Z_runa.mp4",
		"cam1/2026-11-28/cam1_20261128T060200.000000Z_runa.mp4", "cam1/2026-11-28/cam1_20261128T060300.000000Z_runa.mp4.part",
		"cam1/2026-11-28/cam2_20261128T060000.000000Z_runa.mp4", "cam1/2026-11-28/read.me", "cam1/quarantine/x.mp4",
		"foreign/x.mp4", "foreign/x.txt", "cam3/x.MP4", "known",
	} {
		path := filepath.Join(root, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(root, "known"), filepath.Join(root, "cam1", "link")); err != nil {
		t.Fatal(err)
	}
	l := Look{Path: root, Volume: "a", Known: func(path string) bool { return path == "known" },
		On: func(_ context.Context, file string) (string, bool, error) {
			switch filepath.Base(file) {
			case "cam1_20261128T060000.000000Z_runa.mp4":
				return "a", true, nil
			case "cam1_20261128T060100.000000Z_runa.mp4":
				return "b", true, nil
			}
			return "", false, nil
		},
		IsCamera: func(_ context.Context, id string) (bool, error) { return id == "cam3", nil }}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		odd, err := l.Entry(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range odd {
			if (o.At != 0) != (o.What == Unknown) {
				t.Errorf("%+v", o)
			}
			got = append(got, fmt.Sprintf("%s %s: %s", []string{"unknown", "elsewhere", "foreign", "stray"}[o.What], o.File, o.Detail))
		}
	}
	want := []string{
		"stray notes.txt: in the recording folder itself", "foreign holiday.mp4: in the recording folder itself",
		"stray cam1/notes.txt: in a camera's folder", "foreign cam1/journal.jsonl: in a camera's folder", "foreign cam1/odd: in a camera's folder", "foreign cam1/link: in a camera's folder",
		`elsewhere cam1/2026-11-28/cam1_20261128T060100.000000Z_runa.mp4: by the log it lies on volume "b"`,
		"unknown cam1/2026-11-28/cam1_20261128T060200.000000Z_runa.mp4: ",
		"foreign cam1/2026-11-28/cam2_20261128T060000.000000Z_runa.mp4: no segment of this camera and day", "stray cam1/2026-11-28/read.me: no segment of this camera and day",
		"foreign foreign/x.mp4: in a folder that is no camera's", "stray foreign/x.txt: in a folder that is no camera's", "foreign cam3/x.MP4: in a camera's folder",
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}
