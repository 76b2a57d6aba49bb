package playback_test

import (
	"context"
	"testing"

	"watchroom/internal/media"
	"watchroom/internal/playback"
)

// counted counts the pictures that are made.
type counted struct {
	playback.Stills
	made int
}

func (c *counted) JPEG(ctx context.Context, t media.Track, u *media.Unit, width int) ([]byte, error) {
	c.made++
	return c.Stills.JPEG(ctx, t, u, width)
}

// TestPicturesGoWithTheirFootage: none that was made of it stays in memory.
func TestPicturesGoWithTheirFootage(t *testing.T) {
	p := record(t, false)
	c := &counted{Stills: p.Stills}
	p.Stills = c
	for _, step := range []struct {
		what     string
		camera   string
		from, to int64
		want     int
	}{
		{"made", "", 0, 0, 1},
		{"kept in memory", "", 0, 0, 1},
		{"another camera's goes", "cam2", 0, p.start + 1e12, 1},
		{"what came later goes", "cam1", p.start + 3600e6, p.start + 1e12, 1},
		{"it goes", "cam1", p.start - 3600e6, p.start + 7e6, 2},
	} {
		if step.camera != "" {
			if err := p.Removed(t.Context(), step.camera, step.from, step.to, "order", "x"); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := p.Thumbnail(t.Context(), "cam1", p.start+7e6, 160); err != nil || c.made != step.want {
			t.Errorf("%s: %d pictures made, want %d, %v", step.what, c.made, step.want, err)
		}
	}
}
