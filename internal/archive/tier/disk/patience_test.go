package disk

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"testing"
	"testing/synctest"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/archive/tier"
)

// TestADiskThatDoesNotAnswer is away, and nobody waits for it for ever; nothing is done there
// before what stood still has come back.
func TestADiskThatDoesNotAnswer(t *testing.T) {
	for name, ask := range map[string]func(ctx context.Context, d *Disk, f archive.File) error{
		"put":  func(ctx context.Context, d *Disk, _ archive.File) error { return put(ctx, d, "b") },
		"open": func(ctx context.Context, d *Disk, _ archive.File) error { _, err := d.Open(ctx, "a"); return err },
		"back": func(ctx context.Context, d *Disk, _ archive.File) error { _, err := d.ReadBack(ctx, "a"); return err },
		"read": func(_ context.Context, _ *Disk, f archive.File) error {
			_, err := f.ReadAt(make([]byte, 2), 0)
			return err
		},
		"size":   func(_ context.Context, _ *Disk, f archive.File) error { _, err := f.Size(); return err },
		"stat":   func(ctx context.Context, d *Disk, _ archive.File) error { _, err := d.Stat(ctx, "a"); return err },
		"remove": func(ctx context.Context, d *Disk, _ archive.File) error { return d.Remove(ctx, "a") },
		"check":  func(ctx context.Context, d *Disk, _ archive.File) error { _, err := d.Check(ctx); return err },
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				answer := make(chan struct{})
				d := &Disk{Name: "vault", Root: root}
				if err := put(t.Context(), d, "a"); err != nil {
					t.Fatal(err)
				}
				f, err := d.Open(t.Context(), "a")
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				d.at = func() { <-answer }
				for _, when := range []string{"at first", "again"} {
					if err := ask(t.Context(), d, f); !errors.Is(err, archive.ErrTierAway) {
						t.Errorf("%s: %v", when, err)
					}
				}
				close(answer)
				synctest.Wait()
				if err := ask(t.Context(), d, f); err != nil && !(name != "remove" && errors.Is(err, fs.ErrNotExist)) {
					t.Errorf("when it answers: %v", err)
				}
			})
		})
	}
}

// TestWhoGoesIsNotKept: who asked and has gone is not kept by a disk that stands still, and
// the tier is not away for it.
func TestWhoGoesIsNotKept(t *testing.T) {
	root := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan struct{})
		d := &Disk{Name: "vault", Root: root}
		if err := put(t.Context(), d, "a"); err != nil {
			t.Fatal(err)
		}
		d.at = func() { <-answer }
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := d.Stat(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		close(answer)
		if size, err := d.Stat(t.Context(), "a"); err != nil || size != 4 {
			t.Error(size, err)
		}
	})
}

// TestWhatComesSlowlyIsNoFault of the disk that takes it.
func TestWhatComesSlowlyIsNoFault(t *testing.T) {
	root := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := &Disk{Name: "vault", Root: root}
		if err := d.Put(t.Context(), "a", &slow{left: 3}, 3, tier.Lock{}); err != nil {
			t.Fatal(err)
		}
		if size, err := d.Stat(t.Context(), "a"); err != nil || size != 3 {
			t.Error(size, err)
		}
	})
}

// slow gives a byte an hour.
type slow struct{ left int }

func (s *slow) Read(b []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	time.Sleep(time.Hour)
	s.left--
	b[0] = 1
	return 1, nil
}

func put(ctx context.Context, d *Disk, name string) error {
	return d.Put(ctx, name, bytes.NewReader([]byte("text")), 4, tier.Lock{})
}
