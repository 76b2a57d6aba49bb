package leftover

import (
	"os"
	"path/filepath"
	"slices"

	"watchroom/internal/recording/segment"
)

// There tells which of some segments that could not be closed are there below a root, by their names of
// now, and which were set aside or are gone.
func There(root string, unclosed []Left) (left, gone []Left) {
	for _, l := range unclosed {
		at := slices.IndexFunc([]string{l.Path + segment.PartExt, l.Path}, func(name string) bool {
			_, err := os.Stat(filepath.Join(root, name))
			if err == nil {
				left = append(left, Left{Path: name, Sealed: l.Sealed})
			}
			return err == nil
		})
		if at < 0 {
			gone = append(gone, l)
		}
	}
	return left, gone
}

// Without strikes out what is gone.
func Without(unclosed, gone []Left) []Left {
	return slices.DeleteFunc(unclosed, func(l Left) bool {
		return slices.ContainsFunc(gone, func(g Left) bool { return g.Path == l.Path })
	})
}
