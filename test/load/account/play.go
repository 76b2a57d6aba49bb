package account

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Play decodes a file from its first picture to its last and counts them.
func Play(ctx context.Context, path string, pictures int) error {
	var said bytes.Buffer
	c := exec.CommandContext(ctx, "ffprobe", "-v", "error", "-count_frames", "-select_streams", "v:0",
		"-show_entries", "stream=nb_read_frames", "-of", "default=nokey=1:noprint_wrappers=1", path)
	c.Stderr = &said
	out, err := c.Output()
	if found := strings.TrimSpace(string(out)); err != nil || said.Len() > 0 || found != strconv.Itoa(pictures) {
		return fmt.Errorf("%s does not play: %v: %s of %d pictures; %s", filepath.Base(path), err, found, pictures, bytes.TrimSpace(said.Bytes()))
	}
	return nil
}
