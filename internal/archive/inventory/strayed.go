package inventory

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive/strayed"
	"watchroom/internal/archive/tier"
	"watchroom/internal/recording/segment"
)

// lying gives where files lie that strayed, on all volumes that answer.
func lying(ctx context.Context, p *tier.Places) (map[string][]string, error) {
	var roots []string
	for _, v := range p.Volumes {
		if v.Away == nil || !v.Away() {
			roots = append(roots, v.Root)
		}
	}
	return strayed.Index(ctx, roots...)
}

// belongs says in words where a file belongs that lies elsewhere.
func belongs(name string) string {
	of, _, err := segment.ParseName(filepath.FromSlash(name))
	if err != nil {
		return ""
	}
	return fmt.Sprintf("it belongs to camera %s, as %q", of.Camera, filepath.ToSlash(of.Path()))
}

// was is what is known of a segment: its root in hex and its length.
type was struct {
	root  string
	bytes int64
}

// lost is a file that strayed.
type lost struct {
	root string // of its volume
	strayed.File
}

// putBack puts the files back that strayed, into other cameras' folders, other days and
// quarantines: those that a journal of their camera or the log tells of, whose bytes agree,
// and whose place is free. All others stay, and are named. It gives the cameras.
func (r *Rebuild) putBack(ctx context.Context, res *Result) (cameras []string, err error) {
	var all []lost
	for _, v := range r.Volumes {
		if v.Away != nil && v.Away() {
			continue
		}
		err := strayed.Walk(v.Root, ctx.Err, func(f strayed.File) error {
			all = append(all, lost{v.Root, f})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	known := map[string]was{}
	told := map[string]lines{}
	var open []lost // that no journal tells of
	for _, f := range all {
		of := f.Of.Camera
		if _, ok := told[of]; !ok {
			l, err := readLines(r.Places, of, nil)
			if err != nil {
				return nil, err
			}
			told[of] = l
		}
		own := filepath.ToSlash(f.Of.Path())
		if line, ok := told[of].closed[own]; ok {
			known[own] = was{line.Root, line.Bytes}
		} else {
			open = append(open, f)
		}
	}
	r.asked(ctx, open, known)
	for i := range all {
		f := &all[i]
		w, ok := known[filepath.ToSlash(f.Of.Path())]
		if !ok {
			continue
		}
		err := strayed.Agree(f.root, &f.File, w.root, w.bytes)
		if err == nil {
			err = strayed.PutBack(f.root, &f.File)
		}
		switch {
		case err == nil:
			res.Back++
			cameras = append(cameras, f.Of.Camera)
			r.Log.Warn("a whole segment lay in the wrong place and was put back", "file", f.Path, "camera", f.Of.Camera)
		case errors.Is(err, strayed.ErrOther), errors.Is(err, strayed.ErrTaken), errors.Is(err, fs.ErrNotExist):
		default:
			return nil, err
		}
	}
	r.lie, err = lying(ctx, r.Places)
	return cameras, err
}

// asked looks in the log for what no journal tells of. It is long, and read where there is
// something to ask for only.
func (r *Rebuild) asked(ctx context.Context, open []lost, known map[string]was) {
	if len(open) == 0 || r.Told == nil {
		return
	}
	wanted := map[string]string{}
	for _, f := range open {
		wanted[filepath.ToSlash(f.Of.Path())] = f.Of.Camera
	}
	for b, err := range r.Told {
		if ctx.Err() != nil {
			return
		}
		if err != nil { // what it did not get to tell stays where it is
			r.Log.Error("the log cannot be read on", "err", err)
			return
		}
		e, err := leaf.Decode(b)
		if err != nil {
			continue // no entry of ours
		}
		if s, ok := e.(*leaf.Segment); ok {
			if own := filepath.ToSlash(s.File); wanted[own] == s.Camera && s.Camera != "" {
				known[own] = was{hex.EncodeToString(s.Root[:]), s.Bytes}
			}
		}
	}
}
