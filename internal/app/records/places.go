package records

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"watchroom/internal/config"
	"watchroom/internal/secret"
)

// UnknownPlaces is the error of a configuration that does not say where all footage lies.
// What lies there would be told missing, on record and for ever, though nobody has looked.
type UnknownPlaces struct {
	Names []string // of volumes and archive tiers
}

// Error says what helps.
func (e *UnknownPlaces) Error() string {
	quoted := make([]string, len(e.Names))
	for i, name := range e.Names {
		quoted[i] = fmt.Sprintf("%q", name)
	}
	return fmt.Sprintf("footage lies on places that this configuration does not know: %s; nothing was read. Give --config with the file that the server is started with; --without NAME goes on without a place that is gone for good",
		strings.Join(quoted, ", "))
}

// unknown refuses names of places that are not among those known.
func unknown(names, known []string) error {
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(known, name) })
	if len(names) > 0 {
		return &UnknownPlaces{names}
	}
	return nil
}

// placesOf are the names of a configuration's volumes and archive tiers; the one of
// recording.folder is empty.
func placesOf(cfg *config.Config) []string {
	names := []string{""}
	for _, v := range cfg.Recording.Volumes {
		names = append(names, v.Name)
	}
	for _, t := range cfg.Archive.Tiers {
		names = append(names, t.Name)
	}
	return names
}

// Begun refuses to rebuild where no server has ever worked: a name that is mistyped would
// become a data folder of its own, with a catalogue of nothing. With take the data folder
// may be the one that was lost, but not the recordings as well.
func Begun(cfg *config.Config, take bool) error {
	signs := []string{filepath.Join(cfg.Data, "volumes.json"), filepath.Join(cfg.Data, secret.KeyFile)}
	if cfg.Database.URL == "" {
		signs = append(signs, Options(cfg).Path)
	}
	if take {
		signs = append(signs, roots(cfg)...)
	}
	if slices.ContainsFunc(signs, there) {
		return nil
	}
	if take {
		return fmt.Errorf("data folder: %s is none, and there are no recordings in %s", cfg.Data, strings.Join(roots(cfg), ", "))
	}
	return fmt.Errorf("data folder: %s is none: it has nothing that the first watchroom serve makes; where it was lost, --take makes the disks those of a new one", cfg.Data)
}
