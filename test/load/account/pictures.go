package account

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchroom/internal/recording/segment"
	"watchroom/internal/source/sim"
)

// Picture is one recorded picture as the simulator numbered it.
type Picture struct {
	Counter uint64
	Sent    time.Time
}

// Numbers reads the numbers of a file's pictures in the order in which they stand.
func Numbers(path string) (out []uint64, err error) {
	err = read(path, func(sample []byte) {
		if n, _, ok := sim.ParseCounter(sample); ok {
			out = append(out, n)
		}
	})
	return out, err
}

// Pictures reads the closed segments of one camera below the recordings folder and
// gives its pictures by number, each once.
func Pictures(root, camera string) ([]Picture, error) {
	files, err := filepath.Glob(filepath.Join(root, camera, "*", "*"+segment.Ext))
	if err != nil {
		return nil, err
	}
	var out []Picture
	for _, path := range files {
		if strings.HasSuffix(path, segment.PartExt) {
			continue
		}
		err := read(path, func(sample []byte) {
			if n, at, ok := sim.ParseCounter(sample); ok {
				out = append(out, Picture{n, at})
			}
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	slices.SortFunc(out, func(a, b Picture) int { return int(int64(a.Counter) - int64(b.Counter)) })
	return slices.CompactFunc(out, func(a, b Picture) bool { return a.Counter == b.Counter }), nil
}
