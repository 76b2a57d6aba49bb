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

// Pictures reads the closed segments of one camera below folders of footage and gives
// its pictures by number, each once.
func Pictures(roots []string, camera string) ([]Picture, error) {
	var out []Picture
	for _, root := range roots {
		files, err := filepath.Glob(filepath.Join(root, camera, "*", "*"+segment.Ext))
		if err != nil {
			return nil, err
		}
		for _, path := range files {
			if strings.HasSuffix(path, segment.PartExt) {
				continue
			}
			some, err := File(path)
			if err != nil {
				return nil, err
			}
			out = append(out, some...)
		}
	}
	slices.SortFunc(out, func(a, b Picture) int { return int(int64(a.Counter) - int64(b.Counter)) })
	return slices.CompactFunc(out, func(a, b Picture) bool { return a.Counter == b.Counter }), nil
}

// File gives the pictures of one file in their order.
func File(path string) (out []Picture, err error) {
	err = read(path, func(sample []byte) {
		if n, at, ok := sim.ParseCounter(sample); ok {
			out = append(out, Picture{n, at})
		}
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return out, nil
}
