package records

import (
	"errors"
	"testing"
	"testing/synctest"

	"watchroom/internal/config"
)

// TestAStartWaitsForNoDiskThatHangs: it is not known what room it has, and the others decide.
func TestAStartWaitsForNoDiskThatHangs(t *testing.T) {
	data, hung := t.TempDir(), t.TempDir()
	for _, c := range []struct {
		free int64
		want error
	}{{1 << 40, nil}, {1 << 20, ErrNoRoom}} {
		synctest.Test(t, func(t *testing.T) {
			answer := make(chan struct{})
			defer close(answer)
			cfg := config.Default()
			cfg.Data, cfg.Recording.StopSpace = data, 64<<20
			cfg.Recording.Volumes = []config.Volume{{Name: "b", Folder: hung}}
			err := Roomy(t.Context(), cfg, "cameras", func(path string) (int64, string, error) {
				if path == hung {
					<-answer
				}
				return c.free, "8:1", nil
			})
			if !errors.Is(err, c.want) {
				t.Errorf("%d bytes are free elsewhere: %v", c.free, err)
			}
		})
	}
}
